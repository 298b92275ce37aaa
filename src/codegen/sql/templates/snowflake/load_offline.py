"""Loads an offline store that `headrace backfill --output` wrote into Snowflake.

Each day is one transaction that replaces that day's rows by COPY from a stage, so a run can be repeated and continued.
A day that the table holds already, with the same rows of the same run, is left alone. Exit codes: 0 fine, 1 the store
and the table do not agree, 2 wrong use, 3 the store or Snowflake cannot be reached.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

try:
    import snowflake.connector
    from snowflake.connector import SnowflakeConnection
    from snowflake.connector.errors import Error
except ImportError as error:
    print(f"error: {error}; install requirements.txt of this folder", file=sys.stderr)
    sys.exit(3)

from offline_store import HERE, Day, Store, Table
from warehouse import Warehouse, make_parser, run

# A list becomes an array, and an instant a timestamp, as the file's logical types say.
FILE_FORMAT = "TYPE = PARQUET USE_LOGICAL_TYPE = TRUE USE_VECTORIZED_SCANNER = TRUE"


class WrongCount(Exception):
    """COPY did not load the rows that the manifest lists."""


def quoted(text: str) -> str:
    """A literal of Snowflake."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Snowflake(Warehouse):
    """The tables of a schema, and the stage over the store; without a stage, files are put into the tables' own."""

    def __init__(self, connection: SnowflakeConnection, stage: str | None, log: str) -> None:
        self.connection = connection
        self.stage = stage
        self.log = log

    def query(self, sql: str, *parameters: Any) -> list[Any]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return list(cursor.fetchall())

    def create_tables(self) -> None:
        self.connection.execute_string((HERE / "offline_tables.sql").read_text(encoding="utf-8"))

    def columns(self, table: Table) -> list[str]:
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table.name} LIMIT 0")
            return [column[0] for column in cursor.description]

    def held(self, table: Table) -> dict[dt.date, tuple[str, int]]:
        rows = self.query(
            f"SELECT log.day, log.run, COUNT(held.event_time) FROM {self.log} AS log\n"
            f"LEFT JOIN {table.name} AS held ON TO_DATE(held.event_time) = log.day\n"
            "WHERE log.table_name = ? GROUP BY log.day, log.run",
            table.name,
        )
        return {day: (run, num_rows) for day, run, num_rows in rows}

    def source(self, table: Table, store: Store, day: Day) -> str:
        """What COPY reads: one file by its name in the stage, or a folder that was filled for it alone."""
        if self.stage:
            folder, _, file = day.file.rpartition("/")
            return f"{quoted(f'{self.stage}/{folder}/')} FILES = ({quoted(file)})"
        folder = f"@%{table.name}/{day.day}/{day.run}/"
        self.query(
            f"PUT {quoted(f'file://{store.local_path(day.file)}')} {folder} AUTO_COMPRESS = FALSE OVERWRITE = TRUE"
        )
        return f"{folder} PURGE = TRUE"

    def load(self, table: Table, store: Store, days: Sequence[Day]) -> Iterator[str]:
        for day in days:
            try:
                self.replace(table, store, day)
                yield ""
            except (Error, WrongCount) as error:
                yield str(error)

    def replace(self, table: Table, store: Store, day: Day) -> None:
        """Replaces the day's rows, or leaves all as it was. FORCE: what was loaded once may have been deleted since."""
        source = self.source(table, store, day)
        self.query("BEGIN")
        try:
            self.query(f"DELETE FROM {table.name} WHERE TO_DATE(event_time) = ?", day.day.isoformat())
            files = self.query(
                f"COPY INTO {table.name} FROM {source}\n"
                f"FILE_FORMAT = ({FILE_FORMAT}) MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE FORCE = TRUE "
                "ON_ERROR = ABORT_STATEMENT"
            )
            loaded = sum(row[3] for row in files) if len(files[0]) > 3 else 0
            if loaded != day.rows:
                raise WrongCount(f"{loaded} rows were loaded")
            self.query(f"DELETE FROM {self.log} WHERE table_name = ? AND day = ?", table.name, day.day.isoformat())
            self.query(
                f"INSERT INTO {self.log} (table_name, day, run, num_rows, loaded_at) "
                "SELECT ?, ?, ?, ?, CURRENT_TIMESTAMP()",
                *(table.name, day.day.isoformat(), day.run, day.rows),
            )
        except BaseException:
            self.query("ROLLBACK")
            raise
        self.query("COMMIT")


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = make_parser(
        "Loads an offline store into Snowflake, a transaction for each day.",
        "gs://BUCKET/FOLDER, s3://BUCKET/FOLDER, or a folder here",
    )
    parser.add_argument("--stage", help="@STAGE whose URL is the store's folder; not for a folder here: it is put")
    parser.add_argument("--connection", default="default", help="of connections.toml; default: `default`")
    parser.add_argument("--database", help="where the connection names none or another one")
    parser.add_argument("--schema", help="where the connection names none or another one")
    parsed = parser.parse_args(arguments)
    if parsed.stage is None and parsed.store.startswith(("gs://", "s3://")):
        parser.error(f"--stage is needed: a stage whose URL is {parsed.store}")
    if parsed.stage is not None and not parsed.stage.startswith("@"):
        parser.error(f"a stage begins with @: --stage @{parsed.stage}")
    return parsed


@contextmanager
def connected(arguments: argparse.Namespace, log: str) -> Iterator[Warehouse]:
    place = {"database": arguments.database, "schema": arguments.schema}
    connection = snowflake.connector.connect(
        connection_name=arguments.connection,
        paramstyle="qmark",
        session_parameters={"TIMEZONE": "UTC"},
        **{name: value for name, value in place.items() if value},
    )
    with connection:
        yield Snowflake(connection, arguments.stage and arguments.stage.rstrip("/"), log)


def main(arguments: list[str] | None = None) -> int:
    return run("Snowflake", connected, parse(arguments), (Error,))


if __name__ == "__main__":
    sys.exit(main())
