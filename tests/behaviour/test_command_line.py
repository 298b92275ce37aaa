"""Wrong use, wrong data and wrong surroundings: what is said, where, and with which exit code."""
import json
import os
import pty
import re
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import Command
from conftest import ROOT

GOOD = "pump_id,at,flow,power,mode,starts\np1,2024-03-01T00:00:00Z,4.0,5.0,run,1\n"
BAD = GOOD + "p1,2024-03-01T01:00:00Z,x,5.0,run,1\n,2024-03-01T02:00:00Z,1,5.0,run,1\np2,nope,1,5.0,run,1\np1,2024-03-01T03:00:00Z,1,5.0,run,9223372036854775808\n"
BAD_TABLE = """\
error: telemetry: 2 rows and 1 cell of source `telemetry` cannot be read:
  file                row  line  column   problem             value
  data/telemetry.csv    2     3  flow     is not a number     "x"
  data/telemetry.csv    3     4  pump_id  is missing
  data/telemetry.csv    4     5  at       is not a timestamp  "nope"
in all:
  source     column   problem             rows  cells
  telemetry  at       is not a timestamp     1
  telemetry  flow     is not a number               1
  telemetry  pump_id  is missing             1
 help: correct them, or go on with `--on-bad-row skip --bad-rows FILE`: rows without key, time or sound syntax are left out, other cells are null, and both are set aside
"""


@pytest.fixture
def station(binary, tmp_path):
    """The program in a copy of the golden repository without its quality checks."""
    folder = shutil.copytree(ROOT / "tests" / "golden" / "station", tmp_path / "station")
    for path in (folder / "features").iterdir():
        path.write_text(re.sub(r"  quality_checks:\n(    - .*\n)+", "", path.read_text()))
    return Command(binary, folder)


