"""Below a microsecond: nothing is seen before it happened, and the newest is last."""
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_text_forms import make

BASE = 1_709_251_200_000_000_000  # 2024-03-01
KINDS = ["parquet", "csv", "ndjson", "epoch"]


def stamp(nanoseconds):
    return f"2024-03-01T00:00:00.{nanoseconds:09d}Z"


def events(folder, kind, rows, seq=None):
    """Files of (nanoseconds after BASE, x), in this order."""
    for old in folder.glob("data/*"):
        old.unlink()
    (folder / "data").mkdir(exist_ok=True)
    columns = {"id": ["p"] * len(rows), "at": [t for t, _ in rows], "x": [float(x) for _, x in rows]} | ({"seq": seq} if seq else {})
    if kind == "parquet":
        columns["at"] = pa.array([BASE + t for t in columns["at"]], pa.timestamp("ns"))
        pq.write_table(pa.table(columns), folder / "data" / "a.parquet")
        return
    columns["at"] = [f"{(BASE + t) // 10**9}.{(BASE + t) % 10**9:09d}" if kind == "epoch" else stamp(t) for t in columns["at"]]
    lines = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if kind == "ndjson":
        (folder / "data" / "a.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))
    else:
        text = ",".join(columns) + "\n" + "".join(",".join(map(str, line.values())) + "\n" for line in lines)
        (folder / "data" / "a.csv").write_text(text)


def project(binary, folder, kind, more=""):
    run = make(binary, folder, {"format": "csv" if kind == "epoch" else kind}, {}, unit="s" if kind == "epoch" else "")
    text = (folder / "project.yaml").read_text().replace("  columns:", f"  {more}\n  columns:")
    (folder / "project.yaml").write_text(text)
    return run


def newest(run, instants):
    """The newest value as of nanoseconds after BASE, through Parquet and CSV."""
    found = {}
    times = [BASE + t for t in instants]
    pq.write_table(pa.table({"id": ["p"] * len(times), "at": pa.array(times, pa.timestamp("ns"))}), run.folder / "o.parquet")
    (run.folder / "o.csv").write_text("id,at\n" + "".join(f"p,{stamp(t)}\n" for t in instants))
    for form in ("parquet", "csv"):
        run("dataset", "--observations", f"o.{form}", "--output", "t.ndjson", "--features", "newest", "--time-column", "at")
        found[form] = [json.loads(line)["newest"] for line in (run.folder / "t.ndjson").read_text().splitlines()]
    assert found["parquet"] == found["csv"]
    return found["csv"]


@pytest.mark.parametrize("kind", KINDS)
def test_no_event_is_seen_before_it_happened(binary, tmp_path, kind):
    run = project(binary, tmp_path, kind)
    events(tmp_path, kind, [(400, 1), (1_000, 2), (2_999, 3)])
    assert newest(run, [0, 399, 1_000, 2_000, 2_998, 3_000]) == [None, None, 2.0, 2.0, 2.0, 3.0]


@pytest.mark.parametrize("kind", KINDS)
def test_an_observation_behind_an_event_in_one_microsecond_has_no_wrong_value(binary, tmp_path, kind):
    """Instants are microseconds, so such an observation has none: they are counted, and the first is named."""
    run = project(binary, tmp_path, kind)
    events(tmp_path, kind, [(400, 1), (1_000, 2), (2_300, 3)])
    (tmp_path / "o.csv").write_text("id,at\n" + "".join(f"p,{stamp(t)}\n" for t in (200, 400, 2_299, 2_999, 3_000)))
    err = run("dataset", "--observations", "o.csv", "--output", "t.ndjson", "--features", "newest", code=1).err
    assert "nanoseconds decide what 2 of 5 observations see" in err and "row 2 of o.csv and an event of source `" in err
    assert "2024-03-01T00:00:00.000001Z" in err and not (tmp_path / "t.ndjson").exists()

    (tmp_path / "o.ndjson").write_text(json.dumps({"id": "p", "at": stamp(999)}) + "\n")
    assert "what 1 of 1 observations see" in run("dataset", "--observations", "o.ndjson", "--output", "t.csv", code=1).err
    (tmp_path / "o.csv").write_text(f"id,at\nq,{stamp(900)}\np,{stamp(399)}\n")
    run("dataset", "--observations", "o.csv", "--output", "t.csv")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("memory", [(), ("--batch-rows", "1")], ids=["at once", "row by row"])
def test_nanoseconds_order_what_is_in_one_microsecond(binary, tmp_path, kind, memory):
    if memory and "--batch-rows" not in project(binary, tmp_path, kind)("backfill", "--help").out:
        pytest.skip("there is no such option")
    run = project(binary, tmp_path, kind)
    events(tmp_path, kind, [(900, 3), (100, 1), (1_000, 4), (500, 2), (100, 1.5)])
    done = run("backfill", "--output", "out", "--output-format", "ndjson", *memory)
    rows = [json.loads(line) for path in tmp_path.glob("out/**/*.ndjson") for line in path.read_text().splitlines()]
    assert [(row["event_time"], row["newest"], row["c"]) for row in rows] == [("2024-03-01T00:00:00.000001Z", 4.0, 5)]
    assert done.err.count("nanoseconds") == 1 and "4 times were rounded up" in done.err


def test_nanoseconds_order_across_files(binary, tmp_path):
    run = project(binary, tmp_path, "csv")
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "a.csv").write_text(f"id,at,x\np,{stamp(900)},1\n")
    (tmp_path / "data" / "b.csv").write_text(f"id,at,x\np,{stamp(200)},2\n")
    (tmp_path / "data" / "c.csv").write_text("id,at,x\np,2024-02-01,3\n")
    assert newest(run, [5_000]) == [1.0]


@pytest.mark.parametrize("kind", KINDS)
def test_an_arrival_column_decides_before_nanoseconds(binary, tmp_path, kind):
    run = project(binary, tmp_path, kind, "arrival: seq")
    events(tmp_path, kind, [(100, 1), (900, 2), (500, 3), (300, 4)], seq=[9, 1, 5, 9])
    assert newest(run, [1_000]) == [4.0]


@pytest.mark.parametrize("kind", KINDS)
def test_an_id_compares_the_rounded_time(binary, tmp_path, kind):
    run = project(binary, tmp_path, kind, "id: seq")
    events(tmp_path, kind, [(100, 1), (900, 2), (1_001, 4)], seq=[7, 7, 7])
    run("backfill", "--output", "out", "--output-format", "ndjson")
    rows = [json.loads(line) for path in tmp_path.glob("out/**/*.ndjson") for line in path.read_text().splitlines()]
    assert [(row["s"], row["c"]) for row in rows] == [(2.0, 1), (6.0, 2)]


@pytest.mark.parametrize("kind", KINDS)
def test_explain_orders_as_the_engine_does(binary, tmp_path, kind):
    run = project(binary, tmp_path, kind)
    events(tmp_path, kind, [(900, 3), (100, 1), (500, 2)])
    done = run("explain", "newest", "--key", "id=p", "--at", "2024-03-01T00:00:00.000001Z", "--format", "json")
    assert done.json()["value"] == 3.0
