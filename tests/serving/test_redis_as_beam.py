"""The server and the generated Beam pipeline write the same bytes: each hash, field and value, over the same events at the same
instants; after events, and after a start of the server and an edge of a window.

It runs the pipeline in .venv-beam; where that or redis-server is missing, the test is skipped, unless HEADRACE_SERVING_TESTS=1 says
that both must be there.
"""
import json
import os
import random
import shutil
import subprocess
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from redis_rows import Redis
from redis_server import redis_server
from running_server import running

ROOT = Path(__file__).resolve().parents[2]
BEAM = Path(os.environ.get("HEADRACE_BEAM_PYTHON", ROOT / ".venv-beam" / "bin" / "python"))
IS_THERE = BEAM.exists() and shutil.which("redis-server")
pytestmark = pytest.mark.skipif(not IS_THERE and not os.environ.get("HEADRACE_SERVING_TESTS"),
                                reason="Beam or redis-server is not installed: tools/setup.sh integration")

DEFINITIONS = """
project: {name: small-machines, defaults: {source: readings}}
---
entity: {name: machine, key: [site, unit]}
---
source:
  name: readings
  entity: machine
  event_time: at
  allowed_lateness: 1h
  columns: {site: string, unit: int64, x: double, n: int64, mode: string, ok: bool, seen: timestamp}
  batch: {format: ndjson, path: readings.ndjson}
---
entity: {name: line, key: [unit, site]}
---
source:
  name: loads
  entity: line
  event_time: at
  allowed_lateness: 1h
  columns: {site: string, unit: int64, x: double, mode: string}
  batch: {format: ndjson, path: loads.ndjson}
"""
FEATURES = {
    "x_mean": "aggregation: mean, window: 1h, source_features: [x]",
    "x_before": "aggregation: max, window: {size: 40m, closed: left, offset: 10m}, source_features: [x]",
    "x_both": "aggregation: stddev, window: {size: 20m, closed: both}, source_features: [x]",
    "x_day": "aggregation: sum, window: {tumbling: 1d}, source_features: [x], default: 0.0",
    "visit": "aggregation: count, window: {session: 15m}, source_features: []",
    "events_1h": "aggregation: count, window: 1h, source_features: []",
    "running": "aggregation: sum, window: 30m, source_features: [n, mode], formula: n, filter: mode == 'run'",
    "n_last": "aggregation: last, window: lifetime, source_features: [n]",
    "n_first3": "aggregation: first_k, params: {k: 3}, window: 50m, source_features: [n]",
    "mode_last": "aggregation: last, window: {last: 4}, source_features: [mode]",
    "modes": "aggregation: last_k, params: {k: 3}, window: 1h, source_features: [mode]",
    "ok_last": "aggregation: last, window: 30m, source_features: [ok]",
    "oks": "aggregation: last_k, params: {k: 2}, window: lifetime, source_features: [ok]",
    "seen_last": "aggregation: last, window: lifetime, source_features: [seen]",
    "seens": "aggregation: last_k, params: {k: 2}, window: lifetime, source_features: [seen]",
    "x_per_event": "source_features: [x_mean, events_1h], formula: x_mean / events_1h, default: -1.0",
}
OF_LOADS = {  # the first two change between events too: rows have their values as of their times
    "held": "source: loads, aggregation: time_weighted_mean, window: 1h, source_features: [x]",
    "hour_now": "source: loads, source_features: [loads_1h], formula: loads_1h * 100 + hour(event_time())",
    "loads_1h": "source: loads, aggregation: count, window: 1h, source_features: []",
    "load_last": "source: loads, aggregation: last, window: 30m, source_features: [x]",
}
EDGE_S = 45  # after the start an event leaves the windows of an hour, and no other edge is near
REFRESH_S = 0.1


def write_project(folder, port):
    text = DEFINITIONS
    for name, rest in (FEATURES | OF_LOADS).items():
        text += f'---\nfeature: {{name: {name}, description: d, owner: t, version: "1.0", {rest}}}\n'
    (folder / "project.yaml").write_text(text)
    (folder / "environments.yaml").write_text(f"dev: {{listen: 127.0.0.1:0, redis: {{address: '127.0.0.1:{port}', refresh: 100ms}}}}\n")


