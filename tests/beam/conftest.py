"""What the tests of generated Beam pipelines share: a Python that has apache-beam, our compiled kernel, generated projects."""
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def beam_python():
    """An interpreter with what the generated requirements.txt names: HEADRACE_BEAM_PYTHON, else .venv-beam."""
    path = Path(os.environ.get("HEADRACE_BEAM_PYTHON", ROOT / ".venv-beam" / "bin" / "python"))
    if not path.exists():
        pytest.fail(f"{path} is not there: make a virtual environment from tests/beam/requirements.txt")
    return path


@pytest.fixture(scope="session")
def kernel_folder(tmp_path_factory):
    """What the wheel of headrace-kernel holds, for PYTHONPATH: no environment is changed."""
    builder = Path(os.environ.get("HEADRACE_WHEEL_PYTHON", ROOT / ".venv-python" / "bin" / "python"))
    if not builder.exists():
        pytest.fail(f"{builder} is not there: make a virtual environment from tests/python/requirements.txt")
    program = "import wheels; print(wheels.build_wheel('headrace-kernel'))"
    command = [builder, "-c", program]
    done = subprocess.run(command, cwd=ROOT / "tests" / "python", capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stdout + done.stderr
    folder = tmp_path_factory.mktemp("kernel")
    with zipfile.ZipFile(done.stdout.strip()) as wheel:
        wheel.extractall(folder)
    return folder


@pytest.fixture(scope="session")
def pumps(tmp_path_factory, binary):
    """examples/pumps with a little data, and its pipeline beside it under `beam`."""
    folder = tmp_path_factory.mktemp("pumps") / "pumps"
    shutil.copytree(ROOT / "examples" / "pumps", folder, ignore=shutil.ignore_patterns("data", "offline", "*.parquet"))
    subprocess.run([binary, "generate", "beam", "--output", "beam", "--quiet"], cwd=folder, check=True, capture_output=True)
    return folder
