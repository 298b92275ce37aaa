"""What the tests of generated Beam pipelines share: a Python that has apache-beam, our compiled kernel, generated projects."""
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from kernel_wheel import unpack_kernel

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
    return unpack_kernel(tmp_path_factory.mktemp("kernel"))


@pytest.fixture(scope="session")
def pumps(tmp_path_factory, binary):
    """examples/pumps with a little data, and its pipeline beside it under `beam`."""
    folder = tmp_path_factory.mktemp("pumps") / "pumps"
    shutil.copytree(ROOT / "examples" / "pumps", folder, ignore=shutil.ignore_patterns("data", "offline", "*.parquet"))
    subprocess.run([binary, "generate", "beam", "--output", "beam", "--quiet"], cwd=folder, check=True, capture_output=True)
    return folder
