"""What the tests of generated Kubeflow pipelines share."""
import os
import subprocess
from pathlib import Path

import pytest

from orchestrated import copy_of_pumps

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def kubeflow_python():
    """An interpreter with what the generated requirements.txt names: HEADRACE_KUBEFLOW_PYTHON, else .venv-kubeflow."""
    path = Path(os.environ.get("HEADRACE_KUBEFLOW_PYTHON", ROOT / ".venv-kubeflow" / "bin" / "python"))
    if not path.exists():
        pytest.fail(f"{path} is not there: make a virtual environment from tests/kubeflow/requirements.txt")
    return path


@pytest.fixture(scope="session")
def pumps(tmp_path_factory, binary):
    """examples/pumps with a little data, and its pipeline beside it under `kubeflow`."""
    folder = copy_of_pumps(tmp_path_factory.mktemp("kubeflow") / "pumps")
    subprocess.run([binary, "generate", "kubeflow", "--output", "kubeflow", "--quiet"], cwd=folder, check=True, capture_output=True)
    return folder
