"""Sources of the real server as people operate them: paused, resumed, and what is refused meanwhile."""
import contextlib
import http.client
import json
import random
import signal
import subprocess
import threading
from datetime import datetime, timedelta, timezone

from running_server import running

NDJSON = {"Content-Type": "application/x-ndjson"}


def event(minutes, flow, pump="p1"):
    return json.dumps({"pump_id": pump, "at": (datetime.now(timezone.utc) - timedelta(minutes=minutes)).isoformat(), "flow": flow}) + "\n"


def push(server, lines, headers=NDJSON):
    return server.get("/v1/sources/telemetry/events", method="POST", headers=headers, body=lines)


def change(server, action, body=None):
    headers = {"Content-Type": "application/json"} if body else {}
    return server.get(f"/v1/sources/telemetry/{action}", method="POST", headers=headers, body=json.dumps(body) if body else None)


def telemetry(server):
    return server.get("/v1/sources")[1]["sources"][0]


def read(server):
    body = json.dumps({"features": ["flow_mean"], "entities": [{"pump_id": "p1"}]})
    return server.get("/v1/features:read", method="POST", headers={"Content-Type": "application/json"}, body=body)[1]["rows"][0]["values"][0]["value"]


def test_a_paused_source_takes_no_pushes_also_after_a_kill(binary, project):
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        assert push(server, event(3, 1.0))[0] == 200
        status, paused = change(server, "pause")
        assert (status, paused["state"]) == (200, "paused") and paused["since"]
        server.send(signal.SIGKILL)
        server.wait()
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        status, refusal = push(server, event(2, 5.0))
        assert (status, refusal["code"]) == (503, "paused") and "headrace source resume telemetry" in refusal["help"]
        source = telemetry(server)
        assert (source["state"], source["state_since"], source["accepted"]) == ("paused", paused["since"], 1)
        assert "resume" in source["problem"]
        assert 'headrace_source_paused{source="telemetry"} 1' in server.get("/metrics")[1]
        assert server.get("/readyz")[0] == 200 and read(server) == 1.0
        again = change(server, "pause")[1]
        assert again["since"] == paused["since"] and again["remark"] == "it was so before"

        status, resumed = change(server, "resume")
        assert (status, resumed["state"], resumed["since"]) == (200, "running", None)
        assert push(server, event(2, 5.0))[0] == 200 and read(server) == 3.0
        assert telemetry(server)["problem"] == ""
        server.send(signal.SIGKILL)
        server.wait()
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        assert telemetry(server)["state"] == "running" and read(server) == 3.0


def test_the_push_that_was_refused_counts_once_under_its_key(binary, project):
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        change(server, "pause")
        headers, line = {**NDJSON, "Idempotency-Key": "k"}, event(1, 4.0)
        assert push(server, line, headers)[0] == 503
        change(server, "resume")
        assert push(server, line, headers)[1]["repeated"] is False
        assert push(server, line, headers)[1]["repeated"] is True
        assert telemetry(server)["accepted"] == 1


def test_what_cannot_be_operated_is_refused_with_what_to_do(binary, project, tmp_path):
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        status, refusal = change(server, "rewind", {"to": "2024-03-01T00:00:00Z"})
        assert (status, refusal["code"]) == (409, "conflict") and "left-out telemetry" in refusal["help"]
        status, refusal = server.get("/v1/sources/telemetri/pause", method="POST")
        assert status == 404 and "telemetry" in refusal["help"]
    (tmp_path / "telemetry.csv").write_text("pump_id,at,flow\np1,2024-03-01T00:00:00Z,1\n")
    with running(binary, project, "--listen", "127.0.0.1:0", "--replay", tmp_path, "--source", f"telemetry={tmp_path / 'telemetry.csv'}") as server:
        assert change(server, "pause")[0] == 409


def headrace(binary, server, *arguments):
    return subprocess.run([binary, *arguments, "--server", server.address], capture_output=True, text=True)


