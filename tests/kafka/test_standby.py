"""Two servers of one environment on Apache's broker, with a Redis between them: one writes, the other takes over, and whoever lost
that writes nothing any more, be it killed, stopped and woken, rebalanced, or cut off."""
import random
import re
import signal
import socket
import subprocess
import threading
import time
from datetime import datetime, timezone

import pytest
from redis_rows import Redis, double_of, field_of, int_of, name_of
from redis_server import redis_server
from running_server import PATIENCE, running
from servers import KafkaBroker, Server
from test_kafka import FEATURES, PUMPS, batch_values, consumed, event, everything, produce, values, write_station

SESSION_SECONDS = 6  # the least that the broker allows
PROJECT = "station"


@pytest.fixture
def redis_port(tmp_path):
    with redis_server(tmp_path) as port:
        yield port


@pytest.fixture
def redis(redis_port):
    return Redis(redis_port)


def write_shared(folder, broker, topic, redis_port, role="standby"):
    write_station(folder, broker, topic, "")
    (folder / "environments.yaml").write_text(f"""dev:
  role: {role}
  redis: {{address: '127.0.0.1:{redis_port}', refresh: 100ms}}
  kafka: {{group: group-{topic}, settings: {{session.timeout.ms: {SESSION_SECONDS * 1000}, reconnect.backoff.max.ms: 500}}}}
""")


def starting(binary, folder, data, *arguments):
    return running(binary, folder, "--listen", "127.0.0.1:0", "--data", data, *arguments)


def until(is_true, seconds=PATIENCE * 2):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := is_true():
            return found
        threading.Event().wait(0.05)
    raise AssertionError(f"not within {seconds} s")


def ownership(server):
    return server.get("/v1/sources")[1]["ownership"]


def owner_of(*servers):
    """The one that says so, once one does."""
    def find():
        owners = [server for server in servers if ownership(server)["is_owner"]]
        assert len(owners) < 2, "two owners"
        return owners and owners[0]
    return until(find)


class Monitor:
    """What Redis is asked to do, in its order, by whom."""

    def __init__(self, port):
        self.connection = socket.create_connection(("127.0.0.1", port))
        self.reader = self.connection.makefile("rb")
        self.connection.sendall(b"MONITOR\r\n")
        assert self.reader.readline() == b"+OK\r\n"
        self.lines = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.reader:
            self.lines.append(line.decode("latin-1"))

    def changes(self):
        """(connection, command) of each that changes something; those in a transaction that did not hold are not among them."""
        for line in list(self.lines):
            found = re.match(r'\+[\d.]+ \[\d+ ([\d.:]+)\] "(\w+)"', line)
            if found and found[2].upper() in ("INCR", "HSET", "HDEL", "PERSIST", "PEXPIREAT"):
                yield found[1], found[2].upper()

    def owners(self):
        """The connections that wrote, one after another: each writes only while it was the last to raise the fence."""
        turns, rows = [], 0
        for connection, command in self.changes():
            if command == "INCR":
                turns.append(connection)
            else:
                assert turns and connection == turns[-1], f"{command} by {connection} in the turn of {turns[-1:]}"
                rows += 1
        assert rows
        return turns


def redis_rows(redis):
    rows = []
    for pump in PUMPS:
        fields = redis.hash(name_of(PROJECT, pump_id=pump))
        found = [fields.get(field_of("pump", name)) for name, *_ in FEATURES]
        rows.append([None if value is None else int_of(value) if value[:1] == b"\x20" else double_of(value) for value in found])
    return rows


def now():
    return datetime.now(timezone.utc).isoformat()


def agree(redis, server):
    until(lambda: redis_rows(redis) == values(server, now()))


class Producer:
    """Events all the time, until it is left."""

    def __init__(self, broker, topic, dice):
        self.broker, self.topic, self.dice, self.count, self.ends = broker, topic, dice, 0, threading.Event()
        self.thread = threading.Thread(target=self._produce)

    def _produce(self):
        while not self.ends.wait(0.02):
            lines = [event(self.count + i, self.dice) for i in range(40)]
            produce(self.broker, self.topic, lines, self.dice.randrange(3))
            self.count += len(lines)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.ends.set()
        self.thread.join()


