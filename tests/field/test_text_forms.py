"""Text files as loggers, spreadsheets, warehouses and Python write them."""
import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import Command

PROJECT = """\
project: {{name: field, defaults: {{source: readings}}}}
---
entity: {{name: thing, key: id}}
---
source:
  name: readings
  entity: thing
  event_time: at
  {unit}
  columns: {{x: double}}
  batch: {batch}
"""
FEATURES = {"s": "sum", "c": "count", "newest": "last"}


def make(binary, folder, batch, files, unit=""):
    (folder / "features").mkdir(exist_ok=True)
    batch = {"path": "data"} | batch
    (folder / "project.yaml").write_text(PROJECT.format(batch=json.dumps(batch), unit=f"unit: {unit}" if unit else ""))
    for name, aggregation in FEATURES.items():
        feature = {"name": name, "description": "d", "owner": "o", "version": "1.0", "aggregation": aggregation, "window": "lifetime", "source_features": ["x"]}
        (folder / "features" / f"{name}.yaml").write_text(json.dumps({"feature": feature}))
    for path, text in files.items():
        path = folder / "data" / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Command(binary, folder)


def rows(run, *options):
    run("backfill", "--output", "out", "--output-format", "ndjson", *options)
    return [json.loads(line) for path in sorted(run.folder.glob("out/**/*.ndjson")) for line in path.read_text().splitlines()]


def table(run, *options):
    return [(row["id"], row["event_time"], row["s"], row["c"]) for row in rows(run, *options)]


def test_a_european_logger(binary, tmp_path):
    text = "id;at;x\nä;01.03.2024 10:30;1,5\nä;01.03.2024 11:30;NA\nä;1.3.2024 12:30;-0,25\n".encode("cp1252")
    form = {"format": "csv", "delimiter": ";", "decimal": ",", "encoding": "windows-1252", "nulls": ["NA"], "time_format": "%d.%m.%Y %H:%M"}
    run = make(binary, tmp_path, form, {"a.csv": text})
    assert table(run) == [("ä", "2024-03-01T10:30:00Z", 1.5, 1), ("ä", "2024-03-01T11:30:00Z", 1.5, 1), ("ä", "2024-03-01T12:30:00Z", 1.25, 2)]


def test_files_without_names(binary, tmp_path):
    run = make(binary, tmp_path, {"format": "csv", "header": ["at", "id", "x"]}, {"a.csv": "2024-03-01,p,1\n", "b.csv": "2024-03-02,p,2\n"})
    assert table(run) == [("p", "2024-03-01T00:00:00Z", 1.0, 1), ("p", "2024-03-02T00:00:00Z", 3.0, 2)]
    project = (tmp_path / "project.yaml").read_text()
    for name, place in {"event_time: at": "event_time: column_1", "key: id": "key: column_2", "{x: double}": "{column_3: double}"}.items():
        project = project.replace(name, place)
    (tmp_path / "project.yaml").write_text(project.replace('["at", "id", "x"]', "false"))
    for path in (tmp_path / "features").iterdir():
        path.write_text(path.read_text().replace('["x"]', '["column_3"]'))
    shutil.rmtree(tmp_path / "out")
    assert [row["s"] for row in rows(run)] == [1.0, 3.0]


def test_tabs_quotes_and_utf_16(binary, tmp_path):
    text = "id\tat\tx\n'a\tb'\t2024-03-01\t1\n\"q\t2024-03-01\t2\n".encode("utf-16")
    run = make(binary, tmp_path, {"format": "csv", "delimiter": "\t", "quote": "'", "encoding": "utf-16"}, {"a.csv": text})
    assert table(run) == [('"q', "2024-03-01T00:00:00Z", 2.0, 1), ("a\tb", "2024-03-01T00:00:00Z", 1.0, 1)]


