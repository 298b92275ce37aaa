"""What was acknowledged is there: after kills at random moments, under a system that takes no more bytes, and in a damaged store."""
import http.client
import json
import os
import random
import resource
import signal
import subprocess
import threading
from datetime import datetime, timezone

import pytest
from running_server import PATIENCE, Server, ask, running

KILLS = int(os.environ.get("HEADRACE_KILLS", 200))
FIRST_SEED = int(os.environ.get("HEADRACE_FIRST_SEED", 1))
ROUNDS = min(KILLS, 200)  # with one store, which each start reads again
WRITERS = 4
REST = ("--history", "1s", "--rest", "always")  # pumps of half a minute before are in the store alone
EVENTS = 3  # of a push
JSON = {"Content-Type": "application/json"}


def events(pump, flow=1.0, count=EVENTS):
    stamp = datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")
    return "".join(json.dumps({"pump_id": pump, "at": stamp, "flow": flow}) + "\n" for _ in range(count))


def counts(server, pumps):
    """How many events each of the pumps has."""
    found = {}
    for begin in range(0, len(pumps), 500):
        asked = {"features": ["readings"], "entities": [{"pump_id": pump} for pump in pumps[begin:begin + 500]]}
        status, answer = server.get("/v1/features:read", method="POST", headers=JSON, body=json.dumps(asked))
        assert status == 200, answer
        for row in answer["rows"]:
            found[row["entity"]["pump_id"]] = row["values"][0]["value"]
    return found


@pytest.fixture
def counted(project):
    """The project with a count of all events of a pump."""
    definitions = project / "project.yaml"
    definitions.write_text(definitions.read_text().replace("event_time: at,", "event_time: at, allowed_lateness: 20s,"))
    (project / "features" / "f.yaml").write_text('feature: {name: readings, owner: o, version: "1.0", description: d, source: telemetry, aggregation: count, window: 30d}\n')
    return project


class Writer(threading.Thread):
    """Pushes to pumps of its own, one push a pump, until the server is gone."""

    def __init__(self, server, name):
        super().__init__(daemon=True)
        self.server, self.name_of_pumps = server, name
        self.acknowledged, self.unsure, self.strange = [], [], []

    def run(self):
        connection = self.server.connect()
        for number in range(10**9):
            pump = f"{self.name_of_pumps}-{number}"
            try:
                status, answer = ask(connection, "/v1/sources/telemetry/events", method="POST", headers={"Content-Type": "application/x-ndjson"}, body=events(pump))
            except (OSError, ValueError, http.client.HTTPException):
                self.unsure.append(pump)
                return
            if status == 200 and answer["accepted"] == EVENTS:
                self.acknowledged.append(pump)
            else:
                self.strange.append((status, answer))
                return


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + KILLS // ROUNDS))
def test_kills_at_random_moments_lose_and_double_nothing(binary, counted, seed):
    """Each round: a start over all that was there before, a look at it, four writers, now and then a checkpoint, a kill."""
    chance, kept, acknowledged, cut_off = random.Random(seed), {}, 0, 0
    new, unsure = [], []  # pumps of the round before

    def look(server, older, when):
        found = counts(server, new + unsure + older)
        assert all(found[pump] == EVENTS for pump in new), (when, "acknowledged, and lost or counted twice")
        assert all(found[pump] in (0, EVENTS) for pump in unsure), (when, "half a push")
        assert all(found[pump] == kept[pump] for pump in older), (when, "it was there before")
        kept.update((pump, found[pump]) for pump in new + unsure)

    for round_ in range(ROUNDS):
        when = f"seed {seed}, round {round_}"
        lives = chance.uniform(0.95, 1.1) if round_ % 8 == 7 else chance.uniform(0, 0.12)  # seconds; a checkpoint comes after one
        with running(binary, counted, "--listen", "127.0.0.1:0", "--quiet", "--checkpoint-every", "1s", *REST) as server:
            look(server, chance.sample(sorted(kept), min(len(kept), 200)), when)
            writers = [Writer(server, f"{round_}-{writer}") for writer in range(WRITERS)]
            for writer in writers:
                writer.start()
            with pytest.raises(subprocess.TimeoutExpired):  # any moment will do, also one before the first push
                server.process.wait(lives)
            server.stop(signal.SIGKILL)
            for writer in writers:
                writer.join(PATIENCE)
                assert not writer.is_alive() and not writer.strange, (when, writer.strange)
        new = [pump for writer in writers for pump in writer.acknowledged]
        unsure = [pump for writer in writers for pump in writer.unsure]
        acknowledged += len(new)
        cut_off += len(unsure)

    with running(binary, counted, "--listen", "127.0.0.1:0", "--quiet", *REST) as server:
        look(server, sorted(kept), "at the end")
        entity = server.get("/v1/sources")[1]["entities"][0]
        assert entity["woken"] > 0 or ROUNDS < 200, "some had left memory"
    assert acknowledged > ROUNDS and cut_off > ROUNDS // 4, "the kills came while there was something to kill"


def test_a_system_that_takes_no_more_bytes_ends_pushes_and_not_reads(binary, counted):
    """As a full disk does: the write-ahead log may have a megabyte."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    with running(binary, counted, "--listen", "127.0.0.1:0", preexec_fn=limit) as server:
        push = lambda pump: server.get("/v1/sources/telemetry/events", method="POST", headers={"Content-Type": "application/x-ndjson"}, body=events(pump, count=1000))
        taken = []
        for number in range(100):
            status, answer = push(f"p{number}")
            if status != 200:
                break
            taken.append(f"p{number}")
        assert taken and status == 507 and answer["code"] == "not_kept", (len(taken), status, answer)
        assert "cannot write into the store" in answer["message"] and "start again" in answer["help"]
        assert push("another")[0] == 507, "nothing more is taken, whether there is space again or not"
        assert set(counts(server, taken).values()) == {1000}, "reads go on"
        assert server.stop() == 0
    with running(binary, counted, "--listen", "127.0.0.1:0") as server:
        assert set(counts(server, taken).values()) == {1000}
        assert push("another")[0] == 200


def test_a_damaged_store_is_refused_and_left_as_it_is(binary, counted):
    with running(binary, counted, "--listen", "127.0.0.1:0") as server:
        for pump in ("p1", "p2"):
            assert server.get("/v1/sources/telemetry/events", method="POST", headers={"Content-Type": "application/x-ndjson"}, body=events(pump))[0] == 200
        server.stop(signal.SIGKILL)
    store = counted / ".headrace" / "server"
    log = max(store.glob("*.log"), key=lambda path: path.stat().st_size)
    text = log.read_bytes()
    log.write_bytes(text[:text.rindex(b'"p2"')])  # as if the machine had stopped while it was written, but it was acknowledged
    before = {path.name: path.read_bytes() for path in store.iterdir() if path.suffix in (".log", ".sst") or path.name.startswith("MANIFEST")}
    with pytest.raises(AssertionError, match="the store is damaged"):
        Server(binary, counted, "--listen", "127.0.0.1:0")
    assert before == {path.name: path.read_bytes() for path in store.iterdir() if path.name in before}
