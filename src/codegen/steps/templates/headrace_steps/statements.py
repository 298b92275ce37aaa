"""A day by the generated SQL: where a warehouse is, and runs of statements that wait for the end.

The clients are imported where they are used: an image or a worker has that of its own warehouse.
"""

from __future__ import annotations

import contextlib
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headrace_steps.days import Days, rfc3339
from headrace_steps.programs import Interrupted, Rejected
from headrace_steps.settings import Set

log = logging.getLogger(__name__)

# BigQuery takes no longer query; the generator says in the first line of a longer file that its statements go one by one.
BYTES_MAX = 1_000_000
# The instants between which rows are wanted, where a statement asks for them: parameters of BigQuery, variables of a session
# elsewhere.
PARAMETERS = ("start", "end")


@dataclass(frozen=True)
class SqlSettings(Set):
    """What all warehouses share."""

    feast: str = ""
    """Feast's program, by name or path; empty: nothing is put online."""
    feast_repository: str = ""
    """Folder that `headrace generate feast --offline ..` wrote."""
    feast_options: tuple[str, ...] = ()
    """More options of Feast: "-f", "/etc/feast/production.yaml"."""
    load_sources: bool = False
    """Whether each run loads the sources' files into their tables first (sources.sql); else somebody else fills them."""

    def problem(self) -> str:
        if self.feast and not self.feast_repository:
            return "`feast` is set, but `feast_repository` is not: there is no Feast repository to apply"
        if self.feast and not self.place():
            return "`feast` is set, but these settings do not say where Feast finds the tables"
        return ""

    def skipped(self, file: str) -> str:
        """Why a file is not run; empty: it is."""
        if file == "sources.sql" and not self.load_sources:
            return "`load_sources` is not set: somebody else fills the tables of the sources"
        return ""

    def place(self) -> str:
        """Of the tables, as the definitions of a Feast repository want it; empty: none that Feast could read."""
        return ""

    def feast_environment(self) -> dict[str, str]:
        return {"HEADRACE_OFFLINE": self.place()}


@dataclass(frozen=True)
class BigQuerySettings(SqlSettings):
    dataset: str = ""
    """PROJECT.DATASET: where the tables are, and who pays."""
    location: str = ""
    """Of the dataset, such as EU; empty: the service's default."""
    connection: str = "google_cloud_default"
    """Airflow's Connection."""

    def problem(self) -> str:
        if self.dataset.count(".") != 1 or not all(self.dataset.split(".")):
            return "`dataset` must be PROJECT.DATASET"
        return super().problem()

    def place(self) -> str:
        return self.dataset


@dataclass(frozen=True)
class SnowflakeSettings(SqlSettings):
    database: str = ""
    schema: str = ""
    """Where the tables are; empty: those of the connection. Feast wants both."""
    connection: str = "snowflake_default"
    """Airflow's Connection; in a container, a connection of connections.toml."""

    def place(self) -> str:
        return f"{self.database}.{self.schema}" if self.database and self.schema else ""


@dataclass(frozen=True)
class DuckDbSettings(SqlSettings):
    database: str = ""
    """The file of the database."""
    base: str = "."
    """Folder that the sources' paths are relative to."""
    load_sources: bool = True
    """Views over the sources' files: they cost nothing."""

    def skipped(self, file: str) -> str:
        if file == "tables.sql" and self.load_sources:
            return "sources.sql makes views over the files in the place of tables"
        return super().skipped(file)

    def problem(self) -> str:
        if not self.database:
            return "`database` must be the file of the database"
        return super().problem()


