"""The generated loader for BigQuery: the program with Google's own client, against a loopback server that records its
jobs and carries them out in DuckDB. Nothing ran in BigQuery.
"""
import json
import os
import shutil
import subprocess
import sys

import bigquery_server
import offline_project
import pytest

STORE = "gs://station/offline"
PUMP = ["pump_id", "event_time", "mean_x", "total_n", "last_s", "any_ok", "last_seen", "last_xs", "top_s", "rows", "seen_times"]
VALVE = ["site", "number", "event_time", "turned"]


@pytest.fixture
def server(tmp_path):
    with bigquery_server.Server(tmp_path) as running:
        yield running


@pytest.fixture
def project(binary, tmp_path, server):
    """The project, with its store in the folder that stands for the bucket."""
    return offline_project.make(binary, tmp_path / "project", "bigquery", server.warehouse.buckets / "station" / "offline")


def load(project, server, *arguments, store=STORE):
    command = [sys.executable, "-B", "sql/load_offline.py", "--store", str(store), "--dataset", "station", *arguments]
    environment = os.environ | server.environment
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def assert_loaded(done, code=0):
    assert done.returncode == code, f"{done.stdout}\n{done.stderr}"


def loaded_rows(server, table, columns):
    names = ", ".join(f'"{c}"' for c in columns)
    rows = server.warehouse.database.execute(f"SELECT {names} FROM {table}").fetchall()
    return sorted((tuple(offline_project.plain(v) for v in row) for row in rows), key=repr)


def assert_is_the_store(server):
    store = server.warehouse.buckets / "station" / "offline"
    assert loaded_rows(server, "offline_pump", PUMP) == offline_project.stored_rows(store, "pump", PUMP)
    assert loaded_rows(server, "offline_valve", VALVE) == offline_project.stored_rows(store, "valve", VALVE)


def test_generated_python_is_clean(project):
    offline_project.judge(project / "sql")


def test_each_day_is_a_load_job_into_its_partition(project, server):
    done = load(project, server)
    assert_loaded(done)
    assert done.stdout.count("  loaded\n") == 6 and "offline_pump: 3 of 3 days are as in the store, 18 rows" in done.stdout
    assert_is_the_store(server)
    partitions = [each["load"]["destinationTable"] for each in server.warehouse.loads]
    names = [f"offline_{entity}$202403{day:02}" for entity in ("pump", "valve") for day in (1, 2, 3)]
    assert partitions == [{"projectId": "the-project", "datasetId": "station", "tableId": name} for name in names]
    first = server.warehouse.loads[0]
    assert set(first["labels"]) == {"headrace_run"}
    assert first["load"]["sourceUris"] == [f"{STORE}/pump/day=2024-03-01/part-0.parquet"]
    assert first["load"]["writeDisposition"] == "WRITE_TRUNCATE" and first["load"]["createDisposition"] == "CREATE_NEVER"
    assert first["load"]["sourceFormat"] == "PARQUET" and first["load"]["parquetOptions"] == {"enableListInference": True}
    modes = {field["name"]: (field["type"], field["mode"]) for field in first["load"]["schema"]["fields"]}
    assert modes["pump_id"] == ("STRING", "REQUIRED") and modes["total_n"] == ("INTEGER", "NULLABLE")
    assert modes["last_xs"] == ("FLOAT", "REPEATED") and modes["seen_times"] == ("TIMESTAMP", "REPEATED")


def test_loads_only_days_that_changed(project, server, binary):
    assert_loaded(load(project, server))
    done = load(project, server)
    assert_loaded(done)
    assert done.stdout.count("  there already\n") == 6 and len(server.warehouse.loads) == 6
    offline_project.write_events(project, 8)
    store = server.warehouse.buckets / "station" / "offline"
    offline_project.run(binary, "backfill", "--output", store, "--start", "2024-03-02", "--end", "2024-03-03", "-q", cwd=project)
    assert_loaded(load(project, server))
    assert [each["load"]["destinationTable"]["tableId"] for each in server.warehouse.loads[6:]] == ["offline_pump$20240302", "offline_valve$20240302"]
    assert_is_the_store(server)
    assert_loaded(load(project, server, "--reload", "--entity", "valve", "--start", "2024-03-03"))
    assert len(server.warehouse.loads) == 9


def test_loads_again_what_the_table_lost(project, server):
    assert_loaded(load(project, server))
    server.warehouse.database.execute("DROP TABLE offline_valve")
    assert_loaded(load(project, server))
    assert len(server.warehouse.loads) == 9
    assert_is_the_store(server)


def test_a_day_that_fails_is_said_and_tried_again(project, server):
    server.warehouse.failing = {"offline_pump$20240302"}
    done = load(project, server)
    assert_loaded(done, 1)
    assert "this load was to fail" in done.stdout and done.stdout.count("  loaded\n") == 5
    server.warehouse.failing = set()
    assert_loaded(load(project, server))
    assert len(server.warehouse.loads) == 7
    assert_is_the_store(server)


def test_row_counts_are_held_against_the_manifest(project, server):
    path = server.warehouse.buckets / "station" / "offline" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["entities"][0]["partitions"][0]["rows"] += 1
    path.write_text(json.dumps(manifest), encoding="utf-8")
    done = load(project, server)
    assert_loaded(done, 1)
    assert "failed: 6 rows were loaded" in done.stdout and done.stdout.count("  loaded\n") == 5


def test_files_of_this_machine_are_sent(project, server):
    local = shutil.copytree(server.warehouse.buckets / "station" / "offline", project / "offline")
    assert_loaded(load(project, server, store=local))
    assert_is_the_store(server)
    assert all("sourceUris" not in each["load"] for each in server.warehouse.loads)


def test_refuses_a_table_of_other_columns(project, server):
    server.warehouse.database.execute("CREATE TABLE offline_pump (pump_id VARCHAR, event_time TIMESTAMPTZ)")
    done = load(project, server)
    assert_loaded(done, 1)
    assert "drop offline_pump and load all days again" in done.stderr and server.warehouse.loads == []


def test_says_what_is_missing(project, server, tmp_path):
    done = load(project, server, store="s3://bucket/offline")
    assert_loaded(done, 2)
    assert "copy s3://bucket/offline to gs://" in done.stderr
    done = load(project, server, store="gs://station/nothing")
    assert_loaded(done, 3)
    assert "gs://station/nothing has no manifest.json" in done.stderr
    (tmp_path / "account.json").unlink()
    done = load(project, server)
    assert_loaded(done, 3)
    assert "error: BigQuery: " in done.stderr


def test_stores_of_months_and_for_exploring_are_refused(project, server):
    path = server.warehouse.buckets / "station" / "offline" / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(manifest | {"dev": True}))
    done = load(project, server)
    assert_loaded(done, 1)
    assert f"{STORE} is a store for exploring: backfill another one without --dev" in done.stderr
    for entity in manifest["entities"]:
        entity["partition"] = "month"
    path.write_text(json.dumps(manifest))
    done = load(project, server)
    assert_loaded(done, 1)
    assert f"`pump` in {STORE} has a file for each month, and a load replaces single days" in done.stderr
    assert server.warehouse.loads == []
