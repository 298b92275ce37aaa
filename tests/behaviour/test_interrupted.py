"""Ctrl-C during a backfill or a dataset: it says what is left, ends in 130, and leaves nothing behind."""
import os
import pty
import shutil
import signal
import subprocess

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import Command
from test_killed import DAY_US, DAYS, START, write_project

ROWS = 3_000_000
LABELS = 300_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("interrupted")
    write_project(folder, ROWS, 1)
    # Over all days, so that every event is read while the run can be stopped.
    times = START + np.arange(LABELS) * (DAYS * DAY_US // LABELS)
    labels = {"id": np.arange(LABELS) % 50, "event_time": pa.array(times, pa.timestamp("us", "UTC"))}
    pq.write_table(pa.table(labels), folder / "labels.parquet")
    return folder


def interrupt(command, *arguments):
    """Sends SIGINT once the progress line has begun: (exit code, what the terminal saw)."""
    main, terminal = pty.openpty()
    process = command.start(*arguments, "--threads", "1", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=terminal, environment={"TERM": "xterm"})
    os.close(terminal)
    said = os.read(main, 4096)
    process.send_signal(signal.SIGINT)
    code = process.wait()
    try:
        while more := os.read(main, 4096):
            said += more
    except OSError:  # how a terminal ends
        pass
    os.close(main)
    return code, said.decode()


@pytest.mark.parametrize("arguments, left", [
    (["backfill", "--output", "store"], "store is as it was"),
    (["backfill", "--output", "store/of/mine"], "store/of/mine is as it was"),
    (["backfill", "--output", "store", "--every", "1s"], "store is as it was"),
    (["backfill", "--output", "null:"], "nothing was written"),
    (["dataset", "--observations", "labels.parquet", "--output", "train.parquet"], "train.parquet is as it was"),
])
def test_it_says_what_is_left(binary, folder, arguments, left):
    # A run may end before the signal comes.
    for _ in range(20):
        code, said = interrupt(Command(binary, folder), *arguments)
        if code not in (0, -signal.SIGINT):
            break
        shutil.rmtree(folder / "store", ignore_errors=True)
        (folder / "train.parquet").unlink(missing_ok=True)
    assert code == 130, said
    assert f"interrupted: {left}" in said.replace("\r", "\n").rstrip("\n").split("\n")[-1], said
    assert not (folder / "store").exists() and not (folder / "train.parquet").exists()


def test_while_a_training_set_is_written(binary, folder):
    """The signal comes when the file is being written: it is taken back, with the folders that were made for it."""
    command = Command(binary, folder)
    for _ in range(20):
        main, terminal = pty.openpty()
        process = command.start("dataset", "--observations", "labels.parquet", "--output", "sets/of/mine.csv", "--threads", "1", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=terminal, environment={"TERM": "xterm"})
        os.close(terminal)
        said = b""
        try:
            while more := os.read(main, 4096):
                if b"writing" in more and b"writing" not in said:
                    process.send_signal(signal.SIGINT)
                said += more
        except OSError:
            pass
        os.close(main)
        code = process.wait()
        if code == 130:
            break
        shutil.rmtree(folder / "sets", ignore_errors=True)
    assert code == 130 and b"interrupted: sets/of/mine.csv is as it was" in said, said
    assert not (folder / "sets").exists()


def test_a_store_that_is_there_stays(binary, folder):
    command = Command(binary, folder)
    for _ in range(20):
        shutil.rmtree(folder / "kept", ignore_errors=True)
        command("backfill", "--output", "kept", "--features", "max_1h", "-q")
        before = {path: path.stat().st_mtime_ns for path in (folder / "kept").rglob("*") if path.is_file()}
        code, said = interrupt(command, "backfill", "--output", "kept", "--every", "1s", "--replace")
        if code == 130 and "kept is as it was" in said:
            break
        assert code in (0, -signal.SIGINT) or "`pump` of kept is new" in said, said
    assert code == 130 and "kept is as it was" in said, said
    assert {path: path.stat().st_mtime_ns for path in (folder / "kept").rglob("*") if path.is_file()} == before
    assert {path.name for path in (folder / "kept").iterdir()} == {"manifest.json", "quality.json", "site"}
