"""Files of statements as tasks that run in Snowflake."""

from __future__ import annotations

from typing import Any

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowFailException
from snowflake.connector.errors import ProgrammingError

from headrace_airflow.projects import Project
from headrace_airflow.statement_tasks import asked
from headrace_steps.statements import SnowflakeSettings, snowflake_statement

Settings = SnowflakeSettings
ONE_AT_A_TIME = False


class RunStatements(SQLExecuteQueryOperator):
    """Runs a file in one session, statement by statement, because tables for parts belong to a session. The slot of the
    worker is held until the last one has ended."""

    def __init__(self, *, project: Project, path: str, **arguments: Any) -> None:
        super().__init__(sql="", split_statements=True, do_xcom_push=False, **arguments)
        self.project, self.path = project, path

    def execute(self, context: Context) -> Any:
        settings, done = asked(self.project, SnowflakeSettings, self.path, context)
        places = {"database": settings.database, "schema": settings.schema}
        self.conn_id = settings.connection
        self.hook_params = {name: place for name, place in places.items() if place}
        self.hook_params["session_parameters"] = {"TIMEZONE": "UTC"}
        self.sql = snowflake_statement(self.path, done)
        try:
            return super().execute(context)
        except ProgrammingError as error:
            raise AirflowFailException(f"{self.path}: Snowflake: {error}") from error
