"""The streaming steps: final rows equal the backfill over the accepted events, values age, Redis holds the newest row."""
import json
import random
import socket
import struct
import subprocess
from pathlib import Path

import pytest
from redis_server import redis_server

PROJECT = """
project: {name: streamed, defaults: {source: readings}}
---
entity: {name: sensor, key: id}
---
source:
  name: readings
  entity: sensor
  event_time: at
  allowed_lateness: 20m
  arrival: seq
  columns: {id: string, x: double, mode: string}
  batch: {format: ndjson, path: readings.ndjson}
---
"""
BOUNDED = """
feature: {name: n, description: d, owner: t, version: "1.0", aggregation: count, window: [10m, 1h], source_features: []}
---
feature: {name: before, description: d, owner: t, version: "1.0", aggregation: last, window: {size: 30m, closed: left}, source_features: [x]}
---
feature: {name: spread, description: d, owner: t, version: "1.0", aggregation: stddev, window: {size: 1h, offset: 15m}, source_features: [x]}
---
feature: {name: rise, description: d, owner: t, version: "1.0", aggregation: max, window: 1h, source_features: [x, before], formula: x - before}
---
feature: {name: hourly, description: d, owner: t, version: "1.0", aggregation: sum, window: {tumbling: 1h}, source_features: [x], default: 0.0}
---
feature: {name: ratio, description: d, owner: t, version: "1.0", source_features: [rise, spread], formula: rise / spread}
"""
UNBOUNDED = """
---
feature: {name: visit, description: d, owner: t, version: "1.0", aggregation: count, window: {session: 10m}, source_features: [x, mode], formula: x, filter: mode == 'run'}
---
feature: {name: last3, description: d, owner: t, version: "1.0", aggregation: [sum, first], window: {last: 3}, source_features: [x]}
"""


def run(command, folder):
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


IDENTIFIED = PROJECT.replace("arrival: seq", "arrival: seq\n  id: event\n  deleted: gone") + BOUNDED


def make_project(folder, binary, text):
    """With ids, rows come at a few times only, so that many of them are one event."""
    chance, identity = random.Random(3), random.Random(5)
    step = 10 if "id: event" in text else 1
    (folder / "project.yaml").write_text(text)
    with open(folder / "readings.ndjson", "w") as file:
        for seq in range(150):
            minute = chance.randrange(600) // step * step
            row = {"id": chance.choice("ab"), "at": f"2024-03-01T{minute // 60:02}:{minute % 60:02}:00Z", "seq": seq}
            row |= {"x": chance.choice([0.1, 2.5, 1e16, -3.7, None]), "mode": chance.choice(["run", "idle"])}
            row |= {"event": f"e{identity.randrange(2)}", "gone": identity.random() < 0.2}
            file.write(json.dumps(row) + "\n")
    run([binary, "generate", "beam", "--output", "code", "--quiet"], folder)


def stream(folder, beam_python, seed, *more):
    script = Path(__file__).parent / "stream_run.py"
    return json.loads(run([beam_python, script, "code", "readings.ndjson", seed, *more], folder))


def test_an_event_has_one_final_row_or_none(binary, beam_python, tmp_path):
    make_project(tmp_path, binary, IDENTIFIED)
    seen = stream(tmp_path, beam_python, 5)
    assert seen["wrong"] == []
    assert seen["final"] > 40 and seen["late"] > 0


@pytest.mark.parametrize(("name", "seed"), [("bounded", 1), ("unbounded", 3)])
def test_final_rows_are_the_backfill(binary, beam_python, tmp_path, name, seed):
    make_project(tmp_path, binary, PROJECT + BOUNDED + (UNBOUNDED if name == "unbounded" else ""))
    reach = "7_200_000_000" + (", for_ever=True" if name == "unbounded" else "")  # of bounded: hours of tumbling windows
    assert f'Reach("readings", {reach}),' in (tmp_path / "code" / "pipeline.py").read_text()
    seen = stream(tmp_path, beam_python, seed)
    assert seen["wrong"] == []
    assert seen["final"] > 80 and seen["late"] > 0
    assert seen["rows"] > seen["final"]


@pytest.fixture
def redis_port(tmp_path):
    with redis_server(tmp_path) as port:
        yield port


