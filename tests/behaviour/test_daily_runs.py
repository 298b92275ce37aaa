"""A store filled day by day is the one filled at once, and no run takes away rows that lie outside of its range."""
import shutil

import pytest
from command import Command
from conftest import ROOT
from stored_days import stored_days

DAYS = ("2024-03-01", "2024-03-02", "2024-03-03")


@pytest.fixture
def station(binary, tmp_path):
    return Command(binary, shutil.copytree(ROOT / "tests" / "golden" / "station", tmp_path / "station"))


def backfill(station, *options, store="store", code=1):
    """Exit code 1 is the fixture's own: one of its checks fails."""
    return station("backfill", "--output", store, *options, "-q", code=code)


def partitions(station, store="store"):
    return stored_days(station.folder / store)


@pytest.mark.parametrize("order", [DAYS[:2], DAYS[1::-1]], ids=["forwards", "backwards"])
def test_day_by_day_is_all_at_once(station, order):
    backfill(station, store="whole")
    following = dict(zip(DAYS, DAYS[1:]))
    for day in order:
        backfill(station, "--start", day, "--end", following[day], code=None)
    assert len(partitions(station)) == 2
    assert partitions(station) == partitions(station, "whole")


def test_a_changed_definition_needs_all_days(station):
    backfill(station)
    before = partitions(station)
    definitions = station.folder / "features" / "wear.yaml"
    definitions.write_text(definitions.read_text().replace('version: "2.0"', 'version: "2.1"'))
    done = backfill(station, "--start", DAYS[1], "--end", DAYS[2])
    assert "has other columns than this run: `power_max_2h` 2.1 is not in it" in done.err
    assert "would be lost (2024-03-01)" in done.err and "without --start and --end" in done.err
    assert done.out == "" and partitions(station) == before
    backfill(station)
    assert set(partitions(station)) == set(before)
    backfill(station, "--start", DAYS[1], "--end", DAYS[2], code=None)


def test_a_part_of_a_day_is_refused(station):
    backfill(station)
    before = partitions(station)
    done = backfill(station, "--start", "2024-03-01T12:00:00Z", code=2)
    assert "--start 2024-03-01\n" in done.err
    done = backfill(station, "--end", "2024-03-02T01:00:00Z", code=2)
    assert "--end 2024-03-03\n" in done.err
    assert partitions(station) == before


def test_earlier_names_of_the_range(station):
    """For one release `--from` and `--to` are understood, and not shown."""
    backfill(station, "--start", DAYS[0], "--end", DAYS[1], store="now", code=None)
    backfill(station, "--from", DAYS[0], "--to", DAYS[1], store="then", code=None)
    assert [path.name for path in (station.folder / "then" / "pump").iterdir()] == [path.name for path in (station.folder / "now" / "pump").iterdir()]
    assert "--from" not in station("backfill", "--help").out
