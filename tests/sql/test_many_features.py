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


def chain(length):
    """Formulas over the one before, aggregations of it, of numbers and of times, over two sources."""
    out = [FEATURE.format(0, "aggregation: max, window: 1h, source_features: [readings.x]"), FEATURE.format(1, "aggregation: last, window: lifetime, source_features: [visits.y]")]
    for i in range(2, length):
        before = f"f{i - 1}"
        kinds = [
            f'source: readings, source_features: [{before}, f{i - 2}], formula: "coalesce({before}, 0.0) * 0.5 + coalesce(f{i - 2}, 1.0)"',
            f"source: readings, aggregation: mean, window: 2h, source_features: [{before}]",
            f"source: visits, aggregation: max, window: 3h, source_features: [{before}]",
            f'source: readings, source_features: [{before}], formula: "{before} + 1"',
        ]
        out.append(FEATURE.format(i, kinds[i % 4]))
    out.append('feature: {name: when, description: d, owner: t, version: "1.0", source: readings, aggregation: last, window: lifetime, source_features: [f2], formula: "event_time()", filter: "f2 > 0"}\n')
    return out


DEEP_MIXED = chain(160)


def observe(connection):
    connection.execute('CREATE TABLE observations AS SELECT id, epoch_ms(epoch_ms(CAST("at" AS TIMESTAMP))) AS event_time FROM readings')


def run_all(folder, connection, features, kind):
    """The statements of a chain's features, after what their first lines name; the rows of each."""
    connection.execute((folder / "sql" / "sources.sql").read_text())
    connection.execute((folder / "sql" / "entities" / "sensor.sql").read_text())
    observe(connection)
    if kind == "point_in_time":
        connection.execute((folder / "sql" / "observed" / "sensor.sql").read_text())
    for name in features:
        statement = (folder / "sql" / kind / f"{name}.sql").read_text()
        if kind == "features":
            connection.execute(statement)
            statement = f"SELECT * FROM feature_{name}"
        yield name, rows_of(connection, statement)


@pytest.mark.parametrize("kind", ["features", "point_in_time"])
def test_deep_feature(kind, binary, tmp_path, monkeypatch):
    make(binary, tmp_path, DEEP)
    monkeypatch.chdir(tmp_path)
    last = f"f{len(DEEP) - 1}"
    text = (tmp_path / "sql" / kind / f"{last}.sql").read_text()
    assert f"{'entities' if kind == 'features' else 'observed'}/sensor.sql comes first" in text and len(text) < 2000
    (name, got), = run_all(tmp_path, duckdb.connect(), [last], kind)
    assert {place: row[name] for place, row in got.items()} == {place: row[name] for place, row in native_rows(tmp_path).items()}


@pytest.mark.parametrize("kind", ["features", "point_in_time"])
def test_deep_features_of_all_kinds(kind, binary, tmp_path, monkeypatch):
    more = "---\nsource:\n  name: visits\n  entity: sensor\n  event_time: at\n  columns: {id: string, y: double}\n  batch: {format: ndjson, path: visits.ndjson}\n"
    with open(tmp_path / "visits.ndjson", "w") as file:
        for i in range(15):
            file.write(json.dumps({"id": "ab"[i % 3 % 2], "at": f"2024-03-01T0{i // 6}:{i % 6 * 10 + 5 * (i % 2):02}:00Z", "y": i * 0.25}) + "\n")
    make(binary, tmp_path, [more, *DEEP_MIXED])
    monkeypatch.chdir(tmp_path)
    names = [f"f{i}" for i in range(160)] + ["when"]
    native = native_rows(tmp_path)
    for name, got in run_all(tmp_path, duckdb.connect(), names, kind):
        assert got and got.keys() <= native.keys()
        for place, row in got.items():
            wanted = native[place][name]
            wanted = wanted.replace(tzinfo=None) if name == "when" and wanted is not None else wanted
            assert row[name] == (pytest.approx(wanted, rel=1e-9) if isinstance(wanted, float) else wanted), (name, place)


@pytest.mark.parametrize("dialect", ["duckdb", "bigquery", "snowflake"])
def test_statements_grow_with_the_number_of_features(dialect, binary, tmp_path):
    sizes = []
    for length in (400, 800):
        folder = tmp_path / str(length)
        folder.mkdir()
        chain_of = [DEEP[0]] + [FEATURE.format(i, f'source_features: [f{i - 1}], formula: "f{i - 1} + 1"') for i in range(1, length)]
        (folder / "project.yaml").write_text("---\n".join([HEAD, *chain_of]))
        subprocess.run([binary, "generate", "sql", "--dialect", dialect, "--output", "sql", "--quiet"], cwd=folder, check=True, capture_output=True)
        sizes.append(sum(path.stat().st_size for path in (folder / "sql").rglob("*.sql")))
        if dialect != "duckdb":
            for path in (folder / "sql").rglob("*.sql"):
                assert all(len(statement) < 1_000_000 for statement in path.read_text().split(";\n"))
    assert sizes[1] < 2.3 * sizes[0] and sizes[1] < 16 << 20, sizes


@pytest.mark.parametrize("dialect", ["bigquery", "snowflake"])
def test_long_formulas_make_statements_that_a_request_may_have(dialect, binary, tmp_path):
    """Thirty features of a hundred thousand bytes, each of which uses the one before."""
    long = "a" * 100_000
    features = [FEATURE.format(0, f"aggregation: max, window: 1h, source_features: [id], formula: \"if(id == '{long}', 1, 2)\"")]
    features += [FEATURE.format(i, f"source_features: [f{i - 1}], formula: \"if(string(f{i - 1}) == '{long}', 1, 2)\"") for i in range(1, 30)]
    (tmp_path / "project.yaml").write_text("---\n".join([HEAD, *features]))
    subprocess.run([binary, "generate", "sql", "--dialect", dialect, "--output", "sql", "-q"], cwd=tmp_path, capture_output=True, check=True)
    texts = {path.relative_to(tmp_path / "sql").as_posix(): path.read_text() for path in (tmp_path / "sql").rglob("*.sql")}
    assert "entities/sensor.sql comes first" in texts["features/f29.sql"] and "comes first" not in texts["features/f3.sql"]
    assert "send its statements one after another" in texts["entities/sensor.sql"] and "send its statements" in texts["observed/sensor.sql"]
    assert all(len(statement) <= 1_000_000 for text in texts.values() for statement in text.split(";\n"))
