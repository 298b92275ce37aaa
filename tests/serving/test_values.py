"""Events in, values out: by HTTP and by the commands, through reloads, ends and kills."""
import json
import os
import signal
import subprocess
import threading
import time
from datetime import datetime, timedelta, timezone

import pytest
from running_server import running


def stamp(ago=0.0):
    return (datetime.now(timezone.utc) - timedelta(seconds=ago)).isoformat().replace("+00:00", "Z")


def event(pump, flow, ago=0.0):
    return json.dumps({"pump_id": pump, "at": stamp(ago), "flow": flow})


def headrace(binary, server, *arguments, given=None, code=0):
    done = subprocess.run([binary, *arguments], input=given, capture_output=True, text=True, env=os.environ | {"HEADRACE_SERVER": server.address, "NO_COLOR": "1"})
    assert done.returncode == code, done.stdout + done.stderr
    return done


def value(binary, server, pump):
    """Without its age, which is another one at each read."""
    got = json.loads(headrace(binary, server, "get", "flow_mean", "--key", f"pump_id={pump}", "--format", "json").stdout)["rows"][0]["values"][0]
    assert (got.pop("age_seconds") is None) == (got["event_time"] is None)
    return got


def test_events_are_in_the_values_at_once(binary, project):
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        none = value(binary, server, "p1")
        assert none["value"] is None and none["null_reason"] == "no event of this entity has come"
        done = headrace(binary, server, "push", "telemetry", "-", given="\n".join([event("p1", 2.0, 20), event("p1", 4.0, 10), event("p2", 7.0)]))
        assert done.stdout == "3 events accepted\n"
        assert (value(binary, server, "p1")["value"], value(binary, server, "p2")["value"]) == (3.0, 7.0)
        headrace(binary, server, "push", "telemetry", "-", given="[" + event("p1", 9.0) + "]")
        assert value(binary, server, "p1")["value"] == 5.0
        assert "telemetry" in headrace(binary, server, "status").stdout


def test_what_was_not_taken_can_be_read_repaired_and_pushed(binary, project):
    """By another start too, page by page, whatever bytes it is."""
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        headrace(binary, server, "push", "telemetry", "-", given=event("p1", 2.0))
        assert "no event" in headrace(binary, server, "left-out", "telemetry").stdout
        headrace(binary, server, "push", "telemetry", "-", given=event("p1", 2.0, 3600), code=1)
        body = "\n".join(f'{{"pump_id": "p{i}", "at": "soon"}}' for i in range(1200)).encode() + b"\n\xff\x00 is no text\n"
        status, answer = server.get("/v1/sources/telemetry/events", method="POST", headers={"Content-Type": "application/x-ndjson"}, body=body)
        assert (status, answer["unreadable"]) == (200, 1201)
        server.stop()
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        shown = headrace(binary, server, "left-out", "telemetry", "--limit", "2").stdout
        assert "late" in shown and "is before the watermark" in shown and "the oldest 2 events" in shown
        done = subprocess.run([binary, "left-out", "telemetry", "--reason", "unreadable", "--format", "ndjson"], capture_output=True,
                              env=os.environ | {"HEADRACE_SERVER": server.address})
        assert done.returncode == 0 and done.stdout == body
        repaired = done.stdout.split(b"\n")[7].decode().replace("soon", stamp())
        assert headrace(binary, server, "push", "telemetry", "-", given=repaired).stdout == "1 event accepted\n"
        assert "telemetry" in headrace(binary, server, "left-out", "telemetri", code=2).stderr
        assert server.get("/v1/sources/telemetry/left-out?after=x")[0] == 400


def test_a_copy_of_the_store_is_made_while_it_serves_and_restored(binary, project, tmp_path):
    def store(*arguments, code=0):
        done = subprocess.run([binary, "store", *map(str, arguments)], capture_output=True, text=True)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        headrace(binary, server, "push", "telemetry", "-", given=event("p1", 2.0))
        copy = headrace(binary, server, "store", "backup").stdout.strip()
        headrace(binary, server, "push", "telemetry", "-", given=event("p1", 4.0))
        assert "in use" in store("verify", "--project", project, code=1).stderr
        server.stop()
    assert store("verify", "--project", project).stdout.count("2 pushes kept") == 1
    assert "1 push kept" in store("verify", "--data", copy).stdout
    assert "is not empty" in store("restore", copy, "--project", project, code=1).stderr

    store("restore", copy, "--data", tmp_path / "restored")
    store("compact", "--data", tmp_path / "restored")
    with running(binary, project, "--listen", "127.0.0.1:0", "--data", tmp_path / "restored") as server:
        assert value(binary, server, "p1")["value"] == 2.0
        server.stop()
    assert "no store" in store("verify", "--data", tmp_path, code=2).stderr
    assert "cannot `mend`" in store("mend", code=2).stderr


