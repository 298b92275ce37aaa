"""What is stored is what was written, and it is computed again when the files that it follows from have changed."""
import json
import os
import random
import shutil

import pyarrow.parquet as pq
import pytest
from command import Command

EVENTS = "id,at,x\n1,2024-03-01T00:00:00Z,1\n1,2024-03-01T06:00:00Z,2\n"


@pytest.fixture
def station(binary, tmp_path):
    for folder in ("features", "data"):
        (tmp_path / folder).mkdir()
    (tmp_path / "project.yaml").write_text(
        "project: {name: p, defaults: {source: s}}\n---\nentity: {name: pump, key: id}\n---\n"
        "source: {name: s, entity: pump, event_time: at, columns: {x: double}, batch: {format: csv, path: data/a.csv}}\n")
    (tmp_path / "features" / "all.yaml").write_text(
        "feature: {name: s, description: d, owner: o, version: '1.0', aggregation: sum, window: 1d, source_features: [x],\n"
        "  quality_checks: [{type: range, params: [0, 100]}]}\n")
    (tmp_path / "data" / "a.csv").write_text(EVENTS)
    os.utime(tmp_path / "data" / "a.csv", (1_700_000_000, 1_700_000_000))
    return Command(binary, tmp_path)


def backfill(station):
    report = station("backfill", "--output", "offline", "--format", "json").json()
    (file,) = (station.folder / "offline" / "pump").rglob("*.parquet")
    return report["entities"][0]["partitions_reused"] > 0, pq.read_table(file).column("s").to_pylist()


def in_place(path, text):
    path.write_text(text)


def replaced(path, text):
    other = path.with_suffix(".other")
    other.write_text(text)
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    os.replace(other, path)


def through_a_mapping(path, text):
    import mmap
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0) as mapping:
        mapping[:] = text.encode()
        mapping.flush()


@pytest.mark.parametrize("write", [in_place, replaced, through_a_mapping])
def test_a_correction_of_the_same_size_and_time_is_read(station, write):
    path = station.folder / "data" / "a.csv"
    assert backfill(station) == (False, [1.0, 3.0])
    assert backfill(station) == (True, [1.0, 3.0])
    times = path.stat()
    write(path, EVENTS.replace("Z,2", "Z,5"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (times.st_size, times.st_mtime_ns)
    assert backfill(station) == (False, [1.0, 6.0])
    assert backfill(station) == (True, [1.0, 6.0])


def test_a_correction_right_after_a_run_is_read(station):
    """The clock of files goes by ticks: a run waits for the next one before it reads."""
    path = station.folder / "data" / "a.csv"
    for value in range(3, 9):
        path.write_text(EVENTS.replace("Z,2", f"Z,{value}"))
        os.utime(path, (1_700_000_000, 1_700_000_000))
        assert backfill(station) == (False, [1.0, 1.0 + value])


def test_any_flipped_bit_is_found(station):
    backfill(station)
    assert station("verify", "offline").out.startswith("offline: 3 files, ")
    store, chance = station.folder / "offline", random.Random(5)
    for path in [store / "manifest.json", store / "quality.json", *store.rglob("*.parquet")]:
        whole = path.read_bytes()
        for place in [0, len(whole) - 1, *(chance.randrange(len(whole)) for _ in range(12))]:
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << chance.randrange(8)]) + whole[place + 1:])
            done = station("verify", "offline", code=1)
            assert path.name in done.out and "1 of" in done.err, done.out + done.err
        path.write_bytes(whole)
    station("verify", "offline")


def test_the_remedy_of_verify_works(station):
    backfill(station)
    (file,) = (station.folder / "offline" / "pump").rglob("*.parquet")
    whole = file.read_bytes()
    file.write_bytes(whole[:10] + bytes([whole[10] ^ 1]) + whole[11:])
    done = station("verify", "offline", code=1)
    assert "remove them and run the backfill again" in done.err
    file.unlink()
    assert "is missing" in station("verify", "offline", code=1).out
    assert backfill(station) == (False, [1.0, 3.0])
    assert file.read_bytes() == whole
    station("verify", "offline")


def test_a_footer_that_changed_is_not_reused(station):
    backfill(station)
    (file,) = (station.folder / "offline" / "pump").rglob("*.parquet")
    whole = bytearray(file.read_bytes())
    whole[-20] ^= 1
    file.write_bytes(whole)
    assert backfill(station) == (False, [1.0, 3.0])


def test_verdicts_that_changed_are_not_repeated(station):
    backfill(station)
    path = station.folder / "offline" / "quality.json"
    before = path.read_text()
    path.write_text(before.replace('"feature": "s"', '"feature": "t"', 1))
    assert path.read_text() != before
    backfill(station)
    assert path.read_text() == before


def test_our_pages_have_checksums(station):
    """A reader that verifies them finds a byte that changed within a page."""
    backfill(station)
    (station.folder / "labels.csv").write_text("id,at\n1,2024-03-01T12:00:00Z\n")
    station("dataset", "--observations", "labels.csv", "--output", "train.parquet", "-q")
    (file,) = (station.folder / "offline" / "pump").rglob("*.parquet")
    for path in (file, station.folder / "train.parquet"):
        whole = path.read_bytes()
        pq.ParquetFile(path, page_checksum_verification=True).read()
        column = pq.ParquetFile(path).metadata.row_group(0).column(1)
        end = (column.dictionary_page_offset or column.data_page_offset) + column.total_compressed_size
        path.write_bytes(whole[:end - 1] + bytes([whole[end - 1] ^ 4]) + whole[end:])
        with pytest.raises(OSError, match="(?i)crc|checksum"):
            pq.ParquetFile(path, page_checksum_verification=True).read()


def test_a_manifest_without_digests_is_refused(station):
    backfill(station)
    path = station.folder / "offline" / "manifest.json"
    path.write_text(json.dumps({key: value for key, value in json.loads(path.read_text()).items() if key != "digest"} | {"format_version": 1}))
    assert "had no digests" in station("backfill", "--output", "offline", code=1).err
    shutil.rmtree(station.folder / "offline")
    backfill(station)


def test_no_store_is_not_a_whole_store(station):
    assert "cannot open" in station("verify", "nowhere", code=3).err
    assert "holds no manifest.json" in station("verify", "data", code=3).err
