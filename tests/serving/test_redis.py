"""A Redis beside the server: rows soon after events and window edges, and what is let go of.

Where redis-server is missing, these are skipped, unless HEADRACE_SERVING_TESTS=1 says that it must be there.
"""
import os
import subprocess
from contextlib import contextmanager

import pytest
from live_events import event, push, until
from redis_rows import Redis, double_of, field_of, name_of
from redis_server import redis_server
from redis_station import BRIEF, COUNT, DEFINITIONS, EVER, MEAN, caught_up, forget, needs_redis, store_of, value, write
from running_server import make_certificate, running

pytestmark = needs_redis


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "station"


def test_rows_are_there_soon_after_events(binary, folder, redis, redis_port):
    write(folder, redis_port, MEAN, COUNT)
    with running(binary, folder) as server:
        push(server, event("p1", 2.0, 20), event("p1", 4.0, 10), event("p2", 7.0, 5))
        until(lambda: value(redis, "p2", "readings") == 1)
        assert (value(redis, "p1", "flow_mean", double_of), value(redis, "p2", "flow_mean", double_of)) == (3.0, 7.0)
        assert set(redis.hash(name_of("pumping_station", pump_id="p1"))) == {b"_ts:pump", field_of("pump", "flow_mean"), field_of("pump", "readings")}
        push(server, event("p1", None))
        until(lambda: value(redis, "p1", "readings") == 3)
        assert redis("TTL", name_of("pumping_station", pump_id="p1")) == -1
        store = caught_up(server)
        assert store["name"] == "redis" and store["address"] == f"127.0.0.1:{redis_port}" and store["oldest_s"] is None
        assert store["writes"] >= 3 and store["failures"] == store["refused"] == 0
        metrics = server.get("/metrics")[1]
        assert 'headrace_online_store_up{store="redis"} 1' in metrics and 'headrace_online_store_lag_seconds{store="redis"} 0' in metrics
        told = subprocess.run([binary, "status"], env=os.environ | {"HEADRACE_SERVER": server.address}, capture_output=True, text=True, check=True).stdout
        assert f"redis 127.0.0.1:{redis_port}: " in told and "0 waiting" in told
        push(server, event("p3", 8.0))
        assert server.stop() == 0
    assert value(redis, "p3", "readings") == 1  # what was pushed before a stop is there after it


def test_values_age_without_events_also_after_a_start(binary, folder, redis, redis_port):
    write(folder, redis_port, BRIEF, EVER)
    with running(binary, folder) as server:
        push(server, event("p1"))
        until(lambda: value(redis, "p1", "brief") == 1)
        until(lambda: value(redis, "p1", "brief") == 0)
        push(server, event("p1"), event("p2"))
        until(lambda: value(redis, "p2", "brief") == 1)
        assert server.stop() == 0
    with running(binary, folder):  # from a checkpoint
        until(lambda: value(redis, "p1", "brief") == 0 and value(redis, "p2", "brief") == 0)
        assert (value(redis, "p1", "ever"), value(redis, "p2", "ever")) == (2, 1)


def test_entities_that_are_not_seen_for_long_are_let_go_of(binary, folder, redis, redis_port):
    write(folder, redis_port, EVER, redis=", expire_after: 1m")
    with running(binary, folder) as server:
        push(server, event("old", ago=50), event("new"))
        until(lambda: value(redis, "new", "ever") == 1)
        assert 0 <= redis("TTL", name_of("pumping_station", pump_id="old")) <= 10
        assert 30 < redis("TTL", name_of("pumping_station", pump_id="new")) <= 60
        until(lambda: value(redis, "old", "ever") is None)
        assert server.stop() == 0
    with running(binary, folder) as server:  # a start does not bring it back
        caught_up(server)
        assert value(redis, "old", "ever") is None and value(redis, "new", "ever") == 1
        assert server.stop() == 0
    write(folder, redis_port, EVER)
    with running(binary, folder) as server:
        caught_up(server)
        assert redis("TTL", name_of("pumping_station", pump_id="new")) == -1 and value(redis, "old", "ever") == 1


def test_entities_that_share_their_hashes(binary, folder, redis, redis_port):
    two = DEFINITIONS + """---
entity: {name: motor, key: pump_id}
---
source: {name: motors, entity: motor, event_time: at, columns: {pump_id: string, heat: double}}
---
feature: {name: readings_of_motor, source: motors, owner: o, version: "1.0", description: d, source_features: [], aggregation: count, window: 1h}
"""
    write(folder, redis_port, COUNT, definitions=two, redis=", expire_after: 1s")
    with running(binary, folder) as server:
        server.wait_for("`motor` does not expire")
        push(server, event("p1", ago=30))
        push(server, event("p1"), event("p1"), source="motors")
        name = name_of("pumping_station", pump_id="p1")
        until(lambda: set(redis.hash(name)) == {b"_ts:pump", b"_ts:motor", field_of("pump", "readings"), field_of("motor", "readings_of_motor")})
        assert redis("TTL", name) == -1 and value(redis, "p1", "readings") == 1


