"""Loads an offline store that `headrace backfill --output` wrote into Snowflake.

Each day is one transaction that replaces that day's rows by COPY from a stage, so a run can be repeated and continued.
A day that the table holds already, with the same rows of the same run, is left alone. Exit codes: 0 fine, 1 the store
and the table do not agree, 2 wrong use, 3 the store or Snowflake cannot be reached.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from typing import Any

try:
    import snowflake.connector
    from snowflake.connector import SnowflakeConnection
    from snowflake.connector.errors import Error
except ImportError as error:
    print(f"error: {error}; install requirements.txt of this folder", file=sys.stderr)
    sys.exit(3)

from offline_store import (
    DATA,
    ENVIRONMENT,
    HERE,
    Day,
    LoadError,
    Outcome,
    Store,
    Table,
    check_columns,
    generated_tables,
    print_outcomes,
)

# A list becomes an array, and an instant a timestamp, as the file's logical types say.
FILE_FORMAT = "TYPE = PARQUET USE_LOGICAL_TYPE = TRUE USE_VECTORIZED_SCANNER = TRUE"


class WrongCount(Exception):
    """COPY did not load the rows that the manifest lists."""


class Warehouse:
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
        """The run and the number of rows of each day that the table holds."""
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
            return f"{self.stage}/{folder}/ FILES = ('{file}')"
        folder = f"@%{table.name}/{day.day}/{day.run}/"
        self.query(f"PUT 'file://{store.local_path(day.file)}' {folder} AUTO_COMPRESS = FALSE OVERWRITE = TRUE")
        return f"{folder} PURGE = TRUE"

    def load(self, table: Table, store: Store, day: Day) -> None:
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


def load_table(warehouse: Warehouse, table: Table, store: Store, days: list[Day], reload: bool) -> list[Outcome]:
    """A day that fails does not hold up the others."""
    check_columns(table, warehouse.columns(table))
    held = {} if reload else warehouse.held(table)
    wanted = [day for day in days if held.get(day.day) != (day.run, day.rows)]
    store.check_files(wanted)
    outcomes = []
    for day in days:
        if day not in wanted:
            outcomes.append(Outcome(table, day, "there already"))
            continue
        try:
            warehouse.load(table, store, day)
        except (Error, WrongCount) as error:
            outcomes.append(Outcome(table, day, f"failed: {error}", is_fine=False))
            continue
        outcomes.append(Outcome(table, day, "loaded"))
    return outcomes


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Loads an offline store into Snowflake, a transaction for each day.")
    parser.add_argument("--store", required=True, help="gs://BUCKET/FOLDER, s3://BUCKET/FOLDER, or a folder here")
    parser.add_argument("--stage", help="@STAGE whose URL is the store's folder; not for a folder here: it is put")
    parser.add_argument("--connection", default="default", help="of connections.toml; default: `default`")
    parser.add_argument("--database", help="where the connection names none or another one")
    parser.add_argument("--schema", help="where the connection names none or another one")
    parser.add_argument("--entity", action="append", default=[], help="load its table only; may be repeated")
    parser.add_argument("--from", dest="first", type=dt.date.fromisoformat, help="the first day, 2024-01-31")
    parser.add_argument("--to", dest="end", type=dt.date.fromisoformat, help="the day after the last one")
    parser.add_argument("--reload", action="store_true", help="also days that the tables hold already")
    parsed = parser.parse_args(arguments)
    if parsed.stage is None and parsed.store.startswith(("gs://", "s3://")):
        parser.error(f"--stage is needed: a stage whose URL is {parsed.store}")
    if parsed.stage is not None and not parsed.stage.startswith("@"):
        parser.error(f"a stage begins with @: --stage @{parsed.stage}")
    return parsed


def load(arguments: argparse.Namespace) -> int:
    tables, log = generated_tables(arguments.entity)
    store = Store(arguments.store)
    days = {table.name: store.days(table, arguments.first, arguments.end) for table in tables}
    place = {"database": arguments.database, "schema": arguments.schema}
    connection = snowflake.connector.connect(
        connection_name=arguments.connection,
        paramstyle="qmark",
        session_parameters={"TIMEZONE": "UTC"},
        **{name: value for name, value in place.items() if value},
    )
    with connection:
        warehouse = Warehouse(connection, arguments.stage and arguments.stage.rstrip("/"), log)
        warehouse.create_tables()
        outcomes = []
        for table in tables:
            outcomes += load_table(warehouse, table, store, days[table.name], arguments.reload)
    print_outcomes(outcomes)
    return 0 if all(outcome.is_fine for outcome in outcomes) else DATA


def main(arguments: list[str] | None = None) -> int:
    parsed = parse(arguments)
    try:
        return load(parsed)
    except LoadError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except Error as error:
        print(f"error: Snowflake: {error}", file=sys.stderr)
        return ENVIRONMENT


if __name__ == "__main__":
    sys.exit(main())
