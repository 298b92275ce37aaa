"""The generated reference is what the program says."""
import subprocess
import sys


def test_reference_is_up_to_date(root, binary):
    done = subprocess.run([sys.executable, root / "tools" / "generate_reference.py", "--check", "--build", binary.parent], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
