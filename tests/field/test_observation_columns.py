"""Columns of observations that no feature reads: they come out as they went in, or are refused by name."""
import csv
import decimal
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_text_forms import make


@pytest.fixture
def run(binary, tmp_path):
    return make(binary, tmp_path, {"format": "csv"}, {"a.csv": "id,at,x\n1,2024-03-01,1\n"})


def dataset(run, observations, output, code=0):
    done = run("dataset", "--observations", observations, "--output", output, "--features", "s", code=code)
    return done.err if code else (run.folder / output).read_text() if not output.endswith("parquet") else pq.read_table(run.folder / output)


CSV = 'id,at,ver,code,flag,n,text,none\n1,2024-03-02,1.10,1e5,True,007,"a, ""b""",\n1,2024-03-02,1.1,1e05,false,+7,,""\n'


def test_csv_to_csv_changes_nothing(run):
    (run.folder / "o.csv").write_text(CSV)
    lines = [line + end for line, end in zip(CSV.splitlines(), [",s", ",1.0", ",1.0"], strict=True)]
    assert dataset(run, "o.csv", "t.csv").splitlines() == lines


def test_csv_to_ndjson_keeps_the_digits(run):
    (run.folder / "o.csv").write_text(CSV)
    text = dataset(run, "o.csv", "t.ndjson")
    assert '"ver": 1.10, "code": 1e5, "flag": true, "n": "007", "text": "a, \\"b\\"", "none": null' in text.splitlines()[0]
    assert '"ver": 1.1, "code": 1e05, "flag": false, "n": "+7", "text": null, "none": ""' in text.splitlines()[1]


def test_ndjson_to_text_changes_nothing(run):
    lines = ['{"id": 1, "at": "2024-03-02T00:00:00Z", "big": 12345678901234567890123, "f": 1.50, "st": {"a": [1, 2.0], "b": null}, "mixed": 1}',
             '{"id": 1, "at": "2024-03-02T00:00:00Z", "big": 1E2, "f": -0.0, "st": null, "mixed": "1"}']
    (run.folder / "o.ndjson").write_text("\n".join(lines) + "\n")
    assert dataset(run, "o.ndjson", "t.ndjson").splitlines() == [line[:-1] + ', "s": 1.0}' for line in lines]
    rows = list(csv.DictReader(dataset(run, "o.ndjson", "t.csv").splitlines()))
    assert [(r["big"], r["f"], r["st"], r["mixed"]) for r in rows] == [("12345678901234567890123", "1.50", '{"a": [1, 2.0], "b": null}', "1"), ("1E2", "-0.0", "", "1")]


def test_numbers_of_python_become_valid_json(run):
    (run.folder / "o.ndjson").write_text('{"id": 1, "at": "2024-03-02", "y": NaN}\n{"id": 1, "at": "2024-03-02", "y": -Infinity}\n')
    assert [json.loads(line)["y"] for line in dataset(run, "o.ndjson", "t.ndjson").splitlines()] == [None, None]
    (run.folder / "o.csv").write_text("id,at,y\n1,2024-03-02,.5\n1,2024-03-02,nan\n1,2024-03-02,5.\n")
    assert [json.loads(line)["y"] for line in dataset(run, "o.csv", "t.ndjson").splitlines()] == [0.5, None, 5.0]


def test_times_that_were_understood_are_times_in_parquet(run):
    (run.folder / "o.csv").write_text("id,at,other\n1,2024-03-02 00:00:00 UTC,2024-03-02\n1,,x\n")
    table = dataset(run, "o.csv", "t.parquet")
    assert table.schema.field("at").type == pa.timestamp("us", "UTC") and table.schema.field("other").type == pa.string()
    (run.folder / "o.csv").write_text("id,at\n1,2024-03-02T00:00:00.0000001Z\n")
    assert dataset(run, "o.csv", "t.parquet")["at"].to_pylist() == ["2024-03-02T00:00:00.0000001Z"]


def test_nested_columns_are_json(run):
    rows = {
        "id": pa.array([1]), "at": pa.array(["2024-03-02"]), "st": pa.array([{"a": 1, "b": 'q"x'}]), "ls": pa.array([[{"k": [1.5]}]]),
        "mp": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())), "h": pa.array([1.5], pa.float32()).cast(pa.float16()),
        "d": pa.array([decimal.Decimal("1.10")]),
    }
    pq.write_table(pa.table(rows), run.folder / "o.parquet")
    found = json.loads(dataset(run, "o.parquet", "t.ndjson"))
    assert (found["st"], found["ls"], found["mp"], found["h"], found["d"]) == ({"a": 1, "b": 'q"x'}, [{"k": [1.5]}], {"k": 1}, 1.5, "1.10")
    row = next(csv.DictReader(dataset(run, "o.parquet", "t.csv").splitlines()))
    assert json.loads(row["st"]) == {"a": 1, "b": 'q"x'} and json.loads(row["mp"]) == {"k": 1}


@pytest.mark.parametrize("column", [pa.array([b"\xff\x00"]), pa.array([[b"a"]]), pa.array([{"in": b"a"}]), pa.array([b"ab"], pa.binary(2))], ids=lambda c: str(c.type)[:12])
def test_bytes_are_refused_by_text_and_kept_by_parquet(run, column):
    pq.write_table(pa.table({"id": [1], "at": ["2024-03-02"], "b": column}), run.folder / "o.parquet")
    for output in ("t.csv", "t.ndjson"):
        assert "`b`" in dataset(run, "o.parquet", output, code=1)
    assert dataset(run, "o.parquet", "t.parquet")["b"].to_pylist() == column.to_pylist()


@pytest.mark.parametrize("output", ["t.csv", "t.ndjson", "t.parquet"])
def test_a_name_that_is_there_twice_is_refused(run, output):
    (run.folder / "o.csv").write_text("id,at,y,y\n1,2024-03-02,1,2\n")
    assert "several columns named `y`" in dataset(run, "o.csv", output, code=1)
    (run.folder / "o.ndjson").write_text('{"id": 1, "at": "2024-03-02", "y": 1, "y": 2}\n')
    assert "has `y` twice" in dataset(run, "o.ndjson", output, code=1)
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array(["2024-03-02"]), pa.array([1]), pa.array([2])], ["id", "at", "y", "y"]), run.folder / "o.parquet")
    assert "several columns named `y`" in dataset(run, "o.parquet", output, code=1)
