"""Files of statements as tasks that run in DuckDB, in the worker."""

from __future__ import annotations

from typing import Any

from airflow.sdk import BaseOperator, Context

from headrace_airflow.projects import Project, no_retry_when_rejected
from headrace_airflow.statement_tasks import asked
from headrace_steps.statements import DuckDbSettings, run_in_duckdb

Settings = DuckDbSettings
ONE_AT_A_TIME = True  # a file has one writer


class RunStatements(BaseOperator):
    """Runs a file in the database."""

    def __init__(self, *, project: Project, path: str, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.project, self.path = project, path

    def execute(self, context: Context) -> Any:
        settings, done = asked(self.project, DuckDbSettings, self.path, context)
        with no_retry_when_rejected():
            run_in_duckdb(settings, self.path, done)
