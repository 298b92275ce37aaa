"""The pipeline compiles; all components run in the one image, install nothing and are never taken from a cache."""

from typing import Any

import pytest
import yaml
from kfp import compiler

import pipeline
from headrace_steps import days
from headrace_steps.programs import Rejected

STEPS = ["check", "generate", "backfill", "quality", "materialize"]


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


def test_steps_are_in_order(compiled: dict[str, Any]) -> None:
    for before, after in zip(STEPS, STEPS[1:], strict=False):
        assert before in tasks(compiled)[after]["dependentTasks"]


def test_the_end_is_always_told(compiled: dict[str, Any]) -> None:
    assert compiled["root"]["dag"]["tasks"]["notify"]["triggerPolicy"]["strategy"] == "ALL_UPSTREAM_TASKS_COMPLETED"


def test_components_run_in_the_image_and_install_nothing(compiled: dict[str, Any]) -> None:
    executors = compiled["deploymentSpec"]["executors"].values()
    assert len(executors) == len(STEPS) + 2
    for executor in executors:
        assert executor["container"]["image"] == pipeline.IMAGE
        assert "pip install" not in " ".join(executor["container"]["command"])


def test_nothing_is_taken_from_a_cache(compiled: dict[str, Any]) -> None:
    for task in [*tasks(compiled).values(), compiled["root"]["dag"]["tasks"]["notify"]]:
        assert not task["cachingOptions"].get("enableCache")


def test_what_may_end_better_is_tried_again(compiled: dict[str, Any]) -> None:
    again = {name for name, task in tasks(compiled).items() if "retryPolicy" in task}
    assert again == {"backfill", "materialize"}


def test_the_store_is_a_dataset(compiled: dict[str, Any]) -> None:
    artifacts = compiled["components"]["comp-backfill"]["outputDefinitions"]["artifacts"]
    assert artifacts["store"]["artifactType"]["schemaTitle"] == "system.Dataset"


def test_the_day_is_the_one_that_ended() -> None:
    assert str(days.day_before("2024-03-02T01:00:00Z")) == "2024-03-01"
    assert days.rfc3339(days.day_named("2024-02-29").end) == "2024-03-01T00:00:00Z"
    with pytest.raises(Rejected, match="is not a day"):
        days.day_named("yesterday")
