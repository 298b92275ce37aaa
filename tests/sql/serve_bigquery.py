"""Runs the loopback server of bigquery_server.py until its stdin ends, for tests of other environments: serve_bigquery.py FOLDER.

Prints the environment of clients as JSON; at the end the configurations of jobs and the names of tables that it was asked for. A job is still running
when it is made and when it is first asked for, so that clients have something to wait for.
"""
import json
import sys
from pathlib import Path

import bigquery_server
import duckdb

# Functions of BigQuery that DuckDB has not, and sqlglot does not translate; of doubles alone.
MACROS = "".join(f"CREATE MACRO safe_{name}(a, b) AS a {sign} b;" for name, sign in (("add", "+"), ("subtract", "-"), ("multiply", "*")))
RUNNING = {"status": {"state": "RUNNING"}}


class Jobs(dict):
    """Jobs by id, as who asks for them sees them."""

    def __init__(self):
        super().__init__()
        self.seen = set()

    def __getitem__(self, job):
        resource = super().__getitem__(job)
        if job in self.seen:
            return resource
        self.seen.add(job)
        return resource | RUNNING


class Slow(bigquery_server.Warehouse):
    """Runs jobs at once, and says so later."""

    def __init__(self, buckets):
        super().__init__(buckets)
        self.jobs, self.looked_at = Jobs(), []
        self.database.execute(MACROS)

    def query(self, query):
        try:
            return super().query(query)
        except duckdb.Error as error:
            raise bigquery_server.Refused(str(error)) from error

    def table(self, name):
        self.looked_at.append(name)
        return super().table(name)

    def insert(self, job, uploaded=None):
        return super().insert(job, uploaded) | RUNNING


bigquery_server.Warehouse = Slow
with bigquery_server.Server(Path(sys.argv[1])) as server:
    print(json.dumps(server.environment), flush=True)
    sys.stdin.read()
    jobs = [job["configuration"] for job in server.warehouse.jobs.values()]
    print(json.dumps({"jobs": jobs, "tables": server.warehouse.looked_at}), flush=True)
