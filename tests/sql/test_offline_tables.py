"""The pumps from their files to offline tables, all in generated DuckDB SQL, against the native backfill and dataset."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
import sql_cases


def run(*command, cwd=None):
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="module")
def pumps(root, binary, tmp_path_factory):
    """Two pumps for four days: their files, the native table, and a database with the generated views."""
    generated = shutil.ignore_patterns("data", "offline", "*.parquet", "*.html", "__pycache__")
    project = Path(shutil.copytree(root / "examples" / "pumps", tmp_path_factory.mktemp("pumps") / "pumps", ignore=generated))
    run(sys.executable, "generate.py", "--pumps", 2, "--days", 4, cwd=project)
    run(binary, "backfill", "--output", "offline", "-q", cwd=project)
    refused = sql_cases.generate(binary, project, project / "sql", "duckdb")
    assert refused == {}
    database = duckdb.connect()
    here = os.getcwd()
    os.chdir(project)
    try:
        database.execute((project / "sql" / "sources.sql").read_text())
        for table in ("pump_telemetry", "maintenance_log", "pump_house_air"):
            database.execute(f"CREATE TABLE copied AS FROM {table}; DROP VIEW {table}; ALTER TABLE copied RENAME TO {table}")
    finally:
        os.chdir(here)
    return project, database


def native_table(project):
    return pq.read_table(project / "offline" / "pump", partitioning=None).sort_by([("event_time", "ascending"), ("pump_id", "ascending")])


def plain(table, name):
    column = table[name]
    return column.cast("int64").to_pylist() if str(column.type).startswith("timestamp") else column.to_pylist()


def assert_same(native, made, name):
    wanted, got = plain(native, name), plain(made, name)
    assert len(wanted) == len(got)
    wrong = [(i, w, g) for i, (w, g) in enumerate(zip(wanted, got)) if not sql_cases.is_same(w, g)]
    assert not wrong, f"{name}: {len(wrong)} of {len(wanted)} differ: {wrong[:5]}"


def test_table_of_the_entity_is_the_native_backfill(pumps):
    project, database = pumps
    database.execute((project / "sql" / "entities" / "pump.sql").read_text())
    made = database.sql("SELECT * FROM features_of_pump ORDER BY event_time, pump_id").to_arrow_table()
    native = native_table(project)
    assert sorted(made.column_names) == sorted(native.column_names)
    for name in native.column_names:
        assert_same(native, made, name)


def test_tables_of_features_have_a_row_for_each_driving_event(pumps):
    project, database = pumps
    native = native_table(project)
    for feature in ("overhauls_total", "air_temperature", "readings_1h"):
        database.execute((project / "sql" / "features" / f"{feature}.sql").read_text())
        source = {"overhauls_total": ("maintenance_log", "done_at"), "air_temperature": ("pump_house_air", "measured_at"), "readings_1h": ("pump_telemetry", "event_time")}[feature]
        ((count,),) = database.execute(f"SELECT COUNT(*) FROM (SELECT DISTINCT pump_id, {source[1]} FROM {source[0]})").fetchall()
        made = database.sql(f"SELECT pump_id, event_time, {feature} FROM feature_{feature} ORDER BY event_time, pump_id").to_arrow_table()
        assert made.num_rows == count
        rows = {(p, t): v for p, t, v in zip(native["pump_id"].to_pylist(), plain(native, "event_time"), native[feature].to_pylist())}
        for pump, time, value in zip(made["pump_id"].to_pylist(), plain(made, "event_time"), made[feature].to_pylist()):
            assert sql_cases.is_same(rows[pump, time], value), f"{feature} of {pump} at {time}"


def test_observations_keep_their_rows_and_columns(pumps):
    project, database = pumps
    native = native_table(project)
    last = native["event_time"][native.num_rows - 1].as_py().replace(tzinfo=None)
    rows = [(1, "p01", last), (2, "p01", last), (3, None, last), (4, "p01", None), (5, "no such pump", last)]
    database.execute("CREATE OR REPLACE TABLE observations (label BIGINT, pump_id VARCHAR, event_time TIMESTAMP)")
    database.executemany("INSERT INTO observations VALUES (?, ?, ?)", rows)
    result = database.execute((project / "sql" / "point_in_time" / "readings_1h.sql").read_text())
    assert [column[0] for column in result.description] == ["label", "pump_id", "event_time", "readings_1h"]
    found = sorted(result.fetchall())
    assert [row[:3] for row in found] == rows
    assert found[0][3] == found[1][3] and [row[3] for row in found[2:]] == [None, None, 0]