def stamp(time_s):
    return (datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=time_s)).isoformat().replace("+00:00", "Z")


def event(chance, time_s, **given):
    row = {"site": chance.choice(["a", "é"]), "unit": chance.choice([3, -4]), "at": stamp(time_s), "x": chance.choice([0.1, 2.5, 1e16, -3.7, None]),
           "n": chance.choice([7, -(2**62), None]), "mode": chance.choice(["run", "idle", "", None]), "ok": chance.choice([True, False, None]),
           "seen": chance.choice([stamp(1_700_000_000.75), "1969-12-31T23:59:59.5Z", None])}
    return row | given


def events_before(start):
    """In their order of arrival. Ages are such that no edge of a window is within minutes of the start, but the one."""
    chance = random.Random(5)
    ages = [60 * minute + 30 for minute in (1, 2, 4, 6, 7, 8, 11, 12, 13, 16, 17, 22, 23, 24, 33, 34, 35, 42, 43, 44, 52, 53, 72, 73, 88, 1500)]
    rows = [event(chance, start - age - chance.random() * 20) for age in ages for _ in range(3)]
    leaving = event(chance, start + EDGE_S - 3600, site="a", unit=3, x=2.5, n=7, mode="run", ok=True)
    rows = sorted([*rows, leaving], key=lambda row: row["at"])
    return sorted(rows, key=lambda row: (datetime.fromisoformat(row["at"].replace("Z", "+00:00")).timestamp() + chance.randrange(1500), row["at"]))


def push(server, source, lines):
    body, headers = "".join(lines).encode(), {"Content-Type": "application/x-ndjson"}
    status, answer = server.get(f"/v1/sources/{source}/events", method="POST", headers=headers, body=body)
    assert status == 200 and answer["accepted"] == len(lines), answer


def pause_until(time_s):
    threading.Event().wait(max(0, time_s - time.time()))


def snapshot(server, redis):
    """(instant in microseconds, all hashes): of a moment in which nothing waits."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        begun = time.time()
        threading.Event().wait(4 * REFRESH_S)
        store = server.get("/v1/sources")[1]["online_store"]
        there = redis.hashes()
        if store["waiting"] == 0 and not store["problem"] and store["writes"] > 0:
            return begun, time.time(), there
    raise AssertionError(f"Redis was never up to date: {store}")


def test_the_same_bytes(binary, tmp_path):
    with redis_server(tmp_path) as port, redis_server(tmp_path) as before_port, redis_server(tmp_path) as after_port:
        write_project(tmp_path, port)
        redis, start = Redis(port), int(time.time())
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in events_before(start)]
        for source in ("readings", "loads"):
            (tmp_path / f"{source}.ndjson").write_text("".join(lines), encoding="utf-8")
        with running(binary, tmp_path) as server:
            push(server, "readings", lines)
            push(server, "loads", lines)
            _, before_s, before = snapshot(server, redis)
            assert before_s < start + EDGE_S, "this machine is too slow for the test's edge: raise EDGE_S"
            assert server.stop() == 0
        pause_until(start + EDGE_S + 1)
        with running(binary, tmp_path) as server:
            after_begun_s, after_s, after = snapshot(server, redis)
            assert after_begun_s > start + EDGE_S

        subprocess.run([binary, "generate", "beam", "--output", "code", "--quiet"], cwd=tmp_path, check=True)
        cuts = [f"{before_port}={int(before_s * 1e6)}", f"{after_port}={int(after_s * 1e6)}"]
        done = subprocess.run([BEAM, Path(__file__).parent / "beam_rows.py", "code", *cuts], cwd=tmp_path, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr[-4000:]
        for got, expected in ((before, Redis(before_port).hashes()), (after, Redis(after_port).hashes())):
            # Entities with the same key columns share their hashes.
            assert len(expected) == 4 and all(len(fields) == len(FEATURES) + len(OF_LOADS) + 2 for fields in expected.values())
            assert got == expected
        assert before != after and [name for name in before if before[name] != after[name]] == [name for name in before if b"\x00a" in name and b"\x03\x00" in name]
