"""A backfill that is killed at any moment leaves the old tables or the new ones, and the next run repairs the rest."""
import json
import random
import subprocess
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import Command

DAY_US = 86_400 * 10**6
START = 1_709_251_200 * 10**6
DAYS = 6
KILLS = 9
ONE_DAY = ["--start", "2024-03-03", "--end", "2024-03-04"]


def write_project(folder, rows, seed):
    numbers = np.random.default_rng(seed)
    (folder / "data").mkdir(parents=True)
    (folder / "project.yaml").write_text(
        "project: {name: killed}\n---\nentity: {name: pump, key: id}\n---\nentity: {name: site, key: place}\n---\n"
        "source: {name: s, entity: pump, event_time: at, columns: {x: double}, batch: {format: parquet, path: data/s.parquet}}\n---\n"
        "source: {name: w, entity: site, event_time: at, columns: {y: double}, batch: {format: parquet, path: data/s.parquet}}\n---\n"
        "feature: {name: mean_1h, description: d, owner: o, version: '1.0', aggregation: mean, window: 1h, source_features: [x]}\n---\n"
        "feature: {name: max_1h, description: d, owner: o, version: '1.0', aggregation: max, window: 1h, source_features: [y]}\n"
    )
    table = {
        "id": numbers.integers(0, 50, rows),
        "place": pa.array([f"place {i}" for i in numbers.integers(0, 20, rows)]),
        "at": pa.array(START + np.sort(numbers.integers(0, DAYS * DAY_US, rows)), pa.timestamp("us", "UTC")),
        "x": numbers.normal(0, 1, rows),
        "y": numbers.normal(0, 1, rows),
    }
    pq.write_table(pa.table(table), folder / "data" / "s.parquet")


def listed(store):
    """What a reader sees by the rules of docs/reference/offline-store.md: the bytes of each file; {} where nothing is."""
    commit, manifest = store / "commit.json", store / "manifest.json"
    waiting = {}
    if commit.exists():
        decided = json.loads(commit.read_text())
        read, waiting = json.loads(decided["manifest"]), {each["file"]: each["temporary"] for each in decided["renames"]}
    elif manifest.exists():
        read = json.loads(manifest.read_text())
    else:
        return {}
    files = {}
    for entity in read["entities"]:
        for partition in entity["partitions"]:
            path = store / waiting.get(partition["file"], partition["file"])
            if not path.exists():
                path = store / partition["file"]
            files[partition["file"]] = path.read_bytes()
            assert path.stat().st_size == partition["bytes"] and pq.read_metadata(path).num_rows == partition["rows"]
    return files


def of_entity(files, entity):
    return {path: content for path, content in files.items() if path.startswith(entity + "/")}


@pytest.fixture(scope="module")
def stores(binary, tmp_path_factory):
    """Two repositories of the same definitions with other data, and the tables of undisturbed runs."""
    folder, found = tmp_path_factory.mktemp("killed"), {}
    for name, seed in (("old", 1), ("new", 2)):
        write_project(folder / name, 40_000, seed)
        Command(binary, folder)("backfill", "--project", name, "--output", f"store_{name}", "-q")
        found[name] = listed(folder / f"store_{name}")
        assert len(found[name]) == 2 * DAYS
    assert all(found["old"][path] != found["new"][path] for path in found["old"])
    return folder, found


def killed(command, seconds, *arguments):
    """Kills the run after so many seconds; true when it was still under way."""
    process = command.start(*arguments)
    try:
        process.wait(seconds)
        return False
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True


def test_old_or_new_at_every_kill(binary, stores, tmp_path):
    folder, found = stores
    command = Command(binary, folder)
    chance, outcomes, under_way = random.Random(42), set(), 0
    # A machine may be faster now than it was when a run was timed: until kills came in time, more are tried.
    for attempt in range(10 * KILLS):
        if attempt >= KILLS and under_way >= KILLS // 3 and False in outcomes:
            break
        if attempt % KILLS == 0:
            start = time.monotonic()
            command("backfill", "--project", "new", "--output", tmp_path / f"timed-{attempt}", "-q")
            whole = time.monotonic() - start
        store = tmp_path / f"store-{attempt}"
        command("backfill", "--project", "old", "--output", store, "-q")
        under_way += killed(command, whole * chance.uniform(0.05, 1.1), "backfill", "--project", "new", "--output", store, "-q")
        seen = listed(store)
        for entity in ("pump", "site"):
            old, new = of_entity(found["old"], entity), of_entity(found["new"], entity)
            assert of_entity(seen, entity) in (old, new), "a mixture of old and new"
            outcomes.add(of_entity(seen, entity) == new)
        for path in found["old"]:  # whoever reads the files alone sees each as it was or as it is
            assert (store / path).read_bytes() in (found["old"][path], found["new"][path])
        command("backfill", "--project", "new", "--output", store, "-q")
        assert listed(store) == found["new"], "the same bytes as an undisturbed run"
        on_disk = {str(path.relative_to(store)) for path in store.rglob("*") if path.is_file()}
        assert on_disk == set(found["new"]) | {"manifest.json", "quality.json"}, "nothing is left behind"
    assert under_way >= KILLS // 3 and False in outcomes


