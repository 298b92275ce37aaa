"""A small project with one feature of each kind, its events in disorder, and what the native engine says of them."""
import json
import random
import struct
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

BASE = """
project: {name: station, defaults: {source: readings}}
---
entity: {name: sensor, key: id}
---
source:
  name: readings
  entity: sensor
  event_time: at
  allowed_lateness: 20m
  columns: {id: string, x: double, mode: string}
  batch: {format: ndjson, path: readings.ndjson}
  stream: {kafka: {brokers: "BROKERS", topic: readings}, format: json}
  arrival: seq
---
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
---
feature: {name: visit, description: d, owner: t, version: "1.0", aggregation: count, window: {session: 10m}, source_features: [x, mode], formula: x, filter: mode == 'run'}
---
feature: {name: last3, description: d, owner: t, version: "1.1", aggregation: [sum, first], window: {last: 3}, source_features: [x]}
---
feature: {name: ever, description: d, owner: t, version: "1.0", aggregation: [mean, count_distinct], window: lifetime, source_features: [x]}
"""
KEYS = ("a", "b", "c", "d", "e", "f", "g", "h", "é", "a b", "0", "01")
EVENTS = 400
OBSERVATIONS = 500
START_US = 1_709_251_200_000_000  # 2024-03-01
MINUTES = 600


def time_text(minute):
    return f"2024-03-01T{minute // 60:02}:{minute % 60:02}:00Z"


def arrivals():
    """In an order of arrival that is at most 15 minutes behind the newest event, which the allowed lateness covers."""
    chance = random.Random(11)
    minutes = sorted((chance.randrange(MINUTES) for _ in range(EVENTS)), key=lambda minute: minute + chance.randrange(15))
    values = [0.1, 2.5, 1e16, -3.7, 12.25, None]
    return [{"id": chance.choice(KEYS), "at": time_text(minute), "seq": seq, "x": chance.choice(values), "mode": chance.choice(["run", "idle"])}
            for seq, minute in enumerate(minutes)]


def run(command, folder, seconds=600, environment=None):
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True, timeout=seconds, env=environment)
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-8000:]}"
    return done.stdout


def make(folder, binary, brokers="127.0.0.1:9092", text=BASE, events=None):
    (folder / "project.yaml").write_text(text.replace("BROKERS", brokers))
    lines = [json.dumps(event, ensure_ascii=False) for event in events or arrivals()]
    (folder / "readings.ndjson").write_text("\n".join(lines) + "\n")
    chance = random.Random(5)
    asked = {"id": [], "event_time": []}
    for _ in range(OBSERVATIONS):
        asked["id"].append(chance.choice([*KEYS, "nobody"]))
        asked["event_time"].append(START_US + chance.randrange(MINUTES + 60) * 60_000_000)
    types = pa.schema([("id", pa.string()), ("event_time", pa.timestamp("us", "UTC"))])
    pq.write_table(pa.table(asked, types), folder / "asked.parquet")
    run([binary, "backfill", "--output", "native", "--quiet"], folder)
    run([binary, "dataset", "--observations", "asked.parquet", "--output", "native.parquet", "--quiet"], folder)
    run([binary, "generate", "beam", "--output", "code", "--quiet"], folder)
    return folder


def bits(value):
    if isinstance(value, list):
        return [bits(each) for each in value]
    return struct.pack("<d", value) if isinstance(value, float) else value


def rows_of(table):
    """Rows with every double as its eight bytes."""
    return [{name: bits(value) for name, value in row.items()} for row in table.to_pylist()]


def days_of(folder):
    """The rows of each day of a backfill, in order."""
    return {file.parent.name: rows_of(pq.ParquetFile(file).read()) for file in sorted(Path(folder).glob("day=*/part-0.parquet"))}
