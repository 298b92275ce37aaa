"""The generated DAGs that start the Beam pipeline or a warehouse's statements, in a real Airflow: values equal to the engine's."""
import json
import os
import subprocess
from pathlib import Path

import duckdb
import engine_rows as engines
import pytest
from airflow_home import DAG, Airflow
from loopback_bigquery import bigquery_server

from orchestrated import DAYS, Webhook, assert_clean

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
VARIANTS = {
    "beam": ("--engine", "beam"),
    "bigquery": ("--engine", "sql"),
    "snowflake": ("--engine", "sql", "--dialect", "snowflake"),
    "duckdb": ("--engine", "sql", "--dialect", "duckdb"),
}


@pytest.fixture(scope="session")
def projects(tmp_path_factory, binary, pumps):
    """The folder of each variant's project."""
    folder = tmp_path_factory.mktemp("engines")
    for name, options in VARIANTS.items():
        engines.generate(binary, pumps, "airflow", folder / name, *options)
    return folder


@pytest.fixture(params=VARIANTS)
def project(request, projects):
    return projects / request.param


@pytest.fixture
def airflow_of(tmp_path_factory, airflow_python, airflow):
    """An Airflow over the DAGs of a project, with the database of the others."""

    def made(project):
        return Airflow(airflow_python, airflow.home, project / "dags")

    return made


