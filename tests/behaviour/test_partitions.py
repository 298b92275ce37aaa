"""`--partition`: how much time a file of a store has, and what everyone who reads stores makes of it."""
import json
import re
import shutil
import subprocess

import duckdb
import pytest
from command import Command
from conftest import ROOT
from stored_days import stored_days

FEATURE = "feature: {name: total, description: d, owner: o, version: '1.0', aggregation: sum, window: 40d, source_features: [x]}\n"
SOURCE = "source: {name: s, entity: pump, event_time: at, columns: {x: double}, batch: {format: csv, path: s.csv}}\n---\n"
DAYS = 130


def write_project(folder, days=DAYS):
    folder.mkdir()
    (folder / "project.yaml").write_text("project: {name: p}\n---\nentity: {name: pump, key: id}\n---\n" + SOURCE + FEATURE)
    rows = duckdb.sql(f"SELECT i % 3 AS id, strftime(TIMESTAMP '2023-11-20 06:00:00' + INTERVAL 1 DAY * (i // 3), '%Y-%m-%dT%H:%M:%SZ') AS at, i * 0.25 AS x FROM range({days * 3}) t(i)")
    rows.write_csv(str(folder / "s.csv"))
    return folder


@pytest.fixture
def pumps(binary, tmp_path):
    return Command(binary, write_project(tmp_path / "pumps"))


def files_of(pumps, store):
    return sorted(path.split("/")[1] for path in stored_days(pumps.folder / store))


def rows_of(pumps, store):
    files = [str(pumps.folder / store / path) for path in stored_days(pumps.folder / store)]
    return duckdb.sql(f"SELECT id, epoch_us(event_time), total FROM read_parquet({files}, hive_partitioning = false) ORDER BY 2, 1").fetchall()


def test_the_rows_are_those_of_days(pumps):
    done = pumps("backfill", "--output", "days")
    assert f"`pump` has {DAYS} files, one a day, of " in done.err and "--partition month makes 5 of them" in done.err
    done = pumps("backfill", "--output", "months", "--partition", "month")
    assert "months" in done.out.splitlines()[0] and "one a day" not in done.err
    pumps("backfill", "--output", "years", "--partition", "year", "-q")
    assert files_of(pumps, "months") == [f"month={month}" for month in ("2023-11", "2023-12", "2024-01", "2024-02", "2024-03")]
    assert files_of(pumps, "years") == ["year=2023", "year=2024"]
    assert rows_of(pumps, "days") == rows_of(pumps, "months") == rows_of(pumps, "years")
    for store in ("days", "months", "years"):
        assert "as they were written" in pumps("verify", store).out
    manifest = json.loads((pumps.folder / "months" / "manifest.json").read_text())
    assert manifest["entities"][0]["partition"] == "month" and manifest["entities"][0]["partitions"][1]["day"] == "2023-12-01"
    assert "partition" not in json.loads((pumps.folder / "days" / "manifest.json").read_text())["entities"][0]


def test_the_store_keeps_its_partitioning(pumps):
    pumps("backfill", "--output", "store", "--partition", "month", "-q")
    before = stored_days(pumps.folder / "store")
    assert "up to date" in pumps("backfill", "--output", "store").err
    pumps("backfill", "--output", "store", "--start", "2024-01-01", "--end", "2024-02-01", "-q")
    assert stored_days(pumps.folder / "store") == before
    done = pumps("backfill", "--output", "store", "--start", "2024-01-03", "-q", code=2)
    assert "2024-01 of `pump` in store has rows before --start, and a month is replaced as a whole" in done.err and "--start 2024-01-01" in done.err
    done = pumps("backfill", "--output", "store", "--partition", "day", "-q", code=1)
    assert "has a file for each month, which this run would replace by one for each day" in done.err and "--replace" in done.err
    assert stored_days(pumps.folder / "store") == before
    pumps("backfill", "--output", "store", "--partition", "year", "--replace", "-q")
    assert files_of(pumps, "store") == ["year=2023", "year=2024"]
    assert {path.name for path in (pumps.folder / "store" / "pump").iterdir()} == {"year=2023", "year=2024"}
    assert "is one of day, month, year, not `weeks`" in pumps("backfill", "--output", "store", "--partition", "weeks", code=2).err


@pytest.mark.parametrize("partition", ["day", "month", "year"])
def test_a_store_is_a_source(pumps, tmp_path, partition):
    pumps("backfill", "--output", tmp_path / "store", "--partition", partition, "-q")
    reader = tmp_path / "reader"
    reader.mkdir()
    text = (pumps.folder / "project.yaml").read_text().replace("event_time: at, columns: {x: double}, batch: {format: csv, path: s.csv}", f"event_time: event_time, columns: {{total: double}}, batch: {{format: parquet, path: {tmp_path}/store/pump}}")
    (reader / "project.yaml").write_text(text.replace("source_features: [x]", "source_features: [total]"))
    other = Command(pumps.binary, reader)
    done = other("backfill", "--output", "-")
    assert len(done.out.splitlines()) == DAYS * 3 + 1
    # The statements for DuckDB read the same rows, whatever the folders are called.
    other("generate", "sql", "--dialect", "duckdb", "--output", "code", "-q")
    database = duckdb.connect()
    database.execute(f"SET file_search_path = '{reader}'")
    database.execute((reader / "code" / "sources.sql").read_text())
    statement = (reader / "code" / "entities" / "pump.sql").read_text()
    database.execute(statement)
    (table,) = re.findall(r"CREATE OR REPLACE TABLE (\S+)", statement)
    got = database.execute(f"SELECT total FROM {table}").fetchall()
    assert len(got) == DAYS * 3 and {row[0] for row in got} == {float(line.split(",")[-1]) for line in done.out.splitlines()[1:]}


@pytest.mark.skipif(shutil.which("strace") is None, reason="counts the system's calls with strace")
def test_many_days_wait_for_the_disk_as_often_as_few(pumps, binary, tmp_path):
    def syncs(store, *options):
        trace = tmp_path / "trace"
        subprocess.run(["strace", "-f", "-e", "trace=fsync,fdatasync,syncfs,sync", "-o", trace, binary, "backfill", "--output", store, "-q", *options], cwd=pumps.folder, check=True)
        return sum("sync" in line and "resumed" not in line for line in trace.read_text().splitlines())

    assert syncs("all") < 50
    assert syncs("all", "--every", "30m", "--replace") < 60
