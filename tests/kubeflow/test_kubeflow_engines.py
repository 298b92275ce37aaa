"""The generated pipelines that start the Beam pipeline or a warehouse's statements: compiled by kfp, run by its local runner.

UPDATE_GOLDEN=1 writes the golden files anew.
"""
import http.server
import json
import os
import re
import subprocess
import threading
from pathlib import Path

import duckdb
import engine_rows as engines
import pytest
import yaml
from loopback_bigquery import bigquery_server

from orchestrated import DAYS, Webhook, assert_clean

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
COLOURS = re.compile("\x1b\\[[0-9;]*m")
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
        engines.generate(binary, pumps, "kubeflow", folder / name, *options)
    return folder


@pytest.fixture(params=VARIANTS)
def project(request, projects):
    return projects / request.param


@pytest.fixture
def run_locally(kubeflow_python, tmp_path):
    """Runs a project's pipeline, in which a component is a process: exit code, and all that was said."""

    def run(project, settings, environment, **parameters):
        more = {"PYTHONPATH": str(project), "PATH": f"{kubeflow_python.parent}:{os.environ['PATH']}"}
        places = {"HEADRACE_PIPELINE": str(project / "beam" / "pipeline.py"), "HEADRACE_STATEMENTS": str(project / "sql")}
        command = [str(kubeflow_python), str(HERE / "run_locally.py"), str(project), str(tmp_path / "root")]
        parameters = json.dumps({"settings": settings} | parameters)
        done = subprocess.run([*command, parameters], env=os.environ | more | places | environment, capture_output=True, text=True, timeout=400)
        return done.returncode, COLOURS.sub("", done.stdout + done.stderr)

    return run