# name: (exit code, arguments, stderr)
REFUSALS = {
    "no such command": (2, ["chekc"], "error: there is no command `chekc`\n help: did you mean `check`?\n help: `headrace --help` shows how it is used\n"),
    "no such option": (2, ["check", "--frmt", "json"], "error: `headrace check` has no option `--frmt`\n help: did you mean `--format`?\n help: `headrace check --help` shows how it is used\n"),
    "a required option": (2, ["backfill"], "error: `headrace backfill` needs --output DIR\n help: `headrace backfill --help` shows how it is used\n"),
    "a duration": (2, ["backfill", "--output", "null:", "--every", "1x"], "error: --every takes a duration such as 15m, 1h or 1d, not `1x`\n"),
    "an empty time": (2, ["backfill", "--output", "null:", "--start", ""], "error: --start needs a value\n help: `headrace backfill --help` shows how it is used\n"),
    "an empty argument": (2, ["test", ""], "error: FILE needs a value\n help: `headrace test --help` shows how it is used\n"),
    "start after end": (2, ["backfill", "--output", "null:", "--start", "2024-03-02", "--end", "2024-03-01"], "error: --end is not after --start, so there is nothing between them\n"),
    "an earlier name and its option": (2, ["backfill", "--output", "null:", "--from", "2024-03-02", "--start", "2024-03-01"], "error: --start is given by its earlier name too\n help: `headrace backfill --help` shows how it is used\n"),
    "bad rows without skip": (2, ["backfill", "--output", "null:", "--bad-rows", "bad.csv"], "error: --bad-rows needs --on-bad-row skip\n"),
    "no such feature": (2, ["plan", "--features", "nope"], "error: there is no feature `nope` in this repository\n help: `headrace graph` lists them\n"),
    "no project": (3, ["check", "--project", "data"], "error: there is no project.yaml in data\n help: --project names the folder of a feature repository; `headrace init NAME` makes one\n"),
    "no observations": (3, ["dataset", "--observations", "none.csv", "--output", "null:"], "error: no file at `none.csv`\n help: check the path\n"),
    "no such engine": (2, ["test", "--engine", "spark"], "error: there is no engine `spark`\n help: engines are batch, stream, online, beam, beam-native, sql\n"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal(station, name):
    code, arguments, text = REFUSALS[name]
    done = station(*arguments, code=code)
    assert (done.err, done.out) == (text, "")


def test_missing_data_is_the_environment(station):
    (station.folder / "data" / "visits.ndjson").unlink()
    done = station("backfill", "--output", "store", code=3)
    assert "data/visits.ndjson" in done.err and done.out == ""
    assert not (station.folder / "store" / "manifest.json").exists()


def test_output_that_cannot_be_written_is_the_environment(station):
    (station.folder / "file").write_text("")
    assert "file" in station("backfill", "--output", "file", code=3).err
    assert "cannot make the folder file" in station("dataset", "--observations", "observations.csv", "--output", "file/train.csv", code=3).err


def test_problems_stop_every_command_that_computes(station):
    (station.folder / "features" / "wrong.yaml").write_text("feature: {name: f, descripton: d, owner: o, version: '1.0', source_features: [starts]}\n")
    said = station("check", code=1)
    assert "error[D004]: `descripton` is not a key of a feature" in said.out
    for arguments in (["plan"], ["graph"], ["backfill", "--output", "store"], ["dataset", "--observations", "observations.csv", "--output", "t.csv"]):
        done = station(*arguments, code=1)
        assert "error[D004]" in done.err and done.out == "", arguments
    assert not (station.folder / "store").exists() and not (station.folder / "t.csv").exists()


def test_bad_rows_stop_the_run_before_anything_is_written(station):
    (station.folder / "data" / "telemetry.csv").write_text("".join(BAD.splitlines(True)[:-1]))
    for arguments in (["backfill", "--output", "store"], ["dataset", "--observations", "observations.csv", "--output", "t.csv"]):
        done = station(*arguments, code=1)
        assert (done.err, done.out) == (BAD_TABLE, "")
    assert not (station.folder / "store" / "manifest.json").exists() and not (station.folder / "t.csv").exists()


def test_ten_bad_rows_are_shown_and_more_are_told(station):
    (station.folder / "data" / "telemetry.csv").write_text(GOOD + "".join(f"p1,2024-03-01T01:00:00Z,x{i},5.0,run,1\n" for i in range(25)))
    done = station("backfill", "--output", "null:", code=1)
    assert [f'"x{i}"' in done.err for i in range(12)] == [True] * 10 + [False] * 2
    assert "25 cells of source `telemetry` cannot be read; the first 10:" in done.err


def test_bad_rows_can_be_set_aside_and_are_counted(station):
    (station.folder / "data" / "telemetry.csv").write_text("".join(BAD.splitlines(True)[:-1]))
    done = station("backfill", "--output", "null:", "--on-bad-row", "skip", "--bad-rows", "bad.csv", "--format", "json", "--checksum")
    assert done.err == (
        "warning: source `telemetry`: 2 rows were left out (1: `at` is not a timestamp; 1: `pump_id` is missing)\n"
        "warning: source `telemetry`: 1 cell was read as null (1: `flow` is not a number)\n"
    )
    assert (done.json()["bad_rows"], done.json()["bad_cells"]) == (2, 1)
    assert (station.folder / "bad.csv").read_text() == (
        "source,file,row,line,column,problem,effect,value,record\n"
        'telemetry,data/telemetry.csv,2,3,flow,is not a number,cell is null,x,"p1,2024-03-01T01:00:00Z,x,5.0,run,1"\n'
        'telemetry,data/telemetry.csv,3,4,pump_id,is missing,row left out,,",2024-03-01T02:00:00Z,1,5.0,run,1"\n'
        'telemetry,data/telemetry.csv,4,5,at,is not a timestamp,row left out,nope,"p2,nope,1,5.0,run,1"\n'
    )
    station("dataset", "--observations", "observations.csv", "--output", "null:", "--on-bad-row", "skip", "--bad-rows", "bad.ndjson")
    assert [json.loads(line)["row"] for line in (station.folder / "bad.ndjson").read_text().splitlines()] == [2, 3, 4]
    (station.folder / "data" / "telemetry.csv").write_text(GOOD + "p1,2024-03-01T01:00:00Z,,5.0,run,1\n")
    assert station("backfill", "--output", "null:", "--checksum", "--format", "json").json()["entities"][0]["checksum"] == done.json()["entities"][0]["checksum"]


def test_an_integer_that_does_not_fit_is_a_bad_row(station):
    (station.folder / "features" / "starts.yaml").write_text("feature: {name: f, description: d, owner: o, version: '1.0', source_features: [starts]}\n")
    (station.folder / "data" / "telemetry.csv").write_text(BAD.splitlines(True)[0] + BAD.splitlines(True)[-1])
    done = station("backfill", "--output", "null:", code=1)
    assert '"9223372036854775808"' in done.err and "starts" in done.err


def write_parquet(station, **columns):
    rows = len(next(iter(columns.values())))
    table = {"pump_id": ["p1"] * rows, "at": pa.array([0] * rows, pa.timestamp("us", "UTC")), "flow": [1.0] * rows, "power": [1.0] * rows, "mode": ["run"] * rows} | columns
    project = station.folder / "project.yaml"
    project.write_text(project.read_text().replace("{format: csv, path: data/telemetry.csv}", "{format: parquet, path: data/telemetry.parquet}"))
    pq.write_table(pa.table(table), station.folder / "data" / "telemetry.parquet")


# What a file may hold instead of the declared double or string: taken without loss, or refused with file, column and row.
WIDENED = {
    "float32": {"flow": pa.array([1.0], pa.float32())},
    "int8": {"flow": pa.array([1], pa.int8())},
    "int32": {"flow": pa.array([1], pa.int32())},
    "dictionary": {"mode": pa.array(["run"]).dictionary_encode()},
    "large string": {"mode": pa.array(["run"], pa.large_string())},
    "key as dictionary": {"pump_id": pa.array(["p1"]).dictionary_encode()},
    "time in ms": {"at": pa.array([0], pa.timestamp("ms", "UTC"))},
    "time without zone": {"at": pa.array([0], pa.timestamp("us"))},
    "date": {"at": pa.array([0], pa.date32())},
    "time as text": {"at": ["1970-01-01T00:00:00Z"]},
}


@pytest.mark.parametrize("name", WIDENED)
def test_widened_without_loss(station, name):
    write_parquet(station, flow=[1.0])
    expected = station("backfill", "--output", "null:", "--checksum", "--format", "json").json()["entities"]
    write_parquet(station, **WIDENED[name])
    assert station("backfill", "--output", "null:", "--checksum", "--format", "json").json()["entities"] == expected


# What would lose: the parts of the message.
REFUSED = {
    "text for a number": ({"flow": ["1.0"]}, ["telemetry.parquet", "flow", "string", "double"]),
    "number for a text": ({"mode": [1]}, ["telemetry.parquet", "mode", "int64", "string"]),
    "big integer for a double": ({"flow": [1, 2**53 + 1]}, ["telemetry.parquet", "flow", "2", "9007199254740993"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_lose_is_refused(station, name):
    columns, parts = REFUSED[name]
    write_parquet(station, **columns)
    done = station("backfill", "--output", "null:", code=1)
    assert done.out == "" and done.err.startswith("error: ")
    assert [part for part in parts if part not in done.err] == [], done.err


def test_nanoseconds_are_rounded_up_and_said_once(station):
    start = 1_709_251_200_000_000_000  # 2024-03-01
    write_parquet(station, at=pa.array([start + 1000, start + 1999, start - 1], pa.timestamp("ns", "UTC")), flow=[1.0, 2.0, 3.0])
    done = station("backfill", "--output", "s", "--output-format", "ndjson", "--features", "modes", "-q")
    assert done.err == ""
    done = station("backfill", "--output", "t", "--output-format", "ndjson", "--features", "modes")
    assert len([line for line in done.err.splitlines() if "microsecond" in line]) == 1, done.err
    rows = [json.loads(line) for path in sorted((station.folder / "t").rglob("part-*")) for line in path.read_text().splitlines()]
    assert [(row["event_time"], len(row["modes"])) for row in rows] == [("2024-03-01T00:00:00Z", 1), ("2024-03-01T00:00:00.000001Z", 2), ("2024-03-01T00:00:00.000002Z", 3)]


def test_clash_of_names_is_found_before_work(station):
    (station.folder / "labels.csv").write_text("pump_id,at,modes,power_max_2h\np1,2024-03-01T00:00:00Z,1,2\n")
    done = station("dataset", "--observations", "labels.csv", "--output", "t.csv", code=1)
    assert (done.err, done.out) == (
        "error: labels.csv already has columns named as features: power_max_2h, modes\n help: rename the columns, or choose other features with --features\n",
        "",
    )
    assert not (station.folder / "t.csv").exists()
    station("dataset", "--observations", "labels.csv", "--output", "t.csv", "--features", "efficiency_3h")
    assert (station.folder / "t.csv").read_text().splitlines()[0] == "pump_id,at,modes,power_max_2h,efficiency_3h"


def test_null_keys_and_times_give_null_features_and_a_counted_warning(station):
    (station.folder / "labels.csv").write_text("label,pump_id,at\na,p1,2024-03-01T03:00:00Z\nb,,2024-03-01T03:00:00Z\nc,p1,\nd,p2,2024-03-01T03:00:00Z\n")
    done = station("dataset", "--observations", "labels.csv", "--output", "t.csv", "--features", "inefficient_events_1d", "--format", "json")
    assert done.err == "warning: 2 of 4 observations have no pump_id or no at; their features are null\n"
    assert done.json()["incomplete_rows"] == 2 and done.json()["warnings"] == [done.err.removeprefix("warning: ").strip()]
    assert [line.split(",")[-1] for line in (station.folder / "t.csv").read_text().splitlines()] == ["inefficient_events_1d", "0", "", "", "2"]


def test_data_goes_to_stdout_and_messages_to_stderr(station):
    for arguments in (["backfill", "--output", "null:"], ["dataset", "--observations", "observations.csv", "--output", "null:"], ["test"], ["check"]):
        done = station(*arguments, "--format", "json")
        done.json()
        assert "{" not in done.err, done.err
        assert not re.search("[\r\x1b]", done.out + done.err), "no progress and no colours where there is no terminal"
        quiet = station(*arguments, "--format", "json", "-q")
        assert [line for line in quiet.err.splitlines() if not line.startswith("warning: ")] == []


def on_terminal(station, *arguments, environment):
    """What the program writes when stdout and stderr are a terminal."""
    ours, theirs = pty.openpty()
    process = station.start(*arguments, stdout=theirs, stderr=theirs, environment={"TERM": "xterm", **environment})
    os.close(theirs)
    written = b""
    try:
        while chunk := os.read(ours, 65536):
            written += chunk
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    process.wait()
    return written.decode()


@pytest.mark.parametrize("environment, has_colours", [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)])
def test_colours_on_a_terminal_only_and_never_with_no_color(station, environment, has_colours):
    text = on_terminal(station, "check", "--project", str(ROOT / "tests" / "golden" / "broken"), environment=environment)
    assert "error" in text
    assert ("\x1b[" in text) == has_colours
    assert "\x1b[" not in station("check", "--project", ROOT / "tests" / "golden" / "broken", code=1, environment={"TERM": "xterm"}).out