def command_of(port, *words):
    """One command to Redis, without a client library: the reply's bytes."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        parts = [w if isinstance(w, bytes) else str(w).encode() for w in words]
        connection.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
        reader = connection.makefile("rb")
        head = reader.readline()
        if head[:1] == b"$":
            size = int(head[1:])
            return None if size < 0 else reader.read(size)
        return int(head[1:])


def test_redis_has_the_newest_row(binary, beam_python, tmp_path, redis_port):
    make_project(tmp_path, binary, PROJECT + BOUNDED)
    seen = stream(tmp_path, beam_python, 4, redis_port)
    assert seen["wrong"] == [] and len(seen["last"]) == 2
    for (key,), instant, _ in seen["last"]:
        name = struct.pack("<III", 1, 2, 2) + b"id" + struct.pack("<II", 2, len(key)) + key.encode() + b"streamed"
        seconds = command_of(redis_port, "HGET", name, "_ts:view")
        assert seconds is not None and seconds[0] == 8
        decoded = sum((byte & 127) << 7 * i for i, byte in enumerate(seconds[1:6]))
        assert decoded == instant // 1_000_000
        assert 0 < command_of(redis_port, "TTL", name) <= 3600


def test_an_older_row_never_replaces_a_newer_one(root, beam_python, tmp_path, redis_port):
    templates = root / "src" / "codegen" / "beam" / "templates"
    seen = json.loads(run([beam_python, "-B", Path(__file__).parent / "redis_order.py", templates, redis_port], tmp_path))
    assert seen["seen"] == [
        [5_000_001, "29000000000000f83f", "2007"],
        [5_000_001, "29000000000000f83f", "2007"],
        [5_000_001, "", "2000"],  # A row of the same time replaces; a null is written, and so is a default.
        [9_000_000, "290000000000000440", "2000"],
    ]
    mine, newer = [20_000_000, "290000000000000040", "2002"], [30_000_000, "290000000000002040", "2008"]
    newest_of_bundle = [4_000_000, "290000000000001040", "2004"]
    assert seen["together"] == {"b": newest_of_bundle, "c": newer, "d": mine, "e": mine, "f": mine}
    assert seen["ttl"] == -1


def test_late_is_what_lies_too_far_behind_the_source_s_newest(root, beam_python, tmp_path):
    """Whatever the key knows: every event here is the first of its key."""
    templates = root / "src" / "codegen" / "beam" / "templates"
    seen = json.loads(run([beam_python, "-B", Path(__file__).parent / "lateness_run.py", templates], tmp_path))
    assert seen["late"] == ["a millisecond late", "a minute late", "hours late", "months late", "no longer at the edge"]
    assert len(seen["in time"]) == 14


def test_an_update_finds_what_was_kept_by_name(root, beam_python, tmp_path):
    templates = root / "src" / "codegen" / "beam" / "templates"
    seen = json.loads(run([beam_python, "-B", Path(__file__).parent / "update_run.py", templates], tmp_path))
    # What windows need, and at most a third more.
    assert seen["ab 2"] == [[1.0, 3.0], [1.0, 4.0], [1.0, 5.0], [7.0, 7.0]]
    assert seen["ba 2"] == [[3.0, 1.0], [4.0, 1.0], [5.0, 1.0], [7.0, 7.0]]
    assert seen["b 1"] == [[3.0], [4.0], [5.0], [7.0]]
    assert "without the column 'c'" in seen["abc 2"]
    assert [row for row in seen["renewed"] if row[0] == "renewed"] == [["renewed", 60]]  # by the window that is there now
    assert "kept for 7200 s" in seen["ab 3"] and "kept for 7200 s" in seen["ab None"]


def test_state_past_every_window_is_dropped(root, beam_python, tmp_path):
    templates = root / "src" / "codegen" / "beam" / "templates"
    seen = json.loads(run([beam_python, "-B", Path(__file__).parent / "state_run.py", templates], tmp_path))
    silent = {(kind, time): count for key, kind, time, count in seen["histories"] if key == "silent"}
    assert silent["first", 10] == silent["final", 10] == 3
    assert silent["first", 289] == silent["final", 289] == 1
    assert max(count for key, _, time, count in seen["histories"] if key == "lively" and time > 100) <= 6  # of the last hour, and some of its part of the ring
    assert seen["late"] == [["silent", 288]]


def test_a_timer_that_overtakes_an_event_takes_nothing_back(root, beam_python, tmp_path):
    templates = root / "src" / "codegen" / "beam" / "templates"
    seen = json.loads(run([beam_python, "-B", Path(__file__).parent / "overtaken_run.py", templates], tmp_path))
    assert seen["accepted"] == {"finals": [[25, [25, 30]], [30, [25, 30]]], "late": [24]}
    whole = seen["sees all of its window"]
    finals = dict(whole["finals"])
    assert sorted(finals) == [0, 55, 58, 65] and finals[55] == [0, 55, 58, 65]
    assert whole["kept"] == [55, 58, 65] and whole["late"] == []
    assert seen["in one millisecond"] == {"finals": [[30, [30, 30]]], "late": []}
    assert seen["around the epoch"] == [0, 0]  # The newest row stays the newest.


def test_bytes_in_redis_are_those_of_feast(root, beam_python, tmp_path):
    templates = root / "src" / "codegen" / "beam" / "templates"
    run([beam_python, "-B", Path(__file__).parent / "redis_layout.py", templates], tmp_path)
