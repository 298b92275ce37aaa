"""A subscription of Google's test server into a server that is killed: nothing acknowledged is lost, nothing counts twice."""
import json
import signal
import subprocess
import threading
from datetime import timedelta

from fast_subscription import FastSubscription
from running_server import running
from subscriptions import PROJECT, batch_values, dice_of, event, everything, now, telemetry, values, wait_for, write_station


def test_kills_of_the_server_lose_and_double_nothing(binary, service, tmp_path):
    folder, dice = tmp_path / "station", dice_of(1)
    service.topic("kills")
    write_station(folder, service, "kills")
    published = []
    for round_number in range(6):
        with running(binary, folder, "--listen", "127.0.0.1:0") as server:
            lines = [event(len(published) + i, dice) for i in range(150)]
            before = telemetry(server)["accepted"]
            publishing = threading.Thread(target=service.publish, args=("kills", lines))
            publishing.start()
            # In the middle of what comes; in some rounds before anything did.
            if round_number % 3:
                wait_for(lambda status: status["accepted"] > before, server)
            server.send(signal.SIGKILL)
            server.wait()
            publishing.join()
            published += lines
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        status = everything(server, len(published))
        assert (status["accepted"], status["late"], status["unreadable"], status["feed"]) == (len(published), 0, 0, "pubsub")
        at = now().isoformat()
        assert values(server, at) == batch_values(binary, folder, published, at)
        parity = subprocess.run([binary, "parity", "--project", folder, "--server", server.address, "--format", "json"], capture_output=True, text=True)
        assert parity.returncode == 0, parity.stdout + parity.stderr
        assert server.stop() == 0
    assert service.left("kills") == []


def test_a_kill_between_the_disk_and_the_acknowledgement_counts_once(binary, tmp_path):
    folder, dice = tmp_path / "station", dice_of(5)
    published = [event(i, dice) for i in range(2_000)]
    with FastSubscription(published) as subscription:
        write_station(folder, subscription, "between")
        subscription.refuses = True
        with running(binary, folder, "--listen", "127.0.0.1:0") as server:
            everything(server, 2_000)
            wait_for(lambda status: "the test refuses" in status["problem"], server)
            server.send(signal.SIGKILL)
            server.wait()
        assert not subscription.acknowledged
        subscription.refuses = False
        with running(binary, folder, "--listen", "127.0.0.1:0") as server:
            status = wait_for(lambda status: status.get("repeated") == 2_000, server)
            assert (status["accepted"], status["late"]) == (2_000, 0), status
            at = now().isoformat()
            assert values(server, at) == batch_values(binary, folder, published, at)
            assert server.stop() == 0
    assert len(subscription.acknowledged) == 2_000


def test_messages_that_come_again_count_once(binary, tmp_path):
    folder, dice = tmp_path / "station", dice_of(2)
    published = [event(i, dice) for i in range(2_000)]
    with FastSubscription(published) as subscription:
        write_station(folder, subscription, "again", sources="  checkpoint_every: 1s\n")
        with running(binary, folder, "--listen", "127.0.0.1:0") as server:
            everything(server, 2_000)
            at = now().isoformat()
            first = values(server, at)
            assert first == batch_values(binary, folder, published, at)
            subscription.bring_again()
            wait_for(lambda status: status["repeated"] == 2_000, server)
            server.send(signal.SIGKILL)
            server.wait()
        # A new stream gets all of them, twice.
        with running(binary, folder, "--listen", "127.0.0.1:0") as server:
            wait_for(lambda status: status.get("repeated") == 4_000, server)
            status = telemetry(server)
            assert (status["accepted"], status["late"]) == (2_000, 0), status
            assert values(server, at) == first
            said = subprocess.run([binary, "status", "--server", server.address], capture_output=True, text=True, check=True).stdout
            assert "telemetry: 4,000 messages came again and counted once" in said, said
            assert 'headrace_events_repeated_total{source="telemetry"} 4000' in server.get("/metrics")[1]
            assert server.stop() == 0
    assert len(subscription.acknowledged) == 2_000


def test_an_ordering_key_orders_what_is_of_one_instant(binary, service, tmp_path):
    folder = tmp_path / "station"
    service.topic("ordered", is_ordered=True)
    write_station(folder, service, "ordered")
    at = (now() - timedelta(minutes=5)).isoformat()
    tie = lambda pump, flow: json.dumps({"pump_id": pump, "at": at, "flow": float(flow)})
    for number in range(4):
        with running(binary, folder, "--listen", "127.0.0.1:0") as server:
            for pump in ("p1", "p2"):
                service.publish("ordered", [tie(pump, 50 * number + i) for i in range(50)], key=pump)
            if number % 2:
                wait_for(lambda status: status["accepted"] > 0, server)
            server.send(signal.SIGKILL)
            server.wait()
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        assert everything(server, 400)["accepted"] == 400
        rows = values(server, now().isoformat())
        assert [rows[1][1], rows[1][2], rows[2][2]] == [200.0, 199.0, 199.0]


