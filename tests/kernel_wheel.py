"""The compiled kernel for tests of generated pipelines: what its wheel holds, in a folder for PYTHONPATH."""
import os
import subprocess
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD_SECONDS_MAX = 1800


def builder():
    """An interpreter with what tests/python/requirements.txt names: HEADRACE_WHEEL_PYTHON, else .venv-python."""
    path = Path(os.environ.get("HEADRACE_WHEEL_PYTHON", ROOT / ".venv-python" / "bin" / "python"))
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there: make a virtual environment from tests/python/requirements.txt")
    return path


def unpack_kernel(folder):
    """Builds the wheel unless it is there for the same sources, and unpacks it: no environment is changed."""
    program = "import wheels; print(wheels.build_wheel('headrace-kernel'))"
    command = [str(builder()), "-c", program]
    done = subprocess.run(command, cwd=ROOT / "tests" / "python", capture_output=True, text=True, timeout=BUILD_SECONDS_MAX)
    if done.returncode != 0:
        raise RuntimeError(f"the wheel of headrace-kernel was not built\n{done.stdout}\n{done.stderr}")
    with zipfile.ZipFile(done.stdout.strip()) as wheel:
        wheel.extractall(folder)
    return folder
