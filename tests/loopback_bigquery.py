"""The loopback server of tests/sql, which runs BigQuery's jobs in DuckDB, for tests of other environments."""
import json
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


class Running:
    """`environment` is for clients; after the server has ended, `jobs()` are the configurations that it was given, and `tables()`
    the names that it was asked for."""

    def __init__(self, process):
        self.process = process
        self.environment = json.loads(process.stdout.readline())
        self.said = ""

    def end(self):
        self.said, _ = self.process.communicate(timeout=60)

    def jobs(self):
        return json.loads(self.said.splitlines()[-1])["jobs"]

    def tables(self):
        return json.loads(self.said.splitlines()[-1])["tables"]


@contextmanager
def bigquery_server(folder):
    python = Path(os.environ.get("HEADRACE_SQL_PYTHON", ROOT / ".venv-sql" / "bin" / "python"))
    if not python.exists():
        pytest.fail(f"{python} is not there: make a virtual environment from tests/sql/requirements.txt")
    command = [str(python), str(ROOT / "tests" / "sql" / "serve_bigquery.py"), str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    running = Running(process)
    try:
        yield running
    finally:
        running.end()
