"""`--kernel native` on a real Flink cluster: our compiled engine in Python's workers gives the native engine's rows."""
import os
import re
import sys

import pyarrow.parquet as pq
import pytest
import servers
import station
from kernel_wheel import unpack_kernel
from test_batch import WORKERS, on_flink


@pytest.fixture(scope="module")
def kernel_folder(tmp_path_factory):
    return unpack_kernel(tmp_path_factory.mktemp("kernel"))


@pytest.fixture(scope="module")
def worker_pool(server_folder, project, kernel_folder):
    with servers.WorkerPool(server_folder, sys.executable, [project / "code", kernel_folder]) as pool:
        yield pool


def run(project, python, kernel_folder, *arguments):
    """Gives the number of events that the kernel took, as the pipeline prints it."""
    command = [python, "code/pipeline.py", "--kernel", "native", "--base", project, *arguments]
    said = station.run(["sh", "-c", 'exec "$@" 2>&1', "sh", *command], project, environment=os.environ | {"PYTHONPATH": str(kernel_folder)})
    return int(re.search(r"^kernel_rows_read: ([\d,]+)$", said, re.M)[1].replace(",", ""))


@pytest.mark.parametrize("workers", WORKERS)
def test_backfill(project, python, kernel_folder, job_server, worker_pool, record, workers):
    output = project / f"kernel-backfill-{workers}"
    taken = run(project, python, kernel_folder, "--mode=backfill", f"--output={output}", *on_flink(job_server, worker_pool, workers))
    expected, got = station.days_of(project / "native" / "sensor"), station.days_of(output / "sensor")
    assert expected and got == expected
    assert taken == station.EVENTS
    record("backfill by the native kernel", sum(len(rows) for rows in got.values()), parallelism=workers, kernel_rows_read=taken)


@pytest.mark.parametrize("workers", WORKERS)
def test_dataset(project, python, kernel_folder, job_server, worker_pool, record, workers):
    output = project / f"kernel-dataset-{workers}"
    asked = ["--mode=dataset", f"--output={output}", f"--observations={project / 'asked.parquet'}"]
    taken = run(project, python, kernel_folder, *asked, *on_flink(job_server, worker_pool, workers))
    expected = station.rows_of(pq.read_table(project / "native.parquet"))
    got = station.rows_of(pq.ParquetFile(output / "part-00000.parquet").read())
    assert len(got) == station.OBSERVATIONS and got == expected
    assert 0 < taken <= station.EVENTS  # a share that nobody asks about is not computed
    record("dataset by the native kernel", len(got), parallelism=workers, kernel_rows_read=taken)