def test_says_what_it_did_not_take(binary, project):
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        headrace(binary, server, "push", "telemetry", "-", given=event("p1", 2.0))
        late = headrace(binary, server, "push", "telemetry", "-", given=event("p1", 2.0, 3600), code=1)
        assert late.stdout == "0 events accepted, 1 too late\n" and "allowed_lateness" in late.stderr
        bad = headrace(binary, server, "push", "telemetry", "-", given='{"pump_id": "p1"}\nnonsense\n' + event("p1", "high"), code=1)
        assert bad.stdout == "1 event accepted, 2 unreadable\n"
        unknown = headrace(binary, server, "push", "telemetri", "-", given=event("p1", 2.0), code=2)
        assert "telemetri" in unknown.stderr
        assert "there is no feature" in headrace(binary, server, "get", "flow_maen", "--key", "pump_id=p1", code=2).stderr
        assert "pump_id" in headrace(binary, server, "get", "flow_mean", "--key", "pump=p1", code=2).stderr
        assert "has not come" in headrace(binary, server, "get", "flow_mean", "--key", "pump_id=p1", "--as-of", "2999-01-01T00:00:00Z", code=2).stderr
        old = headrace(binary, server, "get", "flow_mean", "--key", "pump_id=p1", "--as-of", "2001-01-01T00:00:00Z", code=2)
        assert "are not kept" in old.stderr


def push_under(server, key, *events):
    return server.get("/v1/sources/telemetry/events", method="POST", body="\n".join(events), headers={"Content-Type": "application/x-ndjson", "Idempotency-Key": key})


def test_a_push_that_is_sent_again_counts_once(binary, project):
    events = event("p1", 2.0, 10), event("p1", 4.0)
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        status, first = push_under(server, "k1", *events)
        assert status == 200 and (first["accepted"], first["repeated"]) == (2, False)
        for _ in range(2):
            status, again = push_under(server, "k1", *events)
            assert status == 200 and again == first | {"repeated": True}
        assert server.get("/v1/sources")[1]["sources"][0]["accepted"] == 2
        status, error = push_under(server, "k1", event("p1", 9.0))
        assert status == 409 and error["code"] == "conflict" and error["help"]
        assert push_under(server, "k2", *events)[1]["accepted"] == 1  # the other one is late by now
        assert push_under(server, "x" * 256, *events)[0] == 400
        server.process.kill()
        server.process.wait()
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        assert push_under(server, "k1", *events)[1] == first | {"repeated": True}
        assert push_under(server, "k1", event("p1", 9.0))[0] == 409
        assert server.get("/v1/sources")[1]["sources"][0]["accepted"] == 3


def test_equal_pushes_at_the_same_time_count_once(binary, project):
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        answers = []
        one = event("p1", 2.0)
        pushers = [threading.Thread(target=lambda: answers.append(push_under(server, "k", one))) for _ in range(16)]
        for each in pushers:
            each.start()
        for each in pushers:
            each.join()
        assert [status for status, _ in answers] == [200] * 16
        assert sorted(answer["repeated"] for _, answer in answers) == [False] + [True] * 15
        assert server.get("/v1/sources")[1]["sources"][0]["accepted"] == 1


def test_a_large_file_goes_in_pieces(binary, project, tmp_path):
    lines = [event("p1", 1.0, 600 - i * 0.005) for i in range(90_000)]
    (tmp_path / "events.ndjson").write_text("\n".join(lines))
    assert (tmp_path / "events.ndjson").stat().st_size > 5e6
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        assert headrace(binary, server, "push", "telemetry", tmp_path / "events.ndjson").stdout == "90,000 events accepted\n"


def test_no_server_is_said(binary, project):
    done = subprocess.run([binary, "status", "--server", "http://127.0.0.1:1"], capture_output=True, text=True)
    assert done.returncode == 3 and "cannot be reached" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_was_acknowledged_is_there_after_an_end(binary, project, number):
    flows = []
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        deadline = time.monotonic() + 1.0
        while time.monotonic() < deadline:
            flows.append(float(len(flows)))
            headrace(binary, server, "push", "telemetry", "-", given=event("p1", flows[-1]))
        before = value(binary, server, "p1")
        server.process.send_signal(number)
        server.process.wait()
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        assert value(binary, server, "p1") == before
        assert before["value"] == sum(flows) / len(flows)


def test_new_definitions_have_the_events_that_came_before(binary, project):
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        headrace(binary, server, "push", "telemetry", "-", given=event("p1", 2.0, 5) + "\n" + event("p1", 6.0))
        features = project / "features" / "f.yaml"
        features.write_text(features.read_text() + '---\nfeature: {name: flow_max, owner: o, version: "1.0", description: d, source_features: [flow], aggregation: max, window: 1h}\n')
        server.process.send_signal(signal.SIGHUP)
        server.wait_for("reloaded: 2 features")
        assert "6.0" in headrace(binary, server, "get", "flow_max", "--key", "pump_id=p1").stdout
        assert value(binary, server, "p1")["value"] == 4.0
        features.write_text("feature: {")
        server.process.send_signal(signal.SIGHUP)
        server.wait_for("nothing was reloaded")
        assert value(binary, server, "p1")["value"] == 4.0


def test_one_server_has_a_store(binary, project):
    with running(binary, project, "--listen", "127.0.0.1:0"):
        done = subprocess.run([binary, "serve", "--project", project, "--listen", "127.0.0.1:0"], capture_output=True, text=True)
        assert done.returncode == 1 and "in use by another process" in done.stderr
