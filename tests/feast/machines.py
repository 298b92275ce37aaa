"""A small repository with every type of value, keys of one and two columns, and events for it."""
import json
import random

DEFINITIONS = """
project: {name: small-machines}
---
entity: {name: machine, key: [site, unit], description: "One machine, \\"as built\\""}
---
entity: {name: line, key: line_id}
---
entity: {name: spare, key: part}
---
source:
  name: readings
  entity: machine
  event_time: at
  arrival: seq
  allowed_lateness: 20m
  columns: {site: string, unit: int64, x: double, n: int64, mode: string, ok: bool, seen: timestamp}
  batch: {format: ndjson, path: readings.ndjson}
---
source:
  name: loads
  entity: line
  event_time: at
  columns: {load: double}
  batch: {format: ndjson, path: loads.ndjson}
---
"""
FEATURES = {
    "readings": {
        "x_mean": "aggregation: mean, window: 1h, source_features: [x], tags: [wear, model a]",
        "x_std": "aggregation: stddev, window: lifetime, source_features: [x], tags: [wear]",
        "x_sum": "aggregation: sum, window: {tumbling: 1h}, source_features: [x], default: 0.0",
        "events_1h": "aggregation: count, window: 1h, source_features: []",
        "n_last": "aggregation: last, window: lifetime, source_features: [n]",
        "n_last_1h": "aggregation: last, window: 1h, source_features: [n]",
        "mode_last": "aggregation: last, window: lifetime, source_features: [mode]",
        "mode_last_1h": "aggregation: last, window: 1h, source_features: [mode]",
        "ok_last": "aggregation: last, window: lifetime, source_features: [ok]",
        "seen_last": "aggregation: last, window: lifetime, source_features: [seen]",
        "x_list": "aggregation: last_k, params: {k: 3}, window: lifetime, source_features: [x]",
        "n_list": "aggregation: first_k, params: {k: 2}, window: lifetime, source_features: [n]",
        "mode_list": "aggregation: last_k, params: {k: 2}, window: lifetime, source_features: [mode]",
        "ok_list": "aggregation: last_k, params: {k: 2}, window: lifetime, source_features: [ok]",
        "seen_list": "aggregation: last_k, params: {k: 2}, window: lifetime, source_features: [seen]",
        "x_bins": "aggregation: histogram, params: {edges: [-10, 0, 10]}, window: lifetime, source_features: [x]",
        "x_per_event": "source_features: [x_mean, events_1h], formula: x_mean / events_1h, default: -1.0",
    },
    "loads": {"load_max": "aggregation: max, window: 30m, source_features: [load], tags: [wear]"},
}
ENTITIES = {"machine": "readings", "line": "loads"}
KEYS = {"machine": ["site", "unit"], "line": ["line_id"]}


def definitions():
    out = DEFINITIONS
    for source, features in FEATURES.items():
        for name, rest in features.items():
            base = "" if "formula" in rest else f"source: {source}, "
            out += f'feature: {{name: {name}, description: "Of {name}", owner: team, version: "1.0", {base}{rest}}}\n---\n'
    return out.removesuffix("---\n")


def write(folder, seed=7):
    """Events of six hours; some values are null, doubles are odd, integers large."""
    chance = random.Random(seed)
    (folder / "project.yaml").write_text(definitions())
    with open(folder / "readings.ndjson", "w", encoding="utf-8") as file:
        for seq in range(120):
            minute = chance.randrange(360)
            clock = f"{minute // 60:02}:{minute % 60:02}"
            row = {"site": chance.choice(["Süd", "a"]), "unit": chance.choice([1, -7]), "seq": seq, "at": f"2024-03-01T{clock}:00Z"}
            row["x"] = chance.choice([0.1, 2.5, 1e16, -3.7, None])
            row["n"] = chance.choice([2**60 + 1, -(2**62) - 3, 5, None])
            row["mode"] = chance.choice(["run", "", "läuft", None])
            row["ok"] = chance.choice([True, False, None])
            row["seen"] = chance.choice([f"2024-02-01T{clock}:00.123456Z", "1969-12-31T23:59:58Z", None])
            file.write(json.dumps(row) + "\n")
        file.write(json.dumps({"site": "a", "unit": 3, "seq": 120, "at": "2024-03-01T01:00:00Z"}) + "\n")  # all null
    with open(folder / "loads.ndjson", "w", encoding="utf-8") as file:
        for minute in range(0, 300, 20):
            row = {"line_id": "l1" if minute % 40 else "l2", "at": f"2024-03-01T{minute // 60:02}:{minute % 60:02}:00Z"}
            file.write(json.dumps(row | {"load": minute / 7}) + "\n")
