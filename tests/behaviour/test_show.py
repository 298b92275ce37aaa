"""`show`: the values of a backfill and of a training set, without files; rows on the standard output."""
import csv
import io
import json
import os
import pty
import re
import shutil

import pytest
from command import Command
from conftest import ROOT

TWO_ENTITIES = """\
project: {name: two}
---
entity: {name: user, key: user_id}
---
entity: {name: visit, key: [user_id, page]}
---
source: {name: clicks, entity: user, event_time: at, columns: {user_id: string, ms: double}, batch: {format: csv, path: clicks.csv}}
---
source: {name: views, entity: visit, event_time: at, columns: {user_id: string, page: int64}, batch: {format: csv, path: views.csv}}
---
feature: {name: n_clicks, description: d, owner: o, version: "1.0", source: clicks, aggregation: count, window: 1d}
---
feature: {name: ms_max, description: d, owner: o, version: "1.0", aggregation: max, window: 1d, source_features: [ms]}
---
feature: {name: n_views, description: d, owner: o, version: "1.0", source: views, aggregation: count, window: 1d}
"""


@pytest.fixture
def station(binary, tmp_path):
    """The program in a copy of the golden repository without its quality checks."""
    folder = shutil.copytree(ROOT / "tests" / "golden" / "station", tmp_path / "station")
    for path in (folder / "features").iterdir():
        path.write_text(re.sub(r"  quality_checks:\n(    - .*\n)+", "", path.read_text()))
    return Command(binary, folder)


@pytest.fixture
def two(binary, tmp_path):
    (tmp_path / "project.yaml").write_text(TWO_ENTITIES)
    (tmp_path / "clicks.csv").write_text("user_id,at,ms\n00001,2024-03-01T00:00:00Z,12.5\n00001,2024-03-01T06:00:00Z,7\nu=2,2024-03-01T08:00:00Z,1\n")
    (tmp_path / "views.csv").write_text("user_id,page,at\n00001,7,2024-03-01T00:00:00Z\n00001,8,2024-03-01T01:00:00Z\nu=2,7,2024-03-01T02:00:00Z\n")
    return Command(binary, tmp_path)


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def stored_text(folder, entity):
    days = sorted((folder / entity).glob("day=*/part-0.csv"))
    texts = [day.read_text() for day in days]
    return texts[0] + "".join(text.split("\n", 1)[1] for text in texts[1:])


def test_rows_are_those_of_a_backfill(station):
    station("backfill", "--output", "store", "--output-format", "csv")
    stored = stored_text(station.folder / "store", "pump")
    assert station("show", "--last", "1000", "--format", "csv").out == stored
    assert rows_of(station("show", "--last", "3", "--format", "csv").out) == rows_of(stored)[-3:]
    only = rows_of(station("show", "--key", "pump_id=p2", "--last", "2", "--format", "csv").out)
    assert only == [row for row in rows_of(stored) if row["pump_id"] == "p2"][-2:]


def test_a_grid(station):
    station("backfill", "--output", "store", "--output-format", "csv", "--every", "6h")
    shown = station("show", "--every", "6h", "--last", "1000", "--format", "csv").out
    assert shown == stored_text(station.folder / "store", "pump")


def test_columns_are_as_named(station):
    head = station("show", "power_max_2h", "efficiency_3h", "--format", "csv").out.split("\n")[0]
    assert head == "pump_id,event_time,power_max_2h,efficiency_3h"


@pytest.mark.parametrize("at", ["2024-03-01T03:00:00Z", "2024-03-01T03:00:00.000001Z", "2024-03-01T02:59:59.999999Z", "2025-01-01", "2020-01-01"])
def test_values_at_an_instant_are_those_of_a_training_set(station, at):
    (station.folder / "labels.csv").write_text(f"pump_id,event_time\np1,{at}\np2,{at}\np9,{at}\n")
    station("dataset", "--observations", "labels.csv", "--output", "train.csv")
    expected = rows_of((station.folder / "train.csv").read_text())
    for row in expected:
        shown = rows_of(station("show", "--key", row["pump_id"], "--at", at, "--format", "csv").out)
        del row["event_time"]
        assert [{name: value for name, value in each.items() if name != "event_time"} for each in shown] == [row]


