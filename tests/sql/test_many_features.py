"""Entities with many features, and long chains of them, in DuckDB: it has limits of depth."""
import json
import subprocess

import duckdb
import pyarrow.parquet as pq
import pytest

HEAD = """project: {name: many}
---
entity: {name: sensor, key: id}
---
source:
  name: readings
  entity: sensor
  event_time: at
  columns: {id: string, x: double}
  batch: {format: ndjson, path: readings.ndjson}
"""
FEATURE = 'feature: {{name: f{0}, description: d, owner: t, version: "1.0", {1}}}\n'
WIDE = [FEATURE.format(i, f'aggregation: max, window: 1h, source_features: [x], formula: "x * 2 + {i}"') for i in range(250)]
DEEP = [FEATURE.format(0, "aggregation: max, window: 1h, source_features: [x]")] + [
    FEATURE.format(i, f'source_features: [f{i - 1}], formula: "f{i - 1} + 1"') for i in range(1, 340)
]


def make(binary, folder, features):
    (folder / "project.yaml").write_text("---\n".join([HEAD, *features]))
    with open(folder / "readings.ndjson", "w") as file:
        for i in range(20):
            file.write(json.dumps({"id": "ab"[i % 2], "at": f"2024-03-01T0{i // 6}:{i % 6 * 10:02}:00Z", "x": i * 0.5}) + "\n")
    for command in (["backfill", "--output", "native"], ["generate", "sql", "--dialect", "duckdb", "--output", "sql"]):
        subprocess.run([binary, *command, "--quiet"], cwd=folder, check=True, capture_output=True)


def native_rows(folder):
    (file,) = (folder / "native" / "sensor").glob("day=*/*.parquet")
    return {(row["id"], row["event_time"].replace(tzinfo=None)): row for row in pq.ParquetFile(file).read().to_pylist()}


def rows_of(connection, statement):
    """The rows of a query by key and time, each a dict."""
    found = connection.execute(statement)
    names = [column[0] for column in found.description]
    rows = (dict(zip(names, row, strict=True)) for row in found.fetchall())
    return {(row["id"], row["event_time"]): row for row in rows}


def without_places(rows):
    return {place: {name: value for name, value in row.items() if name not in ("id", "event_time")} for place, row in rows.items()}


def test_wide_entity(binary, tmp_path, monkeypatch):
    make(binary, tmp_path, WIDE)
    monkeypatch.chdir(tmp_path)
    connection = duckdb.connect()
    for name in ("sources.sql", "entities/sensor.sql"):
        connection.execute((tmp_path / "sql" / name).read_text())
    got = rows_of(connection, "SELECT * FROM features_of_sensor")
    assert len(got) == 20 and without_places(got) == without_places(native_rows(tmp_path))
    tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    assert tables == [("features_of_sensor",)], "the parts are dropped"


@pytest.mark.parametrize("kind", ["features", "point_in_time"])
def test_deep_feature(kind, binary, tmp_path, monkeypatch):
    make(binary, tmp_path, DEEP)
    monkeypatch.chdir(tmp_path)
    connection = duckdb.connect()
    connection.execute((tmp_path / "sql" / "sources.sql").read_text())
    connection.execute('CREATE TABLE observations AS SELECT id, epoch_ms(epoch_ms(CAST("at" AS TIMESTAMP))) AS event_time FROM readings')
    last = f"f{len(DEEP) - 1}"
    statement = (tmp_path / "sql" / kind / f"{last}.sql").read_text()
    if kind == "features":
        connection.execute(statement)
        statement = f"SELECT * FROM feature_{last}"
    got = rows_of(connection, statement)
    assert {place: row[last] for place, row in got.items()} == {place: row[last] for place, row in native_rows(tmp_path).items()}