def test_golden(project):
    for name in (f"dags/{DAG}.py", "README.md", "requirements.txt", "dags/.airflowignore"):
        first_day = json.loads((project / "generated.json").read_text(encoding="utf-8"))["first_day"]
        text = (project / name).read_text(encoding="utf-8").replace(first_day, "2024-01-01")
        path = GOLDEN / project.name / f"{Path(name).name}.expected"
        if os.environ.get("UPDATE_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text, f"{path} differs: look at it, then UPDATE_GOLDEN=1"


def test_code_is_clean(project, airflow_python, tmp_path):
    """Without what `generate beam` writes, which its own tests judge."""
    for path in (project / "dags").glob("headrace_*"):
        if not path.name.endswith(("_beam", "_sql")):
            (tmp_path / path.name).symlink_to(path)
    (tmp_path / "ruff.toml").symlink_to(project / "ruff.toml")
    assert_clean(airflow_python, tmp_path)


def test_generated_tests_pass(project, airflow_of):
    airflow = airflow_of(project)
    command = [str(airflow.python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_dag.py"]
    done = subprocess.run(command, cwd=project, env=airflow.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_imports(project, airflow_of):
    code, said = airflow_of(project).run("dags", "list-import-errors", "--local", "--output", "json")
    assert code == 0 and said.splitlines()[-1] == "[]", said


def beam_settings(pumps, folder):
    python = Path(os.environ.get("HEADRACE_BEAM_PYTHON", HERE.parents[1] / ".venv-beam" / "bin" / "python"))
    if not python.exists():
        pytest.fail(f"{python} is not there: make a virtual environment from tests/beam/requirements.txt")
    return {"store": str(folder / "store"), "python": str(python), "base": str(pumps)}


def states_of(airflow, date):
    return {task: state for task, (state, _) in airflow.states(date).items()}


def test_a_day_by_beam(projects, airflow_of, binary, pumps, tmp_path):
    """The pipeline is started outside of the worker, on Beam's own runner; the rows are the engine's, bit for bit."""
    airflow = airflow_of(projects / "beam")
    with Webhook() as webhook:
        code, said = airflow.run("dags", "test", DAG, DAYS[1], settings=beam_settings(pumps, tmp_path), webhook=webhook.url)
    assert code == 0, said
    assert states_of(airflow, DAYS[1]) == {"compute": "success", "materialize": "skipped", "notify": "success"}
    assert webhook.texts[0] == f"pumping-station, {DAYS[0]}: computed by Beam on DirectRunner; checks: none were held; nothing was put online"
    rows = engines.rows_of(sorted((tmp_path / "store").glob("pump/day=*/*.parquet")))
    assert rows == engines.engine_rows(binary, pumps, tmp_path / "direct", DAYS[0], DAYS[1]) and len(rows) > 1_000


def test_beam_says_what_is_wrong_with_the_settings(projects, airflow_of):
    airflow = airflow_of(projects / "beam")
    _, said = airflow.run("dags", "test", DAG, "2024-01-12", settings={"store": "s", "options": {"end": "2024-01-01"}})
    assert airflow.states("2024-01-12")["compute"] == ("failed", 1), "at once, without another try"
    assert "`options` has `end`, which the run itself says" in said


def test_a_job_of_dataflow_is_submitted_and_awaited_by_the_triggerer(projects, airflow_of, airflow_python, tmp_path):
    """The real operator with Google's credentials; what it starts only writes down how."""
    airflow = airflow_of(projects / "beam")
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\ncase $1 in -c) echo 2.70.0;; *) printf '%s\\n' \"$@\" > {tmp_path}/argv; echo 'Created job with id: [2024-03-02_00_00_00-123]' >&2;; esac\n")
    python.chmod(0o755)
    options = {"project": "p1", "region": "europe-west1", "temp_location": "gs://b/tmp", "source": ["a=b", "c=d"]}
    settings = {"store": "gs://b/f", "python": str(python), "runner": "DataflowRunner", "options": options}
    with bigquery_server(tmp_path) as server:
        environment = airflow.environment | server.environment | {f"AIRFLOW_VAR_{DAG.upper()}": json.dumps(settings)}
        environment |= {"AIRFLOW_CONN_GOOGLE_CLOUD_DEFAULT": json.dumps({"conn_type": "google_cloud_platform"})}
        command = [str(airflow_python), str(HERE / "submitted.py"), str(projects / "beam" / "dags")]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    awaited = json.loads(done.stdout.splitlines()[-1])
    assert awaited.pop("trigger").endswith("dataflow.DataflowJobStateCompleteTrigger")
    assert awaited == {"job_id": "2024-03-02_00_00_00-123", "project_id": "p1", "location": "europe-west1"}
    pipeline, *arguments = (tmp_path / "argv").read_text().splitlines()
    assert pipeline == str(projects / "beam" / "dags" / f"{DAG}_beam" / "pipeline.py")
    assert arguments[0] == "--runner=DataflowRunner" and arguments[1].startswith("--job_name=headrace-pumping-station-")
    assert {"--project=p1", "--region=europe-west1", "--temp_location=gs://b/tmp", "--source=a=b", "--source=c=d"} <= set(arguments)
    assert {"--mode=backfill", "--start=2024-03-01T00:00:00Z", "--end=2024-03-02T00:00:00Z", "--output=gs://b/f"} <= set(arguments)


def test_a_run_in_duckdb(projects, airflow_of, binary, pumps, tmp_path):
    airflow = airflow_of(projects / "duckdb")
    settings = {"database": str(tmp_path / "features.duckdb"), "base": str(pumps)}
    with Webhook() as webhook:
        code, said = airflow.run("dags", "test", DAG, DAYS[1], settings=settings, webhook=webhook.url)
    assert code == 0, said
    assert states_of(airflow, DAYS[1]) == dict.fromkeys(["sources", "compute_pump", "notify"], "success") | dict.fromkeys(["tables", "materialize"], "skipped")
    assert webhook.texts == [f"pumping-station, {DAYS[0]}: computed by duckdb; checks: none were held; nothing was put online"]
    with duckdb.connect(settings["database"], read_only=True) as database:
        database.execute("SET TimeZone = 'UTC'")
        rows = engines.as_rows(database.table("daily_features_of_pump").to_arrow_table())
    engines.assert_near(rows, engines.engine_rows(binary, pumps, tmp_path / "direct", DAYS[0], DAYS[1]))
    assert len(rows) > 1_000


def test_what_duckdb_rejects_is_not_tried_again(projects, airflow_of, pumps, tmp_path):
    airflow = airflow_of(projects / "duckdb")
    settings = {"database": engines.other_meaning(tmp_path / "features.duckdb"), "base": str(pumps)}
    _, said = airflow.run("dags", "test", DAG, "2024-01-13", settings=settings)
    assert "days/entities/pump.sql: DuckDB: " in said and "daily_features_of_pump has rows of another meaning" in said
    assert airflow.states("2024-01-13")["compute_pump"] == ("failed", 1), "at once, without another try"


def test_jobs_of_bigquery_are_awaited_outside_of_workers(projects, airflow_of, tmp_path):
    """The real operator, hook and trigger, against a server on loopback that runs the statements in DuckDB."""
    airflow = airflow_of(projects / "bigquery")
    with bigquery_server(tmp_path) as server, Webhook() as webhook:
        airflow.environment |= server.environment | {"AIRFLOW_CONN_GOOGLE_CLOUD_DEFAULT": json.dumps({"conn_type": "google_cloud_platform"})}
        settings = {"dataset": "the-project.station"}
        code, said = airflow.run("dags", "test", DAG, DAYS[1], settings=settings, webhook=webhook.url)
    jobs = server.jobs()
    assert code == 0, said
    assert states_of(airflow, DAYS[1]) == {"tables": "success", "sources": "skipped", "compute_pump": "success", "materialize": "skipped", "notify": "success"}
    assert len(jobs) == 2 and all(job["query"]["defaultDataset"] == {"projectId": "the-project", "datasetId": "station"} for job in jobs)
    assert "MERGE INTO daily_features_of_pump" in jobs[1]["query"]["query"] and all(job["labels"]["airflow-dag"] == DAG for job in jobs)
    assert said.count("new_state=deferred") == said.count("BigQuery Job succeeded") == 2


@pytest.mark.parametrize("name", ["native", *VARIANTS])
def test_tasks_have_pools_resources_and_deadlines(name, projects, pumps, airflow_of, airflow_python):
    folder = pumps / "airflow" if name == "native" else projects / name
    airflow = airflow_of(folder)
    set_there = {"POOL": "one_writer", "CPU": "4", "MEMORY": "16Gi", "DEADLINE_HOURS": "6"}
    environment = airflow.environment | {f"{DAG.upper()}_{key}": value for key, value in set_there.items()}
    command = [str(airflow_python), str(HERE / "shown_dag.py"), str(folder / "dags")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout.splitlines()[-1])
    assert {"headrace", "efficiency", "wear"} <= set(shown["tags"])
    assert shown["deadline_s"] == 6 * 3600 and shown["callback"].endswith("deadline_missed")
    assert {task["pool"] for task in shown["tasks"].values()} == {"one_writer"}
    assert all("operations-team" in task["owner"] for task in shown["tasks"].values())
    pods = {task: each["pod"] for task, each in shown["tasks"].items() if each["pod"]}
    assert list(pods) == [{"native": "backfill", "beam": "compute"}.get(name, "compute_pump")]
    (pod,) = pods.values()
    assert pod["requests"] == {"cpu": "4", "memory": "16Gi"} and pod["limits"] == {"memory": "16Gi"}


def test_a_missed_deadline_is_told(projects, airflow_of, airflow_python, tmp_path):
    """What an executor calls, with the context that Airflow's scheduler makes."""
    airflow = airflow_of(projects / "beam")
    call = (
        "import importlib, sys; sys.path.insert(0, sys.argv[1])\n"
        f"module = importlib.import_module('{DAG}')\n"
        "module.deadline_missed(context={'dag_run': {'dag_run_id': 'scheduled__7'}, 'deadline': {'id': '1', 'deadline_time': '2024-01-06T12:00:00Z'}})\n")
    with Webhook() as webhook:
        environment = airflow.environment | {f"AIRFLOW_CONN_{DAG.upper()}_WEBHOOK": json.dumps({"conn_type": "generic", "password": webhook.url})}
        done = subprocess.run([str(airflow_python), "-c", call, str(projects / "beam" / "dags")], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert webhook.texts == ["pumping-station: scheduled__7 is not done, its deadline was 2024-01-06T12:00:00Z"]
