"""A Redis and a server that end, wait, refuse and forget, apart and together: afterwards the rows are those of reads.

Where redis-server is missing, these are skipped, unless HEADRACE_SERVING_TESTS=1 says that it must be there.
"""
import json
import random
import signal
import threading
import time
from contextlib import ExitStack

import pytest
from live_events import event, push, until
from redis_rows import Redis, double_of, int_of, name_of
from redis_server import free_port, redis_server
from redis_station import BRIEF, COUNT, EVER, MEAN, caught_up, forget, needs_redis, store_of, value, write
from running_server import running

pytestmark = needs_redis


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "station"


def test_an_edge_that_passes_while_nothing_runs_is_made_up_for(binary, folder, redis, redis_port):
    write(folder, redis_port, BRIEF)
    with running(binary, folder) as server:
        push(server, event("p1"))
        until(lambda: value(redis, "p1", "brief") == 1)
        server.process.kill()
        server.wait()
    threading.Event().wait(5)
    assert value(redis, "p1", "brief") == 1
    with running(binary, folder):
        until(lambda: value(redis, "p1", "brief") == 0)


def test_a_redis_that_dies_and_comes_back(binary, tmp_path, folder):
    port = free_port()
    write(folder, port, MEAN, COUNT)
    with running(binary, folder) as server:  # it is not there at the start either
        push(server, *(event(f"p{i}", float(i)) for i in range(50)))
        store = until(lambda: (store := store_of(server))["problem"] and store)
        assert f"127.0.0.1:{port} cannot be reached" in store["problem"]
        server.wait_for("rows are not written")
        assert server.get("/readyz")[0] == 200
        for _ in range(2):
            with redis_server(tmp_path, port=port):
                server.wait_for("again")
                caught_up(server)
                redis = Redis(port)
                assert [value(redis, f"p{i}", "readings") for i in range(50)] == [1] * 50
                push(server, event("late"))
                until(lambda: value(redis, "late", "readings"))
            push(server, event("in the gap"))
            store = until(lambda: (store := store_of(server))["problem"] and store["waiting"] and store)
            assert 1 <= store["waiting"] <= 52 and store["oldest_s"] >= 0 and store["failures"] > 0
            assert 'headrace_online_store_up{store="redis"} 0' in server.get("/metrics")[1]
        with redis_server(tmp_path, port=port):
            caught_up(server)
            assert value(Redis(port), "in the gap", "readings") == 2
        assert server.stop() == 0


def test_a_slow_redis_holds_nobody_up(binary, folder, redis, redis_port):
    write(folder, redis_port, COUNT)
    with running(binary, folder) as server:
        push(server, event("p1"))
        until(lambda: value(redis, "p1", "readings") == 1)
        redis("CLIENT", "PAUSE", 8000, "ALL")
        for _ in range(40):
            push(server, event("p1"), event("p2"))
        body = json.dumps({"features": ["readings"], "entities": [{"pump_id": "p1"}]})
        assert server.get("/v1/features:read", method="POST", headers={"Content-Type": "application/json"}, body=body)[1]["rows"][0]["values"][0]["value"] == 41
        store = until(lambda: (store := store_of(server))["problem"] and store)
        assert "no answer in time" in store["problem"] and store["waiting"] <= 2
        caught_up(server)
        assert (value(redis, "p1", "readings"), value(redis, "p2", "readings")) == (41, 40)
        redis("CLIENT", "PAUSE", 60000, "ALL")
        push(server, event("p1"))
        begun = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - begun < 20


