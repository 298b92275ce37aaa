"""The benchmark's harness itself: it measures, compares with the reference, and notices a wrong result."""
import json
import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
import compare  # noqa: E402
import generate  # noqa: E402
import report  # noqa: E402

EVENTS = 20_000


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """A small log; the reference is computed by DuckDB."""
    import reference
    folder = tmp_path_factory.mktemp("bench") / "small"
    generate.make(folder, EVENTS, observations=1000, pumps=50, days=3)
    (folder / "reference.json").write_text(json.dumps(reference.compute(folder)))
    return folder


@pytest.fixture
def bench(data, binary, tmp_path):
    return compare.Bench(data, binary, tmp_path / "no-limit", tmp_path)


@pytest.mark.parametrize("task", compare.OURS)
def test_the_program_agrees_with_the_reference(bench, task):
    record = bench.measure(task, "headrace")
    assert record["seconds"] > 0 and record["peak_mb"] > 0


@pytest.mark.parametrize("task, engine", [job for job in compare.PEERS if job[1].startswith("duckdb")])
def test_duckdb_agrees_with_the_reference(bench, task, engine):
    assert bench.measure(task, engine)["version"]


def test_a_mismatch_is_noticed(bench):
    bench.reference["distinct"]["t1"]["stddev"] *= 1 + 1e-8
    with pytest.raises(compare.Mismatch, match="the sum of stddev is"):
        bench.measure("t1", "headrace")


def test_bounds_of_a_sum():
    compare.compare_sums("x", {"latest": 5.0}, {"latest": [4.0, 6.0]})
    with pytest.raises(compare.Mismatch):
        compare.compare_sums("x", {"latest": 7.0}, {"latest": [4.0, 6.0]})


def test_a_longer_log_repeats_the_days(data, tmp_path):
    import pyarrow.parquet as pq
    generate.repeat(data, tmp_path / "long", copies=3, days=3)
    times = pq.read_table(tmp_path / "long" / "events.parquet")["event_time"].cast("int64").to_pylist()
    assert len(times) == 3 * EVENTS and times == sorted(times)


def test_only_the_fastest_variant_goes_on():
    runs = {("t1", "polars over"): [{"seconds": 1.0}], ("t1", "polars rolling"): [{"seconds": 2.0}], ("t1", "duckdb"): [{"seconds": 9.0}]}
    assert compare.keep_fastest(list(runs), runs) == [("t1", "polars over"), ("t1", "duckdb")]


def test_table_and_readme(tmp_path):
    def run(task, engine, seconds):
        return {"task": task, "engine": engine, "seconds": seconds, "cpu": 2 * seconds, "peak_mb": 500.0}

    results = {"command": "make bench", "events": 10, "threads": 2, "rounds": 3, "load": [0.5],
               "machine": {"date": "2025-01-01", "cores": 2, "cpu": "a CPU", "memory_gb": 8, "kernel": "6.1", "polars": "2.1.0"},
               "measured": [run("t1", "headrace", 1.2), run("t1", "polars over", 3.0), run("t1", "polars rolling", 5.0)]}
    first = report.table(results)[1]
    assert first[1] == "1.20 (2.40)" and first[4] == "3.00 (6.00)" and first[6] == "0.40 (0.40)" and first[-1] == "reached"
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    for _ in range(2):
        report.write_readme(readme, results)
    text = readme.read_text()
    assert text.startswith("before\n") and text.endswith("\nafter\n") and "old" not in text and text.count("1.20 (2.40)") == 1
