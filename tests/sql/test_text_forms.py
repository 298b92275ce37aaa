"""CSV files of other forms, columns of folders and Delta tables: the views of generated DuckDB SQL against the native engine."""
import json
import subprocess

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sql_cases

PROJECT = """\
project: {{name: forms, defaults: {{source: readings}}}}
---
entity: {{name: pump, key: pump_id}}
---
source:
  name: readings
  entity: pump
  event_time: at
  {unit}
  columns: {{pump_id: string, x: double, n: int64, s: string, ok: bool, seen: timestamp, day: int64}}
  batch: {batch}
"""
FEATURE = "---\nfeature: {{name: last_{0}, owner: o, description: d, version: '1.0', source: readings, source_features: [{0}]}}\n"
COLUMNS = ["x", "n", "s", "ok", "seen"]


def make(folder, batch, files, columns=COLUMNS, unit=""):
    text = PROJECT.format(batch=json.dumps({"path": "data"} | batch), unit=f"unit: {unit}" if unit else "")
    (folder / "project.yaml").write_text(text + "".join(FEATURE.format(column) for column in columns), encoding="utf-8")
    for name, content in files.items():
        path = folder / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, pa.Table):
            pq.write_table(content, path)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())


def plain(table):
    columns = [c.cast("int64").to_pylist() if str(c.type).startswith("timestamp") else c.to_pylist() for c in table.columns]
    return sorted(map(dict, (zip(table.column_names, row) for row in zip(*columns))), key=lambda row: (row["pump_id"], row["event_time"]))


def compare(binary, folder, monkeypatch, rows):
    subprocess.run([binary, "backfill", "--output", "offline", "-q"], cwd=folder, check=True, capture_output=True)
    assert sql_cases.generate(binary, folder, folder / "sql", "duckdb") == {}
    monkeypatch.chdir(folder)
    database = duckdb.connect()
    database.execute("SET TimeZone = 'America/New_York'")
    database.execute((folder / "sql" / "sources.sql").read_text(encoding="utf-8"))
    database.execute((folder / "sql" / "entities" / "pump.sql").read_text(encoding="utf-8"))
    made = plain(database.sql("SELECT * FROM features_of_pump").to_arrow_table())
    native = plain(pa.concat_tables(pq.ParquetFile(path).read() for path in sorted((folder / "offline" / "pump").glob("*/*.parquet"))))
    assert len(native) == rows
    for wanted, got in zip(native, made, strict=True):
        assert wanted == {name: got[name] for name in wanted}
    return native


# (batch, files, rows)
HEAD = "pump_id;at;x;n;s;ok;seen\n"
COMMAS = HEAD.replace(";", ",")
EUROPEAN = "p;2024-03-01T00:00:00Z;1,5;1;a,b;true;2024-03-02\np;2024-03-01T01:00:00Z;-0,25e1;;;False;\np;2024-03-01T02:00:00Z;7;3;\"\";;\n"
FORMS = {
    "semicolons and decimal commas": ({"delimiter": ";", "decimal": ","}, {"a.csv": HEAD + EUROPEAN}, 3),
    "tabs by name": ({"delimiter": "\t"}, {"a.csv": HEAD.replace(";", "\t") + "p\t2024-03-01\t1.5\t1\ta b\ttrue\t\n"}, 1),
    "one delimiter for all": ({"delimiter": "|"}, {f"{i}.{kind}": HEAD.replace(";", "|") + f"p{i}|2024-03-01|1.5|1|a|true|\n" for i, kind in enumerate(["csv", "tsv"])}, 2),
    "another quote": ({"quote": "'"}, {"a.csv": COMMAS + "p,2024-03-01,1.5,1,'a ''b'', \"c\"',true,\n"}, 1),
    "no quote": ({"quote": ""}, {"a.csv": COMMAS + "p,2024-03-01,1.5,1,\"a,true,\nq,2024-03-01,1.5,1,'',true,\n"}, 2),
    "names": ({"header": ["at", "pump_id", "x", "n", "s", "ok", "seen"]}, {"a.csv": "2024-03-01,p,1.5,1,a,true,\n", "b.csv": "2024-03-02,p,2.5,2,b,false,\n"}, 2),
    "latin-1": ({"encoding": "latin-1", "delimiter": ";"}, {"a.csv": (HEAD + "pü;2024-03-01;1.5;1;ÄÖ ß;true;\n").encode("latin-1")}, 1),
    "words for nulls": ({"nulls": ["NA", "-", "-999"]}, {"a.csv": COMMAS + 'p,2024-03-01,NA,-999,NA,-,NA\nq,2024-03-01,-999,1,"NA",true,-\nr,2024-03-01,9,-99,N,false,2024-01-01\n'}, 3),
}
TIMES = {
    "%d.%m.%Y %H:%M": ["01.03.2024 10:30", "1.3.2024 9:5", "31.12.1999   23:59"],
    "%Y/%m/%d %T.%f": ["2024/03/01 10:30:00.5", "2024/03/01 10:30:00.1234567", "2024/03/01 10:30:00.123456000"],
    "%Y%m%d%H%M%S": ["20240301103000", "19700101000000"],
    "%m/%d/%y %I:%M %p": ["03/01/24 12:05 am", "3/1/69 12:05 PM", "03/01/68 01:05 pm"],
    "%d %b %Y": ["1 Mar 2024", "01 march 2024", "9 SEP 1999"],
    "%A, %e. %B %Y %H": ["Friday,  1. March 2024 7", "fri, 12. Apr 2024 23"],
    "%Y-%m-%d %H:%M:%S %z": ["2024-03-01 10:30:00 +0100", "2024-03-01 10:30:00 -05:30", "2024-03-01 10:30:00 Z", "2024-03-01 10:30:00 +02"],
    "%F %T %Z": ["2024-03-01 10:30:00 UTC", "2024-03-01 10:30:01 GMT"],
    "%d.%m.%Y (%H) 100%%": ["01.03.2024 (7) 100%"],
}


