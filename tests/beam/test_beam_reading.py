"""What the runtime takes from files, tables and messages, and what it refuses, is what the engine takes and refuses."""
import subprocess


def test_reading(root, beam_python, tmp_path):
    runtime = root / "src" / "codegen" / "beam" / "templates"
    done = subprocess.run([beam_python, root / "tests" / "beam" / "reading.py", runtime, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.split()) == 6
