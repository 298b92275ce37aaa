"""Servers that the tests of this folder share, a generated project, and the record of what ran."""
import json
import os
import sys
import time
from pathlib import Path

import pytest
import servers
import station

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def python():
    """The interpreter that runs pipelines: this one has what the generated requirements.txt names."""
    return Path(sys.executable)


@pytest.fixture(scope="session")
def server_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="session")
def flink(server_folder):
    """Four slots in one task manager, because a worker pool serves one."""
    with servers.FlinkCluster(server_folder, slots=4) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def job_server(server_folder, flink):
    with servers.JobServer(server_folder, flink.address) as server:
        yield server


@pytest.fixture(scope="session")
def expansion_service(server_folder):
    with servers.ExpansionService(server_folder) as server:
        yield server


@pytest.fixture(scope="session")
def kafka(server_folder):
    with servers.KafkaBroker(server_folder) as broker:
        yield broker


@pytest.fixture
def redis(server_folder):
    with servers.Redis(server_folder) as server:
        yield server


@pytest.fixture(scope="session")
def project(tmp_path_factory, binary):
    """The station of station.py: definitions, events, the native engine's tables, and the pipeline under `code`."""
    return station.make(tmp_path_factory.mktemp("station"), binary)


@pytest.fixture
def record(request):
    """Adds one run to the record of `make test-flink`: what ran, and how many rows were compared."""
    start = time.monotonic()

    def add(what, rows, **more):
        line = {"test": request.node.name, "run": what, "rows": rows, "seconds": round(time.monotonic() - start, 1), **more}
        if path := os.environ.get("HEADRACE_FLINK_RUNS"):
            with open(path, "a") as file:
                file.write(json.dumps(line) + "\n")

    return add
