"""A topic of Apache's broker that is paused and read again: nothing is idle, nothing counts twice, what was missing enters."""
import json
import random
import signal
import threading
from datetime import datetime, timedelta, timezone

from running_server import running
from test_kafka import event, produce, telemetry, values, wait_for, write_station


def change(server, action, body=None):
    headers = {"Content-Type": "application/json"} if body else {}
    status, answer = server.get(f"/v1/sources/telemetry/{action}", method="POST", headers=headers, body=json.dumps(body) if body else None)
    assert status == 200, answer
    return answer


def at(seconds, flow, pump="p0"):
    return json.dumps({"pump_id": pump, "at": (datetime.now(timezone.utc) + timedelta(seconds=seconds)).isoformat(), "flow": flow})


def test_a_pause_makes_nothing_idle_and_nothing_late(binary, broker, tmp_path):
    folder = tmp_path / "station"
    write_station(folder, broker, "paused", "  sources: {telemetry: {idle_after: 1s}}\n")
    (folder / "project.yaml").write_text((folder / "project.yaml").read_text().replace("allowed_lateness: 1h", "allowed_lateness: 1s"))
    produce(broker, "paused", [at(-600 + i, 1.0) for i in range(10)], 0)
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        wait_for(lambda status: status["accepted"] == 10 and status["lag"] == 0, server)
        change(server, "pause")
        before = telemetry(server)
        assert (before["state"], before["feed"]) == ("paused", "kafka")
        # Events of a time that a watermark by the clock would have passed.
        recent = [at(-1, 1.0) for _ in range(5)]
        produce(broker, "paused", recent, 0)
        threading.Event().wait(4)
        assert telemetry(server)["watermark"] == before["watermark"] and telemetry(server)["accepted"] == 10
        server.send(signal.SIGKILL)
        server.wait()
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        threading.Event().wait(2)
        paused = telemetry(server)
        assert (paused["state"], paused["accepted"], paused["watermark"]) == ("paused", 10, before["watermark"])
        status, refusal = server.get("/v1/sources/telemetry/events", method="POST", headers={"Content-Type": "application/json"}, body="[]")
        assert status == 409 and "kafka" in refusal["message"]
        assert change(server, "resume")["state"] == "running"
        status = wait_for(lambda status: status["accepted"] + status["late"] == 15, server)
        assert status["late"] == 0, status


def test_a_topic_is_read_again_and_counts_once(binary, broker, tmp_path):
    folder, dice = tmp_path / "station", random.Random(5)
    write_station(folder, broker, "again", "  sources: {telemetry: {max_ahead: 1s}}\n")
    begin = datetime.now(timezone.utc) - timedelta(hours=1)
    lines = [event(i, dice) for i in range(3_000)]
    for partition in range(3):
        produce(broker, "again", lines[partition * 1000:(partition + 1) * 1000], partition)
    produce(broker, "again", ["{", at(12, 5.0, "p1")], 1)
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        wait_for(lambda status: status["accepted"] + status["too_far_ahead"] + status["unreadable"] + status["late"] == 3002, server)
        before = telemetry(server)
        assert (before["accepted"], before["unreadable"], before["too_far_ahead"]) == (3000, 1, 1), before
        asked = datetime.now(timezone.utc).isoformat()
        sums = values(server, asked)
        # The time of the event that was too far ahead comes.
        threading.Event().wait(13)
        answer = change(server, "rewind", {"to": begin.isoformat()})
        assert answer["messages"] == 3002
        status = wait_for(lambda status: status.get("rewind", {}).get("over", False), server)
        rewind = status["rewind"]
        assert (rewind["read"], rewind["kept_before"], rewind["accepted"], rewind["unreadable"]) == (3002, 3000, 1, 1), rewind
        assert (status["accepted"], status["unreadable"], status["too_far_ahead"]) == (3001, 1, 0), status
        assert values(server, asked) == sums
        entered = values(server, datetime.now(timezone.utc).isoformat())
        assert entered[1][1] == sums[1][1] + 1 and entered[0] == sums[0]

        # A kill in the middle of the next one, which has nothing to do: it begins anew, ends, and nothing counts twice.
        change(server, "pause")
        assert change(server, "rewind", {"to": begin.isoformat()})["state"] == "paused"
        server.send(signal.SIGKILL)
        server.wait()
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        assert telemetry(server)["accepted"] == 3001
        change(server, "resume")
        wait_for(lambda status: status.get("rewind", {}).get("over", False), server)
        more = [event(i, dice) for i in range(10)]
        produce(broker, "again", more, 2)
        status = wait_for(lambda status: status["accepted"] == 3011, server)
        assert (status["unreadable"], status["too_far_ahead"], status["late"]) == (1, 0, 0)


def test_a_bad_message_stops_its_source_and_is_skipped(binary, broker, tmp_path):
    folder = tmp_path / "station"
    write_station(folder, broker, "bad", "  sources: {telemetry: {on_bad_row: stop}}\n")
    produce(broker, "bad", [at(-60, 1.0), at(-50, 2.0), "{", at(-40, 3.0)], 1)
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        stopped = wait_for(lambda status: status["state"] == "stopped", server)
        assert stopped["accepted"] == 2 and "partition 1, offset 2" in stopped["problem"] and "--skip" in stopped["problem"], stopped
        assert server.get("/readyz")[0] == 200 and 'headrace_source_stopped{source="telemetry"} 1' in server.get("/metrics")[1]
        server.send(signal.SIGKILL)
        server.wait()
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        assert telemetry(server)["state"] == "stopped" and telemetry(server)["accepted"] == 2
        change(server, "resume")
        again = wait_for(lambda status: status["state"] == "stopped" and status["state_since"] > stopped["state_since"], server)
        assert again["accepted"] == 2
        change(server, "resume?skip=true")
        went_on = wait_for(lambda status: status["accepted"] == 3, server)
        assert (went_on["state"], went_on["unreadable"]) == ("running", 1)
        assert [each["offset"] for each in server.get("/v1/sources/telemetry/left-out")[1]["events"]] == [2]
