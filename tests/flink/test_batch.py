"""Backfill and dataset on a real Flink cluster: the native engine's rows, bit for bit, with one worker and with several."""
import os
import shutil
import struct
import sys

import pyarrow.parquet as pq
import pytest
import servers
import station

WORKERS = (1, 4)
CLOSE = ("vibration_smoothed", "wear_trend")  # Within 1e-12, not bit for bit: an ewma, and a formula over it.
PUMPS = ["--pumps", "3", "--days", "8", "--output", "."]


@pytest.fixture(scope="module")
def worker_pool(server_folder, project):
    """Its workers find the runtime in one project; it is the same in all."""
    with servers.WorkerPool(server_folder, sys.executable, [project / "code"]) as pool:
        yield pool


@pytest.fixture(scope="module")
def pumps(root, binary, tmp_path_factory):
    """examples/pumps with some days of data, what the native engine makes of it, and its pipeline."""
    folder = tmp_path_factory.mktemp("pumps") / "pumps"
    shutil.copytree(root / "examples" / "pumps", folder, ignore=shutil.ignore_patterns("data", "offline", "*.parquet"))
    station.run([sys.executable, "generate.py", *PUMPS], folder)
    station.run([binary, "backfill", "--output", "native", "--quiet"], folder)
    station.run([binary, "generate", "beam", "--output", "code", "--quiet"], folder)
    return folder


def on_flink(job_server, worker_pool, workers):
    """What a user says to run on Flink: the job server, where Python's workers are, and how many."""
    return ["--runner=PortableRunner", f"--job_endpoint={job_server.address}", "--environment_type=EXTERNAL",
            f"--environment_config={worker_pool.address}", f"--parallelism={workers}", f"--sdk_worker_parallelism={min(workers, 2)}"]


@pytest.mark.parametrize("workers", WORKERS)
def test_backfill(project, python, job_server, worker_pool, record, workers):
    output = project / f"backfill-{workers}"
    command = [python, "code/pipeline.py", "--mode", "backfill", "--base", project, "--output", output]
    station.run([*command, *on_flink(job_server, worker_pool, workers)], project)
    expected, got = station.days_of(project / "native" / "sensor"), station.days_of(output / "sensor")
    assert expected and got == expected
    record("backfill", sum(len(rows) for rows in got.values()), parallelism=workers)


@pytest.mark.parametrize("workers", WORKERS)
def test_dataset(project, python, job_server, worker_pool, record, workers):
    output = project / f"dataset-{workers}"
    command = [python, "code/pipeline.py", "--mode", "dataset", "--base", project, "--output", output, "--observations", project / "asked.parquet"]
    station.run([*command, *on_flink(job_server, worker_pool, workers)], project)
    expected = station.rows_of(pq.read_table(project / "native.parquet"))
    got = station.rows_of(pq.ParquetFile(output / "part-00000.parquet").read())
    assert len(got) == station.OBSERVATIONS and got == expected
    record("dataset", len(got), parallelism=workers)


def double(bits):
    return struct.unpack("<d", bits)[0]


def test_backfill_of_the_pumps(pumps, python, job_server, worker_pool, record):
    command = [python, "code/pipeline.py", "--mode", "backfill", "--base", pumps, "--output", pumps / "beam"]
    station.run([*command, *on_flink(job_server, worker_pool, 4)], pumps)
    expected, got = station.days_of(pumps / "native" / "pump"), station.days_of(pumps / "beam" / "pump")
    assert list(expected) == list(got)
    for day in expected:
        smoothed = [[row.pop(name) for row in rows for name in CLOSE] for rows in (expected[day], got[day])]
        assert expected[day] == got[day], day
        assert all(a == b or abs(double(a) - double(b)) <= 1e-12 * max(1, abs(double(a))) for a, b in zip(*smoothed, strict=True)), day
    record("backfill of examples/pumps", sum(len(rows) for rows in got.values()), parallelism=4)


def test_nothing_is_left_running(flink):
    assert flink.jobs("RUNNING", "CREATED", "RESTARTING", "CANCELLING", "FAILED") == []
    assert len(flink.jobs("FINISHED")) >= 2 * len(WORKERS)
    assert os.environ.get("HEADRACE_OWN_NETWORK") == "yes" or flink.address.startswith("127.0.0.1:")
