"""Values of the package: those of the cases, and those of the command line."""
import os
from datetime import datetime

import cases
import headrace as hr
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

UTC = pa.timestamp("us", "UTC")


@pytest.mark.parametrize("path", cases.FILES, ids=lambda path: path.stem)
def test_case(path, tmp_path):
    case = cases.Case(path)
    case.write(tmp_path)
    repo = hr.open(tmp_path)
    assert not repo.check().errors, str(repo.check())
    for entity, features, rows in case.groups():
        columns = {key: [row["entity"][key] for row in rows] for key in case.keys(entity)}
        times = pa.array([datetime.fromisoformat(row["at"]) for row in rows], UTC)
        observations = pa.table({**columns, "asked_at": times})
        made = repo.dataset(observations, features, "asked_at")
        assert made.select(observations.column_names).equals(observations)
        cases.check(rows, features, made.to_pydict())


@pytest.fixture(scope="module")
def pumps():
    return os.environ["HEADRACE_PUMPS"]


def test_dataset_is_that_of_the_command_line(pumps):
    repo = hr.open(pumps)
    labels = pq.read_table(f"{pumps}/labels.parquet")
    made = repo.dataset(labels)
    assert made.equals(pq.read_table(f"{pumps}/train.parquet"))
    assert repo.last_report.rows == labels.num_rows and repo.last_report.statistics["rows_read"] > 30_000
    assert made.column_names == [*labels.column_names, *repo.features]


def test_threads_and_memory_change_nothing(pumps):
    repo = hr.open(pumps)
    labels = pq.read_table(f"{pumps}/labels.parquet")
    assert repo.dataset(labels, threads=1, memory=32 << 20).equals(repo.dataset(labels, threads=3))


def test_backfill_is_that_of_the_command_line(pumps, tmp_path):
    report = hr.open(pumps).backfill(tmp_path / "store")
    mine = pq.read_table(tmp_path / "store" / "pump", partitioning=None)
    theirs = pq.read_table(f"{pumps}/offline/pump", partitioning=None)
    assert mine.equals(theirs) and report.rows == mine.num_rows > 40_000
    assert report.quality["checks"] and len(report.failed_checks) < len(report.quality["checks"])
    again = hr.open(pumps).backfill(tmp_path / "store")
    assert again.entities[0]["reused"]


def test_backfill_on_a_grid_within_days(pumps):
    start, end = datetime(2024, 1, 10), "2024-01-12T00:00:00Z"
    report = hr.open(pumps).backfill(None, "readings_1h", start, end, "6h")
    assert report.output is None and report.rows == 4 * 8
