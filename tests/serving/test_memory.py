"""Keys that leave the real server's memory: what it says of them, and that their values are what they were."""
import json
import subprocess
from datetime import datetime, timezone

from live_events import until
from running_server import running

NDJSON = {"Content-Type": "application/x-ndjson"}
PUMPS = 4000
FEATURE = """feature: {{name: flow, owner: o, version: "1.0", description: d, source_features: [flow], formula: flow, aggregation: {}, window: {}}}
"""


def push(server, flows):
    now = datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")
    lines = "".join(json.dumps({"pump_id": pump, "at": now, "flow": flow}) + "\n" for pump, flow in flows.items())
    status, answer = server.get("/v1/sources/telemetry/events", method="POST", headers=NDJSON, body=lines)
    assert (status, answer["accepted"]) == (200, len(flows)), answer


def read(server, pumps):
    found = {}
    for begin in range(0, len(pumps), 1000):
        asked = {"features": ["flow"], "entities": [{"pump_id": pump} for pump in pumps[begin:begin + 1000]]}
        status, answer = server.get("/v1/features:read", method="POST", headers={"Content-Type": "application/json"}, body=json.dumps(asked))
        assert status == 200, answer
        for row in answer["rows"]:
            value = row["values"][0]
            found[row["entity"]["pump_id"]] = (value["value"], value["event_time"], value["null_reason"])
    return found


def wait_for(server, what, count):
    """Until so many keys have left memory; the watermark goes on with an event of another pump."""
    def have_left():
        push(server, {"clock": 1.0})
        entity = server.get("/v1/sources")[1]["entities"][0]
        return entity if entity[what] >= count else None

    return until(have_left)


def test_what_nobody_asks_for_leaves_memory_under_a_limit(binary, project):
    (project / "features" / "f.yaml").write_text(FEATURE.format("sum", "lifetime"))
    flows = {f"p{number}": float(number) for number in range(PUMPS)}
    options = ("--listen", "127.0.0.1:0", "--checkpoint-every", "1s", "--history", "1s", "--memory", "1MB")
    with running(binary, project, *options) as server:
        push(server, flows)
        entity = wait_for(server, "paged", 500)
        assert entity["name"] == "pump" and entity["forgotten"] == 0
        assert "headrace_entities_paged_total{entity=\"pump\"} " in server.get("/metrics")[1]
        environment = {"HEADRACE_SERVER": server.address, "PATH": "/usr/bin:/bin"}
        status = subprocess.run([binary, "status"], capture_output=True, text=True, check=True, env=environment).stdout
        assert "in the store alone; since the start" in status
        assert {pump: value[0] for pump, value in read(server, sorted(flows)).items()} == flows
        assert server.get("/v1/sources")[1]["entities"][0]["woken"] > 0
        push(server, {pump: 1.0 for pump in flows})
        server.stop(9)
    with running(binary, project, *options) as server:
        assert {pump: value[0] for pump, value in read(server, sorted(flows)).items()} == {pump: flow + 1 for pump, flow in flows.items()}


def test_a_forgotten_key_is_answered_as_it_was(binary, project):
    (project / "features" / "f.yaml").write_text(FEATURE.format("sum", "1s"))
    with running(binary, project, "--listen", "127.0.0.1:0", "--checkpoint-every", "1s", "--history", "1s") as server:
        push(server, {"p1": 5.0, "p2": 6.0})
        until(lambda: read(server, ["p1"])["p1"][0] is None)  # the window passes
        before = read(server, ["p1"])["p1"]
        assert before[1] is not None and before[2] == "the events in its window give no value"
        assert wait_for(server, "forgotten", 2)["paged"] == 0
        assert read(server, ["p1"])["p1"] == before
        assert read(server, ["nobody"])["nobody"] == (None, None, "no event of this entity has come")
        push(server, {"p1": 7.0})
        value, event_time, _ = read(server, ["p1"])["p1"]
        assert event_time > before[1] and value in (7.0, None), "that it was away takes nothing from it"


def test_a_replay_keeps_nothing_to_page_to(binary, project):
    done = subprocess.run([binary, "serve", "--project", project, "--replay", project, "--memory", "1GB"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "leave --memory out" in done.stderr