def test_the_command(binary, project):
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        paused = headrace(binary, server, "source", "pause", "telemetry")
        assert paused.returncode == 0 and paused.stdout.startswith("telemetry: paused since 20"), paused
        assert "telemetry: paused; `headrace source resume telemetry` goes on" in headrace(binary, server, "status").stdout
        assert headrace(binary, server, "source", "resume", "telemetry").stdout == "telemetry: running; pushes are taken\n"
        refused = headrace(binary, server, "source", "rewind", "telemetry", "--to", "2024-03-01")
        assert refused.returncode == 1 and "are pushed: there is nothing to read again" in refused.stderr
        assert headrace(binary, server, "source", "resume", "x").returncode == 2
        for arguments in ([], ["stop", "telemetry"], ["pause"], ["pause", "a", "b"], ["rewind", "telemetry"], ["pause", "telemetry", "--to", "2024-03-01"],
                          ["rewind", "telemetry", "--to", "soon"]):
            assert headrace(binary, server, "source", *arguments).returncode == 2, arguments


def forget(server, key):
    return server.get("/v1/entities:forget", method="POST", headers={"Content-Type": "application/json"}, body=json.dumps({"key": key}))


def kept_bytes(project):
    """All that lies on the disk of the server's store and feature log."""
    return b"".join(path.read_bytes() for path in (project / ".headrace").rglob("*") if path.is_file())


def test_an_entity_is_forgotten_and_begins_anew(binary, project):
    (project / "environments.yaml").write_text("dev: {feature_log: {sample: 100%, every: 100ms}}\n")
    name = "secret-pump-name"
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        push(server, event(9, 1.0, name) + event(9, 5.0, "p1") + event(8, 2.0, name) + '{"pump_id": "%s", "at": "soon"}\n' % name)
        body = json.dumps({"features": ["flow_mean"], "entities": [{"pump_id": name}, {"pump_id": "p1"}]})
        assert server.get("/v1/features:read", method="POST", headers={"Content-Type": "application/json"}, body=body)[0] == 200
        assert name.encode() in kept_bytes(project)
        status, answer = forget(server, {"pump_id": name})
        assert status == 200, answer
        assert (answer["entities"], answer["events"], answer["pushes"], answer["left_out"], answer["feature_log_rows"]) == (["pump"], 3, 1, 1, 1), answer
        assert answer["online_store"] == "none" and any("copies" in place for place in answer["not_reached"])
        unlogged = body[:-1] + ', "log": false}'
        values = server.get("/v1/features:read", method="POST", headers={"Content-Type": "application/json"}, body=unlogged)[1]["rows"]
        assert [row["values"][0]["value"] for row in values] == [None, 5.0] and values[0]["values"][0]["event_time"] is None
        assert server.get("/v1/sources/telemetry/left-out")[1]["events"] == []
        assert telemetry(server)["accepted"] == 3
        server.send(signal.SIGKILL)
        server.wait()
    (project / "environments.yaml").unlink()
    assert name.encode() not in kept_bytes(project)
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        push(server, event(1, 7.0, name))
        values = server.get("/v1/features:read", method="POST", headers={"Content-Type": "application/json"}, body=body)[1]["rows"]
        assert [row["values"][0]["value"] for row in values] == [7.0, 5.0]


def test_a_kill_while_it_is_forgotten_leaves_all_or_nothing(binary, project):
    """What was noted is done by the next start; what was not is as it was."""
    chance, done, undone = random.Random(3), 0, 0
    for number in range(12):
        name = f"secret-{number}-name"
        with running(binary, project, "--listen", "127.0.0.1:0", "--quiet") as server:
            for _ in range(20):
                push(server, event(9, 1.0, name) + event(9, 5.0, "p1"))
            asking = threading.Thread(target=attempt, args=(server, name))
            asking.start()
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.process.wait(chance.uniform(0, 0.03))
            server.send(signal.SIGKILL)
            asking.join()
            server.wait()
        with running(binary, project, "--listen", "127.0.0.1:0", "--quiet") as server:
            body = json.dumps({"features": ["flow_mean"], "entities": [{"pump_id": name}, {"pump_id": "p1"}], "log": False})
            values = [row["values"][0]["value"] for row in server.get("/v1/features:read", method="POST", headers={"Content-Type": "application/json"}, body=body)[1]["rows"]]
            assert values in ([None, 5.0], [1.0, 5.0])
            assert telemetry(server)["accepted"] == 40 * (number + 1)
            is_gone = values[0] is None
            server.send(signal.SIGKILL)
            server.wait()
        assert (name.encode() in kept_bytes(project)) != is_gone, number
        done, undone = done + is_gone, undone + (not is_gone)
    assert done > 0, (done, undone)


