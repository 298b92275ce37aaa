"""What the tests of generated DAGs share: an Airflow of its own, with a database in a temporary folder."""
import os
import subprocess
from pathlib import Path

import pytest
from airflow_home import Airflow

from orchestrated import copy_of_pumps

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def airflow_python():
    """An interpreter with what the generated requirements.txt names: HEADRACE_AIRFLOW_PYTHON, else .venv-airflow."""
    path = Path(os.environ.get("HEADRACE_AIRFLOW_PYTHON", ROOT / ".venv-airflow" / "bin" / "python"))
    if not path.exists():
        pytest.fail(f"{path} is not there: make a virtual environment from tests/airflow/requirements.txt")
    return path


@pytest.fixture(scope="session")
def pumps(tmp_path_factory, binary):
    """examples/pumps with a little data, and its DAG beside it under `airflow`."""
    folder = copy_of_pumps(tmp_path_factory.mktemp("airflow") / "pumps")
    subprocess.run([binary, "generate", "airflow", "--output", "airflow", "--quiet"], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def airflow(tmp_path_factory, airflow_python, pumps):
    found = Airflow(airflow_python, tmp_path_factory.mktemp("airflow_home"), pumps / "airflow" / "dags")
    code, said = found.run("db", "migrate")
    assert code == 0, said
    return found
