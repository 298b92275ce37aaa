"""Files fed as if their events came now: values, the clock, order of arrival, speeds."""
import csv
import json
import random
import signal
import subprocess
import threading
import time
from datetime import datetime, timezone

import pytest
from running_server import PATIENCE, running
from test_values import headrace

DEFINITIONS = """project: {name: station, defaults: {source: telemetry}}
---
entity: {name: pump, key: pump_id}
---
source: {name: telemetry, entity: pump, event_time: at, columns: {flow: double}, batch: {format: csv, path: data/telemetry*.csv}, allowed_lateness: 10m}
---
source: {name: air, entity: pump, event_time: at, columns: {temp: double}, arrival: seq, batch: {format: ndjson, path: data/air.ndjson}}
---
feature: {name: flow_mean, owner: o, version: "1.0", description: d, source_features: [flow], formula: flow, aggregation: mean, window: 1h}
---
feature: {name: temp_max, owner: o, version: "1.0", description: d, source: air, source_features: [temp], formula: temp, aggregation: max, window: 6h}
"""
START = 1_700_000_000


def stamp(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def station(tmp_path):
    """Shuffled telemetry in two files, and air of which some arrived after later events."""
    folder = tmp_path / "station"
    (folder / "data").mkdir(parents=True)
    (folder / "project.yaml").write_text(DEFINITIONS)
    dice = random.Random(7)
    rows = [(f"p{i % 5}", stamp(START + i), round(dice.random(), 3)) for i in range(20_000)]
    dice.shuffle(rows)
    for part in range(2):
        with open(folder / f"data/telemetry_{part}.csv", "w", newline="") as file:
            csv.writer(file).writerows([("pump_id", "at", "flow"), *rows[part::2]])
    air = [{"pump_id": f"p{i % 5}", "at": stamp(START + i * 60 - (7200 if i % 50 == 49 else 0)), "temp": i, "seq": i} for i in range(300)]
    (folder / "data/air.ndjson").write_text("\n".join(json.dumps(each) for each in reversed(air)))
    return folder


def status(binary, server):
    listed = json.loads(headrace(binary, server, "status", "--format", "json").stdout)
    return listed["now"], {each["name"]: each for each in listed["sources"]}


def value(binary, server, feature, pump):
    answer = json.loads(headrace(binary, server, "get", feature, "--key", f"pump_id={pump}", "--format", "json").stdout)
    return answer["as_of"], answer["rows"][0]["values"][0]["value"]


def batch_value(binary, folder, feature, pump, at):
    (folder / "asked.csv").write_text(f"pump_id,event_time\n{pump},{at}\n")
    out = folder / "answers.csv"
    done = subprocess.run([binary, "dataset", "--project", folder, "--features", feature, "--observations", folder / "asked.csv", "--output", out],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    row = next(csv.DictReader(open(out, newline="")))
    return float(row[feature]) if row[feature] else None


def test_values_at_the_end_are_those_of_a_backfill(binary, station):
    with running(binary, station, "--listen", "127.0.0.1:0", "--replay", station / "data", "--speed", "max") as server:
        server.wait_for("reads go on")
        now, sources = status(binary, server)
        assert now == stamp(START + 19_999)
        telemetry, air = sources["telemetry"], sources["air"]
        assert (telemetry["feed"], telemetry["accepted"], telemetry["late"], telemetry["lag"]) == ("replay", 20_000, 0, 0)
        assert telemetry["watermark"] == stamp(START + 19_999 - 600) and telemetry["behind_s"] == 0
        # In order of arrival one in fifty comes two hours after its time, and nothing allows for that.
        assert (air["accepted"], air["late"]) == (294, 6)
        for pump in ("p0", "p3"):
            at, flow = value(binary, server, "flow_mean", pump)
            assert at == now and flow == batch_value(binary, station, "flow_mean", pump, now)
        assert value(binary, server, "temp_max", "p1")[1] == 296.0
        assert server.stop() == 0
    assert not (station / ".headrace").exists(), "a replay keeps nothing"


def test_the_clock_is_that_of_the_replay(binary, station):
    with running(binary, station, "--listen", "127.0.0.1:0", "--replay", station / "data", "--speed", "600x") as server:
        seen = []
        end = time.monotonic() + PATIENCE
        while len(seen) < 3 and time.monotonic() < end:
            at, flow = value(binary, server, "flow_mean", "p2")
            if at > stamp(START + 60) and (not seen or at != seen[-1][0]):
                seen.append((at, flow))
            threading.Event().wait(0.05)
        assert len(seen) == 3 and sorted(seen) == seen
        assert server.stop(signal.SIGINT) == 0
    # Whatever the moment was: all events up to it were there, and none after it.
    for at, flow in seen:
        assert flow == batch_value(binary, station, "flow_mean", "p2", at)


def test_what_was_before_the_start_is_fed_at_once(binary, station):
    start = stamp(START + 19_000)
    with running(binary, station, "--listen", "127.0.0.1:0", "--replay", station / "data", "--speed", "1x", "--start", start) as server:
        end = time.monotonic() + PATIENCE
        now, sources = status(binary, server)
        while now < start and time.monotonic() < end:
            threading.Event().wait(0.05)
            now, sources = status(binary, server)
        # At its own speed it takes a quarter of an hour from here on.
        assert now >= start and sources["telemetry"]["accepted"] >= 19_000 and sources["telemetry"]["feed"] == "replay"


def test_only_what_lies_below_the_path_is_fed(binary, station):
    with running(binary, station, "--listen", "127.0.0.1:0", "--replay", station / "data/air.ndjson") as server:
        server.wait_for("reads go on")
        sources = status(binary, server)[1]
        assert sources["telemetry"]["accepted"] == 0 and sources["air"]["accepted"] == 294
        refused = headrace(binary, server, "push", "telemetry", "-", given="{}", code=1)
        assert "this server replays files" in refused.stderr
        server.send(signal.SIGHUP)
        server.wait_for("nothing was reloaded")


@pytest.mark.parametrize("arguments, code, said", [
    (["--replay", "nowhere"], 2, "their files: `data/telemetry*.csv` of `telemetry`"),
    (["--replay", "data", "--speed", "60"], 2, "such as 60x, or max"),
    (["--replay", "data", "--speed", "-1x"], 2, "such as 60x, or max"),
    (["--replay", "data", "--data", "store"], 2, "--replay keeps no events"),
    (["--speed", "60x"], 2, "--speed is of a replay"),
    (["--replay", "data", "--start", "soon"], 2, "--start"),
])
def test_what_makes_no_sense_is_refused(binary, station, arguments, code, said):
    done = subprocess.run([binary, "serve", *arguments], capture_output=True, text=True, cwd=station)
    assert done.returncode == code and said in done.stderr


def test_rows_that_cannot_be_read_are_told(binary, station):
    with open(station / "data/telemetry_0.csv", "a") as file:
        file.write("p1,yesterday,1.0\n")
    with running(binary, station, "--listen", "127.0.0.1:0", "--replay", station / "data") as server:
        server.wait_for("1 row could not be read")
        assert status(binary, server)[1]["telemetry"]["accepted"] == 20_000