@pytest.mark.parametrize("name", FORMS)
def test_forms(binary, tmp_path, monkeypatch, name):
    batch, files, rows = FORMS[name]
    make(tmp_path, {"format": "csv"} | batch, files)
    compare(binary, tmp_path, monkeypatch, rows)


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
@pytest.mark.parametrize("form", TIMES)
def test_forms_of_times(binary, tmp_path, monkeypatch, form, kind):
    rows = [{"pump_id": f"p{i}", "at": at, "seen": TIMES[form][-1 - i]} for i, at in enumerate(TIMES[form])]
    text = "".join(json.dumps(row) + "\n" for row in rows) if kind == "ndjson" else "pump_id|at|seen\n" + "".join("|".join(row.values()) + "\n" for row in rows)
    make(tmp_path, {"format": kind, "time_format": form} | ({"delimiter": "|"} if kind == "csv" else {}), {f"a.{kind}": text}, ["seen"])
    compare(binary, tmp_path, monkeypatch, len(rows))


def test_a_number_with_a_comma_as_time(binary, tmp_path, monkeypatch):
    make(tmp_path, {"format": "csv", "delimiter": ";", "decimal": ","}, {"a.csv": "pump_id;at;x\np;1709251200,25;1,5\nq;1709251200;2\nr;1709251200,1234567;\n"}, ["x"], unit="s")
    compare(binary, tmp_path, monkeypatch, 3)


def test_texts_of_another_form_end_the_statement(binary, tmp_path, monkeypatch):
    make(tmp_path, {"format": "csv", "time_format": "%d.%m.%Y"}, {"a.csv": "pump_id,at,x\np,01.03.2024,1\n"}, ["x"])
    sql_cases.generate(binary, tmp_path, tmp_path / "sql", "duckdb")
    monkeypatch.chdir(tmp_path)
    database = duckdb.connect()
    database.execute((tmp_path / "sql" / "sources.sql").read_text(encoding="utf-8"))
    for text in ("2024-03-01", "01.03.2024 10:00", "32.03.2024", "01.13.2024", "01.03.0000", "1.3.24"):
        with pytest.raises(duckdb.Error):
            database.execute("SELECT instant_of_readings(?)", [text]).fetchall()
    assert database.execute("SELECT instant_of_readings(' 1.3.2024 '), instant_of_readings('')").fetchall()[0][1] is None


REFUSED = {
    "`encoding: windows-1252`": {"format": "csv", "encoding": "windows-1252"},
    "`encoding: utf-16`": {"format": "csv", "encoding": "utf-16"},
    "`header: false`": {"format": "csv", "header": False},
    "`nulls` of ndjson": {"format": "ndjson", "nulls": ["NA"]},
    "`%j`": {"format": "csv", "time_format": "%Y-%j"},
}


