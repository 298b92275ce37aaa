"""The steps of a day: check, generate, backfill, quality, materialize."""

from __future__ import annotations

import logging
import os
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

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
    for target in settings.targets:
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
    if not settings.feast:
        return ""
    if "feast" not in [shlex.split(target)[0] for target in settings.targets]:
        raise Rejected("`feast` is set, but `targets` does not have it: there is no Feast repository to apply")
    feast = [settings.feast, "-c", os.path.join(settings.generated, "feast"), *settings.feast_options]
    store = settings.store if "://" in settings.store else os.path.abspath(settings.store)
    environment = {"HEADRACE_OFFLINE": store, "FEAST_USAGE": "False"}
    # Feast says 1 for whatever goes wrong, a server that does not answer included: another try is worth it.
    run([*feast, "apply"], final_codes=(), environment=environment)
    run([*feast, "materialize", rfc3339(days.start), rfc3339(days.end)], final_codes=(), environment=environment)
    return f"Feast has the values of {days}"


def summary(project: str, settings: Settings, days: Days, report: Mapping[str, Any], verdicts: str) -> str:
    """One line for people about days that went well."""
    rows = sum(int(entity["rows"]) for entity in report["entities"])
    online = "the newest values are online" if settings.feast else "nothing was put online"
    return f"{project}, {days}: {rows} rows; checks: {verdicts}; {online}"


def _named(features: Sequence[str]) -> list[str]:
    return ["--features", ",".join(features)] if features else []
