"""Backfill and dataset on a real Flink cluster: the native engine's rows, bit for bit, with one worker and with several."""
import os
import sys

import pyarrow.parquet as pq
import pytest
import servers
import station

WORKERS = (1, 4)


@pytest.fixture(scope="module")
def worker_pool(server_folder, project):
    with servers.WorkerPool(server_folder, sys.executable, [project / "code"]) as pool:
        yield pool


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


def test_nothing_is_left_running(flink):
    assert flink.jobs("RUNNING", "CREATED", "RESTARTING", "CANCELLING", "FAILED") == []
    assert len(flink.jobs("FINISHED")) >= 2 * len(WORKERS)
    assert os.environ.get("HEADRACE_OWN_NETWORK") == "yes" or flink.address.startswith("127.0.0.1:")
