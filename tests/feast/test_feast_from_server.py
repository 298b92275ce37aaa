"""Feast's own client of a Redis, over the repository that `generate feast` writes, reads what `headrace serve` keeps there."""
import json
import threading
import time
from datetime import UTC, datetime, timedelta

import machines
import pytest
import redis
from feast_project import bits
from running_server import running
from test_feast_online import TIMESTAMPS, online, seconds_of, whole_seconds

PATIENCE = 60


def moved_to_now(lines):
    """The events with times of the last hours, the newest of them a few seconds old."""
    rows = [json.loads(line) for line in lines]
    times = [datetime.fromisoformat(row["at"].replace("Z", "+00:00")) for row in rows]
    by = datetime.now(UTC) - timedelta(seconds=20) - max(times)
    return [json.dumps(row | {"at": (time + by).isoformat().replace("+00:00", "Z")}) for row, time in zip(rows, times, strict=True)]


def push(server, source, lines):
    for begin in range(0, len(lines), 500):
        body = "\n".join(lines[begin:begin + 500]).encode()
        status, done = server.get(f"/v1/sources/{source}/events", method="POST", body=body, headers={"Content-Type": "application/x-ndjson"})
        assert status == 200, done


def caught_up(server):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        store = server.get("/v1/sources")[1]["online_store"]
        if store["writes"] and not store["waiting"] and not store["problem"]:
            return
        threading.Event().wait(0.1)
    raise AssertionError(store)


def served(server, names, keys, columns):
    body = json.dumps({"features": names, "entities": [dict(zip(columns, key, strict=True)) for key in keys]})
    status, answer = server.get("/v1/features:read", method="POST", headers={"Content-Type": "application/json"}, body=body)
    assert status == 200, answer
    values = {name: [row["values"][i]["value"] for row in answer["rows"]] for i, name in enumerate(names)}
    return values, [row["values"][0]["event_time"] is not None for row in answer["rows"]]


def as_microseconds(value):
    if isinstance(value, list):
        return [as_microseconds(item) for item in value]
    return None if value is None else int(datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp() * 1e6)


@pytest.mark.parametrize("entity", machines.ENTITIES)
def test_what_the_server_wrote(binary, small, entity):
    redis.Redis(host="127.0.0.1", port=small.redis_port).flushall()
    source = machines.ENTITIES[entity]
    settings = f"dev: {{listen: 127.0.0.1:0, data: server-{entity}, redis: {{address: '127.0.0.1:{small.redis_port}', refresh: 100ms}}}}\n"
    (small.folder / "environments.yaml").write_text(settings)
    lines = moved_to_now((small.folder / f"{source}.ndjson").read_text(encoding="utf-8").splitlines())
    names, columns = list(machines.FEATURES[source]), machines.KEYS[entity]
    keys = sorted({tuple(json.loads(line)[column] for column in columns) for line in lines})
    with running(binary, small.folder) as server:
        push(server, source, lines)
        caught_up(server)
        expected, has_events = served(server, names, keys, columns)
        got, times = online(small, entity, keys)
    assert any(any(value is not None for value in expected[name]) for name in names)
    assert any(has_events)
    assert [0 < moment <= time.time() * 1e6 for moment in times] == has_events
    for name in names:
        # Entities of which no event came, or only late ones, have no row.
        here = [value for value, has_row in zip(got[name], has_events, strict=True) if has_row]
        there = [value for value, has_row in zip(expected[name], has_events, strict=True) if has_row]
        if name in TIMESTAMPS:
            assert [seconds_of(value) for value in here] == [whole_seconds(as_microseconds(value)) for value in there], name
        else:
            assert [bits(value) for value in here] == [bits(value) for value in there], name
