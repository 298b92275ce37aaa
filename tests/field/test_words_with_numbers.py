"""What a run saw and nobody may have meant: said as a warning, with numbers."""
import json

import pytest
from field_repository import COUNT, repository  # noqa: F401


def warnings(done):
    return [line.removeprefix("warning: ") for line in done.err.splitlines() if line.startswith("warning: ")]


def events(repository, rows, path="data/a.csv"):
    repository.write(path, "id,at,x\n" + "".join(f"{key},{at},1\n" for key, at in rows))


MATCHES_NOTHING = {
    "a fraction": ("1.0", "1", "`1` in the observations and `1.0` in source `readings`"),
    "zeros before": ("00001", "1", "`1` in the observations and `00001` in source `readings`"),
    "a prefix": ("pump-1", "1", "`1` in the observations and `pump-1` in source `readings`"),
    "a case": ("PUMP", "pump", "`pump` in the observations and `PUMP` in source `readings`"),
    "other numbers": ("7", "8", "`8` in the observations and `7` in source `readings`"),
}


@pytest.mark.parametrize("name", MATCHES_NOTHING)
def test_a_join_that_matches_nothing(repository, name):
    event, observed, written = MATCHES_NOTHING[name]
    repository.define("{format: csv, path: data}", n=COUNT)
    events(repository, [(event, "2024-03-01"), (event, "2024-03-02")])
    repository.write("obs.csv", f"id,at\n{observed},2024-03-05\n{observed},2024-03-06\n")
    done = repository.command("dataset", "--observations", "obs.csv", "--output", "train.ndjson")
    assert warnings(done) == [f"none of the 2 observations of `thing` found an event: a key is {written}"]
    # One that matches is enough.
    repository.write("obs.csv", f"id,at\n{observed},2024-03-05\n{event},2024-03-06\n")
    repository.write("obs.csv", f"id,at\n{event},2024-03-05\n")
    assert warnings(repository.command("dataset", "--observations", "obs.csv", "--output", "train.ndjson")) == []


def test_observations_before_all_events(repository):
    repository.define("{format: csv, path: data}", n=COUNT)
    events(repository, [(1, "2024-03-01")])
    repository.write("obs.csv", "id,at\n1,2023-03-05\n1,2023-03-06\n")
    done = repository.command("dataset", "--observations", "obs.csv", "--output", "train.ndjson")
    assert warnings(done) == ["none of the 2 observations of `thing` found an event: the last of them is at 2023-03-06T00:00:00Z, the first event at 2024-03-01T00:00:00Z"]


@pytest.mark.parametrize("form, text", [("csv", "id,at,x\n"), ("ndjson", "")])
def test_an_empty_source(repository, form, text):
    repository.define(f"{{format: {form}, path: data}}", n=COUNT)
    repository.write(f"data/a.{form}", text)
    rows, done = repository.backfill()
    assert rows == [] and warnings(done) == ["source `readings`: no event was read; has it rows, and is its path the right one?"]
    repository.write("obs.csv", "id,at\nx,2024-03-05\n")
    done = repository.command("dataset", "--observations", "obs.csv", "--output", "train.ndjson")
    assert warnings(done) == ["source `readings`: no event was read; has it rows, and is its path the right one?"]
    assert json.loads((repository.folder / "train.ndjson").read_text())["n"] == 0


@pytest.mark.parametrize("unit, says", [("us", "are in January 1970, the last at 1970-01-01T00:28:29.337600Z: does `unit` say what `at` counts?"), ("s", "")])
def test_a_unit_that_is_too_small(repository, unit, says):
    repository.define(f"{{format: csv, path: data}}\n  unit: {unit}", n=COUNT)
    events(repository, [(1, 1709251200), (1, 1709337600)])
    _, done = repository.backfill()
    assert warnings(done) == ([f"source `readings`: all 2 events {says}"] if says else [])


def test_a_unit_that_is_too_large(repository):
    repository.define("{format: csv, path: data}\n  unit: s", n=COUNT)
    events(repository, [(1, 170925120000), (1, 170933760000)])
    _, done = repository.backfill()
    assert warnings(done) == ["source `readings`: all 2 events are more than a year from now, the first at 7386-05-27T00:00:00Z: does `unit` say what `at` counts?"]


def test_a_clock_far_off(repository):
    repository.define("{format: csv, path: data}", n=COUNT)
    days = [(1, f"2024-03-{day:02}") for day in range(1, 29)]
    events(repository, [*days, (1, "2099-01-01")])
    warning = "source `readings`: 1 of 29 events is at 2099-01-01T00:00:00Z or later, 74 years after all others: is a clock wrong?"
    _, done = repository.backfill()
    assert warnings(done) == [warning]
    done = repository.command("backfill", "--output", "null:", "--every", "7d")
    assert warnings(done) == [warning + " The grid goes on to the last event unless --end ends it"]
    assert warnings(repository.command("backfill", "--output", "null:", "--every", "7d", "--end", "2024-04-01")) == [warning]
    events(repository, [*days, (1, "1970-01-01")])
    done = repository.command("backfill", "--output", "null:")
    assert warnings(done) == ["source `readings`: 1 of 29 events is at 1970-01-01T00:00:00Z or earlier, 54 years before all others: is a clock wrong?"]


@pytest.mark.parametrize("times", [["2024-03-01", "2020-03-01"], ["1600-01-01", "2400-01-01"], [f"{year}-01-01" for year in range(1900, 2025, 5)]])
def test_sparse_times_are_no_wrong_clocks(repository, times):
    repository.define("{format: csv, path: data}", n=COUNT)
    events(repository, [(1, at) for at in times])
    _, done = repository.backfill()
    assert warnings(done) == []
