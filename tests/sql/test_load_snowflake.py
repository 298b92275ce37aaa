"""The generated loader for Snowflake, run through fakesnow over a store that the native engine wrote."""
import importlib
import json
import shutil
import sys
import warnings

import fakesnow
import offline_project
import pytest
import snowflake.connector

PLACE = ["--database", "features", "--schema", "public"]
PUMP = ["pump_id", "event_time", "mean_x", "total_n", "last_s", "any_ok", "last_seen", "last_xs", "top_s", "rows", "seen_times"]
VALVE = ["site", "number", "event_time", "turned"]


@pytest.fixture
def project(binary, tmp_path):
    return offline_project.make(binary, tmp_path / "project", "snowflake", "offline")


@pytest.fixture
def loader(project, monkeypatch):
    """The generated program as a module, and a database that outlives its connections."""
    monkeypatch.syspath_prepend(project / "sql")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    with warnings.catch_warnings(), fakesnow.patch():
        warnings.simplefilter("ignore")
        yield importlib.import_module("load_offline")
    for name in ("load_offline", "offline_store", "warehouse"):
        sys.modules.pop(name)


def ask(sql):
    cursor = snowflake.connector.connect(database="features", schema="public").cursor()
    cursor.execute(sql)
    return cursor.fetchall()


def load(loader, project, *arguments):
    return loader.main(["--store", str(project / "offline"), *PLACE, *arguments])


def with_stage(project):
    ask(f"CREATE STAGE IF NOT EXISTS store URL = 'file://{project}/offline/'")
    return ["--stage", "@store"]


def loaded_rows(table, columns):
    lists = {"last_xs", "top_s", "rows", "seen_times"}
    names = ", ".join(f'"{c.upper()}"' for c in columns)
    rows = []
    for row in ask(f"SELECT {names} FROM {table}"):
        values = [json.loads(v) if c in lists and v is not None else v for c, v in zip(columns, row)]
        rows.append(tuple(offline_project.plain(v) for v in values))
    return sorted(rows, key=repr)


def assert_is_the_store(project):
    assert instants(loaded_rows("offline_pump", PUMP)) == instants(offline_project.stored_rows(project / "offline", "pump", PUMP))
    assert loaded_rows("offline_valve", VALVE) == offline_project.stored_rows(project / "offline", "valve", VALVE)


def instants(rows):
    """Rows with the last column, a list of instants, as its imitation writes it: text without a T."""
    return [(*row[:-1], row[-1] and [text.replace("T", " ").removesuffix("+00") for text in row[-1]]) for row in rows]


def test_generated_python_is_clean(project):
    offline_project.judge(project / "sql")


@pytest.mark.parametrize("from_stage", [True, False], ids=["stage", "put"])
def test_loads_the_store_once(loader, project, capsys, from_stage):
    stage = with_stage(project) if from_stage else []
    assert load(loader, project, *stage) == 0
    printed = capsys.readouterr().out
    assert printed.count("  loaded\n") == 6 and "offline_pump: 3 of 3 days are as in the store, 18 rows" in printed
    assert_is_the_store(project)
    assert ask("SELECT COUNT(*) FROM headrace_loads") == [(6,)]
    assert load(loader, project, *stage) == 0
    assert capsys.readouterr().out.count("  there already\n") == 6
    assert_is_the_store(project)


def test_loads_days_that_changed(loader, project, binary, capsys):
    stage = with_stage(project)
    assert load(loader, project, *stage) == 0
    offline_project.write_events(project, 8)
    offline_project.run(binary, "backfill", "--output", "offline", "--start", "2024-03-02", "--end", "2024-03-03", "-q", cwd=project)
    capsys.readouterr()
    assert load(loader, project, *stage) == 0
    printed = capsys.readouterr().out
    assert printed.count("  loaded\n") == 2 and printed.count("  there already\n") == 4
    assert_is_the_store(project)


def test_takes_days_and_entities(loader, project, capsys):
    stage = with_stage(project)
    assert load(loader, project, *stage, "--entity", "valve", "--start", "2024-03-02", "--end", "2024-03-03") == 0
    assert capsys.readouterr().out.count("  loaded\n") == 1
    assert ask("SELECT DISTINCT TO_DATE(event_time)::VARCHAR FROM offline_valve") == [("2024-03-02",)]
    assert load(loader, project, *stage, "--entity", "gate") == 2
    assert "there is pump, valve" in capsys.readouterr().err


def test_loads_again_what_the_table_lost(loader, project, capsys):
    stage = with_stage(project)
    assert load(loader, project, *stage) == 0
    ask("DELETE FROM offline_pump WHERE TO_DATE(event_time) = '2024-03-01'")
    capsys.readouterr()
    assert load(loader, project, *stage) == 0
    assert capsys.readouterr().out.count("  loaded\n") == 1
    assert_is_the_store(project)


def test_keeps_a_day_whose_rows_are_not_as_listed(loader, project, capsys):
    stage = with_stage(project)
    assert load(loader, project, *stage) == 0
    path = project / "offline" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["entities"][0]["partitions"][1]["rows"] += 1
    path.write_text(json.dumps(manifest), encoding="utf-8")
    capsys.readouterr()
    assert load(loader, project, *stage) == 1
    printed = capsys.readouterr().out
    assert "failed: 6 rows were loaded" in printed and printed.count("  there already\n") == 5
    assert_is_the_store(project)


def test_files_that_are_not_listed_are_not_loaded(loader, project):
    day = project / "offline" / "pump" / "day=2024-03-02"
    shutil.copyfile(day / "part-0.parquet", day / "part-0.parquet.new")
    assert load(loader, project, *with_stage(project)) == 0
    assert_is_the_store(project)


@pytest.mark.parametrize("file", ["pump/x'); DROP TABLE offline_pump; --", "../pump/part-0.parquet", "/etc/hostname", "pump/\u202e"])
def test_refuses_a_file_that_no_backfill_writes(loader, project, capsys, file):
    path = project / "offline" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["entities"][0]["partitions"][1]["file"] = file
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert load(loader, project, *with_stage(project)) == 1
    printed = capsys.readouterr().err
    assert "names a file that no backfill writes" in printed and "\u202e" not in printed


def test_refuses_a_store_of_other_definitions(loader, project, binary, capsys):
    text = offline_project.DEFINITIONS.replace("aggregation: mean, window: 1d", "aggregation: mean, window: 2d")
    (project / "project.yaml").write_text(text.replace('"1.0", aggregation: mean', '"1.1", aggregation: mean'), encoding="utf-8")
    offline_project.run(binary, "backfill", "--output", "offline", "-q", cwd=project)
    assert load(loader, project, *with_stage(project)) == 1
    assert "version of `mean_x` is 1.1, not 1.0" in capsys.readouterr().err


def test_refuses_a_table_of_other_columns(loader, project, capsys):
    ask("CREATE TABLE offline_valve (site VARCHAR, number NUMBER(38, 0), event_time TIMESTAMP_NTZ(6))")
    assert load(loader, project, *with_stage(project)) == 1
    assert "turned; drop offline_valve and load all days again" in capsys.readouterr().err


def test_says_what_is_missing(loader, project, capsys):
    (project / "offline" / "commit.json").write_text("{}", encoding="utf-8")
    assert load(loader, project) == 3
    assert "let `headrace backfill` finish it first" in capsys.readouterr().err
    assert loader.main(["--store", str(project / "nowhere"), *PLACE]) == 3
    assert "has no manifest.json" in capsys.readouterr().err
    with pytest.raises(SystemExit) as wrong:
        loader.main(["--store", "gs://bucket/offline"])
    assert wrong.value.code == 2