@pytest.mark.parametrize(("spoil", "mend", "said"), [
    (("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0"), "OOM"),
    (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE"), "READONLY"),
])
def test_a_redis_that_takes_no_writes(binary, folder, redis, redis_port, spoil, mend, said):
    write(folder, redis_port, COUNT)
    with running(binary, folder) as server:
        push(server, event("p1"))
        until(lambda: value(redis, "p1", "readings") == 1)
        redis(*spoil)
        push(server, event("p1"), event("p2"))
        store = until(lambda: (store := store_of(server))["problem"] and store)
        assert said in store["problem"] and store["waiting"] == 2
        server.wait_for(said)
        redis(*mend)
        caught_up(server)
        assert (value(redis, "p1", "readings"), value(redis, "p2", "readings")) == (2, 1)


def test_a_redis_that_was_emptied_is_filled_again(binary, folder, redis, redis_port):
    write(folder, redis_port, COUNT)
    with running(binary, folder) as server:
        push(server, event("p1"))
        until(lambda: value(redis, "p1", "readings") == 1)
        caught_up(server)
        redis("FLUSHALL")
        until(lambda: value(redis, "p1", "readings") == 1)


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_ends_when_the_rows_are_those_of_reads(binary, tmp_path, folder, seed):
    """Redis and the server are ended, stopped and emptied at random, while events come and leave their windows."""
    chance, port = random.Random(seed), free_port()
    write(folder, port, ("short", "[flow]", "formula: flow, aggregation: sum, window: 3s"), MEAN, EVER)
    server, happened, redis_is_there = None, set(), False
    with ExitStack() as ends, ExitStack() as beside:
        for _ in range(40):
            what = chance.choice(["redis ends", "redis begins", "redis waits", "redis is emptied", "server ends", "server is killed", "server", "server", "server"])
            if what == "redis ends" and redis_is_there:
                beside.pop_all().close()
                redis_is_there = False
            elif what == "redis begins" and not redis_is_there:
                beside.enter_context(redis_server(tmp_path, port=port))
                redis_is_there = True
            elif what in ("redis waits", "redis is emptied") and redis_is_there:
                Redis(port)(*(("FLUSHALL",) if "emptied" in what else ("CLIENT", "PAUSE", 200, "ALL")))
            elif what.startswith("server ") and server:
                assert server.stop(signal.SIGKILL if "killed" in what else signal.SIGTERM) == (-9 if "killed" in what else 0), server.said
                server = None
            happened.add(what)
            if server is None:
                server = ends.enter_context(running(binary, folder))
            push(server, *(event(f"p{chance.randrange(12)}", chance.randrange(100), chance.random()) for _ in range(chance.randrange(6))))
            threading.Event().wait(chance.random() * 0.3)
        if not redis_is_there:
            beside.enter_context(redis_server(tmp_path, port=port))
        assert len(happened) >= 6
        threading.Event().wait(6)  # an emptied Redis is noticed, and the short windows are empty
        caught_up(server)
        names, redis = ["short", "flow_mean", "ever"], Redis(port)
        body = json.dumps({"features": names, "entities": [{"pump_id": f"p{i}"} for i in range(12)]})
        rows = server.get("/v1/features:read", method="POST", headers={"Content-Type": "application/json"}, body=body)[1]["rows"]
        for i, row in enumerate(rows):
            expected = [each["value"] for each in row["values"]]
            assert [value(redis, f"p{i}", name, read) for name, read in zip(names, (double_of, double_of, int_of), strict=True)] == expected
            assert expected[2] > 0
        assert server.stop() == 0


def test_a_row_is_removed_when_redis_comes_back_also_after_a_kill(binary, folder, tmp_path):
    port = free_port()
    write(folder, port, EVER)
    with redis_server(tmp_path, port=port):
        with running(binary, folder) as server:
            push(server, event("p1"), event("p2"))
            until(lambda: value(Redis(port), "p2", "ever") == 1)
            kept = Redis(port).hash(name_of("pumping_station", pump_id="p1"))
            assert kept
    with running(binary, folder) as server:  # while Redis is away
        forget(server, "p1")
        server.send(signal.SIGKILL)
        server.wait()
    with redis_server(tmp_path, port=port):
        again = Redis(port)
        for name, text in kept.items():  # as a Redis that keeps its rows on a disk has them
            again("HSET", name_of("pumping_station", pump_id="p1"), name, text)
        with running(binary, folder):
            until(lambda: again("EXISTS", name_of("pumping_station", pump_id="p1")) == 0)
            until(lambda: value(again, "p2", "ever") == 1)