@pytest.mark.parametrize("text, instant", [
    ("2024-03-01 00:00:00 UTC", "2024-03-01T00:00:00Z"),
    ("2024-03-01 12:00:00.250 +0100", "2024-03-01T11:00:00.250000Z"),
    ("2024-03-01 12:00:00 -03:30", "2024-03-01T15:30:00Z"),
    ("2024-03-01T12:00:00UTC", "2024-03-01T12:00:00Z"),
    ("2024-03-01 12:00:00 Z", "2024-03-01T12:00:00Z"),
])
@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_times_as_warehouses_write_them(binary, tmp_path, kind, text, instant):
    line = f"id,at,x\np,{text},1\n" if kind == "csv" else json.dumps({"id": "p", "at": text, "x": 1}) + "\n"
    run = make(binary, tmp_path, {"format": kind}, {f"a.{kind}": line})
    assert table(run) == [("p", instant, 1.0, 1)]


@pytest.mark.parametrize("unit, number, instant", [
    ("s", "1487249458.633", "2017-02-16T12:50:58.633000Z"),
    ("s", "1700000000.0000001", "2023-11-14T22:13:20.000001Z"),
    ("ms", "1487249458633.5", "2017-02-16T12:50:58.633500Z"),
    ("s", "1.5e9", "2017-07-14T02:40:00Z"),
    ("s", "-0.5", "1969-12-31T23:59:59.500000Z"),
])
@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_epochs_with_a_fraction(binary, tmp_path, kind, unit, number, instant):
    line = f"id,at,x\np,{number},1\n" if kind == "csv" else f'{{"id": "p", "at": {number}, "x": 1}}\n'
    run = make(binary, tmp_path, {"format": kind}, {f"a.{kind}": line}, unit=unit)
    assert table(run) == [("p", instant, 1.0, 1)]


def test_epochs_as_doubles_of_parquet(binary, tmp_path):
    run = make(binary, tmp_path, {"format": "parquet"}, {"a": ""}, unit="s")
    (tmp_path / "data" / "a").unlink()
    pq.write_table(pa.table({"id": ["p", "p"], "at": [1487249458.633, 1487249458.634], "x": [1.0, 2.0]}), tmp_path / "data" / "a.parquet")
    assert [t[1] for t in table(run)] == ["2017-02-16T12:50:58.633000Z", "2017-02-16T12:50:58.634000Z"]


def test_forms_go_with_ndjson_too(binary, tmp_path):
    lines = [{"id": "p", "at": "01/03/2024 17:05", "x": 1}, {"id": "p", "at": "02/03/2024 17:05", "x": "n/a"}, {"id": "p", "at": "03/03/2024 17:05", "x": -999}]
    run = make(binary, tmp_path, {"format": "ndjson", "nulls": ["n/a", "-999"], "time_format": "%d/%m/%Y %H:%M"}, {"a.ndjson": "".join(json.dumps(line) + "\n" for line in lines)})
    assert [t[1:] for t in table(run)] == [("2024-03-01T17:05:00Z", 1.0, 1), ("2024-03-02T17:05:00Z", 1.0, 1), ("2024-03-03T17:05:00Z", 1.0, 1)]


@pytest.mark.parametrize("kind", ["csv", "ndjson", "parquet"])
def test_a_file_for_one_entity(binary, tmp_path, kind):
    files = {"a.csv": "at,x\n2024-03-01,1\n", "a.ndjson": '{"at": "2024-03-01", "x": 1}\n'}
    run = make(binary, tmp_path, {"format": kind, "constants": {"id": "p7"}}, {name: text for name, text in files.items() if name.endswith(kind)})
    if kind == "parquet":
        (tmp_path / "data").mkdir()
        pq.write_table(pa.table({"at": ["2024-03-01"], "x": [1.0]}), tmp_path / "data" / "a.parquet")
    assert table(run) == [("p7", "2024-03-01T00:00:00Z", 1.0, 1)]


