"""What a careless or hostile folder, shell or file does to the program: an answer, at once, and in little memory."""
import os

import pyarrow as pa
import pytest
from command import Command, measured

PROJECT = """\
project: {name: p, defaults: {source: s}}
---
entity: {name: pump, key: pump_id}
---
source:
  name: s
  entity: pump
  event_time: t
  columns: {a: double, m: string}
  batch: {format: csv, path: data.csv}
"""
FEATURES = """\
feature: {name: a_1h, description: d, owner: o, version: "1.0", aggregation: mean, window: 1h, source_features: [a]}
---
feature: {name: mode, description: d, owner: o, version: "1.0", source_features: [m]}
"""


@pytest.fixture
def station(binary, tmp_path):
    (tmp_path / "features").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "project.yaml").write_text(PROJECT)
    (tmp_path / "features" / "all.yaml").write_text(FEATURES)
    (tmp_path / "data.csv").write_text("pump_id,t,a,m\np1,2024-03-01T00:00:00Z,1,run\n")
    (tmp_path / "tests" / "none.yaml").write_text('about: Nothing has happened.\nask: [{entity: {pump_id: p}, at: "2024-03-01T00:00:00Z"}]\n'
                                                  'expect: [{entity: {pump_id: p}, at: "2024-03-01T00:00:00Z", values: {mode: null}}]\n')
    return Command(binary, tmp_path)


def test_a_pipe_among_the_definitions_is_refused_and_not_waited_for(station):
    os.mkfifo(station.folder / "features" / "pipe.yaml")
    assert station("check", code=3).err == "error: features/pipe.yaml is a pipe or a device, not a file\n"


def test_a_device_is_no_definition(station):
    (station.folder / "features" / "zero.yaml").symlink_to("/dev/zero")
    assert station("check", code=3).err == "error: features/zero.yaml is a pipe or a device, not a file\n"


# Files within and past the limits, with as many places to keep as can be.
HOSTILE = {
    "lines of a refused file": "\n" * 10_000_000,
    "lines of an accepted file": "\n" * 8_000_000,
    "a formula of seven megabytes": FEATURES.splitlines(True)[0].replace("feature: {", "feature: {formula: '" + ("a+" * 250_000 + "\n  ") * 14 + "a', "),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_take_less_than_a_second_and_100_mb(station, name):
    _, _, idle = measured([station.binary, "version"], station.folder, capture_output=True)  # the program and its libraries
    (station.folder / "features" / "hostile.yaml").write_text(HOSTILE[name])
    code, seconds, peak = measured([station.binary, "check", "--project", station.folder], station.folder, capture_output=True)
    assert code in (0, 1) and seconds < 1 and peak - idle < 100e6


def test_text_that_is_not_utf8_is_a_bad_row(station):
    (station.folder / "data.csv").write_bytes(b"pump_id,t,a,m\np1,2024-03-01T00:00:00Z,1,M\xfcller\n")
    done = station("backfill", "--output", "null:", code=1)
    assert "data.csv    1     2  m       is not UTF-8" in done.err


def test_the_peak_told_is_not_that_of_the_parent(station):
    ballast = bytearray(300_000_000)  # a child starts with the peak of its parent
    done = station("backfill", "--output", "null:", "--format", "json")
    assert len(ballast) > done.json()["peak_memory_bytes"] > 0


def test_lists_end_at_the_next_argument(station):
    assert "1 ask" in station("test", "--engine", "batch", "tests/none.yaml").out


def test_an_option_given_twice_is_named(station):
    done = station("backfill", "--output", "a", "--output", "b", code=2)
    assert done.err.startswith("error: --output is given 2 times\n")


def test_a_folder_stands_for_its_tests(station):
    assert "1 ask" in station("test", "tests").out
