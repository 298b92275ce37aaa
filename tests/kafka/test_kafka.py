"""A topic of Apache's broker into a server that is killed, with a broker that is restarted: nothing lost, nothing twice."""
import csv
import json
import os
import random
import re
import signal
import subprocess
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from running_server import PATIENCE, make_certificate, running
from servers import KafkaBroker, Server, free_port

VENV = Path(__file__).resolve().parents[2] / ".venv-kafka"
DEFINITIONS = """project: {{name: station, defaults: {{source: telemetry}}}}
---
entity: {{name: pump, key: pump_id}}
---
source:
  name: telemetry
  entity: pump
  event_time: at
  columns: {{flow: double}}
  allowed_lateness: 1h
  batch: {{format: ndjson, path: topic.ndjson}}
  stream: {{kafka: {{brokers: "{brokers}", topic: {topic}}}, format: json}}
"""
FEATURE = """---
feature: {{name: {name}, owner: o, version: "1.0", description: d, source_features: [flow], formula: flow, aggregation: {aggregation}, window: {window}}}
"""
FEATURES = [("flow_sum", "sum", "6h"), ("flow_count", "count", "6h"), ("flow_last", "last", "6h"), ("flow_all", "sum", "lifetime")]
PUMPS = [f"p{i}" for i in range(5)]
START = datetime.now(timezone.utc) - timedelta(minutes=40)


def write_station(folder, broker, topic, environment=""):
    folder.mkdir(parents=True)
    features = "".join(FEATURE.format(name=name, aggregation=aggregation, window=window) for name, aggregation, window in FEATURES)
    (folder / "project.yaml").write_text(DEFINITIONS.format(brokers=broker.address, topic=topic) + features)
    (folder / "environments.yaml").write_text("dev:\n  kafka: {settings: {reconnect.backoff.max.ms: 500}}\n" + environment)


def event(number, dice):
    at = START + timedelta(seconds=number * 0.05 - dice.random() * 600)
    return json.dumps({"pump_id": dice.choice(PUMPS), "at": at.isoformat(), "flow": round(dice.random() * 100, 3)})


def produce(broker, topic, lines, partition):
    """All of it is acknowledged when this returns."""
    subprocess.run(["kcat", "-P", "-b", broker.address, "-t", topic, "-p", str(partition), "-X", "acks=all"], input="\n".join(lines) + "\n",
                   text=True, check=True, timeout=PATIENCE * 4)


def consumed(broker, topic):
    """What the topic holds, as a program that is not ours reads it: partitions one after another, each by offset."""
    text = subprocess.run(["kcat", "-C", "-b", broker.address, "-t", topic, "-o", "beginning", "-e", "-q", "-f", "%p %s\n"], capture_output=True,
                          text=True, check=True, timeout=PATIENCE * 4).stdout
    rows = [line.split(" ", 1) for line in text.splitlines()]
    return [value for _, value in sorted(rows, key=lambda row: int(row[0]))]


def telemetry(server):
    return server.get("/v1/sources")[1]["sources"][0]


def wait_for(is_true, server, seconds=PATIENCE * 2):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sources = server.get("/v1/sources")[1]["sources"]  # none while the first definitions are filled from files
        status = sources[0] if sources else None
        if status and is_true(status):
            return status
        threading.Event().wait(0.05)
    raise AssertionError(f"not within {seconds} s: {status}")


def everything(server, count):
    return wait_for(lambda status: status["accepted"] + status["late"] + status["unreadable"] == count and status["lag"] == 0, server)


def values(server, at):
    body = {"features": [name for name, *_ in FEATURES], "entities": [{"pump_id": pump} for pump in PUMPS], "as_of": at}
    status, answer = server.get("/v1/features:read", method="POST", headers={"Content-Type": "application/json"}, body=json.dumps(body))
    assert status == 200, answer
    return [[value["value"] for value in row["values"]] for row in answer["rows"]]


