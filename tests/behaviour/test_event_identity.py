"""Events that come twice, over real files: ids of several types, over files and formats, under spilling and shares of keys."""
import csv
import io
import json
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import Command

PROJECT = """
project: {{name: identity}}
---
entity: {{name: sensor, key: sensor_id}}
---
source:
  name: readings
  entity: sensor
  event_time: at
  columns: {{x: int64}}
  id: reading
  {more}
  batch: {{format: {format}, path: data}}
---
feature: {{name: n, description: d, aggregation: count, window: lifetime, source: readings, owner: t, version: "1.0"}}
---
feature: {{name: xs, description: d, aggregation: last_k, params: {{k: 9}}, window: lifetime, source_features: [x], owner: t, version: "1.0"}}
"""
# (minute, id, x, gone): of minute 1 the rows 1, 3 and 4 are one event, and the null ids are nobody's.
ROWS = [(0, 1, 10, False), (1, 7, 20, False), (1, None, 21, False), (1, 7, 22, False), (1, 7, 23, False), (1, None, 24, False), (2, 7, 30, False), (3, 8, 40, False), (3, 8, 41, True)]
WHOLE = {"last": [10, 21, 23, 24, 30, 41], "first": [10, 20, 21, 24, 30, 40], "deleted": [10, 21, 23, 24, 30]}
MORE = {"last": "", "first": "duplicates: first", "deleted": "deleted: gone"}


def write(folder, format, number, rows, id_type=str):
    """One file of the rows, with ids as text or as numbers."""
    ids = [None if row[1] is None else id_type(row[1]) for row in rows]
    times = [f"2024-03-01T00:{row[0]:02d}:00Z" for row in rows]
    columns = {"sensor_id": ["a"] * len(rows), "at": times, "reading": ids, "x": [row[2] for row in rows], "gone": [row[3] for row in rows]}
    path = folder / f"part-{number}.{format}"
    if format == "parquet":
        pq.write_table(pa.table(columns), path)
    elif format == "csv":
        records = [",".join("" if v is None else str(v).lower() if isinstance(v, bool) else str(v) for v in values) for values in zip(*columns.values(), strict=True)]
        path.write_text("\n".join([",".join(columns), *records]) + "\n")
    else:
        path.write_text("".join(json.dumps(dict(zip(columns, values, strict=True))) + "\n" for values in zip(*columns.values(), strict=True)))


@pytest.fixture
def project(binary, tmp_path):
    (tmp_path / "data").mkdir()

    def make(format, kind):
        (tmp_path / "project.yaml").write_text(PROJECT.format(format=format, more=MORE[kind]))
        return Command(binary, tmp_path)

    return make


def newest(run, *options):
    """The newest row of the table, and all of its times."""
    run("dataset", "--observations", "asked.csv", "--output", "made.csv", "--quiet", *options)
    return next(csv.DictReader(io.StringIO((run.folder / "made.csv").read_text())))


@pytest.mark.parametrize("kind", MORE)
@pytest.mark.parametrize("format", ["parquet", "csv", "ndjson"])
def test_over_files_whose_ids_have_several_types(project, format, kind):
    run = project(format, kind)
    for number, row in enumerate(ROWS):  # a file a row, in order of arrival
        write(run.folder / "data", format, number, [row], [int, str][number % 2] if row[1] is not None else str)
    (run.folder / "asked.csv").write_text("sensor_id,event_time\na,2024-03-01T01:00:00Z\n")
    row = newest(run)
    assert json.loads(row["xs"]) == WHOLE[kind] and int(row["n"]) == len(WHOLE[kind])