def test_another_server_takes_over_after_a_kill(binary, broker, redis, redis_port, tmp_path):
    folder, dice, monitor = tmp_path / "station", random.Random(1), Monitor(redis_port)
    write_shared(folder, broker, "killed", redis_port)
    produce(broker, "killed", [event(i, dice) for i in range(3_000)], 0)
    with starting(binary, folder, tmp_path / "a") as first:
        owner_of(first)
        with starting(binary, folder, tmp_path / "b") as second:
            everything(second, 3_000)
            waiting = until(lambda: (found := ownership(second))["owner"] and found)
            assert (waiting["role"], waiting["is_owner"]) == ("standby", False) and "headrace" in waiting["owner"], waiting
            assert second.get("/readyz")[0] == 200 and 'headrace_owner{role="standby"} 0' in second.get("/metrics")[1]
            agree(redis, first)
            at = now()
            assert values(second, at) == values(first, at)
            first.send(signal.SIGKILL)
            first.wait()
            produce(broker, "killed", [event(3_000 + i, dice) for i in range(1_000)], 1)
            assert owner_of(second) is second and 'headrace_owner{role="standby"} 1' in second.get("/metrics")[1]
            told = subprocess.run([binary, "status", "--server", second.address], capture_output=True, text=True, check=True).stdout
            assert "standby, the owner since" in told
            everything(second, 4_000)
            agree(redis, second)
            at = now()
            assert values(second, at) == batch_values(binary, folder, consumed(broker, "killed"), at)
            # One that begins with nothing has the same, and waits.
            with starting(binary, folder, tmp_path / "c") as third:
                everything(third, 4_000)
                until(lambda: "another server is the owner" in ownership(third)["reason"])
                assert values(third, at) == values(second, at)
                # A stop gives it away at once.
                assert second.stop() == 0
                owner_of(third)
                until(lambda: third.get("/v1/sources")[1]["online_store"]["writes"] >= len(PUMPS))
                agree(redis, third)
    assert len(set(monitor.owners())) == 3


def test_an_owner_that_was_stopped_writes_nothing_when_it_wakes(binary, broker, redis, redis_port, tmp_path):
    folder, dice, monitor = tmp_path / "station", random.Random(2), Monitor(redis_port)
    write_shared(folder, broker, "woken", redis_port)
    with starting(binary, folder, tmp_path / "a") as first, starting(binary, folder, tmp_path / "b") as second, Producer(broker, "woken", dice) as producer:
        owner = owner_of(first, second)
        other = second if owner is first else first
        for _ in range(2):
            until(lambda: owner.get("/v1/sources")[1]["online_store"]["writes"] > 100)
            owner.send(signal.SIGSTOP)
            owner_of(other)
            until(lambda: other.get("/v1/sources")[1]["online_store"]["writes"] > 100)
            owner.send(signal.SIGCONT)
            until(lambda: ownership(owner)["owner"])
            assert ownership(other)["is_owner"] and not ownership(owner)["is_owner"]
            owner, other = other, owner
        producer.ends.set()
        producer.thread.join()
        for server in (owner, other):
            everything(server, producer.count)
        agree(redis, owner)
        at = now()
        assert values(owner, at) == values(other, at) == batch_values(binary, folder, consumed(broker, "woken"), at)
    assert len(monitor.owners()) >= 3


