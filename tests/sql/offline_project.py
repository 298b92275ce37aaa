"""A project whose offline tables have every type of column, its native backfill, and the generated loader."""
import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq

DEFINITIONS = """
project: {name: Pumps & Sites}
---
entity: {name: pump, key: pump_id, description: A pump; or two}
---
entity: {name: valve, key: [site, number]}
---
source:
  name: readings
  entity: pump
  event_time: at
  columns: {x: double, n: int64, s: string, ok: bool, seen: timestamp}
  batch: {format: ndjson, path: data/readings.ndjson}
---
source:
  name: turns
  entity: valve
  event_time: at
  columns: {number: int64, angle: double}
  batch: {format: ndjson, path: data/turns.ndjson}
---
feature: {name: mean_x, description: "Mean\\nof 'x'", owner: o, version: "1.0", aggregation: mean, window: 1d, source_features: [x]}
---
feature: {name: total_n, owner: o, version: "1.0", aggregation: sum, window: 1d, source_features: [n]}
---
feature: {name: last_s, owner: o, version: "1.0", source_features: [s]}
---
feature: {name: any_ok, owner: o, version: "1.0", aggregation: any, window: 1d, source_features: [ok]}
---
feature: {name: last_seen, owner: o, version: "1.0", source_features: [seen]}
---
feature: {name: last_xs, owner: o, version: "1.0", aggregation: last_k, params: {k: 3}, window: 1d, source_features: [x]}
---
feature: {name: top_s, owner: o, version: "1.0", aggregation: top_k, params: {k: 2}, window: 1d, source_features: [s]}
---
feature: {name: rows, owner: o, version: "1.0", aggregation: histogram, params: {edges: [0, 5, 10]}, window: 1d, source_features: [x]}
---
feature: {name: seen_times, owner: o, version: "1.0", aggregation: last_k, params: {k: 2}, window: 1d, source_features: [seen]}
---
feature: {name: turned, owner: o, version: "1.0", aggregation: count, window: lifetime, source_features: [angle]}
"""
DAYS = ["2024-03-01", "2024-03-02", "2024-03-03"]


def events(count):
    """Readings of two pumps and turns of two valves, `count` each a day, some with nulls."""
    for day in DAYS:
        for i in range(count):
            at = f"{day}T{i:02}:30:00Z"
            reading = {"pump_id": f"p{i % 2}", "at": at, "x": i + 0.25 if i % 3 else None, "n": i, "s": "abc"[i % 3], "ok": i % 4 == 0, "seen": at}
            yield "readings", reading
            yield "turns", {"site": "north", "number": i % 2, "at": at, "angle": float(i)}


def write_events(project, count):
    (project / "data").mkdir(exist_ok=True)
    for name in ("readings", "turns"):
        lines = [json.dumps(row) for source, row in events(count) if source == name]
        (project / "data" / f"{name}.ndjson").write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def run(*command, cwd):
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"


def make(binary, folder, dialect, store):
    """The folder of a project whose store is there and whose loader for the dialect is in sql/."""
    folder.mkdir(parents=True)
    (folder / "project.yaml").write_text(DEFINITIONS, encoding="utf-8")
    write_events(folder, 6)
    run(binary, "backfill", "--output", store, "-q", cwd=folder)
    run(binary, "generate", "sql", "--dialect", dialect, "--output", "sql", "--skip-refused", "-q", cwd=folder)
    return folder


def judge(folder):
    """The generated Python, by the rules that come with it."""
    tools = [["ruff", "check", "--no-cache"], ["ruff", "format", "--no-cache", "--check"], ["mypy", "--strict", "--cache-dir", "/dev/null"]]
    for tool in tools:
        run(sys.executable, "-m", *tool, "load_offline.py", "offline_store.py", "warehouse.py", cwd=folder)


def plain(value):
    """A value as both the store and a warehouse give it: instants as text, without a zone."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.replace(tzinfo=None).isoformat() if hasattr(value, "isoformat") else value


def stored_rows(store, entity, columns):
    """The rows of the files that the manifest lists, in order."""
    manifest = json.loads((Path(store) / "manifest.json").read_text(encoding="utf-8"))
    (listed,) = [each for each in manifest["entities"] if each["name"] == entity]
    rows = []
    for partition in listed["partitions"]:
        table = pq.read_table(Path(store) / partition["file"], partitioning=None)
        rows += [tuple(plain(row[column]) for column in columns) for row in table.to_pylist()]
    return sorted(rows, key=repr)