def attempt(server, name):
    with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
        forget(server, {"pump_id": name})


def test_what_names_no_entity_is_refused(binary, project):
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        status, refusal = forget(server, {"well_id": "w1"})
        assert status == 404 and "pump (pump_id)" in refusal["help"]
        done = headrace(binary, server, "entity", "forget", "pump_id=p9")
        assert done.returncode == 0 and done.stdout.startswith("forgotten, as pump: 0 events of 0 pushes"), done
        for arguments in ([], ["forget"], ["remember", "a=b"], ["forget", "pump_id"], ["forget", "=x"]):
            assert headrace(binary, server, "entity", *arguments).returncode == 2, arguments


def test_what_waits_for_its_time_is_bounded(binary, project):
    (project / "environments.yaml").write_text("dev: {sources: {telemetry: {ahead_events_max: 2}}}\n")
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        answer = push(server, event(-10, 1.0) + event(-11, 2.0) + event(-12, 3.0) + event(0, 4.0))[1]
        assert (answer["accepted"], answer["ahead"], answer["too_far_ahead"]) == (3, 2, 1), answer
        source = telemetry(server)
        assert source["ahead"] == 2 and source["ahead_bytes"] > 100 and source["too_far_ahead"] == 1
        kept = server.get("/v1/sources/telemetry/left-out")[1]["events"]
        assert [each["reason"] for each in kept] == ["ahead"] and "no more events of the source may wait" in kept[0]["problem"]
        server.send(signal.SIGKILL)
        server.wait()
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        assert (telemetry(server)["ahead"], telemetry(server)["too_far_ahead"]) == (2, 1)


def test_a_bad_event_refuses_its_push_where_it_stops(binary, project):
    with running(binary, project, "--listen", "127.0.0.1:0", "--on-bad-row", "stop") as server:
        status, refusal = push(server, event(3, 1.0) + '{"pump_id": "p1", "at": "soon"}\n')
        assert (status, refusal["code"]) == (422, "bad_data") and "event 2" in refusal["message"], refusal
        assert telemetry(server)["accepted"] == 0 and telemetry(server)["state"] == "running"
        assert push(server, event(3, 1.0))[0] == 200
        assert server.get("/v1/sources/telemetry/resume?skip=true", method="POST")[0] == 409
        assert server.get("/v1/sources/telemetry/resume?skip=x", method="POST")[0] == 400


def test_an_interval_loses_nothing_to_a_kill(binary, project):
    (project / "environments.yaml").write_text("dev: {durability: interval, sync_every: 60s}\n")
    for count in range(1, 6):
        with running(binary, project, "--listen", "127.0.0.1:0") as server:
            assert telemetry(server)["accepted"] == count - 1
            assert push(server, event(1, 1.0))[0] == 200
            server.send(signal.SIGKILL)
            server.wait()
    (project / "environments.yaml").unlink()
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        assert telemetry(server)["accepted"] == 5


def test_the_disk_is_told(binary, project):
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        push(server, event(1, 1.0) * 100)
        listed = server.get("/v1/sources")[1]
        source, store = listed["sources"][0], listed["store"]
        assert source["kept_bytes"] > 5_000 and source["kept_since"] and source["bytes_per_day"] is None
        assert store["bytes"] > 0 and store["free_bytes"] > 0 and store["days_until_full"] is None
        metrics = server.get("/metrics")[1]
        assert f'headrace_kept_bytes{{source="telemetry"}} {source["kept_bytes"]}' in metrics and "headrace_store_free_bytes " in metrics
        assert "telemetry" in [line for line in headrace(binary, server, "status").stdout.splitlines() if line.startswith("store ")][0]
