"""The generated project as a reader sees it. UPDATE_GOLDEN=1 writes the golden files anew."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"


def assert_golden(name, text):
    path = GOLDEN / f"{name}.expected"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, f"{path} differs: look at it, then UPDATE_GOLDEN=1"


def run(command, folder):
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("name", ["pipeline.py", "README.md", "metadata.json"])
def test_golden(pumps, name):
    assert_golden(name, (pumps / "beam" / name).read_text(encoding="utf-8"))


def test_labels_of_steps_stay(pumps, beam_python):
    """A runner updates a job only when it finds the steps of the old one by their labels."""
    run([sys.executable, "generate.py", "--pumps", "1", "--days", "2", "--output", "data_for_labels"], pumps)
    text = run([beam_python, Path(__file__).parent / "steps_of.py", "beam", "data_for_labels"], pumps)
    assert_golden("steps.txt", text)


def test_code_is_clean(pumps, beam_python):
    folder = pumps / "beam"
    run([beam_python, "-m", "ruff", "check", "--no-cache", "."], folder)
    run([beam_python, "-m", "ruff", "format", "--no-cache", "--check", "."], folder)
    run([beam_python, "-m", "mypy", "--ignore-missing-imports", "--cache-dir", os.devnull, "."], folder)


def test_generated_tests_pass(pumps, beam_python):
    run([beam_python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_pipeline.py"], pumps / "beam")
