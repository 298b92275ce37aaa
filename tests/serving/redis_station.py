"""A station that is served beside a Redis, and what is asked of both."""
import json
import os
import shutil

import pytest
from live_events import until
from redis_rows import field_of, int_of, name_of

needs_redis = pytest.mark.skipif(shutil.which("redis-server") is None and not os.environ.get("HEADRACE_SERVING_TESTS"),
                                 reason="redis-server is not installed: tools/setup.sh integration")

DEFINITIONS = """project: {name: pumping-station, defaults: {source: telemetry}}
---
entity: {name: pump, key: pump_id}
---
source: {name: telemetry, entity: pump, event_time: at, columns: {pump_id: string, flow: double}, allowed_lateness: 1m}
"""
FEATURE = """---
feature: {{name: {name}, owner: o, version: "1.0", description: d, source_features: {inputs}, {rest}}}
"""
MEAN = ("flow_mean", "[flow]", "formula: flow, aggregation: mean, window: 1h")
COUNT = ("readings", "[]", "aggregation: count, window: 1h")
EVER = ("ever", "[]", "aggregation: count, window: lifetime")
BRIEF = ("brief", "[]", "aggregation: count, window: 5s")


def write(folder, port, *features, redis="", definitions=DEFINITIONS):
    folder.mkdir(exist_ok=True)
    (folder / "project.yaml").write_text(definitions + "".join(FEATURE.format(name=name, inputs=inputs, rest=rest) for name, inputs, rest in features))
    (folder / "environments.yaml").write_text(f"dev: {{listen: 127.0.0.1:0, redis: {{address: '127.0.0.1:{port}', refresh: 100ms{redis}}}}}\n")


def store_of(server):
    return server.get("/v1/sources")[1]["online_store"]


def value(redis, pump, feature, read=int_of):
    found = redis("HGET", name_of("pumping_station", pump_id=pump), field_of("pump", feature))
    return None if found is None else read(found)


def caught_up(server):
    return until(lambda: (store := store_of(server))["waiting"] == 0 and store["problem"] == "" and store)


def forget(server, pump):
    status, answer = server.get("/v1/entities:forget", method="POST", headers={"Content-Type": "application/json"}, body=json.dumps({"key": {"pump_id": pump}}))
    assert (status, answer["online_store"]) == (200, "waits"), answer