def test_a_key_that_no_event_has(station):
    done = station("show", "modes", "--key", "pump_id=P1")
    assert done.err == 'warning: there is no event of pump pump_id "P1"; others have pump_id "p1"\n' and done.out == ""
    done = station("show", "inefficient_events_1d", "--key", "P1", "--at", "2024-03-02")
    assert 'warning: there is no event of pump pump_id "P1" until 2024-03-02T00:00:00Z; others have pump_id "p1"' in done.err
    assert done.out.split("\n")[1].split() == ["P1", "2024-03-02T00:00:00Z", "0"]


def test_entities_of_their_own(two):
    done = two("show", "--format", "json").json()
    assert [(table["entity"], table["keys"], table["features"]) for table in done["tables"]] == [("user", ["user_id"], ["n_clicks", "ms_max"]), ("visit", ["user_id", "page"], ["n_views"])]
    assert done["tables"][1]["rows"][0] == {"user_id": "00001", "page": 7, "event_time": "2024-03-01T00:00:00Z", "n_views": 1}
    assert [table["entity"] for table in two("show", "--key", "page=7", "--format", "json").json()["tables"]] == ["visit"]
    (table,) = two("show", "n_views", "--key", "page=7", "--format", "json").json()["tables"]
    assert [row["user_id"] for row in table["rows"]] == ["00001", "u=2"]
    assert two("show", "n_clicks", "--key", "user_id=u=2", "--format", "csv").out == "user_id,event_time,n_clicks\nu=2,2024-03-01T08:00:00Z,1\n"