def batch_values(binary, folder, lines, at):
    """The oracle: the batch engine over what the topic holds."""
    (folder / "topic.ndjson").write_text("\n".join(lines))
    (folder / "asked.csv").write_text("pump_id,event_time\n" + "".join(f"{pump},{at}\n" for pump in PUMPS))
    out = folder / "answers.csv"
    done = subprocess.run([binary, "dataset", "--project", folder, "--observations", folder / "asked.csv", "--output", out, "--on-bad-row", "skip"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(open(out, newline="")))
    return [[float(row[name]) if row[name] else None for name, *_ in FEATURES] for row in rows]


def test_kills_of_the_server_lose_and_double_nothing(binary, broker, tmp_path):
    folder, dice = tmp_path / "station", random.Random(1)
    write_station(folder, broker, "kills")
    count = 0
    for round_number in range(6):
        with running(binary, folder, "--listen", "127.0.0.1:0") as server:
            for partition in range(3):
                lines = [event(count + i, dice) for i in range(2_000)]
                produce(broker, "kills", lines, partition)
                count += len(lines)
            # In the middle of what comes; in some rounds before anything did.
            if round_number % 2:
                wait_for(lambda status: status["accepted"] > 0, server)
            server.send(signal.SIGKILL)
            server.wait()
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        status = everything(server, count)
        assert (status["late"], status["unreadable"], status["feed"]) == (0, 0, "kafka")
        at = datetime.now(timezone.utc).isoformat()
        assert values(server, at) == batch_values(binary, folder, consumed(broker, "kills"), at)
        assert server.stop() == 0


def test_a_broker_that_is_away_makes_nothing_late(binary, broker, tmp_path):
    folder, dice = tmp_path / "station", random.Random(2)
    # Idle so soon that an outage which counted as idleness would show.
    write_station(folder, broker, "outage", "  sources: {telemetry: {idle_after: 3s}}\n")
    (folder / "project.yaml").write_text((folder / "project.yaml").read_text().replace("allowed_lateness: 1h", "allowed_lateness: 1s"))
    now = datetime.now(timezone.utc)
    old = [json.dumps({"pump_id": "p0", "at": (now - timedelta(minutes=m)).isoformat(), "flow": 1.0}) for m in range(30, 20, -1)]
    produce(broker, "outage", old, 0)
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        wait_for(lambda status: status["accepted"] == 10, server)
        broker.process.send_signal(signal.SIGKILL)
        broker.process.wait()
        wait_for(lambda status: status["problem"], server)
        before = telemetry(server)["watermark"]
        # Longer than a partition may be quiet: the clock would have taken the watermark on.
        threading.Event().wait(5)
        assert telemetry(server)["watermark"] == before
        Server.start(broker)
        recent = [json.dumps({"pump_id": "p0", "at": (datetime.now(timezone.utc) - timedelta(seconds=4 + i)).isoformat(), "flow": 1.0}) for i in range(3, 0, -1)]
        for partition in range(3):
            produce(broker, "outage", recent, partition)
        status = wait_for(lambda status: status["accepted"] + status["late"] == 19 and not status["problem"], server)
        assert status["late"] == 0, status


def test_partitions_that_are_empty_become_idle(binary, broker, tmp_path):
    folder, dice = tmp_path / "station", random.Random(3)
    write_station(folder, broker, "idle", "  sources: {telemetry: {idle_after: 1s}}\n")
    produce(broker, "idle", [event(i, dice) for i in range(100)], 1)
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        everything(server, 100)
        wait_for(lambda status: status["watermark"] is not None, server)


def test_bad_messages_are_counted_and_ties_are_by_partition(binary, broker, tmp_path):
    folder = tmp_path / "station"
    write_station(folder, broker, "ties")
    at = (datetime.now(timezone.utc) - timedelta(minutes=5)).isoformat()
    tie = lambda flow: json.dumps({"pump_id": "p1", "at": at, "flow": flow})
    produce(broker, "ties", [tie(3.0), "[1]", "nonsense"], 2)
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        everything(server, 3)
        # They come later, and are of partitions before.
        produce(broker, "ties", [tie(1.0), '{"pump_id": "p1"}'], 0)
        produce(broker, "ties", [tie(2.0)], 1)
        status = everything(server, 6)
        assert (status["accepted"], status["unreadable"]) == (3, 3)
        now = datetime.now(timezone.utc).isoformat()
        first = values(server, now)
        assert first[1] == [6.0, 3.0, 3.0, 6.0]
        refused = server.get("/v1/sources/telemetry/events", method="POST", headers={"Content-Type": "application/x-ndjson"}, body=tie(9.0))
        assert refused[0] == 409, refused
        server.send(signal.SIGKILL)
        server.wait()
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        everything(server, 6)
        assert values(server, now) == first == batch_values(binary, folder, consumed(broker, "ties"), now)


def test_a_source_that_is_new_is_read_after_a_reload(binary, broker, tmp_path):
    folder, dice = tmp_path / "station", random.Random(4)
    write_station(folder, broker, "reloaded")
    definitions = (folder / "project.yaml").read_text()
    (folder / "project.yaml").write_text(definitions.replace("stream:", "# stream:"))
    produce(broker, "reloaded", [event(i, dice) for i in range(200)], 1)
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        assert telemetry(server)["feed"] == "push"
        (folder / "project.yaml").write_text(definitions)
        server.send(signal.SIGHUP)
        server.wait_for("reloaded")
        everything(server, 200)
        assert telemetry(server)["feed"] == "kafka"


def test_another_topic_of_a_source_is_read_after_a_reload(binary, broker, tmp_path):
    folder, dice = tmp_path / "station", random.Random(5)
    write_station(folder, broker, "left")
    produce(broker, "left", [event(i, dice) for i in range(100)], 1)
    produce(broker, "taken-up", [event(i, dice) for i in range(150)], 1)
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        everything(server, 100)
        definitions = (folder / "project.yaml").read_text()
        (folder / "project.yaml").write_text(definitions.replace("topic: left", "topic: taken-up"))
        server.send(signal.SIGHUP)
        server.wait_for("reloaded")
        everything(server, 250)
        produce(broker, "left", [event(i, dice) for i in range(7)], 1)
        produce(broker, "taken-up", [event(i, dice) for i in range(10)], 2)
        assert everything(server, 260)["feed"] == "kafka"

        # Without a topic it takes pushes.
        (folder / "project.yaml").write_text(definitions.replace("stream:", "# stream:"))
        server.send(signal.SIGHUP)
        wait_for(lambda status: status["feed"] == "push", server)


class SecureBroker(KafkaBroker):
    """Takes clients by TLS and password only: PLAIN, and both forms of SCRAM."""

    def __init__(self, folder):
        super().__init__(folder)
        certificate, key = make_certificate(self.folder)
        self.certificate, self.both = certificate, self.folder / "both.pem"
        self.both.write_text(key.read_text() + certificate.read_text())
        self.inner = free_port()

    def start(self):
        """Users of SCRAM are there from the start, or not at all."""
        (self.folder / "server.properties").write_text(self.properties())
        users = [part for form in ("SCRAM-SHA-256", "SCRAM-SHA-512") for part in ("--add-scram", f"{form}=[name=headrace,password=water]")]
        storage = [*self.MAIN, self.jars, "kafka.tools.StorageTool", "format", "-t", "AAAAAAAAAAAAAAAAAAAAAQ", "-c", "server.properties", *users]
        subprocess.run(storage, cwd=self.folder, check=True, capture_output=True)
        return Server.start(self)

    def properties(self):
        values = dict(line.split("=", 1) for line in super().properties().splitlines())
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        values |= {
            "listeners": f"SECURE://127.0.0.1:{self.port},INNER://127.0.0.1:{self.inner},CONTROLLER://127.0.0.1:{self.controller}",
            "advertised.listeners": f"SECURE://127.0.0.1:{self.port},INNER://127.0.0.1:{self.inner}",
            "inter.broker.listener.name": "INNER",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,INNER:PLAINTEXT,SECURE:SASL_SSL",
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
            "listener.name.secure.plain.sasl.jaas.config": 'org.apache.kafka.common.security.plain.PlainLoginModule required user_headrace="water";',
            "listener.name.secure.scram-sha-256.sasl.jaas.config": scram,
            "listener.name.secure.scram-sha-512.sasl.jaas.config": scram,
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": self.both,
        }
        return "".join(f"{name}={value}\n" for name, value in values.items())


@pytest.fixture(scope="module")
def secure_broker(tmp_path_factory):
    with SecureBroker(tmp_path_factory.mktemp("secure")) as broker:
        yield broker


def with_newer_librdkafka(folder, monkeypatch):
    """Programs load the librdkafka of confluent-kafka's wheel: that of Debian 12 cannot log in by SCRAM at brokers from 3.8.1 on."""
    folder.mkdir()
    found = next(VENV.glob("lib/python3*/site-packages/confluent_kafka.libs/librdkafka-*.so.1"))
    (folder / "librdkafka.so.1").symlink_to(found.resolve())
    monkeypatch.setenv("LD_LIBRARY_PATH", str(folder))


def write_secure_station(folder, broker, topic, mechanism):
    write_station(folder, broker, topic)
    (folder / "secret").write_text("water\n")
    (folder / "environments.yaml").write_text(f"""dev:
  kafka:
    settings:
      security.protocol: SASL_SSL
      sasl.mechanism: {mechanism}
      sasl.username: headrace
      sasl.password_file: secret
      ssl.ca.location: {broker.certificate}
""")


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_tls_and_a_password_pass_through(binary, secure_broker, tmp_path, monkeypatch, mechanism):
    folder, dice, topic = tmp_path / "station", random.Random(5), mechanism.lower()
    write_secure_station(folder, secure_broker, topic, mechanism)
    if mechanism != "PLAIN":
        with_newer_librdkafka(tmp_path / "lib", monkeypatch)
    inner = type("Inner", (), {"address": f"127.0.0.1:{secure_broker.inner}"})
    produce(inner, topic, [event(i, dice) for i in range(100)], 0)
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        everything(server, 100)
        assert server.stop() == 0
    (folder / "secret").write_text("wine\n")
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        status = wait_for(lambda status: "uthentication" in status["problem"], server)
        # What came before is there; what is wrong is said without what was tried.
        assert status["accepted"] == 100 and "wine" not in status["problem"] and all("wine" not in line for line in server.said)


def test_a_library_that_cannot_log_in_is_told(binary, secure_broker, tmp_path):
    folder = tmp_path / "station"
    write_secure_station(folder, secure_broker, "old", "SCRAM-SHA-512")
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        status = wait_for(lambda status: status["lag"] == 0 or "invalid credentials" in status["problem"], server)
        # kcat tells which library of the system that is.
        told = re.search(r"librdkafka (\d+)\.(\d+)\.(\d+)", subprocess.run(["kcat", "-V"], capture_output=True, text=True).stdout)
        is_old = tuple(map(int, told.groups())) < (2, 6, 1)
        assert ("it takes 2.6.1" in status["problem"]) == is_old, status


def test_a_certificate_that_is_not_trusted_is_told(binary, secure_broker, tmp_path):
    folder = tmp_path / "station"
    write_station(folder, secure_broker, "plain", "")
    text = (folder / "environments.yaml").read_text()
    (folder / "environments.yaml").write_text(text.replace("settings: {", "settings: {security.protocol: SSL, "))
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        wait_for(lambda status: "certificate" in status["problem"].lower() or "ssl" in status["problem"].lower(), server)


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_compressed_messages_are_read(binary, broker, tmp_path, codec):
    folder, dice = tmp_path / "station", random.Random(6)
    write_station(folder, broker, f"compressed-{codec}")
    subprocess.run(["kcat", "-P", "-b", broker.address, "-t", f"compressed-{codec}", "-p", "0", "-z", codec], input="\n".join(event(i, dice) for i in range(500)) + "\n",
                   text=True, check=True, timeout=PATIENCE * 4)
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        assert everything(server, 500)["accepted"] == 500
