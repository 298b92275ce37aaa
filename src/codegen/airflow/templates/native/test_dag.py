"""The DAG imports, has its steps in order, runs by whole days, and retries only what may end better."""

import importlib
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest
from airflow.sdk import CronDataIntervalTimetable
from airflow.sdk.exceptions import AirflowFailException

DAGS = Path(__file__).parent / "dags"
STEPS = ["check", "generate", "backfill", "quality", "materialize", "notify"]
sys.path.insert(0, str(DAGS))

from headrace_airflow.projects import no_retry_when_rejected  # noqa: E402
from headrace_steps import days, quality, steps  # noqa: E402
from headrace_steps.programs import Interrupted, Rejected  # noqa: E402
from headrace_steps.settings import Settings  # noqa: E402


@pytest.fixture(scope="module")
def module() -> ModuleType:
    (name,) = [path.stem for path in DAGS.glob("*.py")]
    return importlib.import_module(name)


def test_steps_are_in_order(module: ModuleType) -> None:
    dag = module.features_of_a_day()
    assert dag.task_ids == STEPS
    for before, after in zip(STEPS, STEPS[1:], strict=False):
        assert after in dag.task_dict[before].downstream_task_ids


def test_runs_catch_up_a_day_at_a_time(module: ModuleType) -> None:
    dag = module.features_of_a_day()
    assert dag.catchup and dag.max_active_runs == 1 and dag.start_date.tzinfo is not None
    assert isinstance(dag.timetable, CronDataIntervalTimetable)


def test_runs_bring_assets_up_to_date(module: ModuleType) -> None:
    dag = module.features_of_a_day()
    for task, where in (("backfill", "offline"), ("materialize", "online")):
        names = [asset.name for asset in dag.task_dict[task].outlets]
        assert names == [f"{dag.dag_id}/{entity}/{where}" for entity in module.ENTITIES] and names


def test_tasks_have_the_owners_of_the_features(module: ModuleType) -> None:
    dag = module.features_of_a_day()
    assert {task.owner for task in dag.tasks} == {", ".join(module.OWNERS)}


def settings_with(tmp_path: Path, code: int, out: str = "", repository: str = "r") -> Settings:
    """Settings whose headrace says something and ends with a code."""
    program = tmp_path / "headrace"
    program.write_text(f"#!/bin/sh\nprintf '%s' '{out}'\necho 'error: of the test' >&2\nexit {code}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    values = {"repository": repository, "store": "s", "generated": str(tmp_path), "headrace": str(program)}
    return Settings.read(values, "the test")


@pytest.mark.parametrize("code, error", [(1, Rejected), (2, Rejected), (3, Interrupted), (137, Interrupted)])
def test_exit_codes(tmp_path: Path, code: int, error: type[Exception]) -> None:
    with pytest.raises(error, match=f"exit code {code}: error: of the test"):
        steps.check(settings_with(tmp_path, code))


def test_problems_with_a_report_are_for_the_step_of_quality(tmp_path: Path) -> None:
    check = '{"feature":"f","check":"c","severity":"error","verdict":"fail","looked_at":2,"failed":1,"condition":"x",'
    check += '"offenders":[{"entity":"e","time":"t","value":3}]}'
    out = '{"entities":[{"entity":"e","rows":2,"reused":false}],"quality":{"checks":[' + check + "]}}"
    report = steps.backfill(settings_with(tmp_path, 1, out), days.day_named("2024-03-01"))
    assert "f, c: e at t: 3" in quality.table(report)
    with pytest.raises(Rejected, match="1 quality checks do not hold: f: c"):
        steps.judge(report)
    with pytest.raises(Rejected):
        steps.backfill(settings_with(tmp_path, 1), days.day_named("2024-03-01"))


def test_rejected_work_is_not_tried_again() -> None:
    with pytest.raises(AirflowFailException), no_retry_when_rejected():
        raise Rejected("wrong")
    with pytest.raises(Interrupted), no_retry_when_rejected():
        raise Interrupted("gone")


def test_days_are_whole() -> None:
    early, late = datetime(2024, 3, 1, 3, tzinfo=UTC), datetime(2024, 3, 2, 3, tzinfo=UTC)
    assert str(days.days_of(early, late)) == "2024-03-01"
    assert days.rfc3339(days.days_of(early, late).end) == "2024-03-02T00:00:00Z"
    with pytest.raises(Rejected, match="no day ends"):
        days.days_of(early, early.replace(hour=4))


def test_settings_are_checked() -> None:
    with pytest.raises(Rejected, match="it is no JSON: "):
        Settings.parse("{'repository': 'r'}", "it")
    with pytest.raises(Rejected, match="did you mean `store`"):
        Settings.read({"repository": "r", "stor": "s", "generated": "g"}, "it")
    with pytest.raises(Rejected, match="lacks `store`, `generated`"):
        Settings.read({"repository": "r"}, "it")
    with pytest.raises(Rejected, match="it: `feast` is set, but `targets` does not have it"):
        Settings.read({"repository": "r", "store": "s", "generated": "g", "feast": "f", "targets": ["beam"]}, "it")
    with pytest.raises(Rejected, match="`targets` in it must be a list of texts"):
        Settings.read({"repository": "r", "store": "s", "generated": "g", "targets": "beam"}, "it")