# name: (arguments, words of the message)
REFUSALS = {
    "no such key": (["--key", "pages=7"], ["no entity has the key pages", "the keys are user_id (user); user_id, page (visit)"]),
    "a key of another entity": (["n_clicks", "--key", "page=7"], ["`page=7` is no key of entity `user`"]),
    "no such feature": (["n_click"], ["there is no feature `n_click`", "did you mean `n_clicks`?"]),
    "CSV of two": (["--format", "csv"], ["CSV is one table, but these are features of user and visit"]),
    "both": (["--at", "2024-03-01", "--every", "1h"], ["--at is one instant, --every is for a row of them"]),
    "no rows": (["--last", "0"], ["--last takes a number of rows from 1 to 100000, not `0`"]),
    "too many": (["--last", "99999999999999999999"], ["--last takes a number of rows from 1 to 100000"]),
    "a broken time": (["--at", "noon"], ["--at takes a time such as"]),
    "a broken key": (["n_views", "--key", "page=seven"], ["page"]),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(two, name):
    arguments, words = REFUSALS[name]
    done = two("show", *arguments, code=2 if name != "a broken key" else None)
    assert done.code in (1, 2) and done.out == ""
    for word in words:
        assert word in done.err, done.err


def test_keys_at_an_instant_are_counted(binary, tmp_path):
    (tmp_path / "project.yaml").write_text(TWO_ENTITIES)
    (tmp_path / "clicks.csv").write_text("user_id,at,ms\n" + "".join(f"u{i:04},2024-03-01T00:00:00Z,{i}\n" for i in range(3000)))
    shell = Command(binary, tmp_path)
    done = shell("show", "ms_max", "--at", "2024-03-01", "--format", "csv")
    assert done.err == "note: 20 of 3,000 keys of user; --last N shows more, --key one\n"
    assert done.out.split("\n")[1:3] == ["u0000,2024-03-01T00:00:00Z,0.0", "u0001,2024-03-01T00:00:00Z,1.0"]
    everything = shell("show", "ms_max", "--at", "2024-03-01", "--format", "csv", "--last", "100000")
    assert everything.err == "" and everything.out.count("\n") == 3001
    assert shell("show", "ms_max", "--last", "3", "--format", "csv").out.split("\n")[1:4] == [f"u{i},2024-03-01T00:00:00Z,{i}.0" for i in (2997, 2998, 2999)]


def test_bad_rows_as_elsewhere(two):
    (two.folder / "clicks.csv").write_text("user_id,at,ms\nu1,2024-03-01T00:00:00Z,1\nu1,nope,2\n")
    assert "`--on-bad-row skip --bad-rows FILE`" in two("show", "ms_max", code=1).err
    assert two("show", "ms_max", "--on-bad-row", "skip", "--format", "csv").out.endswith("u1,2024-03-01T00:00:00Z,1.0\n")


def on_terminal(shell, *arguments):
    """What a terminal shows: stdout and stderr."""
    leader, follower = pty.openpty()
    process = shell.start(*arguments, stdout=follower, stderr=follower)
    os.close(follower)
    seen = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        seen += part
    os.close(leader)
    assert process.wait() == 0
    return seen.decode()


def test_a_terminal_shows_the_course_of_one_key(two):
    text = on_terminal(two, "show", "n_clicks", "ms_max", "--key", "00001", "--every", "1h", "--last", "8", "-q")
    assert re.search(r"n_clicks  ▁+█+", text) and re.search(r"ms_max    ▅{8}", text), text
    assert "▁" not in on_terminal(two, "show", "n_clicks", "-q"), "rows of several keys have no course"
    assert "▁" not in two("show", "n_clicks", "--key", "00001").out


# Rows on the standard output.


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_printed_rows_are_those_of_files(station, form):
    station("backfill", "--output", "store", "--output-format", form)
    days = sorted((station.folder / "store" / "pump").glob(f"day=*/part-0.{form}"))
    stored = stored_text(station.folder / "store", "pump") if form == "csv" else "".join(day.read_text() for day in days)
    done = station("backfill", "--output", "-", "--output-format", form)
    assert done.out == stored and "pump" in done.err
    assert station("backfill", "--output", "-", "--output-format", form, "-q").err == ""
    head = 1 if form == "csv" else 0
    assert station("backfill", "--output", "-", "--output-format", form, "--limit", "3", "-q").out == "".join(stored.splitlines(True)[: 3 + head])
    station("dataset", "--observations", "observations.csv", "--output", f"t.{form}")
    assert station("dataset", "--observations", "observations.csv", "--output", "-", "--output-format", form).out == (station.folder / f"t.{form}").read_text()


def test_the_summary_of_printed_rows_goes_to_stderr(station):
    done = station("dataset", "--observations", "observations.csv", "--output", "-", "--format", "json", "--checksum")
    assert json.loads(done.err.split("warning: ")[-1].split("\n", 1)[1])["rows"] == len(rows_of(done.out)) == 5


def test_a_limit_of_observations(station):
    whole = station("dataset", "--observations", "observations.csv", "--output", "-", "-q").out
    assert station("dataset", "--observations", "observations.csv", "--output", "-", "-q", "--limit", "2").out == "".join(whole.splitlines(True)[:3])
    assert station("dataset", "--observations", "observations.csv", "--output", "-", "-q", "--limit", "2000").out == whole
    station("dataset", "--observations", "observations.csv", "--output", "t.parquet", "--limit", "1")
    assert station("dataset", "--observations", "observations.csv", "--output", "null:", "--limit", "1", "--format", "json").json()["rows"] == 1


PRINT_REFUSALS = {
    "Parquet": (["backfill", "--output", "-", "--output-format", "parquet"], "Parquet cannot be printed: --output - takes --output-format csv or ndjson"),
    "a limit of a store": (["backfill", "--output", "store", "--limit", "3"], "a store holds all rows of its days"),
    "two entities": (["backfill", "--output", "-"], "rows of one entity can be printed, but these are features of user and visit"),
    "a form for a file": (["dataset", "--observations", "l.csv", "--output", "t.csv", "--output-format", "csv"], "a file says its form by its extension"),
}


@pytest.mark.parametrize("name", PRINT_REFUSALS)
def test_what_cannot_be_printed(two, name):
    arguments, words = PRINT_REFUSALS[name]
    done = two(*arguments, code=2)
    assert words in done.err and done.out == ""
    assert not (two.folder / "store").exists() and not (two.folder / "-").exists()


def test_a_limit_leaves_checks_out(binary, tmp_path):
    folder = shutil.copytree(ROOT / "tests" / "golden" / "station", tmp_path / "station")
    shell = Command(binary, folder)
    assert shell("backfill", "--output", "null:", "--format", "json", code=1).json()["quality"]["checks"]
    assert shell("backfill", "--output", "null:", "--limit", "3", "--format", "json").json()["entities"][0]["rows"] == 3
