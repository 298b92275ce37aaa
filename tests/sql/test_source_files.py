"""Files of every text format through the generated DuckDB views, against the native engine's reading of them."""
import gzip
import subprocess

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sql_cases

FORMATS = {"commas": ("csv", "data/commas/*.csv"), "tabs": ("csv", "data/tabs.tsv.gz"), "lines": ("ndjson", "data/lines.ndjson"), "groups": ("parquet", "data/groups.parquet")}
SOURCE = """---
source:
  name: {name}
  entity: pump
  event_time: at
  columns: {{x: double, n: int64, s: string, ok: bool, seen: timestamp}}
  batch: {{format: {format}, path: "{path}"}}
"""
NUMBERED = """---
source: {name: numbered, entity: pump, event_time: at, unit: ms, columns: {x: double}, batch: {format: csv, path: data/numbered.csv}}
"""
FEATURE = "---\nfeature: {{name: {name}_{column}, owner: o, version: '1.0', source: {name}, source_features: [{column}]}}\n"
COLUMNS = ["x", "n", "s", "ok", "seen"]
# Each instant of a pump of its own, so that a wrong one cannot hide behind another.
TIMES = [
    "2024-03-01T00:00:00+02:00",
    "2024-03-01T00:00:00.123456-05:30",
    "2024-03-01 00:00:00+0530",
    "2024-03-01T00:00:00-05",
    "2024-03-01T00:00:00.1234569z",
    "1969-12-31T23:59:59.9999999+00:00",
    "2024-03-01t10:20Z",
    "2024-03-01T10:20:30",
    "2024-03-01",
]


def text_rows():
    """Rows as CSV spells them: None is an empty field, '' is a quoted one, which is null unless the column is text."""
    for i, time in enumerate(TIMES):
        text = ["", None, 'a "q"', "b,\tc", "NULL"][i % 5]
        yield {"pump_id": f"p{i}", "at": time, "x": f"{i}.25", "n": str(i) if i % 3 else ["", None][i % 2], "s": text, "ok": ["true", None][i % 2], "seen": TIMES[-1 - i] if i % 4 else None}


def separated(rows, names, delimiter):
    def field(value):
        return "" if value is None else '"' + value.replace('"', '""') + '"' if value == "" or set(value) & set('",\t') else value

    return "".join(delimiter.join(line) + "\n" for line in [names] + [[field(row[name]) for name in names] for row in rows])


def as_json(row):
    def value(name):
        if row[name] is None or (name == "n" and not row[name]):
            return "null"
        if name in ("x", "n", "ok"):
            return row[name]
        return '"' + row[name].replace('"', '\\"').replace("\t", "\\t") + '"'

    return "{" + ", ".join(f'"{name}": {value(name)}' for name in row) + "}\n"


def write_parquet(path, rows):
    """Event times as text, `seen` with a zone."""
    seen = pa.array([None if i % 4 == 0 else 1_709_251_200_123_456 + i for i in range(len(rows))], pa.timestamp("us", "Asia/Tokyo"))
    columns = {"pump_id": [r["pump_id"] for r in rows], "at": [r["at"] for r in rows], "x": [float(r["x"]) for r in rows], "n": pa.array([int(r["n"]) if r["n"] else None for r in rows], pa.int64())}
    pq.write_table(pa.table(columns | {"s": [r["s"] for r in rows], "ok": [r["ok"] and True for r in rows], "seen": seen}), path)


def run(*command, cwd):
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="module")
def project(binary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    text = "project: {name: files}\n---\nentity: {name: pump, key: pump_id}\n"
    for name, (form, path) in FORMATS.items():
        text += SOURCE.format(name=name, format=form, path=path)
        text += "".join(FEATURE.format(name=name, column=column) for column in COLUMNS)
    text += NUMBERED + FEATURE.format(name="numbered", column="x")
    (folder / "project.yaml").write_text(text, encoding="utf-8")
    (folder / "data" / "commas").mkdir(parents=True)
    rows = list(text_rows())
    names = list(rows[0])
    (folder / "data" / "commas" / "a.csv").write_text(separated(rows[:5], names, ","), encoding="utf-8")
    (folder / "data" / "commas" / "b.csv").write_text(separated(rows[5:], names[::-1], ","), encoding="utf-8")
    (folder / "data" / "numbered.csv").write_text("x,at,pump_id\n1.5,1709251200123,p0\n,-1,p1\n", encoding="utf-8")
    (folder / "data" / "tabs.tsv.gz").write_bytes(gzip.compress(separated(rows, names, "\t").encode()))
    (folder / "data" / "lines.ndjson").write_text("".join(map(as_json, rows)), encoding="utf-8")
    write_parquet(folder / "data" / "groups.parquet", rows)
    run(binary, "backfill", "--output", "offline", "-q", cwd=folder)
    assert sql_cases.generate(binary, folder, folder / "sql", "duckdb") == {}
    return folder


def plain(table):
    columns = [c.cast("int64").to_pylist() if str(c.type).startswith("timestamp") else c.to_pylist() for c in table.columns]
    return sorted(map(dict, (zip(table.column_names, row) for row in zip(*columns))), key=lambda row: (row["pump_id"], row["event_time"]))


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_values_are_the_native_engines_in_every_zone(project, zone, monkeypatch):
    monkeypatch.chdir(project)
    database = duckdb.connect()
    database.execute(f"SET TimeZone = '{zone}'")
    database.execute((project / "sql" / "sources.sql").read_text(encoding="utf-8"))
    database.execute((project / "sql" / "entities" / "pump.sql").read_text(encoding="utf-8"))
    made = plain(database.sql("SELECT * FROM features_of_pump").to_arrow_table())
    native = plain(pq.read_table(project / "offline" / "pump", partitioning=None))
    assert len(native) == len(TIMES) + 2
    for wanted, got in zip(native, made, strict=True):
        assert wanted == {name: got[name] for name in wanted}


@pytest.mark.parametrize("text", ["2024-03-01T24:00:00Z", "2024-03-01T00:00:00 Europe/Paris", "01.03.2024", "infinity"])
def test_text_that_is_no_timestamp_is_refused(project, text):
    database = duckdb.connect()
    macro = (project / "sql" / "sources.sql").read_text(encoding="utf-8").split("CREATE OR REPLACE VIEW")[0]
    database.execute(macro)
    with pytest.raises(duckdb.Error, match="not a timestamp"):
        database.execute("SELECT utc_instant(x) FROM (VALUES (?)) AS t(x)", [text]).fetchall()
