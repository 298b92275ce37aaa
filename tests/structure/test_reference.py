"""The generated reference is what the program says."""
import subprocess
import sys


def test_reference_is_up_to_date(root, binary):
    done = subprocess.run([sys.executable, root / "tools" / "generate_reference.py", "--check", "--build", binary.parent], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_examples_have_the_values_of_the_program(root, binary):
    done = subprocess.run([sys.executable, root / "tools" / "run_examples.py", "--check", "--build", binary.parent], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_wrong_value_of_an_example_is_seen(root, binary, tmp_path):
    text = (root / "docs" / "reference" / "language.md").read_text(encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(text.replace("| 11:00 | 11.0 |", "| 11:00 | 12.0 |", 1), encoding="utf-8")
    assert page.read_text(encoding="utf-8") != text
    done = subprocess.run([sys.executable, root / "tools" / "run_examples.py", "--check", "--build", binary.parent, page], capture_output=True, text=True)
    assert done.returncode == 1 and "not what the program says" in done.stdout
