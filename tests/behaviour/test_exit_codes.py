"""How the program ends: a scheduler repeats what ended in 3, so nothing that must first be changed may end so."""
import fcntl
import gzip
import os
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import Command
from conftest import ROOT

EVENTS = "pump_id,at,flow,power,mode,starts\n" + "".join(f"p1,2024-03-01T{hour:02}:00:00Z,{hour}.5,5.0,run,1\n" for hour in range(24))


@pytest.fixture
def station(binary, tmp_path):
    return Command(binary, shutil.copytree(ROOT / "tests" / "golden" / "station", tmp_path / "station"))


def use_file(station, name, kind):
    """The telemetry source reads this file."""
    project = station.folder / "project.yaml"
    text = project.read_text()
    assert "format: csv, path: data/telemetry.csv" in text
    project.write_text(text.replace("format: csv, path: data/telemetry.csv", f"format: {kind}, path: '{name}'"))


def damaged_parquet(station):
    use_file(station, "data/t.parquet", "parquet")
    table = pa.table({"pump_id": ["p1"] * 999, "at": pa.array(range(999), pa.timestamp("us", "UTC")), "flow": [i * 0.37 for i in range(999)],
                      "power": [1.0] * 999, "mode": ["run"] * 999, "starts": [1] * 999})
    path = station.folder / "data" / "t.parquet"
    pq.write_table(table, path, compression="zstd", use_dictionary=False)
    column = pq.read_metadata(path).row_group(0).column(2)
    raw = bytearray(path.read_bytes())
    raw[column.data_page_offset + 30 : column.data_page_offset + 200] = bytes(170)
    path.write_bytes(raw)


def no_parquet(station):
    use_file(station, "data/t.parquet", "parquet")
    (station.folder / "data" / "t.parquet").write_bytes(b"PAR1 is how it begins, and nothing of it is true PAR1")


def cut_gzip(station):
    use_file(station, "data/t.csv.gz", "csv")
    (station.folder / "data" / "t.csv.gz").write_bytes(gzip.compress(EVENTS.encode())[:-40])


def wrong_gzip(station):
    use_file(station, "data/t.csv.gz", "csv")
    raw = bytearray(gzip.compress(EVENTS.encode()))
    raw[30:60] = bytes(30)
    (station.folder / "data" / "t.csv.gz").write_bytes(raw)


@pytest.mark.parametrize("damage", [damaged_parquet, no_parquet, cut_gzip, wrong_gzip])
def test_damaged_data_is_data(station, damage):
    damage(station)
    done = station("backfill", "--output", "null:", code=1)
    assert "data/t." in done.err, done.err


def test_a_missing_file_is_the_environment(station):
    (station.folder / "data" / "telemetry.csv").unlink()
    station("backfill", "--output", "null:", code=3)


def test_a_system_that_is_not_known_is_the_definition(station):
    use_file(station, "hdfs://cluster/telemetry.csv", "csv")
    assert "hdfs:// is not supported" in station("backfill", "--output", "null:", code=1).err


def test_another_writer_is_unavailable(station):
    store = station.folder / "store"
    store.mkdir()
    folder = os.open(store, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    assert "another process is writing" in station("backfill", "--output", "store", code=3).err
    os.close(folder)


def test_what_is_there_contradicts(station):
    station("generate", "airflow", "--output", "dag")
    readme = station.folder / "dag" / "README.md"
    readme.write_text(readme.read_text() + "mine\n")
    assert "would be lost" in station("generate", "airflow", "--output", "dag", code=1).err
    assert "would be replaced" in station("generate", "feast", "--output", "dag", code=1).err


@pytest.mark.parametrize("arguments", [
    ["plan", "--features", "nope"],
    ["generate", "cobol", "--output", "out"],
    ["generate", "sql", "--dialect", "oracle", "--output", "out"],
    ["explain", "mean_1h", "--key", "pump=p1", "--at", "2024-03-01"],
    ["test", "--engine", "abacus"],
])
def test_names_that_do_not_exist_are_wrong_use(station, arguments):
    station(*arguments, code=2)
