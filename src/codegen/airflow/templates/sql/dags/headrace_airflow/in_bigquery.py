"""Files of statements as tasks that run in BigQuery."""

from __future__ import annotations

from typing import Any

from airflow.providers.google.cloud.operators.bigquery import BigQueryInsertJobOperator
from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowFailException
from google.api_core.exceptions import BadRequest

from headrace_airflow.projects import Project, no_retry_when_rejected
from headrace_airflow.statement_tasks import asked
from headrace_steps.statements import BigQuerySettings, bigquery_job, statement_of

Settings = BigQuerySettings
ONE_AT_A_TIME = False


class RunStatements(BigQueryInsertJobOperator):
    """Runs a file as one job; the triggerer asks for its state, so that no slot of a worker is held."""

    def __init__(self, *, project: Project, path: str, **arguments: Any) -> None:
        super().__init__(configuration={}, deferrable=True, **arguments)
        self.project, self.path = project, path

    def execute(self, context: Context) -> Any:
        settings, done = asked(self.project, BigQuerySettings, self.path, context)
        with no_retry_when_rejected():
            self.configuration = bigquery_job(settings, statement_of(self.path), done)
        self.gcp_conn_id = settings.connection
        self.project_id = settings.dataset.split(".")[0]
        self.location = settings.location or None
        try:
            return super().execute(context)
        except BadRequest as error:
            raise AirflowFailException(f"{self.path}: BigQuery: {error}") from error
