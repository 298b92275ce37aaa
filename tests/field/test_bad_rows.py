"""Rows and cells that cannot be read: one definition has one value whatever else is asked for, and nothing is lost in silence."""
import base64
import csv
import io
import itertools
import json
from concurrent.futures import ThreadPoolExecutor

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
  arrival: seq
  columns: {{x: double, n: int64, flag: bool, seen: timestamp, word: string}}
  batch: {{format: {format}, path: data}}
"""
FEATURES = {
    "events": {"aggregation": "count", "window": "lifetime"},
    "xs": {"aggregation": "sum", "window": "lifetime", "source_features": ["x"]},
    "ns": {"aggregation": "sum", "window": "lifetime", "source_features": ["n"]},
    "flags": {"aggregation": "any", "window": "lifetime", "source_features": ["flag"]},
    "seen_last": {"aggregation": "last", "window": "lifetime", "source_features": ["seen"]},
    "words": {"aggregation": "count_distinct", "window": "lifetime", "source_features": ["word"]},
    "x_of_known": {"aggregation": "mean", "window": "2h", "source_features": ["x", "seen"], "filter": "seen is not null"},
    "both": {"aggregation": "sum", "window": "lifetime", "source_features": ["x", "n"], "formula": "x * n"},
}
HEAD = ["id", "at", "seq", "x", "n", "flag", "seen", "word"]
ROWS = [
    ["a", "2024-03-01T00:00:00Z", 1, 1.5, 2, True, "2024-02-01T00:00:00Z", "p"],
    ["a", "2024-03-01T01:00:00Z", 2, "oops", 3, False, "2024-02-02T00:00:00Z", "q"],
    ["a", "2024-03-01T02:00:00Z", 3, 2.5, "9223372036854775808", True, "soon", "q"],
    ["a", "2024-03-01T03:00:00Z", 4, 3.5, 5, "maybe", "2024-02-04T00:00:00Z", "r"],
    ["a", "2024-03-01T04:00:00Z", "last", 4.5, 6, True, "2024-02-05T00:00:00Z", "s"],
    [None, "2024-03-01T05:00:00Z", 6, 5.5, 7, True, "2024-02-06T00:00:00Z", "t"],
    ["a", "yesterday", 7, 6.5, 8, True, "2024-02-07T00:00:00Z", "u"],
    ["a", "2024-03-01T06:00:00Z", 8, 7.5, 9, False, "2024-02-08T00:00:00Z", "v"],
]
LEFT_OUT = {("seq", 5), ("id", 6), ("at", 7)}
NULL = {("x", 2), ("n", 3), ("seen", 3), ("flag", 4)}


def csv_text(rows):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerows([["" if v is None else str(v).lower() if isinstance(v, bool) else v for v in row] for row in rows])
    return out.getvalue()


def ndjson_text(rows):
    return "".join(json.dumps(dict(zip(HEAD, row, strict=True))) + "\n" for row in rows)


def make(binary, folder, kind, rows):
    (folder / "data").mkdir()
    (folder / "features").mkdir()
    (folder / "project.yaml").write_text(PROJECT.format(format=kind))
    for name, feature in FEATURES.items():
        definition = {"name": name, "description": "d", "owner": "o", "version": "1.0"} | feature
        (folder / "features" / f"{name}.yaml").write_text(json.dumps({"feature": definition}))
    (folder / "data" / f"a.{kind}").write_text(csv_text(rows) if kind == "csv" else ndjson_text(rows))
    return Command(binary, folder)


def table(run, features, *options):
    for old in sorted(run.folder.glob("out/**/*"), reverse=True):
        old.rmdir() if old.is_dir() else old.unlink()
    run("backfill", "--output", "out", "--output-format", "ndjson", "--features", ",".join(features), *options)
    rows = [json.loads(line) for path in sorted(run.folder.glob("out/**/*.ndjson")) for line in path.read_text().splitlines()]
    return {(row["id"], row["event_time"]): row for row in rows}


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_every_subset_of_features_has_the_same_values(binary, tmp_path, kind):
    run = make(binary, tmp_path, kind, ROWS)
    whole = table(run, FEATURES, "--on-bad-row", "skip")
    assert [whole["a", f"2024-03-01T0{hour}:00:00Z"]["events"] for hour in (0, 1, 2, 3, 6)] == [1, 2, 3, 4, 5]
    assert len(whole) == 5
    assert whole["a", "2024-03-01T06:00:00Z"]["xs"] == 15.0
    assert whole["a", "2024-03-01T06:00:00Z"]["ns"] == 19

    # All of them: a process for each, several at once, and rows printed where a table of one entity is enough.
    def part_of(chosen):
        done = run("backfill", "--output", "-", "--output-format", "ndjson", "--on-bad-row", "skip", "--features", ",".join(chosen), "-q")
        return {(row["id"], row["event_time"]): row for row in map(json.loads, done.out.splitlines())}

    subsets = [chosen for size in range(1, len(FEATURES) + 1) for chosen in itertools.combinations(FEATURES, size)]
    assert len(FEATURES) == 8 and len(subsets) == 255
    with ThreadPoolExecutor(max_workers=4) as pool:
        for chosen, part in zip(subsets, pool.map(part_of, subsets), strict=True):
            assert part == {at: {k: row[k] for k in ("id", "event_time", *chosen)} for at, row in whole.items()}, chosen


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_all_are_counted_and_set_aside_whole(binary, tmp_path, kind):
    run = make(binary, tmp_path, kind, ROWS)
    done = run("backfill", "--output", "null:", "--on-bad-row", "skip", "--bad-rows", "bad.ndjson", "--format", "json")
    report = done.json()
    assert (report["bad_rows"], report["bad_cells"]) == (len(LEFT_OUT), len(NULL))
    assert {(c["column"], c["rows"], c["cells"]) for c in report["bad_row_counts"]} == {(c, 1, 0) for c, _ in LEFT_OUT} | {(c, 0, 1) for c, _ in NULL}
    assert "3 rows were left out" in done.err and "4 cells were read as null" in done.err

    # The record is the row as it stands in the file: the repaired ones can be read in its place.
    found = [json.loads(line) for line in (tmp_path / "bad.ndjson").read_text().splitlines()]
    lines = (tmp_path / "data" / f"a.{kind}").read_text().splitlines()
    assert {(f["column"], f["row"]) for f in found if f["effect"] == "row left out"} == LEFT_OUT
    assert {(f["column"], f["row"]) for f in found if f["effect"] == "cell is null"} == NULL
    assert all(lines[f["line"] - 1] == f["record"] and f["source"] == "readings" for f in found)

    run("backfill", "--output", "null:", "--on-bad-row", "skip", "--bad-rows", "bad.csv")
    with open(tmp_path / "bad.csv", newline="") as file:
        assert [row["record"] for row in csv.DictReader(file)] == [f["record"] for f in found]


def test_rows_that_were_left_out_can_be_repaired_and_read(binary, tmp_path):
    run = make(binary, tmp_path, "ndjson", ROWS)
    run("backfill", "--output", "null:", "--on-bad-row", "skip", "--bad-rows", "bad.ndjson")
    found = [json.loads(line) for line in (tmp_path / "bad.ndjson").read_text().splitlines()]
    repaired = [json.loads(f["record"]) for f in found if f["effect"] == "row left out"]
    for row, (column, value) in zip(repaired, [("seq", 5), ("id", "a"), ("at", "2024-03-01T05:30:00Z")], strict=True):
        row[column] = value
    (tmp_path / "data" / "b.ndjson").write_text("".join(json.dumps(row) + "\n" for row in repaired))
    assert table(run, ["events"], "--on-bad-row", "skip")["a", "2024-03-01T06:00:00Z"]["events"] == 8


def test_a_run_that_stops_counts_all_by_column(binary, tmp_path):
    run = make(binary, tmp_path, "csv", ROWS)
    err = run("backfill", "--output", "null:", code=1).err
    assert "3 rows and 4 cells of source `readings` cannot be read" in err
    totals = err[err.index("in all:") :]
    assert [line.split()[1] for line in totals.splitlines()[2:9]] == ["at", "flag", "id", "n", "seen", "seq", "x"]


def test_all_sources_are_judged_when_a_run_stops(binary, tmp_path):
    run = make(binary, tmp_path, "csv", ROWS[:2])
    project = (tmp_path / "project.yaml").read_text()
    second = project[project.index("source:\n") :].replace("name: readings", "name: others").replace("path: data", "path: more")
    (tmp_path / "project.yaml").write_text(project + "---\n" + second)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.csv").write_text(csv_text([ROWS[6]]))
    feature = {"name": "g", "description": "d", "owner": "o", "version": "1.0", "source": "others", "aggregation": "count", "window": "lifetime"}
    (tmp_path / "features" / "g.yaml").write_text(json.dumps({"feature": feature}))
    err = run("backfill", "--output", "null:", code=1).err
    assert "1 row and 1 cell of sources" in err and "yesterday" in err and "oops" in err


def test_a_quote_that_is_not_closed_takes_its_line_only(binary, tmp_path):
    run = make(binary, tmp_path, "csv", [])
    good = [f'a,2024-03-01T0{hour}:00:00Z,{hour},1.0,1,true,,"w"' for hour in range(1, 6)]
    text = ",".join(HEAD) + "\n" + "\n".join(good[:2]) + '\na,2024-03-01T00:00:00Z,9,1.0,1,true,,"open\n' + "\n".join(good[2:]) + "\n"
    (tmp_path / "data" / "a.csv").write_text(text)
    done = run("backfill", "--output", "null:", "--on-bad-row", "skip", "--bad-rows", "bad.ndjson", "--format", "json")
    assert done.json()["entities"][0]["rows"] == 5 and done.json()["bad_rows"] == 1
    assert json.loads((tmp_path / "bad.ndjson").read_text())["line"] == 4


def test_bytes_that_are_no_text_are_kept(binary, tmp_path):
    run = make(binary, tmp_path, "csv", [])
    line = b"a,2024-03-01T00:00:00Z,1,1.0,1,true,,M\xfcller"
    (tmp_path / "data" / "a.csv").write_bytes((",".join(HEAD) + "\n").encode() + line + b"\n")
    done = run("backfill", "--output", "null:", "--on-bad-row", "skip", "--bad-rows", "bad.ndjson", "--format", "json")
    assert (done.json()["bad_rows"], done.json()["bad_cells"]) == (0, 1)
    assert base64.b64decode(json.loads((tmp_path / "bad.ndjson").read_text())["record_base64"]) == line


def test_rows_of_parquet_are_set_aside_with_all_columns(binary, tmp_path):
    run = make(binary, tmp_path, "csv", [])
    (tmp_path / "project.yaml").write_text(PROJECT.format(format="parquet"))
    (tmp_path / "data" / "a.csv").unlink()
    columns = {name: [row[i] for row in ROWS[:4]] for i, name in enumerate(HEAD)}
    columns |= {"x": [1.0] * 4, "n": [1, 2, 3, 4], "flag": [True] * 4, "id": ["a", None, "a", "a"]}
    pq.write_table(pa.table(columns | {"note": [{"by": f"n{i}"} for i in range(4)]}), tmp_path / "data" / "a.parquet", row_group_size=2)
    done = run("backfill", "--output", "null:", "--on-bad-row", "skip", "--bad-rows", "bad.ndjson", "--format", "json")
    assert (done.json()["bad_rows"], done.json()["bad_cells"]) == (1, 1)
    found = [json.loads(line) for line in (tmp_path / "bad.ndjson").read_text().splitlines()]
    assert [(f["row"], f["column"], f["effect"]) for f in found] == [(2, "id", "row left out"), (3, "seen", "cell is null")]
    assert json.loads(found[1]["record"])["note"] == {"by": "n2"} and json.loads(found[0]["record"])["seq"] == 2


def test_rows_that_come_again_under_little_memory_are_counted_once(binary, tmp_path):
    run = make(binary, tmp_path, "ndjson", [])
    with open(tmp_path / "data" / "a.ndjson", "w") as file:
        for i in range(40_000):
            row = [f"k{i % 5000}", f"2024-03-0{1 + i % 9}T00:00:00Z", i, "x" if i % 100 == 0 else 1.0, 1, True, None, f"w{i}"]
            file.write(json.dumps(dict(zip(HEAD, row, strict=True))) + "\n")
    ample = run("backfill", "--output", "null:", "--on-bad-row", "skip", "--format", "json", "--checksum").json()
    scarce = run("backfill", "--output", "null:", "--on-bad-row", "skip", "--format", "json", "--checksum", "--memory", "16MB").json()
    assert ample["bad_cells"] == scarce["bad_cells"] == 400
    assert ample["entities"][0]["checksum"] == scarce["entities"][0]["checksum"]


def test_explain_reads_a_bad_cell_as_null(binary, tmp_path):
    run = make(binary, tmp_path, "csv", ROWS)
    done = run("explain", "xs", "--key", "id=a", "--at", "2024-03-01T06:00:00Z", "--on-bad-row", "skip", "--bad-rows", "bad.csv", "--format", "json")
    assert done.json()["value"] == 15.0 and "1 cell was read as null" in done.err
    assert (tmp_path / "bad.csv").read_text().count("\n") == 5


def test_a_test_of_features_passes_over_bad_events_alike(binary, tmp_path):
    run = make(binary, tmp_path, "csv", ROWS)
    events = [{name: value for name, value in zip(HEAD, row, strict=True) if value is not None} for row in ROWS]
    case = {
        "about": "bad events",
        "events": {"readings": events},
        "ask": [{"entity": {"id": "a"}, "at": "2024-03-01T06:00:00Z"}],
        "expect": [{"entity": {"id": "a"}, "at": "2024-03-01T06:00:00Z", "values": {"events": 5, "xs": 15.0, "ns": 19}}],
    }
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "bad.yaml").write_text(json.dumps(case))
    assert "T004" in run("test", code=1).out
    done = run("test", "--on-bad-row", "skip", "--bad-rows", "bad.ndjson")
    assert "1 passed" in done.err and "read as null" in done.out
    found = [json.loads(line) for line in (tmp_path / "bad.ndjson").read_text().splitlines()]
    assert {(f["column"], f["row"]) for f in found if f["effect"] == "row left out"} == LEFT_OUT
    assert all(json.loads(f["record"]) == events[f["row"] - 1] for f in found)
    assert "--bad-rows needs --on-bad-row skip" in run("test", "--bad-rows", "bad.ndjson", code=2).err


def test_the_manifest_counts_them_and_a_table_with_them_is_not_one_without(binary, tmp_path):
    run = make(binary, tmp_path, "csv", ROWS)
    arguments = ["backfill", "--output", "out", "--format", "json"]
    made = run(*arguments, "--on-bad-row", "skip").json()
    stored = json.loads((tmp_path / "out" / "manifest.json").read_text())["entities"][0]["runs"][0]["bad_rows"]
    assert stored == made["bad_row_counts"] and len(stored) == len(LEFT_OUT) + len(NULL)
    again = run(*arguments, "--on-bad-row", "skip")
    assert again.json()["entities"][0]["reused"] and again.json()["bad_row_counts"] == stored and "3 rows were left out" in again.err
    assert "cannot be read" in run(*arguments, code=1).err
