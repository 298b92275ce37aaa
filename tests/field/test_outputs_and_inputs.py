"""No output destroys or spoils an input, and no store loses a column, a grid or a day unless told."""
import json
import os

import pytest
from command import Command

EVENTS = "id,at,x\n1,2024-03-01T00:00:00Z,1\n1,2024-03-01T06:00:00Z,2\n1,2024-03-02T06:00:00Z,4\n"
BAD = EVENTS + "1,nope,3\n"
LABELS = "id,at\n1,2024-03-01T12:00:00Z\n"
FEATURE = "feature: {{name: {name}, description: d, owner: o, version: '1.0', aggregation: {aggregation}, window: 1d, source_features: [x]}}\n"


@pytest.fixture
def station(binary, tmp_path):
    """A project whose source is what a test says, in a folder of its own below the working folder."""

    def make(path="data/", events=EVENTS):
        project = tmp_path / "station"
        for folder in ("features", "data/sub", "tests"):
            (project / folder).mkdir(parents=True, exist_ok=True)
        (project / "project.yaml").write_text(
            "project: {name: p, defaults: {source: s}}\n---\nentity: {name: pump, key: id}\n---\n"
            f"source: {{name: s, entity: pump, event_time: at, columns: {{x: double}}, batch: {{format: csv, path: '{path}'}}}}\n"
        )
        define(project, "s", "m")
        (project / "data" / "a.csv").write_text(events)
        (project / "labels.csv").write_text(LABELS)
        return Command(binary, project)

    return make


def define(project, *names):
    aggregations = {"s": "sum", "m": "mean", "n": "count"}
    texts = [FEATURE.format(name=name, aggregation=aggregations[name]) for name in names]
    (project / "features" / "all.yaml").write_text("---\n".join(texts))


