"""The DAG imports, has its steps in order, runs by whole days, has its statements, and reads its settings."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest
from airflow.sdk import CronDataIntervalTimetable

DAGS = Path(__file__).parent / "dags"
sys.path.insert(0, str(DAGS))

from headrace_steps import days, statements  # noqa: E402
from headrace_steps.programs import Rejected  # noqa: E402


@pytest.fixture(scope="module")
def module() -> ModuleType:
    (name,) = [path.stem for path in DAGS.glob("*.py")]
    return importlib.import_module(name)


def test_steps_are_in_order(module: ModuleType) -> None:
    dag = module.features_of_a_day()
    computed = [f"compute_{entity}" for entity in module.ENTITIES]
    assert dag.task_ids == ["tables", "sources", *computed, "materialize", "notify"]
    assert dag.task_dict["sources"].upstream_task_ids == {"tables"}
    for task in computed:
        assert dag.task_dict["materialize"].get_flat_relative_ids(upstream=True) >= {task, "sources", "tables"}


def test_runs_catch_up_a_day_at_a_time(module: ModuleType) -> None:
    dag = module.features_of_a_day()
    assert dag.catchup and dag.max_active_runs == 1 and dag.start_date.tzinfo is not None
    assert isinstance(dag.timetable, CronDataIntervalTimetable)


def test_each_file_of_statements_is_there(module: ModuleType) -> None:
    dag = module.features_of_a_day()
    paths = [task.path for task in dag.tasks if isinstance(task, module.RunStatements)]
    assert len(paths) == 2 + len(module.ENTITIES) and all(Path(path).is_file() for path in paths)


def test_runs_bring_assets_up_to_date(module: ModuleType) -> None:
    dag = module.features_of_a_day()
    for entity in module.ENTITIES:
        names = [asset.name for asset in dag.task_dict[f"compute_{entity}"].outlets]
        assert names == [f"{dag.dag_id}/{entity}/offline"]


def test_statements_get_the_instants_that_they_ask_for() -> None:
    day = days.day_named("2024-03-01")
    both = {"start": "2024-03-01T00:00:00Z", "end": "2024-03-02T00:00:00Z"}
    assert statements.parameters_of("SELECT 1", day) == {}
    assert statements.parameters_of("WHERE t >= @start AND t < @end", day) == both


def test_settings_are_checked(module: ModuleType) -> None:
    with pytest.raises(Rejected, match="did you mean `load_sources`"):
        module.Settings.read({"load_source": True}, "it")
    with pytest.raises(Rejected, match="must be true or false"):
        module.Settings.read({"load_sources": "yes"}, "it")


def test_sessions_get_the_days_that_they_ask_for() -> None:
    day = days.day_named("2024-03-01")
    form = "SET {name} = '{instant}';"
    assert statements.with_variables("SELECT 1", day, form) == "SELECT 1"
    both = "SET headrace_start = '2024-03-01';\nSET headrace_end = '2024-03-02';\nSELECT $headrace_start, $headrace_end"
    assert statements.with_variables("SELECT $headrace_start, $headrace_end", day, form) == both