def test_golden(project):
    for name in ("pipeline.py", "README.md", "requirements.txt", "Dockerfile"):
        text = (project / name).read_text(encoding="utf-8")
        path = GOLDEN / project.name / f"{name}.expected"
        if os.environ.get("UPDATE_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text, f"{path} differs: look at it, then UPDATE_GOLDEN=1"


def test_code_is_clean(project, kubeflow_python, tmp_path):
    """Without what `generate beam` writes, which its own tests judge."""
    for name in ("pipeline.py", "test_pipeline.py", "schedule.py", "headrace_steps", "headrace_kubeflow", "ruff.toml"):
        (tmp_path / name).symlink_to(project / name)
    assert_clean(kubeflow_python, tmp_path)


def test_generated_tests_pass(project, kubeflow_python):
    command = [str(kubeflow_python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_pipeline.py"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["native", *VARIANTS])
def test_the_step_that_computes_has_resources_and_a_deadline(name, projects, pumps, kubeflow_python, tmp_path):
    folder = pumps / "kubeflow" if name == "native" else projects / name
    set_there = {"HEADRACE_CPU": "4", "HEADRACE_MEMORY": "16Gi", "HEADRACE_DEADLINE_HOURS": "6"}
    command = [str(kubeflow_python), "pipeline.py", "--output", str(tmp_path / "compiled.yaml")]
    subprocess.run(command, cwd=folder, env=os.environ | set_there, check=True, capture_output=True)
    spec, platform = yaml.safe_load_all((tmp_path / "compiled.yaml").read_text(encoding="utf-8"))
    step = {"native": "backfill", "beam": "compute"}.get(name, "run-statements")
    resources = spec["deploymentSpec"]["executors"][f"exec-{step}"]["container"]["resources"]
    assert resources["resourceCpuRequest"] == "4" and resources["resourceMemoryRequest"] == resources["resourceMemoryLimit"] == "16Gi"
    assert platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"][f"exec-{step}"]["activeDeadlineSeconds"] == "21600"
    artifacts = spec["components"][f"comp-{step}"]["outputDefinitions"]["artifacts"]
    assert "system.Dataset" in [artifact["artifactType"]["schemaTitle"] for artifact in artifacts.values()]


def beam_python():
    python = Path(os.environ.get("HEADRACE_BEAM_PYTHON", HERE.parents[1] / ".venv-beam" / "bin" / "python"))
    if not python.exists():
        pytest.fail(f"{python} is not there: make a virtual environment from tests/beam/requirements.txt")
    return str(python)


def test_a_day_by_beam(run_locally, projects, binary, pumps, tmp_path):
    settings = {"store": str(tmp_path / "store"), "python": beam_python(), "base": str(pumps)}
    with Webhook() as webhook:
        code, said = run_locally(projects / "beam", settings, {"HEADRACE_WEBHOOK": webhook.url}, day=DAYS[0])
    assert code == 0, said
    assert [text.rpartition(" ")[2] for text in webhook.texts] == ["SUCCEEDED"]
    rows = engines.rows_of(sorted((tmp_path / "store").glob("pump/day=*/*.parquet")))
    assert rows == engines.engine_rows(binary, pumps, tmp_path / "direct", DAYS[0], DAYS[1]) and len(rows) > 1_000


def test_what_beam_rejects_fails_at_the_step_that_is_not_tried_again(run_locally, projects, tmp_path):
    settings = {"store": str(tmp_path / "store"), "python": beam_python(), "options": {"kernel_share": "7"}}
    code, said = run_locally(projects / "beam", settings, {}, day=DAYS[0])
    assert code == 1 and "Task 'compute' finished with status SUCCESS" in said, said
    assert "ended with exit code 2: " in said and "is it --kernel_shares?" in said


def test_a_run_in_duckdb(run_locally, projects, binary, pumps, tmp_path):
    settings = {"database": str(tmp_path / "features.duckdb"), "base": str(pumps)}
    code, said = run_locally(projects / "duckdb", settings, {}, day=DAYS[0])
    assert code == 0, said
    with duckdb.connect(settings["database"], read_only=True) as database:
        database.execute("SET TimeZone = 'UTC'")
        rows = engines.as_rows(database.table("daily_features_of_pump").to_arrow_table())
    engines.assert_near(rows, engines.engine_rows(binary, pumps, tmp_path / "direct", DAYS[0], DAYS[1]))
    assert len(rows) > 1_000


def test_what_a_warehouse_rejects_fails_at_the_step_that_is_not_tried_again(run_locally, projects, pumps, tmp_path):
    settings = {"database": engines.other_meaning(tmp_path / "features.duckdb"), "base": str(pumps)}
    code, said = run_locally(projects / "duckdb", settings, {}, day=DAYS[0])
    assert code == 1 and "daily_features_of_pump has rows of another meaning" in said, said
    assert re.findall("Task '([^']+)' finished with status FAILURE", said) == ["judge"], said


def test_jobs_of_bigquery(run_locally, projects, tmp_path):
    """Google's own client, against a server on loopback that runs the statements in DuckDB."""
    with bigquery_server(tmp_path) as server:
        code, said = run_locally(projects / "bigquery", {"dataset": "the-project.station"}, server.environment, day=DAYS[0])
    assert code == 0, said
    jobs = server.jobs()
    assert len(jobs) == 2 and all(job["query"]["defaultDataset"] == {"projectId": "the-project", "datasetId": "station"} for job in jobs)
    assert "MERGE INTO daily_features_of_pump" in jobs[1]["query"]["query"]


class Kubeflow:
    """As much of the API server as making a recurring run needs; `asked` are the bodies of what was made."""

    def __enter__(self):
        self.asked = asked = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, body):
                data = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self):
                if self.path.endswith("/healthz"):
                    self.answer({"multi_user": False})
                else:
                    self.answer({"experiments": []})

            def do_POST(self):
                kind = self.path.rpartition("/")[2].partition("?")[0]
                asked[kind] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.answer({"experiment_id": "the-experiment", "recurring_run_id": "the-run"} | asked[kind])

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *reason):
        self.server.shutdown()
        self.server.server_close()


def test_the_recurring_run_computes_each_day_once(projects, kubeflow_python, tmp_path):
    (tmp_path / "settings.json").write_text('{"store": "gs://b/f"}', encoding="utf-8")
    folder = projects / "beam"
    subprocess.run([str(kubeflow_python), "pipeline.py", "--output", str(tmp_path / "pipeline.yaml")], cwd=folder, check=True, capture_output=True)
    with Kubeflow() as kubeflow:
        command = [str(kubeflow_python), "schedule.py", "--package", str(tmp_path / "pipeline.yaml"), "--settings", str(tmp_path / "settings.json")]
        done = subprocess.run([*command, "--start", "2024-03-02T00:00:00Z", "--host", kubeflow.url], cwd=folder, env=os.environ | {"HOME": str(tmp_path)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    made = kubeflow.asked["recurringruns"]
    assert made["trigger"]["cron_schedule"]["cron"] == "0 0 1 * * *" and made["trigger"]["cron_schedule"]["start_time"] == "2024-03-02T00:00:00Z"
    assert int(made["max_concurrency"]) == 1 and not made.get("no_catchup") and made["mode"] == "ENABLE"
    assert made["runtime_config"]["parameters"] == {"settings": {"store": "gs://b/f"}, "scheduled": "[[ScheduledTime.2006-01-02]]"}
    assert "recurring run the-run: a day of features" in done.stdout