@pytest.mark.parametrize("options", [(), ("--threads", "1"), ("--threads", "4"), ("--memory", "16MB", "--threads", "2")])
def test_many_rows_spilled(project, options):
    """Two hundred thousand rows in any order, of which each event has two to five."""
    run = project("parquet", "deleted")
    rows = [(key, minute, copy) for copy in range(4) for key in range(50) for minute in range(1000)]
    order = sorted(range(len(rows)), key=lambda i: (i * 7919) % 200_003)
    seen, kept = {}, {}
    columns = {"sensor_id": [], "at": [], "reading": [], "x": [], "gone": []}
    for place in order:
        key, minute, copy = rows[place]
        number = key * 1000 + minute + copy // 2  # copies 0 and 1 share an id, 2 and 3 too
        is_gone = (place * 31) % 11 == 0
        for name, value in zip(columns, (f"k{key}", minute * 60_000_000, f"a rather long id, {number:06d}", place, is_gone), strict=True):
            columns[name].append(value)
        seen[key, minute, number] = (place, is_gone)
    for (key, minute, _), (place, is_gone) in seen.items():
        if not is_gone:
            kept.setdefault((key, minute), []).append(place)
    columns["at"] = pa.array(columns["at"], pa.timestamp("us", "UTC"))
    table = pa.table(columns)
    for number in range(4):
        pq.write_table(table.slice(number * 50_000, 50_000), run.folder / "data" / f"part-{number}.parquet", row_group_size=7_000)
    done = run("backfill", "--output", "store", "--format", "json", "--quiet", "--features", "n", *options).json()
    assert done["statistics"]["superseded_rows"] == len(rows) - len(seen)
    assert done["statistics"]["deleted_events"] == sum(is_gone for _, is_gone in seen.values())
    assert any("were superseded by another row of the same event" in note for note in done["notes"])
    made = pq.read_table(run.folder / "store" / "sensor", partitioning=None, columns=["sensor_id", "event_time", "n"]).to_pylist()
    got = {(row["sensor_id"], row["event_time"].timestamp() // 60): row["n"] for row in made}
    expected, counts = {}, {}
    for key, minute in sorted(kept, key=lambda place: place[1]):
        counts[key] = counts.get(key, 0) + len(kept[key, minute])
        expected[f"k{key}", minute] = counts[key]
    assert got == expected


def test_a_column_orders_the_rows_of_an_event(project):
    run = project("csv", "last")
    text = (run.folder / "project.yaml").read_text().replace("id: reading", "id: reading\n  arrival: seq")
    (run.folder / "project.yaml").write_text(text)
    (run.folder / "data" / "part.csv").write_text("sensor_id,at,reading,x,seq\na,2024-03-01T00:00:00Z,r,1,5\na,2024-03-01T00:00:00Z,r,2,9\na,2024-03-01T00:00:00Z,r,3,7\n")
    (run.folder / "asked.csv").write_text("sensor_id,event_time\na,2024-03-01T01:00:00Z\n")
    assert json.loads(newest(run)["xs"]) == [2]


def test_explain_shows_rows_that_do_not_count(project):
    run = project("csv", "deleted")
    write(run.folder / "data", "csv", 0, ROWS)
    out = run("explain", "n", "--key", "sensor_id=a", "--at", "2024-03-01T00:05:00Z").out
    assert "n = 5" in out and "9 inside, 3 superseded, 1 deleted, 5 used" in out
    assert [line.split()[-1] for line in out.splitlines() if line.endswith(("superseded", "deleted"))] == ["superseded"] * 3 + ["deleted"]
    found = run("explain", "n", "--key", "sensor_id=a", "--at", "2024-03-01T00:05:00Z", "--format", "json").json()
    assert found["counts"]["superseded"] == 3 and [event["superseded"] for event in found["events"]].count(True) == 3


def test_what_cannot_be_an_id(project):
    run = project("parquet", "last")
    (run.folder / "asked.csv").write_text("sensor_id,event_time\na,2024-03-01T01:00:00Z\n")
    for value, says in [(1.5, "is not an int64"), (True, "the id column `reading` holds bool, and an id is an int64 or a string")]:
        table = pa.table({"sensor_id": ["a"], "at": ["2024-03-01T00:00:00Z"], "reading": [value], "x": [1]})
        pq.write_table(table, run.folder / "data" / "part.parquet")
        done = run("dataset", "--observations", "asked.csv", "--output", "made.csv", code=1)
        assert says in done.err
    pq.write_table(pa.table({"sensor_id": ["a"], "at": ["2024-03-01T00:00:00Z"], "readng": ["r"], "x": [1]}), run.folder / "data" / "part.parquet")
    done = run("dataset", "--observations", "asked.csv", "--output", "made.csv", code=1)
    assert "there is no column `reading`" in done.err and "readng" in done.err


def test_a_row_whose_id_cannot_be_read_is_a_bad_row(project):
    run = project("ndjson", "last")
    lines = ['{"sensor_id": "a", "at": "2024-03-01T00:00:00Z", "reading": "r", "x": 1}', '{"sensor_id": "a", "at": "2024-03-01T00:00:00Z", "reading": 1.5, "x": 2}']
    (run.folder / "data" / "part.ndjson").write_text("\n".join(lines) + "\n")
    (run.folder / "asked.csv").write_text("sensor_id,event_time\na,2024-03-01T01:00:00Z\n")
    done = run("dataset", "--observations", "asked.csv", "--output", "made.csv", code=1)
    assert re.search(r"part\.ndjson +2 .*reading +is not a JSON string", done.err)
    assert json.loads(newest(run, "--on-bad-row", "skip")["xs"]) == [1]


def test_a_deleted_event_has_no_row_and_starts_no_grid(project):
    run = project("csv", "deleted")
    write(run.folder / "data", "csv", 0, [(0, 1, 1, True), (5, 2, 2, False), (9, 3, 3, False), (9, 3, 4, True)])
    run("backfill", "--output", "rows", "--quiet")
    made = pq.read_table(run.folder / "rows" / "sensor", partitioning=None)
    assert [time.minute for time in made["event_time"].to_pylist()] == [5]
    run("backfill", "--output", "grid", "--every", "1m", "--to", "2024-03-02", "--quiet")
    made = pq.read_table(run.folder / "grid" / "sensor", partitioning=None)
    assert made["event_time"].to_pylist()[0].minute == 5
