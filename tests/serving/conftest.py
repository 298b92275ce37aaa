import pytest
from redis_rows import Redis
from redis_server import redis_server
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


@pytest.fixture
def redis_port(tmp_path):
    with redis_server(tmp_path) as port:
        yield port


@pytest.fixture
def redis(redis_port):
    return Redis(redis_port)