def test_rebalances_never_have_two_writers(binary, broker, redis, redis_port, tmp_path):
    folder, dice, monitor = tmp_path / "station", random.Random(3), Monitor(redis_port)
    write_shared(folder, broker, "dealt", redis_port)
    with starting(binary, folder, tmp_path / "a") as first, starting(binary, folder, tmp_path / "b") as second, Producer(broker, "dealt", dice) as producer:
        owner_of(first, second)
        # Another program joins the group, so partitions are dealt anew, with and without partition 0 for it.
        for _ in range(4):
            intruder = subprocess.Popen(["kcat", "-b", broker.address, "-q", "-X", f"session.timeout.ms={SESSION_SECONDS * 1000}", "-G", "group-dealt", "dealt"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            threading.Event().wait(1.5)
            assert sum(ownership(server)["is_owner"] for server in (first, second)) <= 1
            intruder.terminate()
            intruder.wait()
            owner_of(first, second)
        producer.ends.set()
        producer.thread.join()
        owner = owner_of(first, second)
        for server in (first, second):
            everything(server, producer.count)
        agree(redis, owner)
    monitor.owners()


def test_a_broker_that_is_away_ends_the_ownership(binary, broker, redis, redis_port, tmp_path):
    folder, dice, monitor = tmp_path / "station", random.Random(4), Monitor(redis_port)
    write_shared(folder, broker, "away", redis_port)
    produce(broker, "away", [event(i, dice) for i in range(500)], 0)
    with starting(binary, folder, tmp_path / "a") as first, starting(binary, folder, tmp_path / "b") as second:
        owner = owner_of(first, second)
        for server in (first, second):
            everything(server, 500)
        agree(redis, owner)
        broker.process.send_signal(signal.SIGKILL)
        broker.process.wait()
        until(lambda: not ownership(owner)["is_owner"])
        assert owner.get("/readyz")[0] == 200  # reads go on
        Server.start(broker)
        owner = owner_of(first, second)
        produce(broker, "away", [event(500 + i, dice) for i in range(500)], 2)
        for server in (first, second):
            everything(server, 1_000)
        agree(redis, owner)
    monitor.owners()


def test_a_replica_reads_and_writes_nothing(binary, broker, redis, redis_port, tmp_path):
    folder, dice = tmp_path / "station", random.Random(5)
    write_shared(folder, broker, "read", redis_port)
    produce(broker, "read", [event(i, dice) for i in range(2_000)], 1)
    with starting(binary, folder, tmp_path / "r", "--role", "replica") as replica:
        everything(replica, 2_000)
        threading.Event().wait(1)
        assert redis("DBSIZE") == 0
        assert ownership(replica)["role"] == "replica" and not ownership(replica)["is_owner"]
        headers = {"Content-Type": "application/x-ndjson"}
        status, refused = replica.get("/v1/sources/telemetry/events", method="POST", headers=headers, body=event(0, dice))
        assert status == 409 and "kafka" in refused["message"], refused
        with starting(binary, folder, tmp_path / "a") as owner:
            everything(owner, 2_000)
            agree(redis, owner_of(owner))
            at = now()
            assert values(replica, at) == values(owner, at) == batch_values(binary, folder, consumed(broker, "read"), at)
            assert ownership(owner)["is_owner"]


class ForgetfulBroker(KafkaBroker):
    """Removes everything soon."""

    def properties(self):
        values = dict(line.split("=", 1) for line in super().properties().splitlines())
        values |= {"log.retention.ms": 500, "log.retention.check.interval.ms": 300, "log.initial.task.delay.ms": 300}
        return "".join(f"{name}={value}\n" for name, value in values.items())


def test_what_the_broker_has_not_any_more_is_told(binary, redis, redis_port, tmp_path):
    folder, dice = tmp_path / "station", random.Random(6)
    with ForgetfulBroker(tmp_path / "forgetful", partitions=3) as broker:
        write_shared(folder, broker, "gone", redis_port)
        produce(broker, "gone", [event(i, dice) for i in range(100)], 0)
        until(lambda: consumed(broker, "gone") == [])
        with starting(binary, folder, tmp_path / "a") as server:
            found = until(lambda: (found := ownership(server)) and "missing" in found["reason"] and found)
            assert not found["is_owner"] and "offsets 0 to 99" in found["reason"] and "windows need them from the first one on" in found["reason"], found
            status, body = server.get("/readyz")
            assert status == 503 and "missing" in body["message"]
            threading.Event().wait(1)
            assert redis("DBSIZE") == 0
        # It is not forgotten by a start.
        with starting(binary, folder, tmp_path / "a") as server:
            until(lambda: "missing" in ownership(server)["reason"])


def test_several_topics_need_one_to_find_the_owner_by(binary, broker, tmp_path):
    folder = tmp_path / "station"
    write_shared(folder, broker, "one", 1)
    text = (folder / "project.yaml").read_text()
    source = text.split("---\n")[2]
    added = source.replace("name: telemetry", "name: repairs").replace("topic: one", "topic: two")
    feature = '---\nfeature: {name: repairs, owner: o, version: "1.0", description: d, source: repairs, source_features: [], aggregation: count, window: 1h}\n'
    (folder / "project.yaml").write_text(text + "---\n" + added + feature)
    done = subprocess.run([binary, "serve", "--project", folder, "--listen", "127.0.0.1:0"], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 2 and "owner_topic: one" in done.stderr, done.stderr
