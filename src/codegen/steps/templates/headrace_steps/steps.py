"""The steps of a day that the program computes: check, generate, backfill, quality; and materialize, for all days."""

from __future__ import annotations

import logging
import os
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from headrace_steps import quality
from headrace_steps.days import Days, rfc3339
from headrace_steps.programs import Rejected, run, run_for_report
from headrace_steps.settings import Settings

log = logging.getLogger(__name__)


def check(settings: Settings) -> None:
    """All definitions are sound."""
    run([settings.headrace, "check", "--project", settings.repository])


def generate(settings: Settings, features: Sequence[str] = ()) -> list[str]:
    """Brings the generated code of other runtimes up to date; gives its folders."""
    folders = []
    for target in settings.wanted_targets():
        name, *options = shlex.split(target)
        folder = os.path.join(settings.generated, name)
        command = [settings.headrace, "generate", name, "--project", settings.repository, "--output", folder]
        run([*command, *_named(features), *options])
        folders.append(folder)
    return folders


def backfill(settings: Settings, days: Days, features: Sequence[str] = ()) -> dict[str, Any]:
    """Writes the days into the offline store, in place of what it had of them; gives the program's report.

    A check that fails does not undo the days: the report says so, and `judge` stops the run.
    """
    window = ["--start", rfc3339(days.start), "--end", rfc3339(days.end)]
    command = [settings.headrace, "backfill", "--project", settings.repository, "--output", settings.store, *window]
    report = run_for_report([*command, *_named(features), "--format", "json", *settings.backfill_options])
    for entity in report["entities"]:
        done = "were there already" if entity["reused"] else "written"
        log.info("%s: %s rows of %s %s", days, entity["rows"], entity["entity"], done)
    return report


def judge(report: Mapping[str, Any]) -> str:
    """Shows the verdicts of the quality checks; raises Rejected when one of severity `error` does not hold."""
    log.info("\n%s", quality.table(report))
    failed = quality.failures(report)
    if failed:
        raise Rejected(f"{len(failed)} quality checks do not hold: " + ", ".join(failed))
    return quality.counts(report)


def materialize(settings: Settings, days: Days) -> str:
    """Puts the newest values of the days online, through the generated Feast repository; says what was done."""
    store = settings.store if "://" in settings.store else os.path.abspath(settings.store)
    repository = os.path.join(settings.generated, "feast")
    return _materialize(settings.feast, settings.feast_options, repository, {"HEADRACE_OFFLINE": store}, days)


class Online(Protocol):
    """Settings of what another engine computed, with a Feast repository over it."""

    @property
    def feast(self) -> str: ...
    @property
    def feast_options(self) -> Sequence[str]: ...
    @property
    def feast_repository(self) -> str: ...

    def feast_environment(self) -> Mapping[str, str]: ...


def put_online(settings: Online, days: Days, table: str = "") -> str:
    """The same of what Beam or a warehouse computed; `table` is how the latter calls its tables: "features_of_{entity}"."""
    repository, environment = settings.feast_repository, dict(settings.feast_environment())
    if table:
        environment["HEADRACE_TABLE"] = table
    return _materialize(settings.feast, settings.feast_options, repository, environment, days)


def summary(project: str, settings: Settings, days: Days, report: Mapping[str, Any], verdicts: str) -> str:
    """One line for people about days that went well."""
    rows = sum(int(entity["rows"]) for entity in report["entities"])
    online = "the newest values are online" if settings.feast else "nothing was put online"
    return f"{project}, {days}: {rows} rows; checks: {verdicts}; {online}"


def done_elsewhere(project: str, settings: Online, days: Days, where: str) -> str:
    """The same about days that another engine computed, which neither counts rows nor holds checks."""
    online = "the newest values are online" if settings.feast else "nothing was put online"
    return f"{project}, {days}: computed by {where}; checks: none were held; {online}"


def _materialize(
    feast: str, options: Sequence[str], repository: str, environment: Mapping[str, str], days: Days
) -> str:
    if not feast:
        return ""
    command = [feast, "-c", repository, *options]
    named = {**environment, "FEAST_USAGE": "False"}
    # Feast says 1 for whatever goes wrong, a server that does not answer included: another try is worth it.
    run([*command, "apply"], final_codes=(), environment=named)
    run([*command, "materialize", rfc3339(days.start), rfc3339(days.end)], final_codes=(), environment=named)
    return f"Feast has the values of {days}"


def _named(features: Sequence[str]) -> list[str]:
    return ["--features", ",".join(features)] if features else []
