"""The generated DAG in a real Airflow: it imports, runs day after day, and fails where it should.

UPDATE_GOLDEN=1 writes the golden files anew.
"""
import json
import os
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from airflow_home import DAG
from stored_days import stored_days

from orchestrated import DAYS, Webhook, assert_clean, break_a_check

GOLDEN = Path(__file__).parent / "golden"
STEPS = ["check", "generate", "backfill", "quality", "materialize", "notify"]


def first_day(pumps):
    return json.loads((pumps / "airflow" / "generated.json").read_text(encoding="utf-8"))["first_day"]


def test_the_first_day_stays_when_code_is_generated_again(pumps, binary):
    made_on, listed = first_day(pumps), pumps / "airflow" / "generated.json"
    assert abs(date.today() - date.fromisoformat(made_on)).days <= 1

    listed.write_text(listed.read_text(encoding="utf-8").replace(made_on, "2024-02-29"), encoding="utf-8")
    try:
        command = [binary, "generate", "airflow", "--output", "airflow", "-q"]
        subprocess.run(command + ["--force"], cwd=pumps, check=True, capture_output=True)
        assert first_day(pumps) == "2024-02-29"
        assert '_START_DATE", "2024-02-29")' in (pumps / "airflow" / "dags" / f"{DAG}.py").read_text(encoding="utf-8")
    finally:
        listed.write_text(listed.read_text(encoding="utf-8").replace("2024-02-29", made_on), encoding="utf-8")
        subprocess.run(command + ["--force"], cwd=pumps, check=True, capture_output=True)


@pytest.mark.parametrize("name", [f"dags/{DAG}.py", "README.md"])
def test_golden(pumps, name):
    text = (pumps / "airflow" / name).read_text(encoding="utf-8")
    text = text.replace(first_day(pumps), "2024-01-01")
    path = GOLDEN / f"{Path(name).name}.expected"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, f"{path} differs: look at it, then UPDATE_GOLDEN=1"


def test_code_is_clean(pumps, airflow_python):
    assert_clean(airflow_python, pumps / "airflow")


def test_generated_tests_pass(pumps, airflow):
    command = [str(airflow.python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_dag.py"]
    done = subprocess.run(command, cwd=pumps / "airflow", env=airflow.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_imports(airflow):
    code, said = airflow.run("dags", "list-import-errors", "--local", "--output", "json")
    assert code == 0 and said.splitlines()[-1] == "[]", said


def test_catches_up_from_the_start_date(airflow, pumps):
    command = [str(airflow.python), str(Path(__file__).parent / "first_runs.py"), str(pumps / "airflow" / "dags")]
    done = subprocess.run(command, env=airflow.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    days = [f"2024-01-0{day}T00:00:00+00:00" for day in (3, 4, 5, 6)]
    assert done.stdout.splitlines() == [f"{start} {end}" for start, end in zip(days, days[1:])]


def settings_for(binary, pumps, folder):
    return {"repository": str(pumps), "store": str(folder / "store"), "generated": str(folder / "generated"), "headrace": str(binary)}


def states_of(airflow, date):
    return {task: state for task, (state, _) in airflow.states(date).items()}


def test_days_one_after_the_other(airflow, binary, pumps, tmp_path, online_store):
    """The first day without Feast, the second with it; together the store of one backfill over both."""
    settings = settings_for(binary, pumps, tmp_path)
    with Webhook() as webhook:
        code, said = airflow.run("dags", "test", DAG, DAYS[1], settings=settings, webhook=webhook.url)
        assert code == 0 and "secret-of-the-test" not in said, said
        assert states_of(airflow, DAYS[1]) == dict.fromkeys(STEPS, "success") | {"materialize": "skipped"}
        assert "nothing is put online" in said and "pump_efficiency_rolling_24h   range" in said
        assert (tmp_path / "generated" / "beam" / "pipeline.py").exists()

        code, said = airflow.run("dags", "test", DAG, DAYS[2], settings=settings | online_store.settings, webhook=webhook.url)
        assert code == 0 and "secret-of-the-test" not in said, said
        assert states_of(airflow, DAYS[2]) == dict.fromkeys(STEPS, "success")
    assert webhook.texts == [
        f"pumping-station, {DAYS[0]}: 1893 rows; checks: 2 not evaluated, 23 pass; nothing was put online",
        f"pumping-station, {DAYS[1]}: 1913 rows; checks: 2 not evaluated, 23 pass; the newest values are online"]
    online_store.assert_has_newest_values(tmp_path / "generated" / "feast", tmp_path / "store", DAYS[1])
    direct = [binary, "backfill", "--start", DAYS[0], "--end", DAYS[2], "--output", tmp_path / "direct", "-q"]
    subprocess.run(direct, cwd=pumps, check=True, capture_output=True)
    assert len(stored_days(tmp_path / "direct")) == 2
    assert stored_days(tmp_path / "store") == stored_days(tmp_path / "direct")


def test_a_check_that_fails_stops_the_run_at_quality(airflow, binary, pumps, tmp_path):
    broken = shutil.copytree(pumps, tmp_path / "pumps")
    break_a_check(broken)
    with Webhook() as webhook:
        code, said = airflow.run("dags", "test", DAG, "2024-01-09", settings=settings_for(binary, broken, tmp_path), webhook=webhook.url)
    states = airflow.states("2024-01-09")
    assert states["backfill"][0] == "success" and states["quality"] == ("failed", 1), "at once, without another try"
    assert states["materialize"][0] == states["notify"][0] == "upstream_failed"
    assert "2.0 <= value <= 3.0" in said or "2 <= value <= 3" in said, "the table is in the log"
    (text,) = webhook.texts
    assert "failed at `quality`: 1 quality checks do not hold: pump_efficiency_rolling_24h: range" in text
    assert code == 1


def test_without_settings_the_first_step_says_what_to_set(airflow):
    _, said = airflow.run("dags", "test", DAG, "2024-01-11")
    assert airflow.states("2024-01-11")["check"] == ("failed", 1)
    assert f"Airflow's Variable `{DAG}` is not set to an object with `repository`, `store` and `generated`" in said
