"""Kills at named points of the test build (base/kill_point.h): what was acknowledged is there, once, in windows that reach any distance back."""
import http.client
import json
import os
import random
import re
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from live_events import until
from running_server import PATIENCE, running, write_project

ROOT = Path(__file__).parents[2]
JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}
GONE = "vanished-pump"
FEATURES = """feature: {name: ever, owner: o, version: "1.0", description: d, source: telemetry, aggregation: count, window: lifetime}
---
feature: {name: total, owner: o, version: "1.0", description: d, source_features: [flow], aggregation: sum, window: lifetime}
---
feature: {name: lately, owner: o, version: "1.0", description: d, source_features: [flow], aggregation: sum, window: 1s}
---
feature: {name: month, owner: o, version: "1.0", description: d, source_features: [flow], aggregation: max, window: 30d}
"""
# Keys leave memory as soon as they may, a second after their last event.
OPTIONS = ("--listen", "127.0.0.1:0", "--quiet", "--checkpoint-every", "1s", "--history", "1s", "--rest", "always")

# What brings a server to its points, and how often it comes there before it dies.
WHILE_EVENTS_COME = {"push-taken": 20, "push-appended": 20, "push-written": 20, "push-unsynced": 5, "push-synced": 5,
                     "checkpoint-copied": 2, "checkpoint-chunks": 3, "checkpoint-holds": 2, "rest-saved": 2, "rest-let": 2, "wake-read": 3}
WHILE_FORGETTING = ("forget-begins", "forget-some", "forget-unsaved", "compact-begins", "compact-done", "forget-compacted")
WHILE_STARTING = ("start-forgotten",)
WHILE_FILLING = ("filling-unsaved", "filling-saved")
OF_A_ROLLOUT = ("control-before-commit", "control-after-commit", "pointer-before-rename")
OF_A_STORE = ("store-opened", "store-compacted", "restore-copied", "restore-named")


def dying_at(point):
    """The environment of a program that dies there."""
    return {**os.environ, "HEADRACE_KILL_POINT": point}


def is_mortal(binary):
    return b"HEADRACE_KILL_POINT" in Path(binary).read_bytes()


