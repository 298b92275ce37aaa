"""Repositories over tables of a warehouse, and views of owners with a time to live: `feast apply` of the real package.

Nothing runs in BigQuery or Snowflake: a server on loopback knows BigQuery's tables, and fakesnow the columns of Snowflake's.
UPDATE_GOLDEN=1 writes the golden files anew.
"""
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import machines
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from feast_project import LOOPBACK, FeastProject, assert_same, run
from loopback_bigquery import bigquery_server

HERE = Path(__file__).parent
PLACES = {"bigquery": "the-project.station", "snowflake": "STATION.PUBLIC"}
SHORT = ["x_mean", "events_1h", "n_last_1h", "mode_last_1h", "x_per_event"]


@pytest.fixture(scope="module", params=PLACES)
def warehouse(request, binary, tmp_path_factory):
    """(name, project): the machines over the tables of a warehouse."""
    project = FeastProject(binary, tmp_path_factory.mktemp(request.param))
    machines.write(project.folder)
    project.generate("--offline", request.param)
    return request.param, project


def apply(project, place, *options, code=0, **environment):
    command = [sys.executable, "-B", LOOPBACK, "-f", "here.yaml", "apply", *options]
    return run(*command, cwd=project.code, code=code, HEADRACE_OFFLINE=place, **environment)


@pytest.mark.parametrize("file", ["definitions.py", "README.md", "feature_store.yaml", "requirements.txt"])
def test_golden(warehouse, file):
    name, project = warehouse
    path, text = HERE / "golden" / f"machines-{name}" / f"{file}.expected", (project.code / file).read_text(encoding="utf-8")
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, f"{path} differs: look at it, then UPDATE_GOLDEN=1"


def test_code_is_clean(warehouse):
    _, project = warehouse
    run(sys.executable, "-m", "ruff", "check", "--no-cache", ".", cwd=project.code)
    run(sys.executable, "-m", "ruff", "format", "--no-cache", "--check", "definitions.py", cwd=project.code)
    run(sys.executable, "-m", "mypy", "--strict", "--cache-dir", os.devnull, "definitions.py", cwd=project.code)


def test_apply_registers_views_of_owners_with_their_tables(warehouse):
    name, project = warehouse
    apply(project, PLACES[name], "--skip-source-validation")
    views = {view.name: view for view in project.store().list_feature_views()}
    assert set(views) == {"machine_team_1h", "machine_team_2h", "machine_team", "line_team_30m"}
    assert views["machine_team_1h"].ttl == timedelta(hours=1) and views["machine_team"].ttl == timedelta(0)
    assert {view.owner for view in views.values()} == {"team"}
    assert [field.name for field in views["machine_team_1h"].features] == SHORT
    service = project.store().get_feature_service("machine")
    assert [each.name for each in service.feature_view_projections] == ["machine_team_1h", "machine_team", "machine_team_2h"]
    wear = project.store().get_feature_service("tag_wear")
    assert {each.name for each in wear.feature_view_projections} == {"machine_team_1h", "machine_team", "line_team_30m"}

    source = views["line_team_30m"].batch_source
    if name == "bigquery":
        assert source.table == "the-project.station.offline_line"
    else:
        assert source.query.startswith('SELECT line_id AS "line_id", event_time AS "event_time", load_max AS "load_max" FROM STATION.PUBLIC.offline_line')


def test_tables_of_other_engines_have_their_names(warehouse):
    name, project = warehouse
    apply(project, PLACES[name], "--skip-source-validation", HEADRACE_TABLE="features_of_{entity}")
    source = next(view for view in project.store().list_feature_views() if view.name == "line_team_30m").batch_source
    assert "features_of_line" in (source.table if name == "bigquery" else source.query)
    said = apply(project, "nowhere", code=1)
    assert "HEADRACE_OFFLINE is 'nowhere': set it to" in said.stdout + said.stderr