def test_bad_messages_are_kept_and_acknowledged(binary, service, tmp_path):
    folder = tmp_path / "station"
    service.topic("bad")
    write_station(folder, service, "bad")
    at = (now() - timedelta(minutes=5)).isoformat()
    good = json.dumps({"pump_id": "p1", "at": at, "flow": 1.0}, indent=2)
    service.publish("bad", [good, "[1]", "nonsense", '{"pump_id": "p1"}', good])
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        status = everything(server, 5)
        assert (status["accepted"], status["unreadable"]) == (2, 3)
        left_out = server.get("/v1/sources/telemetry/left-out")[1]["events"]
        assert sorted(each["record"] for each in left_out) == sorted(["[1]", "nonsense", '{"pump_id": "p1"}']), left_out
        refused = server.get("/v1/sources/telemetry/events", method="POST", headers={"Content-Type": "application/x-ndjson"}, body=good)
        assert refused[0] == 409 and "pubsub" in refused[1]["message"], refused
        rewound = server.get("/v1/sources/telemetry/rewind", method="POST", headers={"Content-Type": "application/json"}, body=json.dumps({"to": at}))
        assert rewound[0] == 409 and "subscription" in rewound[1]["message"], rewound
        assert server.stop() == 0
    assert service.left("bad") == []


def test_a_bad_message_stops_its_source_and_is_skipped(binary, service, tmp_path):
    folder = tmp_path / "station"
    service.topic("stopped", is_ordered=True)
    write_station(folder, service, "stopped", sources="  sources: {telemetry: {on_bad_row: stop}}\n")
    event_at = lambda minutes: json.dumps({"pump_id": "p1", "at": (now() - timedelta(minutes=minutes)).isoformat(), "flow": 1.0})
    service.publish("stopped", [event_at(4), event_at(3), "{", event_at(2)], key="p1")

    def change(server, action):
        status, answer = server.get(f"/v1/sources/telemetry/{action}", method="POST")
        assert status == 200, answer
        return answer

    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        stopped = wait_for(lambda status: status["state"] == "stopped", server)
        assert stopped["accepted"] == 2 and "before message " in stopped["problem"] and "--skip" in stopped["problem"], stopped
        server.send(signal.SIGKILL)
        server.wait()
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        assert telemetry(server)["state"] == "stopped"
        change(server, "resume?skip=true")
        went_on = wait_for(lambda status: status["accepted"] == 3, server)
        assert (went_on["state"], went_on["unreadable"]) == ("running", 1)

        # A pause leaves what comes at the service.
        change(server, "pause")
        service.publish("stopped", [event_at(1)], key="p1")
        threading.Event().wait(1)
        paused = telemetry(server)
        assert (paused["state"], paused["accepted"], paused["feed"]) == ("paused", 3, "pubsub")
        change(server, "resume")
        wait_for(lambda status: status["accepted"] == 4, server)


def test_what_is_missing_is_told_and_waited_for(binary, service, tmp_path):
    folder = tmp_path / "station"
    service.publisher.create_topic(name=f"{PROJECT}/topics/missing")
    write_station(folder, service, "missing", sources="  sources: {telemetry: {subscription: missing-dev}}\n")
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        problem = wait_for(lambda status: "not found" in status["problem"], server)["problem"]
        assert f"{PROJECT}/subscriptions/missing-dev" in problem and "gcloud pubsub subscriptions create" in problem, problem
        service.subscribe("missing-dev", topic="missing")
        service.publish("missing", [event(1, dice_of(3))])
        status = wait_for(lambda status: status["accepted"] == 1, server)
        assert status["problem"] == "" and status["watermark"] is not None and status["lag"] is None, status
    environments = (folder / "environments.yaml").read_text()
    for setting, said in (("{idle_after: 1m}", "never idle"), ("{subscription: projects/x}", "no path of one")):
        (folder / "environments.yaml").write_text(environments.replace("{subscription: missing-dev}", setting))
        refused = subprocess.run([binary, "serve", "--project", folder, "--listen", "127.0.0.1:0"], capture_output=True, text=True)
        assert refused.returncode == 2 and said in refused.stderr, refused


def test_grpc_rocksdb_and_arrow_share_a_process_under_load(binary, tmp_path):
    folder, dice = tmp_path / "station", dice_of(4)
    published = [event(i % 40_000, dice) for i in range(60_000)]
    is_over = threading.Event()
    with FastSubscription(published) as subscription:
        write_station(folder, subscription, "load", sources="  checkpoint_every: 1s\n  feature_log: {sample: 100%, every: 1s}\n")
        with running(binary, folder, "--listen", "127.0.0.1:0") as server:
            def read():
                while not is_over.is_set():
                    values(server, now().isoformat())

            readers = [threading.Thread(target=read) for _ in range(2)]
            for thread in readers:
                thread.start()
            try:
                status = everything(server, len(published))
            finally:
                is_over.set()
                for thread in readers:
                    thread.join()
            assert (status["accepted"], status["late"]) == (len(published), 0)
            at = now().isoformat()
            assert values(server, at) == batch_values(binary, folder, published, at)
            log = server.get("/v1/sources")[1]["feature_log"]
            assert log["dropped"] == 0 and not log["problem"], log
            assert server.stop() == 0
    assert len(subscription.acknowledged) == len(published)
