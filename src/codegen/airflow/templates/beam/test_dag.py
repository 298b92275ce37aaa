"""The DAG imports, has its steps in order, runs by whole days, waits outside of workers, and reads its settings."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest
from airflow.sdk import CronDataIntervalTimetable

DAGS = Path(__file__).parent / "dags"
STEPS = ["compute", "materialize", "notify"]
sys.path.insert(0, str(DAGS))

from headrace_steps import days  # noqa: E402
from headrace_steps.pipelines import BeamSettings, options_of  # noqa: E402
from headrace_steps.programs import Rejected  # noqa: E402


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


def test_the_pipeline_is_there_and_is_awaited_outside_of_workers(module: ModuleType) -> None:
    compute = module.features_of_a_day().task_dict["compute"]
    assert compute.deferrable and Path(compute.py_file).is_file()


def test_runs_bring_assets_up_to_date(module: ModuleType) -> None:
    dag = module.features_of_a_day()
    for task, where in (("compute", "offline"), ("materialize", "online")):
        names = [asset.name for asset in dag.task_dict[task].outlets]
        assert names == [f"{dag.dag_id}/{entity}/{where}" for entity in module.ENTITIES] and names


def test_options_are_of_the_day_and_of_the_settings() -> None:
    values = {"store": "gs://b/f", "base": "/data", "options": {"kernel": "native", "source": ["a=b", "c=d"]}}
    options = options_of(BeamSettings.read(values, "it"), days.day_named("2024-03-01"))
    assert options == {
        "mode": "backfill",
        "start": "2024-03-01T00:00:00Z",
        "end": "2024-03-02T00:00:00Z",
        "output": "gs://b/f",
        "base": "/data",
        "kernel": "native",
        "source": ["a=b", "c=d"],
    }


def test_settings_are_checked() -> None:
    with pytest.raises(Rejected, match="it lacks `store`"):
        BeamSettings.read({"runner": "FlinkRunner"}, "it")
    with pytest.raises(Rejected, match="`options` has `start`, which the run itself says"):
        BeamSettings.read({"store": "s", "options": {"start": "2024-03-01"}}, "it")
    with pytest.raises(Rejected, match="`feast_repository` is not"):
        BeamSettings.read({"store": "s", "feast": "feast"}, "it")
