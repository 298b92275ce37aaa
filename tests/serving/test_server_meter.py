"""What the features of a server took: counts that only grow, over reloads too, and add up to the process."""
import json
import signal

from running_server import new_token, running, write_features
from test_values import event, headrace

COUNTS = ("cpu_ns", "rows", "bytes", "state_bytes", "values")
READ = {"features": ["flow_mean"], "entities": [{"pump_id": "p1"}]}


def meter_of(server, token=None):
    status, meter = server.get("/v1/meter", token)
    assert status == 200
    parts = [each["work"] for each in meter["features"]] + [meter["unattributed"]] + ([meter["others"]] if "others" in meter else [])
    for count in COUNTS:
        assert sum(part[count] for part in parts) == meter["whole"][count], count
    return meter


def work(meter, feature):
    return next(each["work"] for each in meter["features"] if each["feature"] == feature)


def push_and_read(server, count=300, token=None):
    body = "\n".join(event(f"p{i % 20}", float(i)) for i in range(count))
    assert server.get("/v1/sources/telemetry/events", token, "POST", body=body, headers={"Content-Type": "application/x-ndjson"})[0] == 200
    for _ in range(20):
        assert server.get("/v1/features:read", token, "POST", body=json.dumps(READ), headers={"Content-Type": "application/json"})[0] == 200
    return len(body)


def metrics_of(server, token=None):
    return dict(line.rsplit(" ", 1) for line in server.get("/metrics", token)[1].splitlines() if not line.startswith("#"))


def test_counts_grow_and_add_up(binary, project):
    write_features(project, (("flow_mean", "hydraulics"), ("flow_other", "finance")))
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        before = meter_of(server)
        pushed = push_and_read(server)
        after = meter_of(server)
        assert sum(each["work"]["bytes"] for each in after["features"]) == pushed
        assert work(after, "flow_mean")["values"] == 20 and work(after, "flow_other")["values"] == 0
        assert work(after, "flow_mean")["cpu_ns"] > work(after, "flow_other")["cpu_ns"], "who is read pays for it"
        assert work(after, "flow_mean")["state_bytes"] > 0
        source = next(each["work"] for each in after["sources"] if each["source"] == "telemetry")
        assert source["rows"] == 300
        for each in before["features"] + [{"feature": "", "work": before["unattributed"]}]:
            later = work(after, each["feature"]) if each["feature"] else after["unattributed"]
            assert all(later[count] >= each["work"][count] for count in COUNTS if count != "state_bytes")
        metrics = metrics_of(server)
        assert metrics['headrace_feature_values_total{feature="flow_mean"}'] == "20"
        assert float(metrics['headrace_feature_cpu_seconds_total{feature="(none)"}']) > 0
        shown = headrace(binary, server, "meter").stdout
        assert "flow_mean" in shown and "(unattributed)" in shown
        assert json.loads(headrace(binary, server, "meter", "--format", "json").stdout)["features"][0]["feature"] == "flow_mean"


def test_a_reload_takes_nothing_away(binary, project):
    write_features(project, (("flow_mean", "hydraulics"), ("flow_other", "finance")))
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        push_and_read(server)
        before = meter_of(server)
        write_features(project, (("flow_mean", "hydraulics"), ("flow_new", "finance")))
        server.send(signal.SIGHUP)
        server.wait_for("reloaded")
        after = meter_of(server)
        assert [each["feature"] for each in after["features"]] == ["flow_mean", "flow_new"]
        assert work(after, "flow_mean")["values"] == 20
        assert all(work(after, "flow_mean")[count] >= work(before, "flow_mean")[count] for count in COUNTS if count != "state_bytes")
        assert after["unattributed"]["rows"] >= work(before, "flow_other")["rows"], "of a feature that is gone"
        assert after["whole"]["cpu_ns"] >= before["whole"]["cpu_ns"]


def test_owners_see_the_others_together(binary, project, tmp_path):
    write_features(project, (("flow_mean", "hydraulics"), ("flow_other", "finance")))
    scoped, line = new_token(binary, "--role", "read", "--owner", "hydraulics")
    whole, other_line = new_token(binary, "--role", "admin")
    (tmp_path / "tokens.txt").write_text(line + "\n" + other_line + "\n")
    with running(binary, project, "--listen", "127.0.0.1:0", "--tokens", tmp_path / "tokens.txt") as server:
        push_and_read(server, token=whole)
        seen = meter_of(server, scoped)
        assert [each["feature"] for each in seen["features"]] == ["flow_mean"] and seen["others"]["rows"] > 0
        assert "flow_other" not in json.dumps(seen)
        assert "flow_other" not in server.get("/metrics", scoped)[1] and 'feature="(others)"' in server.get("/metrics", scoped)[1]
        assert "flow_other" in server.get("/metrics", whole)[1]
