"""What a run and its manifest say of the files of a source: read, left out, and those whose pages have no checksums."""
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import Command

PROJECT = (
    "project: {name: p}\n---\nentity: {name: pump, key: id}\n---\n"
    "source: {name: s, entity: pump, event_time: at, columns: {x: double}, batch: {format: FORM, path: data}}\n---\n"
    "feature: {name: total, description: d, owner: o, version: '1.0', aggregation: sum, window: 1d, source_features: [x]}\n"
)


@pytest.fixture
def pumps(binary, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "project.yaml").write_text(PROJECT.replace("FORM", "parquet"))
    for i in range(5):
        table = pa.table({"id": [1, 2], "at": pa.array([1_709_251_200_000_000 + i, 1_709_251_300_000_000], pa.timestamp("us", "UTC")), "x": [1.0, 2.0 + i]})
        pq.write_table(table, tmp_path / "data" / f"{i}.parquet", write_page_checksum=i >= 3)
    return Command(binary, tmp_path)


def sources(pumps, store="store"):
    return json.loads((pumps.folder / store / "manifest.json").read_text())["entities"][0]["runs"][0]["sources"]


def test_files_without_page_checksums_are_counted(pumps):
    done = pumps("backfill", "--output", "store")
    assert "from 5 files, 3 of them without page checksums: " in done.err
    assert sources(pumps) == [{"source": "s", "files": 5, "left_out": 0, "unverifiable": 3}]
    again = pumps("backfill", "--output", "store", "--format", "json").json()
    assert again["entities"][0]["reused"] and again["source_files"] == [{"source": "s", "read": 5, "left_out": 0, "unverifiable": 3}]
    for i in range(3):
        (pumps.folder / "data" / f"{i}.parquet").unlink()
    assert "from 2 files: " in pumps("backfill", "--output", "store").err
    assert sources(pumps)[0]["unverifiable"] == 0


def test_the_manifest_counts_what_was_left_out(pumps):
    for name in ("_SUCCESS", ".5.parquet.crc", "notes.txt", "_delta.parquet"):
        (pumps.folder / "data" / name).write_text("")
    done = pumps("backfill", "--output", "store")
    assert "5 files read, 4 left out" in done.err
    assert sources(pumps) == [{"source": "s", "files": 5, "left_out": 4, "unverifiable": 3}]


def test_text_has_no_pages(pumps):
    (pumps.folder / "project.yaml").write_text(PROJECT.replace("FORM", "csv"))
    (pumps.folder / "data" / "a.csv").write_text("id,at,x\n1,2024-03-01T00:00:00Z,1\n")
    pumps("backfill", "--output", "store", "-q")
    assert sources(pumps) == [{"source": "s", "files": 1, "left_out": 5, "unverifiable": 0}]


def test_a_changed_page_gives_no_value(pumps):
    path = pumps.folder / "data" / "3.parquet"
    data = bytearray(path.read_bytes())
    data[60] ^= 1
    path.write_bytes(data)
    assert "error" in pumps("backfill", "--output", "store", "-q", code=1).err


def test_a_store_as_a_source_is_held_against_its_manifest(pumps, tmp_path):
    pumps("backfill", "--output", "store", "-q")
    (tmp_path / "reader").mkdir()
    text = PROJECT.replace("FORM", "parquet").replace("path: data", "path: ../store").replace("event_time: at", "event_time: event_time").replace("{x: double}", "{total: double}").replace("[x]", "[total]").replace("name: total", "name: again")
    (tmp_path / "reader" / "project.yaml").write_text(text)
    reader = Command(pumps.binary, tmp_path / "reader")
    reader("backfill", "--output", "null:")
    (part,) = (pumps.folder / "store" / "pump").rglob("*.parquet")
    whole = part.read_bytes()
    for at in (4, 10, len(whole) // 2, len(whole) - 20):
        part.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        done = reader("backfill", "--output", "null:", code=1)
        assert "is another one" in done.err or "has another footer" in done.err, done.err
    part.write_bytes(whole)
    reader("backfill", "--output", "null:")
