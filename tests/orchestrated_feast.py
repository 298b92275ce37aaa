"""A real Feast with a Redis of its own for the step `materialize`, and what it has online."""
import json
import os
import subprocess
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from redis_server import redis_server

ROOT = Path(__file__).resolve().parents[1]


class OnlineStore:
    """Settings of Feast that name the stores of one test."""

    def __init__(self, programs, redis_port, folder):
        self.programs, self.configuration = programs, folder / "here.yaml"
        self.configuration.write_text(
            "project: pumping_station\nprovider: local\nentity_key_serialization_version: 3\noffline_store: {type: duckdb}\n"
            f"registry: {folder}/registry.db\nonline_store: {{type: redis, connection_string: '127.0.0.1:{redis_port}'}}\n")
        self.settings = {"feast": str(programs / "feast"), "feast_options": ["-f", str(self.configuration)]}

    def assert_has_newest_values(self, repository, store, day):
        """The online values of each pump are those of its last row in the day's table, bit for bit."""
        rows = pq.ParquetFile(store / "pump" / f"day={day}" / "part-0.parquet").read().to_pylist()
        newest = {row["pump_id"]: row for row in rows}
        assert len(newest) == 3
        read = [self.programs / "python", Path(__file__).parent / "read_online.py", repository, self.configuration, *sorted(newest)]
        done = subprocess.run([str(each) for each in read], check=True, capture_output=True, text=True)
        online = json.loads(done.stdout.splitlines()[-1])
        assert online.pop("pump_id") == sorted(newest)
        for name, values in online.items():
            wanted = [newest[pump][name] for pump in sorted(newest)]
            assert values == [value.hex() if isinstance(value, float) else value for value in wanted], name


@pytest.fixture
def online_store(tmp_path):
    python = Path(os.environ.get("HEADRACE_FEAST_PYTHON", ROOT / ".venv-feast" / "bin" / "python"))
    if not python.exists():
        pytest.fail(f"{python} is not there: make a virtual environment from tests/feast/requirements.txt")
    with redis_server(tmp_path) as port:
        yield OnlineStore(python.parent, port, tmp_path)
