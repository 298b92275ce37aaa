"""Files that cannot be read or written end a generated pipeline in one line and an exit code; files that no chosen feature
needs may be missing; and a dataset of no rows is a table."""
import datetime
import re
import subprocess

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

PROJECT = """
project: {name: meters}
---
entity: {name: meter, key: id}
---
source: {name: readings, entity: meter, event_time: at, columns: {id: string, x: double}, batch: {format: csv, path: readings.csv}}
---
source: {name: visits, entity: meter, event_time: at, columns: {cost: double}, batch: {format: csv, path: visits.csv}}
---
feature: {name: total, description: d, owner: t, version: "1.0", aggregation: sum, window: 1h, source_features: [x]}
---
feature: {name: paid, description: d, owner: t, version: "1.0", aggregation: sum, window: 1h, source_features: [cost]}
---
feature: {name: share, description: d, owner: t, version: "1.0", source: readings, source_features: [total, paid], formula: total / paid}
---
feature: {name: doubled, description: d, owner: t, version: "1.0", source: readings, source_features: [share], formula: share * 2}
"""
READINGS = b"id,at,x\na,2024-03-01T01:00:00Z,1\nb,2024-03-01T02:00:00Z,2\n"
COMMAND = ["--mode=backfill", "--base=.", "--features=total", "--output=out"]

# What is read in the place of the readings, or where the output goes, and the exit code and text.
PROBLEMS = {
    "ragged": ("--source=readings=ragged.csv", 1, "ragged.csv: row 2 has 4 fields, the header has 3"),
    "not UTF-8": ("--source=readings=latin.csv", 1, "latin.csv: row 2: column `id`: is not UTF-8"),
    "bad cell": ("--source=readings=cell.csv", 1, "cell.csv: row 2: column `x`: '2x' is not of type double"),
    "no column": ("--source=readings=columns.csv", 1, "columns.csv: there is no column `x`"),
    "no key": ("--source=readings=keyless.csv", 1, "keyless.csv: row 2 has no key or no time"),
    "no Parquet": ("--source=readings=torn.parquet", 1, "torn.parquet: this is no Parquet file"),
    "torn pages": ("--source=readings=pages.parquet", 1, "pages.parquet: "),
    "output below a file": ("--output=readings.csv", 3, "readings.csv"),
}


@pytest.fixture(scope="module")
def meters(tmp_path_factory, binary):
    folder = tmp_path_factory.mktemp("meters")
    (folder / "project.yaml").write_text(PROJECT)
    (folder / "readings.csv").write_bytes(READINGS)
    (folder / "ragged.csv").write_bytes(READINGS.replace(b",2\n", b",2,9\n"))
    (folder / "latin.csv").write_bytes(READINGS.replace(b"b,", b"\xff,"))
    (folder / "cell.csv").write_bytes(READINGS.replace(b",2\n", b",2x\n"))
    (folder / "columns.csv").write_bytes(READINGS.replace(b"x", b"y"))
    (folder / "keyless.csv").write_bytes(READINGS.replace(b"b,", b","))
    (folder / "torn.parquet").write_bytes(b"PAR1torn")
    at = pa.array([datetime.datetime(2024, 3, 1)] * 9_000, pa.timestamp("us", "UTC"))
    pq.write_table(pa.table({"id": pa.array(["a"] * 9_000), "at": at, "x": pa.array([float(i) for i in range(9_000)])}), folder / "pages.parquet")
    whole = (folder / "pages.parquet").read_bytes()
    (folder / "pages.parquet").write_bytes(whole[:4] + b"\xff" * 2_000 + whole[2_004:])
    (folder / "none.csv").write_text("id,event_time\n")
    (folder / "one.csv").write_text("id,event_time\na,2024-03-01T01:00:00Z\n")
    subprocess.run([binary, "generate", "beam", "--output", "code", "--quiet"], cwd=folder, check=True, capture_output=True)
    return folder


def run(python, folder, *arguments):
    return subprocess.run([python, "code/pipeline.py", *COMMAND, *arguments], cwd=folder, capture_output=True, text=True, timeout=300)


def assert_refused(done, code, text):
    last = done.stderr.splitlines()[-1]
    assert done.returncode == code and re.match(r"pipeline\.py: error: ", last) and text in last, done.stderr
    assert "while running" not in last


@pytest.mark.parametrize("problem", PROBLEMS)
def test_problem_is_one_line(meters, beam_python, problem):
    argument, code, text = PROBLEMS[problem]
    done = run(beam_python, meters, argument)
    assert_refused(done, code, text)
    assert "Traceback" not in done.stderr


def test_a_worker_of_its_own_says_the_same(meters, beam_python):
    argument, code, text = PROBLEMS["bad cell"]
    done = run(beam_python, meters, argument, "--direct_num_workers=2", "--direct_running_mode=multi_processing")
    assert_refused(done, code, text)


def test_debug_shows_where(meters, beam_python):
    done = run(beam_python, meters, "--source=readings=cell.csv", "--debug")
    assert done.returncode == 1 and "Traceback" in done.stderr and "in _read_csv" in done.stderr


def test_observations_without_rows_are_a_table(meters, beam_python):
    done = run(beam_python, meters, "--mode=dataset", "--observations=none.csv", "--output=none")
    assert done.returncode == 0, done.stderr
    table = pq.read_table(meters / "none" / "part-00000.parquet")
    assert table.num_rows == 0
    assert {f.name: str(f.type) for f in table.schema} == {"id": "string", "event_time": "timestamp[us, tz=UTC]", "total": "double"}  # As `headrace dataset` has them.


def test_what_no_feature_needs_is_not_read(meters, beam_python):
    """`visits.csv` is not there."""
    assert run(beam_python, meters, "--output=some").returncode == 0
    (day,) = (meters / "some" / "meter").glob("day=*/part-0.parquet")
    assert pq.ParquetFile(day).read().column("total").to_pylist() == [1.0, 2.0]
    done = run(beam_python, meters, "--mode=dataset", "--observations=one.csv", "--output=few")
    assert done.returncode == 0, done.stderr
    assert pq.read_table(meters / "few" / "part-00000.parquet").column("total").to_pylist() == [1.0]
    assert_refused(run(beam_python, meters, "--features=doubled"), 3, "no csv files at ./visits.csv")
