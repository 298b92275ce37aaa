"""The generated project as a reader sees it. UPDATE_GOLDEN=1 writes the golden files anew."""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

GOLDEN = Path(__file__).parent / "golden"
RELEASED = Path(__file__).parent / "released"


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


@pytest.fixture(scope="module")
def steps(pumps, beam_python):
    """The labels and coders of the pumps' steps, by kind of pipeline."""
    run([sys.executable, "generate.py", "--pumps", "1", "--days", "2", "--output", "data_for_labels"], pumps)
    script = Path(__file__).parent / "steps_of.py"
    return {kind: run([beam_python, script, "beam", "data_for_labels", kind], pumps) for kind in ("batch", "stream")}


@pytest.mark.parametrize("kind", ["batch", "stream"])
def test_steps_are_golden(steps, kind):
    assert_golden(f"steps-{kind}.txt", steps[kind])


@pytest.mark.parametrize("kind", ["batch", "stream"])
def test_steps_of_the_last_release_stay(steps, kind):
    """A runner updates a running job only when it finds each of its steps by the label, with the same coders.

    A release puts its golden steps into released/VERSION-KIND.txt; the newest of them is compared. A step that has to go is
    named in released/retired.txt, and the release notes say that running jobs are drained, not updated.
    """
    released = max((path for path in RELEASED.glob(f"*-{kind}.txt")), key=lambda path: [int(part) for part in path.name.split("-")[0].split(".")])
    retired = set((RELEASED / "retired.txt").read_text().splitlines())
    gone = set(released.read_text().splitlines()) - set(steps[kind].splitlines()) - retired
    assert not gone, f"steps of {released.name} that are gone or have other coders: {sorted(gone)}"


def test_metadata_is_what_dataflow_takes(pumps):
    """Against the fields of TemplateMetadata and ParameterMetadata in Dataflow's API, and the pipeline's own options."""
    metadata = json.loads((pumps / "beam" / "metadata.json").read_text())
    jsonschema.Draft202012Validator(json.loads((GOLDEN.parent / "flex_template.schema.json").read_text())).validate(metadata)
    options = re.findall(r'add_argument\(\s*"--(\w+)"', "".join(path.read_text() for path in sorted((pumps / "beam" / "headrace_runtime").glob("*.py"))))
    assert {each["name"] for each in metadata["parameters"]} == set(options) - {"kernel", "kernel_shares", "debug"}, "the image has no headrace-kernel, and --debug is for this machine"
    for each in metadata["parameters"]:
        assert all(re.compile(pattern) for pattern in each.get("regexes", []))


def test_images_are_pinned(pumps):
    lines = (pumps / "beam" / "Dockerfile").read_text().splitlines()
    images = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert len(images) == 2 and all(re.search(r":[^:]*\d", image) and not image.endswith(":latest") for image in images)
    beam = re.search(r"apache-beam==([\d.]+)", (pumps / "beam" / "requirements.txt").read_text())[1]
    assert f"beam_python3.11_sdk:{beam}" in images[1]


def test_image_has_java(pumps):
    """Kafka's transforms are expanded by a Java program when a template is launched."""
    text = (pumps / "beam" / "Dockerfile").read_text()
    assert re.search(r"apt-get install \S.*\bdefault-jre-headless\b", text) and "rm -rf /var/lib/apt/lists/*" in text


def test_code_is_clean(pumps, beam_python):
    folder = pumps / "beam"
    run([beam_python, "-m", "ruff", "check", "--no-cache", "."], folder)
    run([beam_python, "-m", "ruff", "format", "--no-cache", "--check", "."], folder)
    run([beam_python, "-m", "mypy", "--ignore-missing-imports", "--cache-dir", os.devnull, "."], folder)


def test_generated_tests_pass(pumps, beam_python):
    run([beam_python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_pipeline.py"], pumps / "beam")