def test_bigquery_is_asked_for_its_tables(binary, tmp_path):
    project = FeastProject(binary, tmp_path / "project")
    project.folder.mkdir()
    machines.write(project.folder)
    project.generate("--offline", "bigquery")
    project.headrace("generate", "sql", "--dialect", "bigquery", "--output", "sql", "--skip-refused")
    with bigquery_server(tmp_path) as server:
        environment = server.environment | {"GOOGLE_CLOUD_PROJECT": "the-project"}
        tables = "import sys; from google.cloud import bigquery; client = bigquery.Client(); client.query(open(sys.argv[1]).read()).result()"
        run(sys.executable, "-c", tables, project.folder / "sql" / "offline_tables.sql", cwd=project.folder, **environment)
        apply(project, "the-project.station", **environment)
    assert len(project.store().list_feature_views()) == 4
    assert set(server.tables()) == {"offline_machine", "offline_line"}


def test_snowflake_has_the_columns_that_the_query_names(binary, tmp_path):
    """The source's query over the table of the loader, in fakesnow: names as Feast asks for them."""
    project = FeastProject(binary, tmp_path)
    machines.write(project.folder)
    project.generate("--offline", "snowflake")
    project.headrace("generate", "sql", "--dialect", "snowflake", "--output", "sql", "--skip-refused")
    apply(project, "STATION.PUBLIC", "--skip-source-validation")
    query = next(view for view in project.store().list_feature_views() if view.name == "machine_team_1h").batch_source.query
    ask = (
        "import json, sys, warnings; warnings.simplefilter('ignore'); import fakesnow, snowflake.connector\n"
        "with fakesnow.patch():\n"
        "    connection = snowflake.connector.connect(database='STATION', schema='PUBLIC')\n"
        "    for statement in open(sys.argv[1]).read().split(';'):\n"
        "        if 'CREATE' in statement: connection.cursor().execute(statement)\n"
        "    cursor = connection.cursor(); cursor.execute(sys.argv[2]); print(json.dumps([c[0] for c in cursor.description]))\n")
    python = Path(os.environ.get("HEADRACE_SQL_PYTHON", HERE.parents[1] / ".venv-sql" / "bin" / "python"))
    done = subprocess.run([str(python), "-c", ask, str(tmp_path / "sql" / "offline_tables.sql"), query], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    names = ["site", "unit", "event_time", *machines.FEATURES["readings"]]
    # The imitation gives a column that is called as another one in other letters the letters of that.
    assert [name.lower() for name in json.loads(done.stdout.splitlines()[-1])] == names
    assert all(f' AS "{name}"' in query for name in names)


@pytest.fixture(scope="module")
def by_owner(binary, tmp_path_factory):
    """The machines over files, in views of owners."""
    project = FeastProject(binary, tmp_path_factory.mktemp("by_owner"))
    machines.write(project.folder)
    project.headrace("backfill", "--output", "offline")
    project.generate("--views", "owner")
    project.feast("apply")
    return project


def historical(project, observations, service):
    numbered = observations.append_column("number", pa.array(range(observations.num_rows)))
    features = project.store().get_feature_service(service)
    return project.store().get_historical_features(numbered.to_pandas(), features=features).to_arrow().sort_by("number")


def test_views_of_owners_have_the_values_of_dataset(by_owner):
    observations = by_owner.table("machine").select(["site", "unit", "event_time"])
    got = historical(by_owner, observations, "machine")
    assert_same(by_owner.dataset("at_rows", observations), got, list(machines.FEATURES["readings"]))


def test_rows_grow_too_old_when_their_windows_have_emptied(by_owner):
    """Two hours after its last event a key has null for windows of an hour, as `dataset` has, and keeps what is for ever."""
    rows = by_owner.table("machine")
    last = pc.add(pc.max(rows.column("event_time")), pa.scalar(7_300_000_000, pa.duration("us"))).as_py()
    keys = rows.select(["site", "unit"]).group_by(["site", "unit"]).aggregate([]).sort_by([("site", "ascending"), ("unit", "ascending")])
    observations = keys.append_column("event_time", pa.array([last] * keys.num_rows, pa.timestamp("us", tz="UTC")))
    got, expected = historical(by_owner, observations, "machine"), by_owner.dataset("late", observations)
    for name in ("x_mean", "n_last_1h", "mode_last_1h"):
        assert got.column(name).null_count == expected.column(name).null_count == keys.num_rows
    assert_same(expected, got, ["n_last", "mode_last", "x_std", "x_list"])
    assert set(expected.column("events_1h").to_pylist()) == {0} and got.column("events_1h").null_count == keys.num_rows, "the README says so"
