import pytest
from running_server import running, write_project


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "station"
    write_project(folder)
    return folder


@pytest.fixture
def server(binary, project):
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        yield server
