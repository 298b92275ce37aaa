"""Runs the loopback server of bigquery_server.py until its stdin ends, for tests of other environments: serve_bigquery.py FOLDER.

Prints the environment of clients as JSON; at the end the configurations of the jobs that it was given. A job is still running
when it is made and when it is first asked for, so that clients have something to wait for.
"""
import json
import sys
from pathlib import Path

import bigquery_server

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
        self.jobs = Jobs()

    def insert(self, job, uploaded=None):
        return super().insert(job, uploaded) | RUNNING


bigquery_server.Warehouse = Slow
with bigquery_server.Server(Path(sys.argv[1])) as server:
    print(json.dumps(server.environment), flush=True)
    sys.stdin.read()
    print(json.dumps([job["configuration"] for job in server.warehouse.jobs.values()]), flush=True)