def refusals(binary, folder, dialect="duckdb"):
    """What is said of each feature; nothing is written."""
    command = [binary, "generate", "sql", "--dialect", dialect, "--output", "sql", "-q"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "error[G004]" in done.stderr + done.stdout and not (folder / "sql").exists()
    return done.stderr + done.stdout


@pytest.mark.parametrize("words", REFUSED)
@pytest.mark.parametrize("dialect", ["duckdb", "bigquery", "snowflake"])
def test_what_cannot_be_said_is_named(binary, tmp_path, words, dialect):
    make(tmp_path, REFUSED[words], {"a.csv": "x\n", "a.ndjson": "{}\n"})
    said = refusals(binary, tmp_path, dialect)
    assert dialect != "duckdb" or words in said


def folders(kind):
    """Files below `day=` and `s=`, with what has to be escaped in a path."""
    def content(day, hour):
        at = f"2024-03-{day:02}T{hour:02}:00:00Z"
        if kind == "parquet":
            return pa.table({"pump_id": ["p", "q"], "at": [at] * 2, "x": [day * 1.5, hour * 1.0]})
        return f"pump_id,at,x\np,{at},{day * 1.5}\nq,{at},{hour}.0\n"

    files = {f"day={day}/s=a%20b'{day}/part-{hour}.{kind}": content(day, hour) for day in (1, 2, 11) for hour in (0, 7)}
    return files | {f"day=__HIVE_DEFAULT_PARTITION__/s=x/p.{kind}": content(12, 1), f"day=13/[x]?/p.{kind}": content(13, 1)}


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_columns_of_folders(binary, tmp_path, monkeypatch, kind):
    make(tmp_path, {"format": kind}, folders(kind), ["x", "day", "s"])
    rows = compare(binary, tmp_path, monkeypatch, 16)
    assert {row["last_s"] for row in rows} >= {"a b'1", "a b'2", "x"} and {row["last_day"] for row in rows} >= {1, 2, 11, 13}


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_field_of_all_files_counts_before_the_folder(binary, tmp_path, monkeypatch, kind):
    rows = {"pump_id": ["p"], "at": ["2024-03-01T00:00:00Z"], "day": [7], "x": [1.0]}
    content = pa.table(rows) if kind == "parquet" else ",".join(rows) + "\n" + ",".join(str(v[0]) for v in rows.values()) + "\n"
    make(tmp_path, {"format": kind}, {f"day=1/a.{kind}": content}, ["day"])
    assert compare(binary, tmp_path, monkeypatch, 1)[0]["last_day"] == 7


@pytest.mark.parametrize("kind", ["csv", "parquet", "ndjson"])
def test_a_field_of_some_files_is_refused(binary, tmp_path, kind):
    def content(row):
        if kind == "parquet":
            return pa.table({name: [value] for name, value in row.items()})
        return json.dumps(row) + "\n" if kind == "ndjson" else ",".join(row) + "\n" + ",".join(map(str, row.values())) + "\n"

    row = {"pump_id": "p", "at": "2024-03-01T00:00:00Z", "x": 1.0}
    make(tmp_path, {"format": kind}, {f"day=1/a.{kind}": content(row), f"day=2/a.{kind}": content(row | {"day": 5})}, ["day", "x"])
    assert "folders `day=..` beside a field of that name" in refusals(binary, tmp_path)


def test_constants(binary, tmp_path, monkeypatch):
    constants = {"pump_id": "p'7", "n": "12", "ok": "true", "seen": "2024-03-05T00:00:00+01:00", "s": "a b"}
    make(tmp_path, {"format": "csv", "constants": constants}, {"a.csv": "at,x\n2024-03-01,1\n2024-03-02,2\n"})
    assert compare(binary, tmp_path, monkeypatch, 2)[0]["last_n"] == 12


def test_a_delta_table(binary, tmp_path, monkeypatch):
    """Its log says which files count, and the values of its partitions."""
    first, second = (pa.table({"pump_id": ["p"], "at": [f"2024-03-0{i}T00:00:00Z"], "x": [i * 1.5]}) for i in (1, 2))
    make(tmp_path, {"format": "parquet"}, {"day=1/a.parquet": first, "elsewhere/b.parquet": second, "day=9/removed.parquet": second}, ["x", "day"])
    fields = [{"name": name, "type": kind, "nullable": True, "metadata": {}} for name, kind in (("pump_id", "string"), ("at", "string"), ("x", "double"), ("day", "long"))]
    schema = json.dumps({"type": "struct", "fields": fields})
    log = [{"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}]
    log.append({"metaData": {"id": "i", "format": {"provider": "parquet", "options": {}}, "schemaString": schema, "partitionColumns": ["day"], "configuration": {}}})
    for path, day in (("day=1/a.parquet", "1"), ("elsewhere/b.parquet", "2")):
        log.append({"add": {"path": path, "partitionValues": {"day": day}, "size": 1, "modificationTime": 0, "dataChange": True}})
    (tmp_path / "data" / "_delta_log").mkdir()
    (tmp_path / "data" / "_delta_log" / f"{0:020}.json").write_text("".join(json.dumps(line) + "\n" for line in log))
    assert [row["last_day"] for row in compare(binary, tmp_path, monkeypatch, 2)] == [1, 2]
