"""What tasks that run files of statements share."""

from __future__ import annotations

import os
from typing import TypeVar

from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowSkipException

from headrace_airflow.projects import Project, no_retry_when_rejected
from headrace_steps.days import Days, days_of
from headrace_steps.statements import SqlSettings

Found = TypeVar("Found", bound=SqlSettings)


def asked(project: Project, kind: type[Found], path: str, context: Context) -> tuple[Found, Days]:
    """The settings and the days of a run; a file that the settings do not want is skipped."""
    with no_retry_when_rejected():
        settings = project.settings(kind)
        done = days_of(context.get("data_interval_start"), context.get("data_interval_end"))
    if reason := settings.skipped(os.path.basename(path)):
        raise AirflowSkipException(reason)
    return settings, done
