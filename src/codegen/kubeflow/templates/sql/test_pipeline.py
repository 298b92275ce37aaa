"""The pipeline compiles; all components run in the one image, install nothing and are never taken from a cache."""

from typing import Any

import pytest
import yaml
from kfp import compiler

import pipeline
from headrace_steps import days
from headrace_steps.programs import Rejected
from headrace_steps.statements import parameters_of


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("compiled") / "pipeline.yaml"
    compiler.Compiler().compile(pipeline.features_of_a_day, str(path))
    found: dict[str, Any] = next(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    return found


def tasks(compiled: dict[str, Any]) -> dict[str, Any]:
    """The tasks inside of the exit handler."""
    found: dict[str, Any] = compiled["components"]["comp-exit-handler-1"]["dag"]["tasks"]
    return found


def test_files_run_one_after_the_other_then_are_judged(compiled: dict[str, Any]) -> None:
    names = ["run-statements", *(f"run-statements-{i + 2}" for i in range(1 + len(pipeline.ENTITIES)))]
    steps = [*names, "judge", "materialize"]
    assert set(tasks(compiled)) == {"pick-day", *steps}
    for before, after in zip(steps, steps[1:], strict=False):
        assert before in tasks(compiled)[after]["dependentTasks"]


def test_the_end_is_always_told(compiled: dict[str, Any]) -> None:
    assert compiled["root"]["dag"]["tasks"]["notify"]["triggerPolicy"]["strategy"] == "ALL_UPSTREAM_TASKS_COMPLETED"


def test_components_run_in_the_image_and_install_nothing(compiled: dict[str, Any]) -> None:
    executors = compiled["deploymentSpec"]["executors"].values()
    assert len(executors) == 5 + 1 + len(pipeline.ENTITIES)
    for executor in executors:
        assert executor["container"]["image"] == pipeline.IMAGE
        assert "pip install" not in " ".join(executor["container"]["command"])


def test_nothing_is_taken_from_a_cache(compiled: dict[str, Any]) -> None:
    for task in [*tasks(compiled).values(), compiled["root"]["dag"]["tasks"]["notify"]]:
        assert not task["cachingOptions"].get("enableCache")


def test_what_may_end_better_is_tried_again(compiled: dict[str, Any]) -> None:
    once = {name for name, task in tasks(compiled).items() if "retryPolicy" not in task}
    assert once == {"pick-day", "judge"}


def test_statements_get_the_instants_that_they_ask_for() -> None:
    day = days.day_named("2024-03-01")
    assert parameters_of("SELECT 1", day) == {}
    assert parameters_of("WHERE t < @end", day) == {"end": "2024-03-02T00:00:00Z"}
    with pytest.raises(Rejected, match="is not a day"):
        days.day_named("yesterday")