def test_a_killed_first_run_leaves_nothing_or_all(binary, stores, tmp_path):
    folder, found = stores
    command, chance = Command(binary, folder), random.Random(7)
    for attempt in range(4):
        store = tmp_path / f"store-{attempt}"
        killed(command, chance.uniform(0.01, 0.3), "backfill", "--project", "new", "--output", store, "-q")
        seen = listed(store)
        for entity in ("pump", "site"):
            assert of_entity(seen, entity) in ({}, of_entity(found["new"], entity))
        command("backfill", "--project", "new", "--output", store, "-q")
        assert listed(store) == found["new"]


def test_a_killed_dataset_leaves_the_old_file_or_the_new_one(binary, stores, tmp_path):
    folder, _ = stores
    command, chance = Command(binary, folder), random.Random(3)
    pq.write_table(pq.read_table(folder / "new" / "data" / "s.parquet", columns=["id", "place", "at"]), tmp_path / "asked.parquet")
    output = tmp_path / "train.parquet"
    ask = ["dataset", "--project", "new", "--observations", tmp_path / "asked.parquet", "--output", output, "-q"]
    start = time.monotonic()
    command(*ask)
    whole, new = time.monotonic() - start, output.read_bytes()
    for _ in range(5):
        output.write_bytes(b"old")
        killed(command, whole * chance.uniform(0.2, 1.1), *ask)
        assert output.read_bytes() in (b"old", new)
        command(*ask)
        assert output.read_bytes() == new
        assert sorted(path.name for path in tmp_path.iterdir()) == ["asked.parquet", "train.parquet"], "nothing is left behind"


def entities(done):
    return {entity["entity"]: (entity["reused"], entity["partitions_written"], entity["partitions_reused"]) for entity in done.json()["entities"]}


def test_a_second_run_reuses_what_has_not_changed(binary, stores, tmp_path):
    folder, found = stores
    command = Command(binary, folder)
    run = ["backfill", "--project", "new", "--output", tmp_path / "store", "--format", "json"]
    assert entities(command(*run)) == {"pump": (False, DAYS, 0), "site": (False, DAYS, 0)}
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "store").rglob("part-*")}
    assert entities(command(*run)) == {"pump": (True, 0, DAYS), "site": (True, 0, DAYS)}
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "store").rglob("part-*")} == stamps
    damaged = tmp_path / "store" / "pump" / "day=2024-03-02" / "part-0.parquet"
    damaged.unlink()
    assert entities(command(*run))["site"] == (True, 0, DAYS)
    assert listed(tmp_path / "store") == found["new"], "a file that is gone is written again, with the same bytes"


def test_days_can_be_added_and_written_again(binary, stores, tmp_path):
    folder, found = stores
    command, store = Command(binary, folder), tmp_path / "store"
    command("backfill", "--project", "new", "--output", store, "--end", "2024-03-05", "-q")
    command("backfill", "--project", "new", "--output", store, "--start", "2024-03-05", "-q")
    assert listed(store) == found["new"], "in two parts as in one"
    command("backfill", "--project", "new", "--output", store, *ONE_DAY, "-q")
    assert listed(store) == found["new"]


def test_two_runs_at_once_do_not_mix(binary, stores, tmp_path):
    folder, found = stores
    command, store = Command(binary, folder), tmp_path / "store"
    processes = [command.start("backfill", "--project", name, "--output", store, "-q", stderr=subprocess.PIPE, text=True) for name in ("old", "new")]
    said = [(process.communicate()[1], process.returncode) for process in processes]
    assert {code for _, code in said} <= {0, 3}, said
    seen = listed(store)
    for entity in ("pump", "site"):
        assert of_entity(seen, entity) in [of_entity(found[name], entity) for name in found]