def statement_of(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def parameters_of(statement: str, days: Days) -> dict[str, str]:
    """The instants that a statement for BigQuery asks for by name: `@start` and `@end`, or none of them."""
    instants = dict(zip(PARAMETERS, (rfc3339(days.start), rfc3339(days.end)), strict=True))
    return {name: instant for name, instant in instants.items() if f"@{name}" in statement}


def with_variables(statement: str, days: Days, form: str) -> str:
    """The same for a session: statements before it that set the variables `headrace_start` and `headrace_end` it reads.
    `form` says how: "SET {name} = '{instant}';"."""
    texts = (days.start.strftime("%Y-%m-%d"), days.end.strftime("%Y-%m-%d"))
    named = {f"headrace_{name}": text for name, text in zip(PARAMETERS, texts, strict=True)}
    head = [form.format(name=name, instant=text) for name, text in named.items() if name in statement]
    return "\n".join([*head, statement])


def snowflake_statement(path: str, days: Days) -> str:
    return with_variables(statement_of(path), days, "SET {name} = '{instant}';")


def duckdb_statement(path: str, days: Days) -> str:
    return with_variables(statement_of(path), days, "SET VARIABLE {name} = TIMESTAMP '{instant}';")


def bigquery_job(settings: BigQuerySettings, statement: str, days: Days) -> dict[str, Any]:
    """The configuration of the job that runs a file of statements, as BigQuery's API has it."""
    if len(statement.encode()) > BYTES_MAX:
        raise Rejected(
            f"the statements have {len(statement.encode()):,} bytes, and BigQuery takes {BYTES_MAX:,}: generate "
            "several projects, each with some of the features (--features)"
        )
    project, dataset = settings.dataset.split(".")
    query: dict[str, Any] = {
        "query": statement,
        "useLegacySql": False,
        "defaultDataset": {"projectId": project, "datasetId": dataset},
    }
    parameters = parameters_of(statement, days)
    if parameters:
        query["parameterMode"] = "NAMED"
        query["queryParameters"] = [
            {"name": name, "parameterType": {"type": "TIMESTAMP"}, "parameterValue": {"value": instant}}
            for name, instant in parameters.items()
        ]
    return {"query": query}


def run_in_bigquery(settings: BigQuerySettings, path: str, days: Days) -> None:
    """Runs a file as one job, with Google's client. What BigQuery finds wrong in it raises Rejected."""
    from google.api_core.exceptions import BadRequest, GoogleAPIError, NotFound
    from google.auth.exceptions import GoogleAuthError
    from google.cloud import bigquery

    configuration = bigquery_job(settings, statement_of(path), days)
    project = settings.dataset.split(".")[0]
    try:
        client = bigquery.Client(project=project, location=settings.location or None)
        job = client.create_job(configuration)
        log.info("%s: job %s", path, job.job_id)
        job.result()
    except (BadRequest, NotFound) as error:
        raise Rejected(f"{path}: BigQuery: {error}") from error
    except (GoogleAPIError, GoogleAuthError, OSError) as error:
        raise Interrupted(f"{path}: BigQuery: {error}") from error


def run_in_snowflake(settings: SnowflakeSettings, path: str, days: Days) -> None:
    """Runs a file in one session, statement by statement. What Snowflake finds wrong in it raises Rejected."""
    import snowflake.connector
    from snowflake.connector.errors import Error, ProgrammingError

    places = {"database": settings.database, "schema": settings.schema}
    try:
        connection = snowflake.connector.connect(
            connection_name=settings.connection,
            session_parameters={"TIMEZONE": "UTC"},
            **{name: place for name, place in places.items() if place},
        )
        with connection:
            for cursor in connection.execute_string(snowflake_statement(path, days)):
                log.info("%s: query %s", path, cursor.sfqid)
    except ProgrammingError as error:
        raise Rejected(f"{path}: Snowflake: {error}") from error
    except (Error, OSError) as error:
        raise Interrupted(f"{path}: Snowflake: {error}") from error


def run_in_duckdb(settings: DuckDbSettings, path: str, days: Days) -> None:
    """Runs a file in the database, in the folder of the sources. What DuckDB finds wrong in it raises Rejected."""
    import duckdb

    database = os.path.abspath(settings.database)
    statement = duckdb_statement(path, days)
    try:
        with contextlib.chdir(settings.base), duckdb.connect(database) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(statement)
    except (duckdb.IOException, OSError) as error:
        raise Interrupted(f"{path}: DuckDB: {error}") from error
    except duckdb.Error as error:
        raise Rejected(f"{path}: DuckDB: {error}") from error
