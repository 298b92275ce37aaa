"""Stores and generated folders that lie where others write: nothing outside is touched, nothing foreign is taken, nobody waits."""
import hashlib
import json
import os
import shutil
import subprocess

import pytest
from command import Command

TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def station(binary, tmp_path):
    """A fresh repository, and beside it a folder that no run may change."""
    Command(binary, tmp_path)("init", "station")
    outside = tmp_path / "outside"
    (outside / "day=2024-03-01").mkdir(parents=True)
    for name in ("secret", "day=2024-03-01/part-0.parquet", "generated.json", "sources.sql"):
        (outside / name).write_text("secret")
    command = Command(binary, tmp_path / "station")
    yield command
    assert {path.read_text() for path in outside.rglob("*") if path.is_file()} == {"secret"}
    assert len(list(outside.rglob("*"))) == 5


def sealed(document):
    """The text with its digest, as the program writes it: a forger can do that too."""
    text = json.dumps(document, indent=2)[: -len("\n}")] + ',\n  "digest": "'
    return text + hashlib.sha256(text.encode()).hexdigest() + '"\n}\n'


def unsealed(path):
    return {key: value for key, value in json.loads(path.read_text()).items() if key != "digest"}


def everything(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


HOSTILE_NAMES = ["../outside/secret", "/etc/hostname", "", ".", "..", "pump/../../outside/secret", "pump", "pump//x", "mine.txt", "pump/day=2024-03-01/mine.parquet"]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize("list_of", ["renames", "removals", "partitions"])
def test_names_in_a_store_lead_nowhere(station, name, list_of):
    station("backfill", "--output", "offline", "-q")
    store = station.folder / "offline"
    (store / "mine.txt").write_text("mine")
    (store / "pump" / "day=2024-03-01" / "mine.parquet").write_text("mine")
    manifest = unsealed(store / "manifest.json")
    if list_of == "partitions":
        manifest["entities"][0]["partitions"][0]["file"] = name
        (store / "manifest.json").write_text(sealed(manifest))
    else:
        commit = {"manifest": (store / "manifest.json").read_text(), "renames": [], "removals": []}
        commit[list_of] = [{"file": name, "temporary": f"{name}.{TOKEN}.new", "bytes": 6}]
        (store / "commit.json").write_text(sealed(commit))
    before = everything(store)
    for arguments in (["backfill", "--output", "offline"], ["verify", "offline"]):
        station(*arguments, code=1)
        assert everything(store) == before


@pytest.mark.parametrize("link", ["offline/pump", "offline/pump/day=2024-03-01", "offline/pump/day=2024-03-01/part-0.parquet", "offline/manifest.json",
                                  "offline/quality.json", "offline/commit.json"])
def test_links_in_a_store_are_not_followed(station, link):
    station("backfill", "--output", "offline", "-q")
    path = station.folder / link
    if path.is_dir():
        shutil.rmtree(path)
        path.symlink_to("../" * link.count("/") + "../outside")
    else:
        path.unlink(missing_ok=True)
        path.symlink_to("../" * link.count("/") + "../outside/secret")
    telemetry = station.folder / "data" / "telemetry.csv"
    telemetry.write_text(telemetry.read_text() + "p1,2024-03-01T01:00:00Z,1,2,run,x\n")
    done = station("backfill", "--output", "offline", code=None)  # a link in the place of a file may be replaced, never followed
    assert done.code in (0, 1), done.err
    station("verify", "offline", code=None)


def test_the_folder_itself_may_be_a_link(station):
    (station.folder / "elsewhere").mkdir()
    (station.folder / "offline").symlink_to("elsewhere")
    station("backfill", "--output", "offline", "-q")
    assert (station.folder / "elsewhere" / "manifest.json").exists()
    station("verify", "offline")
    station("verify", "elsewhere")


def test_planted_temporary_names_are_not_written_through(station):
    store = station.folder / "offline"
    store.mkdir()
    for name in ("manifest.json.tmp", "commit.json.tmp", "quality.json.tmp"):
        (store / name).symlink_to("../../outside/secret")
    (station.folder / "train.csv.tmp").symlink_to("../outside/secret")
    station("backfill", "--output", "offline", "-q")
    (station.folder / "labels.csv").write_text("pump_id,event_time\np1,2024-03-02T00:00:00Z\n")
    station("dataset", "--observations", "labels.csv", "--output", "train.csv", "-q")
    (station.folder / "sql").mkdir()
    for name in ("generated.json.tmp", "sources.sql.tmp"):
        (station.folder / "sql" / name).symlink_to("../../outside/secret")
    station("generate", "sql", "--output", "sql", "-q")


def test_foreign_files_in_a_store_stay(station):
    station("backfill", "--output", "offline", "-q")
    store = station.folder / "offline"
    foreign = {"pump/day=2024-03-01/x.new": "1", "pump/day=2024-03-01/part-0.parquet.new": "2", "pump/day=1999-01-01/mine.new": "3", "notes.txt": "4",
               f"pump/day=2024-03-01/part-0.parquet.{TOKEN}.new": "5"}
    for name, text in foreign.items():
        (store / name).parent.mkdir(exist_ok=True)
        (store / name).write_text(text)
    telemetry = station.folder / "data" / "telemetry.csv"
    telemetry.write_text(telemetry.read_text() + "p1,2024-03-01T01:00:00Z,1,2,run,x\n")
    station("backfill", "--output", "offline", "-q")
    assert {name: (store / name).read_text() for name in foreign} == foreign
    assert "notes.txt" in station("verify", "offline").err


def test_a_folder_of_somebody_else_is_no_store(station):
    folder = station.folder / "app"
    folder.mkdir()
    (folder / "manifest.json").write_text('{"name": "my web app"}')
    before = everything(folder)
    assert "is no manifest of an offline store" in station("backfill", "--output", "app", code=1).err
    assert everything(folder) == before


@pytest.mark.parametrize("name", ["manifest.json", "commit.json"])
@pytest.mark.parametrize("kind", ["pipe", "device", "huge", "folder", "deep", "not text"])
def test_nobody_waits_for_a_file_of_a_store(station, name, kind):
    station("backfill", "--output", "offline", "-q")
    path = station.folder / "offline" / name
    path.unlink(missing_ok=True)
    make(path, kind)
    for arguments in (["backfill", "--output", "offline"], ["verify", "offline"]):
        done = run_for_seconds(station, *arguments)
        assert done.returncode in (1, 3), done.stderr


def make(path, kind):
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "huge":
        path.touch()
        os.truncate(path, 1 << 40)
    elif kind == "folder":
        path.mkdir()
    elif kind == "deep":
        path.write_text("[" * 1_000_000)
    else:
        path.write_bytes(b"\xff\xfe\x00\x01")


def run_for_seconds(station, *arguments):
    return subprocess.run([station.binary, *arguments], cwd=station.folder, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("kind", ["pipe", "device", "huge", "folder", "deep", "not text"])
def test_nobody_waits_for_a_generated_list(station, kind):
    (station.folder / "sql").mkdir()
    make(station.folder / "sql" / "generated.json", kind)
    for more in ([], ["--force"]):
        done = run_for_seconds(station, "generate", "sql", "--output", "sql", *more)
        assert done.returncode in (1, 3) and "generated.json" in done.stderr, done.stderr


@pytest.mark.parametrize("kind", ["pipe", "device", "huge", "folder"])
@pytest.mark.parametrize("suffix", ["csv", "ndjson", "parquet"])
def test_nobody_waits_for_observations(station, kind, suffix):
    path = station.folder / f"labels.{suffix}"
    make(path, kind)
    done = run_for_seconds(station, "dataset", "--observations", path.name, "--output", "null:")
    assert done.returncode in (1, 2, 3) and path.name in done.stderr, done.stderr


@pytest.mark.parametrize("kind", ["pipe", "device", "huge"])
@pytest.mark.parametrize("suffix", ["csv", "ndjson", "parquet"])
def test_nobody_waits_for_a_source(station, kind, suffix):
    project = station.folder / "project.yaml"
    project.write_text(project.read_text().replace("format: csv, path: data/telemetry.csv", f"format: {suffix}, path: data/given.{suffix}"))
    make(station.folder / "data" / f"given.{suffix}", kind)
    done = run_for_seconds(station, "backfill", "--output", "null:")
    assert done.returncode in (1, 3) and f"given.{suffix}" in done.stderr, done.stderr


@pytest.mark.parametrize("force", [[], ["--force"]])
@pytest.mark.parametrize("name", ["../outside/secret", "/etc/hostname", "", ".", "..", "features", "a/../../outside/secret", "mine//x", "generated.json"])
def test_names_of_a_generated_list_lead_nowhere(station, name, force):
    station("generate", "sql", "--output", "sql", "-q")
    folder = station.folder / "sql"
    (folder / "features" / "mine.sql").write_text("mine")
    listed = json.loads((folder / "generated.json").read_text())
    listed["files"][name] = hashlib.sha256(b"secret").hexdigest()
    (folder / "generated.json").write_text(json.dumps(listed))
    before = everything(folder)
    station("generate", "sql", "--output", "sql", *force, code=None if name == "features" else 1)
    assert (folder / "features" / "mine.sql").read_text() == "mine"
    if name != "features":
        assert everything(folder) == before


@pytest.mark.parametrize("change", [{"files": []}, {"files": {"a": 1}}, {"files": None}, {"target": 5}, {"format_version": "1"}, {"dialect": []}, {"files": {"a": ["b"]}}])
def test_wrong_types_in_a_generated_list_are_told(station, change):
    station("generate", "sql", "--output", "sql", "-q")
    path = station.folder / "sql" / "generated.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    assert "generated.json is not a list of generated files" in station("generate", "sql", "--output", "sql", code=1).err


@pytest.mark.parametrize("link", ["features", "sources.sql", "generated.json"])
@pytest.mark.parametrize("force", [[], ["--force"]])
def test_links_in_a_generated_folder_are_not_followed(station, link, force):
    station("generate", "sql", "--output", "sql", "-q")
    path = station.folder / "sql" / link
    if path.is_dir():
        shutil.rmtree(path)
        path.symlink_to("../../outside")
    else:
        path.unlink()
        path.symlink_to(f"../../outside/{link}")
    assert "symbolic link" in station("generate", "sql", "--output", "sql", *force, code=1).err