def everything(folder):
    """All files, links not followed, with their bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}


def refused(command, *arguments, says):
    before = everything(command.folder)
    done = command(*arguments, code=2)
    assert everything(command.folder) == before, "a refused run changed a file"
    for word in (says if isinstance(says, tuple) else (says,)):
        assert word in done.err, done.err
    return done


BACKFILL = ("backfill", "--output", "offline", "--on-bad-row", "skip", "--bad-rows")
DATASET = ("dataset", "--observations", "labels.csv", "--output")


@pytest.mark.parametrize("source", ["data/", "data/a.csv", "data/*.csv", "data/**/*.csv", "**/*.csv", "data", "./data/../data/a.csv"])
def test_a_source_is_not_replaced(station, source):
    command = station(source, BAD)
    refused(command, *BACKFILL, "data/a.csv", says=("--bad-rows data/a.csv", "source `s` reads"))
    refused(command, *DATASET, "data/a.csv", says=("--output data/a.csv", "source `s` reads"))
    refused(command, "dataset", "--observations", "labels.csv", "--output", "null:", "--on-bad-row", "skip", "--bad-rows", "data/a.csv", says="--bad-rows")
    refused(command, "explain", "s", "--key", "id=1", "--at", "2024-03-02T00:00:00Z", "--on-bad-row", "skip", "--bad-rows", "data/a.csv", says="--bad-rows")


@pytest.mark.parametrize("output", ["data/new.csv", "data/sub/new.csv", "data/new.parquet", "data/../data/new.csv", "data/none/yet/new.csv"])
def test_nothing_is_written_into_a_folder_that_is_read(station, output):
    command = station("data/")
    refused(command, *BACKFILL, output, says=("lies in data/", "source `s` reads"))
    refused(command, *DATASET, output, says="lies in")
    refused(command, "backfill", "--output", output.rsplit("/", 1)[0], says="source `s` reads")
    refused(command, "generate", "sql", "--output", output.rsplit("/", 1)[0], says="source `s` reads")


@pytest.mark.parametrize("source, output, is_read", [
    ("data/*.csv", "data/new.csv", True),
    ("data/*.csv", "data/new.parquet", False),
    ("data/*.csv", "data/sub/new.csv", False),
    ("data/**/*.csv", "data/sub/deep/new.csv", True),
    ("data/part-[0-3].csv", "data/part-2.csv", True),
    ("data/part-[0-3].csv", "data/part-7.csv", False),
    ("data/*", "data/sub/new.csv", True),
    ("**/*.csv", "new.csv", True),
    ("**/*.csv", "new.parquet", False),
])
def test_a_glob_covers_what_it_matches(station, source, output, is_read):
    command = station(source)
    if is_read:
        refused(command, *DATASET, output, says="source `s` reads")
    else:
        (command.folder / "data" / "part-1.csv").write_text(EVENTS)
        assert "would be read" not in command(*DATASET, output, code=None).err


@pytest.mark.parametrize("source, is_read", [("**/*", True), ("**/*.parquet", True), ("off*/**", True), ("*/pump/day=*/*.parquet", True),
                                             ("*/pump", True), ("**/*.csv", False), ("data/*", False), ("*/*/x.parquet", False)])
def test_a_glob_that_would_read_the_store_is_told(station, source, is_read):
    command = station(source)
    if is_read:
        refused(command, "backfill", "--output", "offline", says="source `s` reads")
    else:
        done = command("backfill", "--output", "offline", code=None)
        assert "would be read" not in done.err


def test_links_and_second_names_lead_to_the_same_file(station):
    command = station("data/a.csv", BAD)
    folder = command.folder
    (folder / "link.csv").symlink_to("data/a.csv")
    (folder / "elsewhere").symlink_to("data")
    (folder / "chain.csv").symlink_to("link.csv")
    os.link(folder / "data" / "a.csv", folder / "hard.csv")
    for output in ("link.csv", "elsewhere/a.csv", "chain.csv", "hard.csv", folder / "data" / "a.csv"):
        refused(command, *DATASET, output, says="source `s` reads")
        refused(command, *BACKFILL, output, says="source `s` reads")
    command = station("data/")
    (folder / "dangling.csv").symlink_to("data/not_yet.csv")
    refused(command, *BACKFILL, "dangling.csv", says="source `s` reads")
    refused(command, *BACKFILL, "hard.csv", says="source `s` reads")
    (folder / "out.csv").write_text("")
    (folder / "data" / "to_out.csv").symlink_to("../out.csv")
    refused(command, *DATASET, "out.csv", says="source `s` reads")


def test_observations_and_definitions_are_not_replaced(station):
    command = station("data/a.csv")
    refused(command, *DATASET, "labels.csv", says="has the observations")
    refused(command, *DATASET, "null:", "--on-bad-row", "skip", "--bad-rows", "labels.csv", says="has the observations")
    (command.folder / "same.csv").symlink_to("labels.csv")
    refused(command, *DATASET, "same.csv", says="has the observations")
    (command.folder / "features" / "all.yaml").rename(command.folder / "shared.yaml")
    (command.folder / "features" / "all.yaml").symlink_to("../shared.yaml")
    refused(command, *BACKFILL, "shared.yaml", says="holds definitions")
    for output in ("project.yaml", "features/all.yaml", "features/new.csv", "tests/new.ndjson"):
        refused(command, *BACKFILL, output, says="--bad-rows")


@pytest.mark.parametrize("output", [".", "..", "data", "features", "features/store", "tests", ""])
def test_a_store_has_a_folder_of_its_own(station, output):
    command = station("data/a.csv")
    folder = command.folder / output if output else command.folder
    refused(command, "backfill", "--output", folder, says="--output")


def test_two_outputs_have_two_places(station):
    command = station("data/a.csv", BAD)
    refused(command, *BACKFILL, "offline/quality.json", says="one place")
    refused(command, *DATASET, "train.csv", "--on-bad-row", "skip", "--bad-rows", "./train.csv", says="one place")


def test_other_places_beside_the_source_are_fine(station):
    command = station("data/a.csv", BAD)
    command(*BACKFILL, "bad.csv")
    command(*DATASET, "data/train.csv", "--on-bad-row", "skip")
    command("backfill", "--output", "data/offline", "--on-bad-row", "skip")
    command("generate", "sql", "--output", "generated")


def columns(store):
    return [feature["name"] for feature in json.loads((store / "manifest.json").read_text())["entities"][0]["features"]]


def test_a_store_keeps_its_columns(station):
    command = station("data/a.csv")
    command("backfill", "--output", "offline")
    before = everything(command.folder / "offline")
    done = command("backfill", "--output", "offline", "--features", "s", code=1)
    assert "`m`" in done.err and "--replace" in done.err
    define(command.folder, "m")
    assert "`s`" in command("backfill", "--output", "offline", code=1).err
    assert everything(command.folder / "offline") == before
    command("backfill", "--output", "offline", "--replace")
    assert columns(command.folder / "offline") == ["m"]
    define(command.folder, "m", "n", "s")  # more columns lose nothing
    command("backfill", "--output", "offline")
    assert columns(command.folder / "offline") == ["m", "n", "s"]


def test_a_store_keeps_its_grid(station):
    command = station("data/a.csv")
    command("backfill", "--output", "offline")
    done = command("backfill", "--output", "offline", "--every", "6h", code=1)
    assert "a row at each event" in done.err and "--every 6h" in done.err and "--replace" in done.err
    command("backfill", "--output", "offline", "--every", "6h", "--replace")
    assert "--every 6h" in command("backfill", "--output", "offline", code=1).err
    assert "--every 6h" in command("backfill", "--output", "offline", "--every", "1h", code=1).err
    command("backfill", "--output", "offline", "--every", "6h")


@pytest.mark.parametrize("span", [[], ["--start", "2024-03-02", "--end", "2024-03-03"]])
def test_a_store_keeps_its_days(station, span):
    command = station("data/a.csv")
    command("backfill", "--output", "offline")
    (command.folder / "data" / "a.csv").write_text("".join(EVENTS.splitlines(True)[:3]))  # the second day is gone
    before = everything(command.folder / "offline")
    done = command("backfill", "--output", "offline", *span, code=1)
    assert "2024-03-02" in done.err and "--replace" in done.err
    assert everything(command.folder / "offline") == before
    command("backfill", "--output", "offline", "--replace", *span)
    assert not (command.folder / "offline" / "pump" / "day=2024-03-02").exists()
