"""A day by the generated Beam pipeline: what its command line is, and a run that waits for the end."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from headrace_steps.days import Days, rfc3339
from headrace_steps.programs import run
from headrace_steps.settings import Set

# What the day or the orchestrator says, and what has a setting of its own.
OWN = ("mode", "output", "start", "end", "base", "runner", "labels")


@dataclass(frozen=True)
class BeamSettings(Set):
    """Where the Beam pipeline computes."""

    store: str
    """The tables: a folder that all workers see, gs://, or bigquery://PROJECT.DATASET."""
    python: str = "python3"
    """A Python that has what the pipeline's requirements.txt names: it submits the pipeline."""
    base: str = ""
    """Folder that the sources' paths are relative to."""
    runner: str = "DirectRunner"
    """Beam's runner: FlinkRunner, PortableRunner, DataflowRunner, DirectRunner."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Options of the pipeline and of the runner: {"kernel": "native", "source": ["NAME=PATH"], "flink_master": ".."}."""
    feast: str = ""
    """Feast's program, by name or path; empty: nothing is put online."""
    feast_repository: str = ""
    """Folder that `headrace generate feast` wrote."""
    feast_options: tuple[str, ...] = ()
    """More options of Feast: "-f", "/etc/feast/production.yaml"."""

    def problem(self) -> str:
        taken = [name for name in self.options if name.replace("-", "_") in OWN]
        if taken:
            return f"`options` has `{taken[0]}`, which the run itself says or a setting of its own"
        for name, value in self.options.items():
            if not isinstance(value, (str, bool, int, float)) and not _is_list_of_texts(value):
                return f"`{name}` in `options` must be a text, a number, true or false, or a list of texts"
        if self.feast and not self.feast_repository:
            return "`feast` is set, but `feast_repository` is not: there is no Feast repository to apply"
        return ""

    def feast_environment(self) -> dict[str, str]:
        """Where the definitions of the Feast repository find the tables that the pipeline writes."""
        if self.store.startswith("bigquery://"):
            return {"HEADRACE_OFFLINE": self.store.removeprefix("bigquery://"), "HEADRACE_TABLE": "{entity}"}
        return {"HEADRACE_OFFLINE": self.store if "://" in self.store else os.path.abspath(self.store)}


def options_of(settings: BeamSettings, days: Days) -> dict[str, Any]:
    """The options of the run that computes some days, without the runner."""
    own: dict[str, Any] = {
        "mode": "backfill",
        "start": rfc3339(days.start),
        "end": rfc3339(days.end),
        "output": settings.store,
    }
    if settings.base:
        own["base"] = settings.base
    return own | dict(settings.options)


def run_pipeline(settings: BeamSettings, pipeline: str, days: Days) -> None:
    """Submits the pipeline and waits for its end. Its exit codes 1 and 2, for data and options, raise Rejected."""
    words = [f"--runner={settings.runner}"]
    for name, value in options_of(settings, days).items():
        if isinstance(value, bool):
            words += [f"--{name}"] if value else []
        else:
            words += [f"--{name}={each}" for each in (value if isinstance(value, list) else [value])]
    run([settings.python, pipeline, *words])


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