def test_definitions_that_change(binary, folder, redis, redis_port):
    write(folder, redis_port, MEAN, COUNT)
    name = name_of("pumping_station", pump_id="p1")
    with running(binary, folder) as server:
        push(server, event("p1", 2.0))
        until(lambda: value(redis, "p1", "readings") == 1)
        caught_up(server)
        redis("HSET", name, "of another view", "stays")
        write(folder, redis_port, COUNT, EVER)
        assert server.get("/v1/reload", method="POST")[0] == 200
        until(lambda: value(redis, "p1", "ever") == 1 and value(redis, "p1", "flow_mean", double_of) is None)
        assert redis("HGET", name, "of another view") == b"stays"
        caught_up(server)
        assert server.stop() == 0
    write(folder, redis_port, MEAN)  # while nothing runs
    with running(binary, folder) as server:
        caught_up(server)
        assert set(redis.hash(name)) == {b"_ts:pump", b"of another view", field_of("pump", "flow_mean")}


def test_what_cannot_be_written_is_said(binary, folder, redis, redis_port):
    flags = DEFINITIONS + """---
entity: {name: switch, key: is_on}
---
source: {name: switches, entity: switch, event_time: at, columns: {is_on: bool, x: double}}
---
feature: {name: x_last, source: switches, owner: o, version: "1.0", description: d, source_features: [x], aggregation: last, window: 1h}
"""
    write(folder, redis_port, COUNT, definitions=flags)
    redis("SET", name_of("pumping_station", pump_id="taken"), "something else")
    with running(binary, folder) as server:
        server.wait_for("`switch` is not written into Redis: the key `is_on` is a bool")
        push(server, event("taken"), event("free"))
        until(lambda: value(redis, "free", "readings") == 1)
        server.wait_for("something else under the names")
        store = caught_up(server)
        assert store["refused"] >= 1 and store["failures"] == 0
    assert redis("GET", name_of("pumping_station", pump_id="taken")) == b"something else"


def test_a_replay_writes_nothing(binary, folder, redis, redis_port):
    write(folder, redis_port, COUNT, definitions=DEFINITIONS.replace("columns:", "batch: {format: ndjson, path: telemetry.ndjson}, columns:"))
    (folder / "telemetry.ndjson").write_text(event("p1"))
    with running(binary, folder, "--replay", folder) as server:
        server.wait_for("a replay writes nothing")
        assert "online_store" not in server.get("/v1/sources")[1]
    assert redis("DBSIZE") == 0


@contextmanager
def guarded_redis(tmp_path):
    """With TLS and a user of its own: (port, certificate)."""
    certificate, key = make_certificate(tmp_path)
    commands = " ".join(f"+{name}" for name in ("auth", "ping", "info", "hset", "hget", "hdel", "hlen", "persist", "pexpireat"))
    users = tmp_path / "users.acl"
    users.write_text(f"user default on >for-tests ~* +@all\nuser headrace on >hunter2 ~* {commands}\n")
    options = ("--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate, "--tls-auth-clients", "no", "--aclfile", users)
    with redis_server(tmp_path, *options) as port:
        yield port, certificate


def test_tls_and_passwords(binary, tmp_path, folder):
    with guarded_redis(tmp_path) as (port, certificate):
        write(folder, port, COUNT)
        secret = tmp_path / "secret"
        secret.write_text("hunter2\n")
        settings = f"address: 'rediss://127.0.0.1:{port}', user: headrace, password_file: {secret}"
        (folder / "environments.yaml").write_text(f"dev: {{listen: 127.0.0.1:0, redis: {{{settings}, ca: {certificate}}}}}\n"
                                                  f"untrusting: {{listen: 127.0.0.1:0, redis: {{{settings}}}}}\n")
        redis = Redis(port, "for-tests", certificate=certificate)
        with running(binary, folder) as server:
            push(server, event("p1"))
            until(lambda: value(redis, "p1", "readings") == 1)
            secret.write_text("wrong\n")
        for environment, said in (("dev", "WRONGPASS"), ("untrusting", "is not trusted")):
            with running(binary, folder, "--env", environment) as server:
                problem = until(lambda: store_of(server)["problem"])
                assert said in problem and "hunter2" not in problem and "wrong" not in problem.replace("WRONGPASS", "")
                assert server.stop() == 0


@pytest.mark.parametrize(("text", "code", "said"), [
    ("redis: {address: nowhere:x}", 2, "no address of a Redis"),
    ("redis: {password: hunter2}", 1, "written into environments.yaml"),
    ("redis: {password_file: none.txt}", 3, "none.txt"),
    ("redis: {user: me}", 2, "has a password"),
    ("redis: {adress: x}", 1, "did you mean `address`?"),
    ("redis: {refresh: 1ms}", 1, "10ms"),
])
def test_what_is_wrong_in_the_environment_is_said(binary, folder, text, code, said):
    write(folder, 1, COUNT)
    (folder / "environments.yaml").write_text("dev: {" + text + "}")
    done = subprocess.run([binary, "serve", "--project", folder], capture_output=True, text=True, timeout=60)
    assert done.returncode == code and said in done.stderr, (done.returncode, done.stderr)


def test_a_forgotten_entity_leaves_redis_and_begins_anew(binary, folder, redis, redis_port):
    write(folder, redis_port, MEAN, EVER)
    with running(binary, folder) as server:
        push(server, event("p1"), event("p2"), event("p1"))
        until(lambda: value(redis, "p1", "ever") == 2)
        forget(server, "p1")
        until(lambda: redis("EXISTS", name_of("pumping_station", pump_id="p1")) == 0)
        caught_up(server)
        assert value(redis, "p2", "ever") == 1
        push(server, event("p1"))
        until(lambda: value(redis, "p1", "ever") == 1)