class Station:
    """A project, and what its pumps have: events that were acknowledged, and of the push that was cut off nobody knows."""

    def __init__(self, folder, seed, interval=False):
        folder.mkdir()
        write_project(folder)
        (folder / "features" / "f.yaml").write_text(FEATURES)
        if interval:
            (folder / "environments.yaml").write_text("dev: {durability: interval, sync_every: 20ms}\n")
        self.folder, self.random, self.flows, self.unsure, self.number = folder, random.Random(seed), {}, {}, 0

    def push(self, server, pump):
        """Two events; False: the server is gone."""
        flows = [float(self.random.randrange(1, 1000)) for _ in range(2)]
        now = datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")
        body = "".join(json.dumps({"pump_id": pump, "at": now, "flow": flow}) + "\n" for flow in flows)
        try:
            status, answer = server.get("/v1/sources/telemetry/events", method="POST", headers=NDJSON, body=body)
        except (OSError, ValueError, http.client.HTTPException):
            self.unsure = {pump: flows}
            return False
        assert (status, answer["accepted"]) == (200, 2), answer
        self.flows.setdefault(pump, []).extend(flows)
        return True

    def read(self, server, pumps):
        """(ever, total, month) of each; None: the server is gone."""
        asked = {"features": ["ever", "total", "month", "lately"], "entities": [{"pump_id": pump} for pump in pumps]}
        try:
            status, answer = server.get("/v1/features:read", method="POST", headers=JSON, body=json.dumps(asked))
        except (OSError, ValueError, http.client.HTTPException):
            return None
        assert status == 200, answer
        return {row["entity"]["pump_id"]: tuple(value["value"] for value in row["values"][:3]) for row in answer["rows"]}

    def live_until_it_dies(self, server):
        """New pumps, old ones, and those that have left memory."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.number += 1
            pump = f"p{self.number // 8}"
            if self.number % 8 == 7:
                pump = f"p{self.random.randrange(0, self.number // 8 + 1)}"
            if not self.push(server, pump):
                return
            if self.number % 5 == 0 and self.read(server, [f"p{self.random.randrange(0, self.number // 8 + 1)}"]) is None:
                return
            threading.Event().wait(0.02)  # a server at ease: checkpoints come with time
        raise AssertionError("it did not come to its end")

    def wait_until_ready(self, server):
        until(lambda: server.get("/readyz")[0] == 200)

    def check(self, server):
        """Values of all pumps are those of what was acknowledged; from then on it is known what became of the push that was cut off."""
        def expected(flows):
            return (len(flows), sum(flows) if flows else None, max(flows) if flows else None)

        self.wait_until_ready(server)
        pumps = sorted({*self.flows, *self.unsure})
        found = self.read(server, pumps)
        for pump in pumps:
            sure = self.flows.get(pump, [])
            wanted = [expected(sure)] + ([expected(sure + self.unsure[pump])] if pump in self.unsure else [])
            assert found[pump] in wanted, (pump, found[pump], wanted)
            if pump in self.unsure and found[pump] == wanted[1]:
                self.flows[pump] = sure + self.unsure[pump]
        self.unsure = {}
        for pump in self.random.sample(sorted(self.flows), min(len(self.flows), 5)):
            assert self.push(server, pump)
        for pump, values in self.read(server, sorted(self.flows)).items():
            assert values == expected(self.flows[pump]), pump


def at_rest(server):
    return server.get("/v1/sources")[1]["entities"][0]["at_rest"]


def start_dying(binary, station, point, *arguments):
    """The server dies before it has an address."""
    command = [str(binary), "serve", "--project", str(station.folder), *OPTIONS, *arguments]
    process = subprocess.run(command, capture_output=True, text=True, timeout=2 * PATIENCE, env=dying_at(point))
    assert process.returncode == -9, (point, process.returncode, process.stderr)


def die_while_events_come(binary, folder, point, count, seed):
    station = Station(folder, seed, interval=point in ("push-unsynced", "push-synced"))
    for life in range(2):
        more = 20 if point.startswith(("push", "wake")) else 1  # than are needed to look at all values first
        with running(binary, station.folder, *OPTIONS, env=dying_at(f"{point}:{count + life * more}")) as server:
            if life > 0:
                station.check(server)
            station.live_until_it_dies(server)
            assert server.wait() == -9, (point, server.said)
    with running(binary, station.folder, *OPTIONS) as server:
        station.check(server)
        # What has left memory comes back the same.
        until(lambda: station.push(server, "other") and at_rest(server) > 0)
        station.check(server)
        assert server.stop() == 0


def die_while_forgetting(binary, folder, point, seed):
    station = Station(folder, seed)
    with running(binary, station.folder, *OPTIONS, env=dying_at(point)) as server:
        for pump in (GONE, "stays", GONE):
            assert station.push(server, pump)
        until(lambda: station.push(server, "clock") and at_rest(server) >= 2)  # so that it rests as it is forgotten
        with pytest.raises((OSError, http.client.HTTPException)):
            server.get("/v1/entities:forget", method="POST", headers=JSON, body=json.dumps({"key": {"pump_id": GONE}}))
        assert server.wait() == -9, (point, server.said)
    station.flows.pop(GONE)
    with running(binary, station.folder, *OPTIONS) as server:
        assert station.read(server, [GONE])[GONE] == (0, None, None), point
        station.check(server)
        assert server.stop() == 0
    store = station.folder / ".headrace" / "server"
    assert not [path for path in store.rglob("*") if path.is_file() and GONE.encode() in path.read_bytes()], point


def die_while_starting(binary, folder, point, seed):
    station = Station(folder, seed)
    with running(binary, station.folder, *OPTIONS) as server:
        for number in range(20):
            assert station.push(server, f"p{number % 3}")
        assert server.stop() == 0
    start_dying(binary, station, point)
    with running(binary, station.folder, *OPTIONS) as server:
        station.check(server)


def die_while_filling(binary, folder, point, seed):
    station = Station(folder, seed)
    cut = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(minutes=5)
    rows = [("old", cut - timedelta(minutes=minute), float(minute)) for minute in range(30, 0, -1)] + [("old", cut + timedelta(seconds=1), 5.0)]
    text = "pump_id,at,flow\n" + "".join(f"{pump},{at.isoformat().replace('+00:00', 'Z')},{flow}\n" for pump, at, flow in rows)
    (station.folder / "telemetry.csv").write_text(text)
    fill = ("--fill-before", cut.isoformat().replace("+00:00", "Z"))
    station.flows["old"] = [flow for _, at, flow in rows if at < cut]
    start_dying(binary, station, point, *fill)
    with running(binary, station.folder, *OPTIONS, *fill) as server:
        station.check(server)


def die_with_a_store(binary, folder, point, seed):
    station = Station(folder, seed)
    store = station.folder / ".headrace" / "server"
    with running(binary, station.folder, *OPTIONS) as server:
        for number in range(20):
            assert station.push(server, f"p{number % 3}")
        copy = server.get("/v1/store/backup", method="POST")[1]["folder"]
        assert server.stop() == 0
    command = [str(binary), "store", "compact", "--project", str(station.folder)]
    if point.startswith("restore"):
        store.rename(station.folder / "away")
        command = [str(binary), "store", "restore", copy, "--project", str(station.folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, env=dying_at(point))
    assert done.returncode == -9, (point, done.returncode, done.stderr)
    if point == "restore-copied":
        assert not store.exists(), "a store is there whole, or not at all"
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
    with running(binary, station.folder, *OPTIONS) as server:
        station.check(server)


def die_while_rolling_out(binary, folder, point, seed):
    """A schedule that dies at every other look, and whose next look begins where the events end."""
    station = Station(folder, seed)
    git = ["git", "-C", str(station.folder), "-c", "user.name=t", "-c", "user.email=t@t"]
    rows = [f"p{pump},2024-03-01T{hour:02}:00:00Z,{pump}\n" for hour in range(24) for pump in range(40)]
    (station.folder / "telemetry.csv").write_text("pump_id,at,flow\n" + "".join(rows))
    before = "feature: {name: hour, owner: o, version: '1.0', description: d, source_features: [flow], aggregation: sum, window: 1h}\n"
    (station.folder / "features" / "f.yaml").write_text(before)
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "m"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    now = before.replace("1.0", "1.1").replace("window: 1h", "window: 1h, formula: flow * 1.0, expected_change: none")
    (station.folder / "features" / "f.yaml").write_text(now)

    def run(*words, environment=None):
        command = [str(binary), *words, "--quiet", "--format", "json", "--project", str(station.folder)]
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, env=environment)

    apply = ("apply", "--reason", "r", "--mismatch-max", "0.05", "--at-least", "1ms", "--bake", "1ms", "--actor", "ann")
    advance = ("rollout", "advance", "--actor", "ann")
    died = 0
    assert run(*apply, environment=dying_at(point)).returncode == -9, point
    found = run(*apply)
    assert found.returncode == 0, found.stderr
    sequence, shares = 0, []
    while json.loads(found.stdout)["status"] == "running":
        died += run(*advance, environment=dying_at(point)).returncode == -9
        found = run(*advance)
        assert found.returncode == 0, (point, found.stderr)
        state = json.loads(found.stdout)
        pointer = json.loads((station.folder / ".headrace" / "rollouts" / "dev" / "serving.json").read_text())
        assert pointer["sequence"] > sequence and pointer["share"] == state["share"], point
        sequence = pointer["sequence"]
        shares.append(pointer["share"])
    assert state["status"] == "done" and shares == sorted(shares) and died >= 4, (point, died, state["held_by"])


def test_every_point_is_died_at():
    known = {*OF_A_ROLLOUT, *WHILE_EVENTS_COME, *WHILE_FORGETTING, *WHILE_STARTING, *WHILE_FILLING, *OF_A_STORE}
    found = {name for path in (ROOT / "src").rglob("*.cc") for name in re.findall(r'kill_point\("([^"]+)"\)', path.read_text())}
    assert found == known


def test_a_server_that_dies_anywhere_keeps_what_it_acknowledged(binary, tmp_path):
    if not is_mortal(binary):
        pytest.skip("a program without kill points")
    lives = [(die_while_events_come, binary, tmp_path / point, point, count, seed) for seed, (point, count) in enumerate(WHILE_EVENTS_COME.items())]
    for die, points in ((die_while_forgetting, WHILE_FORGETTING), (die_while_starting, WHILE_STARTING), (die_while_filling, WHILE_FILLING), (die_with_a_store, OF_A_STORE), (die_while_rolling_out, OF_A_ROLLOUT)):
        lives += [(die, binary, tmp_path / point, point, seed) for seed, point in enumerate(points)]
    with ThreadPoolExecutor(max_workers=6) as pool:
        for life in [pool.submit(*each) for each in lives]:
            life.result()
