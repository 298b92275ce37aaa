"""What the tests of generated Feast repositories share: the real Feast, kept to this machine and to little memory.

They run in a Python with requirements.txt; where Feast is not installed, nothing is collected. HEADRACE_FEAST_TESTS=1 says
that it must be there: then its absence is an error.
"""
import importlib.util
import os
import resource
from pathlib import Path

import pytest
from redis_server import redis_server

ROOT = Path(__file__).resolve().parents[2]
MEMORY_BYTES = 8 << 30  # of address space; Feast's historical join has filled machines

is_there = importlib.util.find_spec("feast") is not None
if not is_there and os.environ.get("HEADRACE_FEAST_TESTS"):
    raise ModuleNotFoundError("tests/feast needs feast: see tests/feast/requirements.txt")
collect_ignore_glob = [] if is_there else ["test_*.py"]
if is_there:
    import loopback

    loopback.allow_nothing_else()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, hard))


@pytest.fixture(scope="session")
def beam_python():
    """An interpreter with what the generated Beam pipeline needs: HEADRACE_BEAM_PYTHON, else .venv-beam."""
    path = Path(os.environ.get("HEADRACE_BEAM_PYTHON", ROOT / ".venv-beam" / "bin" / "python"))
    if not path.exists():
        pytest.fail(f"{path} is not there: make a virtual environment from tests/beam/requirements.txt")
    return path


@pytest.fixture(scope="session")
def small(binary, tmp_path_factory, redis_port):
    """The machines, backfilled and applied; its Redis is empty."""
    import machines
    from feast_project import FeastProject

    project = FeastProject(binary, tmp_path_factory.mktemp("small"), redis_port)
    machines.write(project.folder)
    project.headrace("backfill", "--output", "offline")
    project.generate()
    project.feast("apply")
    return project


@pytest.fixture(scope="session")
def redis_port(tmp_path_factory):
    """A Redis of our own on a free port of loopback."""
    with redis_server(tmp_path_factory.mktemp("redis")) as port:
        yield port
