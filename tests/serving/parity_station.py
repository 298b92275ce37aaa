"""A station whose events go to a server and lie in files, and its values held against each other."""
import json
import os
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import jsonschema
import pytest
from running_server import PATIENCE, running

SCHEMA = jsonschema.Draft202012Validator(json.loads((Path(__file__).parents[2] / "docs/reference/schemas/parity-output.schema.json").read_text(encoding="utf-8")))
DEFINITIONS = """project: {name: station, defaults: {source: telemetry}}
---
entity: {name: pump, key: pump_id}
---
source: {name: telemetry, entity: pump, event_time: at, columns: {flow: double, mode: string}, batch: {format: csv, path: telemetry.csv}, allowed_lateness: 10m}
---
feature: {name: flow_mean, owner: o, version: "VERSION", description: d, source_features: [flow], formula: flow FACTOR, aggregation: mean, window: 1h}
---
feature: {name: events, owner: o, version: "1.0", description: d, source_features: [flow], formula: flow, aggregation: count, window: 30m}
---
feature: {name: modes, owner: o, version: "1.0", description: d, source_features: [mode], formula: mode, aggregation: last_k, params: {k: 3}, window: lifetime}
"""
BEGIN = 1_709_251_200  # 2024-03-01
MINUTES = 90


def stamp(minute):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(BEGIN + 60 * minute))


def row(minute, pump=None, flow=None):
    return {"pump_id": pump or f"p{minute % 3}", "at": stamp(minute), "flow": flow if flow is not None else minute * 0.1 + 0.1, "mode": f"m{minute}"}


def rows():
    return [row(minute) for minute in range(MINUTES)]


def write_station(folder, factor="", version="1.0", log=""):
    folder.mkdir(exist_ok=True)
    text = DEFINITIONS.replace("FACTOR", factor).replace("VERSION", version)
    (folder / "project.yaml").write_text(text)
    (folder / "environments.yaml").write_text(f"dev: {{feature_log: {{sample: 100%, every: 1s{log}}}}}\n")


def write_files(folder, events):
    lines = ["pump_id,at,flow,mode", *(f"{e['pump_id']},{e['at']},{e['flow']!r},{e['mode']}" for e in events)]
    (folder / "telemetry.csv").write_text("\n".join(lines) + "\n")


@pytest.fixture
def station(tmp_path):
    folder = tmp_path / "station"
    write_station(folder)
    write_files(folder, rows())
    return folder


def headrace(binary, *arguments, server=None, given=None):
    environment = {key: value for key, value in os.environ.items() if key != "HEADRACE_SERVER"} | {"NO_COLOR": "1"}
    if server:
        environment["HEADRACE_SERVER"] = server.address
    return subprocess.run([binary, *map(str, arguments)], input=given, capture_output=True, text=True, env=environment)


def push(binary, server, events):
    """In pieces, so that positions differ."""
    for begin in range(0, len(events), 10):
        text = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in events[begin : begin + 10])
        done = headrace(binary, "push", "telemetry", "-", server=server, given=text)
        assert done.returncode in (0, 1), done.stderr


def parity(binary, folder, *arguments, server=None, code=0):
    done = headrace(binary, "parity", "--project", folder, "--format", "json", "--examples", 1000, *arguments, server=server)
    assert done.returncode == code, done.stdout + done.stderr
    report = json.loads(done.stdout)
    SCHEMA.validate(report)
    assert report["equal"] + report["different"] == report["compared"] > 0
    assert sum(each["values"] for each in report["causes"]) == report["different"]
    return report


def causes(report):
    return {each["cause"]: each["values"] for each in report["causes"]}


@contextmanager
def served(binary, folder, events, *arguments):
    with running(binary, folder, "--listen", "127.0.0.1:0", *arguments) as server:
        push(binary, server, events)
        yield server


def read(server, at=None, pumps=("p0", "p1", "p2"), features=("flow_mean", "events", "modes")):
    body = {"features": list(features), "entities": [{"pump_id": each} for each in pumps]} | ({"as_of": at} if at else {})
    status, answer = server.get("/v1/features:read", method="POST", headers={"Content-Type": "application/json"}, body=json.dumps(body))
    assert status == 200, answer
    return answer


def wait_for_log(server, count):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        log = server.get("/v1/sources")[1]["feature_log"]
        if log["rows"] >= count:
            return log
        threading.Event().wait(0.05)
    raise AssertionError(server.get("/v1/sources")[1])


def log_files(folder):
    return sorted((folder / ".headrace/feature-log").rglob("*.parquet"))