@pytest.mark.parametrize("batch, said", [
    ({"format": "csv", "decimal": ","}, "add the `delimiter`"),
    ({"format": "csv", "delimiter": "ab"}, "`delimiter` is one character"),
    ({"format": "csv", "delimiter": "e"}, "values have it"),
    ({"format": "csv", "quote": "xx"}, "`quote` is one character"),
    ({"format": "csv", "encoding": "ebcdic"}, "`windows-1252`"),
    ({"format": "csv", "header": "yes"}, "`header` is `true`, `false` or a list of names"),
    ({"format": "csv", "header": ["a", "a"]}, "`header` has `a` twice"),
    ({"format": "csv", "time_format": "%d/%m"}, "says no year"),
    ({"format": "csv", "time_format": "%d/%m/%Y %Q"}, "no directive `%Q`"),
    ({"format": "parquet", "delimiter": ";"}, "`delimiter` is for csv"),
    ({"format": "ndjson", "decimal": ","}, "`decimal` is for csv"),
    ({"format": "csv", "delimter": ";"}, "did you mean `delimiter`"),
])
def test_forms_that_cannot_be_are_named(binary, tmp_path, batch, said):
    run = make(binary, tmp_path, batch, {})
    done = run("check", code=1)
    assert said in done.out + done.err


def test_messages_name_the_remedy(binary, tmp_path):
    def said(text, batch=None):
        run = make(binary, tmp_path, {"format": "csv"} | (batch or {}), {"a.csv": text})
        return run("backfill", "--output", "null:", code=1).err

    assert 'say `delimiter: ";"`' in said("id;at;x\np;2024-03-01;1\n")
    assert 'say `delimiter: "\\t"`' in said("id\tat\tx\np\t2024-03-01\t1\n")
    assert "`batch` has `decimal`" in said("id;at;x\np;2024-03-01;1,5\n", {"delimiter": ";"})
    assert 'time_format: "%Y%m%d"' in said("id,at,x\np,20240301,1\n")
    assert "encoding: windows-1252" in said("id,at,wärme\np,2024-03-01,1\n".encode("latin-1"))
    assert "encoding: utf-16" in said("id,at,x\n".encode("utf-16"))


def test_a_form_belongs_to_what_is_stored(binary, tmp_path):
    run = make(binary, tmp_path, {"format": "csv", "delimiter": ";"}, {"a.csv": "id;at;x\np;2024-03-01;-1\n"})
    assert table(run) == [("p", "2024-03-01T00:00:00Z", -1.0, 1)]
    make(binary, tmp_path, {"format": "csv", "delimiter": ";", "nulls": ["-1"]}, {})
    assert table(run) == [("p", "2024-03-01T00:00:00Z", None, 0)]


def test_a_folder_never_replaces_a_field(binary, tmp_path):
    text = '{"id": "p", "at": "2024-03-01T10:00:00Z", "x": 1}\n{"id": "p", "x": 2}\n{"at": "2024-03-01T11:00:00Z", "x": 4}\n'
    run = make(binary, tmp_path, {"format": "ndjson"}, {"at=2024-03-01/id=q/a.ndjson": text})
    assert table(run) == [("p", "2024-03-01T00:00:00Z", 2.0, 1), ("p", "2024-03-01T10:00:00Z", 3.0, 2), ("q", "2024-03-01T11:00:00Z", 4.0, 1)]


def test_generated_code_refuses_other_forms(binary, tmp_path):
    run = make(binary, tmp_path, {"format": "csv", "delimiter": ";"}, {"a.csv": "id;at;x\n"})
    for target in (["beam"], ["sql", "--dialect", "bigquery"], ["sql", "--dialect", "snowflake"], ["dbt", "--dialect", "snowflake"]):
        done = run("generate", *target, "--output", "gen", code=1)
        assert "G004" in done.err and "`delimiter`" in done.err
    run("generate", "sql", "--output", "gen")  # DuckDB reads them: tests/sql/test_text_forms.py
