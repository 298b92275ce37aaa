"""The line of progress on a terminal: phase, share, counts, rate and time left; gone at the end."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import Command
from test_killed import DAY_US, DAYS, START, write_project

ROWS = 2_000_000
LABELS = 400_000
READING = re.compile(r"(?P<what>\S+): reading(?P<bar>  \[#*\.*\])?  +(?P<share>\d+) %(  (?P<count>[\d,]+) events)?(  [\d.]+( M| k)? events/s)?(  \d+:\d\d left)?$")
WRITING = re.compile(r"(?P<what>\S+): writing(?P<bar>  \[#*\.*\])?  +(?P<share>\d+) %  (?P<count>[\d,]+) of (?P<total>[\d,]+) (days|rows)(  [\d.]+( M| k)? (days|rows)/s)?(  \d+:\d\d left)?$")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("progress")
    write_project(folder, ROWS, 1)
    times = START + np.arange(LABELS) * (DAYS * DAY_US // LABELS)
    pq.write_table(pa.table({"id": np.arange(LABELS) % 50, "event_time": pa.array(times, pa.timestamp("us", "UTC"))}), folder / "labels.parquet")
    return folder


def on_terminal(command, *arguments, columns=120):
    """What a terminal got on stderr."""
    main, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = command.start(*arguments, "--threads", "1", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=terminal, environment={"TERM": "xterm"})
    os.close(terminal)
    said = b""
    try:
        while more := os.read(main, 4096):
            said += more
    except OSError:  # how a terminal ends
        pass
    os.close(main)
    assert process.wait() == 0, said.decode()
    return said.decode()


def until(is_enough, run):
    """What a run drew. Lines come by the clock, and a run may be over before, or its drawing thread may have to wait: then again."""
    for _ in range(10):
        said = run()
        if is_enough(drawn(said)):
            return said
    raise AssertionError(drawn(said))


def drawn(said):
    """The lines of progress in the order in which they were drawn."""
    return [piece.split("\x1b[K")[0] for piece in said.split("\r") if piece.endswith("\x1b[K") and len(piece) > 3]


def left_on_screen(said):
    """What can be read in the end: `\\r` goes to the start of the line, `ESC [K` wipes what follows."""
    lines, column = [""], 0
    for token in re.findall(r"\x1b\[K|\x1b\[[\d;]*m|[\s\S]", said):
        if token == "\r":
            column = 0
        elif token == "\n":
            lines.append("")
            column = 0
        elif token == "\x1b[K":
            lines[-1] = lines[-1][:column]
        elif not token.startswith("\x1b"):
            lines[-1] = lines[-1][:column] + token + lines[-1][column + 1 :]
            column += 1
    return [line for line in lines if line.strip()]


def shares(lines, form):
    """{what: the shares in the order shown}; every line has the form."""
    found = {}
    for line in lines:
        if match := form.match(line):
            found.setdefault(match["what"], []).append(int(match["share"]))
    return found


def check_lines(lines):
    others = {"opening sources", "starting", "reading observations"}
    for line in lines:
        assert READING.match(line) or WRITING.match(line) or line in others or re.match(r"\S+: reading$", line), line
    for form in (READING, WRITING):
        for what, found in shares(lines, form).items():
            assert found == sorted(found), (what, found)


def test_backfill(binary, folder):
    def is_enough(lines):
        found = shares(lines, READING)
        return set(found) == {"pump", "site"} and max(found["pump"]) > 50

    said = until(is_enough, lambda: on_terminal(Command(binary, folder), "backfill", "--output", "store", "--replace"))
    lines = drawn(said)
    check_lines(lines)
    counted = [match for line in lines if (match := READING.match(line)) and match["count"]]
    assert any("," in match["count"] for match in counted), lines
    if len(counted) > 8:  # a rate and an end are told once there is something to tell them by
        assert any("left" in line and "events/s" in line for line in lines), lines
    assert any(match["bar"] for match in counted)
    screen = left_on_screen(said)
    assert len(screen) == 1 and screen[0].startswith("wrote store from 2 files without page checksums: "), screen


@pytest.mark.parametrize("output, noun", [("train.parquet", "rows"), ("train.csv", "rows")])
def test_dataset(binary, folder, output, noun):
    def is_enough(lines):  # reading may end before the first drawing, and Parquet be written between two
        return shares(lines, WRITING) or (output != "train.csv" and "pump" in shares(lines, READING))

    said = until(is_enough, lambda: on_terminal(Command(binary, folder), "dataset", "--observations", "labels.parquet", "--output", output))
    lines = drawn(said)
    check_lines(lines)
    if output == "train.csv":
        totals = [match["total"] for line in lines if (match := WRITING.match(line))]
        assert set(totals) == {f"{LABELS:,}"} and all(f": writing" in line and noun in line for line in lines if "writing" in line), lines
    assert left_on_screen(said)[-1].startswith("read "), said[-300:]
    assert not any("%" in line for line in left_on_screen(said))


def test_text_has_a_share_by_bytes(binary, folder, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "project.yaml").write_text((folder / "project.yaml").read_text().replace("format: parquet, path: data/s.parquet", "format: csv, path: data/s.csv.gz"))
    duckdb.sql(f"""COPY (SELECT id, place, strftime("at" AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ') AS "at", x, y FROM '{folder}/data/s.parquet' LIMIT {ROWS // 2}) TO '{tmp_path}/data/s.csv.gz' (HEADER, COMPRESSION gzip)""")
    def is_enough(lines):
        found = shares(lines, READING).get("pump", [0])
        return len(set(found)) > 1 and max(found) > 30

    check_lines(drawn(until(is_enough, lambda: on_terminal(Command(binary, tmp_path), "backfill", "--output", "null:", "--features", "mean_1h"))))


def test_a_run_of_one_day_ends_at_all(binary, folder):
    """Row groups that no window reaches are no part of the whole."""
    lines = drawn(on_terminal(Command(binary, folder), "backfill", "--output", "null:", "--features", "mean_1h", "--every", "1s", "--start", "2024-03-06"))
    check_lines(lines)


def test_a_narrow_terminal(binary, folder):
    lines = drawn(until(bool, lambda: on_terminal(Command(binary, folder), "backfill", "--output", "null:", columns=48)))
    assert all(len(line) <= 47 for line in lines), lines


def test_without_a_terminal_nothing_is_drawn(binary, folder):
    done = Command(binary, folder)("backfill", "--output", "null:")
    assert "\r" not in done.err and "%" not in done.err
    said = on_terminal(Command(binary, folder), "backfill", "--output", "null:", "-q")
    assert said == ""
