"""Observations in text files as people have them: `--observations-form` says how they are written."""
import json

import pyarrow.parquet as pq
import pytest
from test_text_forms import make

TEXT = 'Id;at;weight;note;x2\np;01.03.2024 12:00;1,5;"a;b";NA\np;02.03.2024 00:30;NA;NA;3\n'
FORM = 'delimiter: ";", decimal: ",", nulls: [NA], time_format: "%d.%m.%Y %H:%M"'


@pytest.fixture
def run(binary, tmp_path):
    run = make(binary, tmp_path, {"format": "csv"}, {"a.csv": "id,at,x\np,2024-03-01T11:59:00Z,1\np,2024-03-02T00:30:00Z,2\n"})
    (tmp_path / "o.csv").write_text(TEXT.replace("Id", "id"))
    return run


def attach(run, output, form=FORM, **more):
    return run("dataset", "--observations", "o.csv", "--observations-form", form, "--output", output, "--features", "newest", "--time-column", "at", **more)


def test_the_words_of_batch(run):
    attach(run, "t.ndjson")
    rows = [json.loads(line) for line in (run.folder / "t.ndjson").read_text().splitlines()]
    assert [row["newest"] for row in rows] == [1.0, 2.0]
    assert [(row["weight"], row["note"], row["x2"]) for row in rows] == [(1.5, "a;b", None), (None, None, 3)]


def test_texts_stay_as_they_are_in_csv(run):
    attach(run, "t.csv")
    assert (run.folder / "t.csv").read_text() == 'id,at,weight,note,x2,newest\np,01.03.2024 12:00,"1,5",a;b,NA,1.0\np,02.03.2024 00:30,NA,NA,3,2.0\n'


def test_types_in_parquet(run):
    attach(run, "t.parquet", "{" + FORM + "}")
    table = pq.read_table(run.folder / "t.parquet")
    assert table["weight"].to_pylist() == [1.5, None] and table["x2"].to_pylist() == [None, 3]
    assert str(table.schema.field("at").type).startswith("timestamp[us")
    assert [str(time)[:16] for time in table["at"].to_pylist()] == ["2024-03-01 12:00", "2024-03-02 00:30"]


def test_header_encoding_and_quote(run):
    (run.folder / "o.csv").write_bytes("p|2024-03-01T12:00:00Z|'Grü|ße'\n".encode("latin-1"))
    attach(run, "t.ndjson", "{delimiter: '|', header: [id, at, note], encoding: latin-1, quote: \"'\"}")
    assert json.loads((run.folder / "t.ndjson").read_text()) == {"id": "p", "at": "2024-03-01T12:00:00Z", "note": "Grü|ße", "newest": 1.0}


def test_other_times_are_named(run):
    err = attach(run, "t.csv", FORM.replace("%d.%m", "%m.%d").replace(" %H:%M", ""), code=1).err
    assert "column `at`, row 1: \"01.03.2024 12:00\" is not of the form %m.%d.%Y" in err


WRONG = {
    "delimiter: ab": "`delimiter` is one character",
    "delimeter: ';'": "delimeter",
    "decimal: ','": "cannot be the decimal mark and the delimiter",
    "delimiter: [": "--observations-form",
    "path: x": "path",
    "a list": "--observations-form",
}


@pytest.mark.parametrize("form", WRONG)
def test_what_cannot_be_is_named(run, form):
    assert WRONG[form] in attach(run, "t.csv", form, code=2).err


def test_words_of_other_files(run):
    (run.folder / "o.ndjson").write_text("{}\n")
    err = run("dataset", "--observations", "o.ndjson", "--observations-form", "delimiter: ';'", "--output", "t.csv", code=2).err
    assert "`delimiter` is for csv" in err
