"""A system that gives fewer threads or less memory than was asked for ends a run with an error, never by a signal."""
import resource
import subprocess

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

START = 1_709_251_200 * 10**6  # 2024-03-01T00:00:00Z
PROJECT = """\
project: {name: scarce}
---
entity: {name: pump, key: id}
---
source: {name: s, entity: pump, event_time: at, columns: {x: double}, batch: {format: parquet, path: data.parquet}}
---
feature: {name: mean_1h, description: d, owner: o, version: "1.0", aggregation: mean, window: 1h, source_features: [x]}
"""


@pytest.fixture(scope="module")
def station(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scarce")
    (folder / "project.yaml").write_text(PROJECT)
    rows = 20_000
    table = {"id": np.arange(rows) % 300, "at": pa.array(START + np.arange(rows) * 10**6, pa.timestamp("us", "UTC")), "x": np.arange(rows) * 0.5}
    pq.write_table(pa.table(table), folder / "data.parquet", row_group_size=1_000)
    return folder


def backfill(binary, folder, address_space, *options):
    """Runs with so many bytes of addresses, of which each thread takes eight megabytes for its stack."""
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))

    command = [str(binary), "backfill", "-q", *options]
    return subprocess.run(command, cwd=folder, preexec_fn=limit, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("megabytes", [700, 1200, 2400])
@pytest.mark.parametrize("output", ["null:", "out"])
def test_threads_that_are_not_given_are_an_error_with_a_remedy(binary, station, tmp_path, megabytes, output):
    output = output if output == "null:" else tmp_path / output
    done = backfill(binary, station, megabytes * 10**6, "--threads", "300", "--output", str(output))
    assert done.returncode == 3, f"{done.returncode}: {done.stderr}"
    assert "of 300 threads" in done.stderr and "help: ask for" in done.stderr


def test_with_what_is_given_the_run_succeeds(binary, station):
    done = backfill(binary, station, 1200 * 10**6, "--threads", "4", "--output", "null:")
    assert done.returncode == 0, done.stderr
