"""Loads an offline store that `headrace backfill --output gs://BUCKET/FOLDER` wrote into BigQuery.

A load job for each day replaces that day's partition, so a run can be repeated and continued. A day that the table
holds already, with the same rows of the same run, is left alone. Exit codes: 0 fine, 1 the store and the table do not
agree, 2 wrong use, 3 the store or BigQuery cannot be reached.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys

try:
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError
    from google.cloud import bigquery
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


class Warehouse:
    """The tables of a dataset."""

    def __init__(self, client: bigquery.Client, dataset: str, log: str) -> None:
        self.client = client
        self.dataset = bigquery.DatasetReference.from_string(dataset, default_project=client.project)
        self.log = log

    def query(self, sql: str, **parameters: tuple[str, str | int | dt.date]) -> list[bigquery.Row]:
        """Rows of a query whose tables are in the dataset; parameters are name=(type, value)."""
        values = [bigquery.ScalarQueryParameter(name, kind, value) for name, (kind, value) in parameters.items()]
        config = bigquery.QueryJobConfig(default_dataset=self.dataset, query_parameters=values)
        return list(self.client.query(sql, job_config=config).result())

    def create_tables(self) -> None:
        self.query((HERE / "offline_tables.sql").read_text(encoding="utf-8"))

    def held(self, table: Table) -> dict[dt.date, tuple[str, int]]:
        """The run and the number of rows of each day that the table holds."""
        rows = self.query(
            f"SELECT log.day, log.run, COUNT(held.event_time) AS num_rows FROM {self.log} AS log\n"
            f"LEFT JOIN {table.name} AS held ON DATE(held.event_time) = log.day\n"
            "WHERE log.table_name = @table_name GROUP BY log.day, log.run",
            table_name=("STRING", table.name),
        )
        return {row["day"]: (row["run"], row["num_rows"]) for row in rows}

    def start(self, table: bigquery.Table, store: Store, day: Day) -> bigquery.LoadJob:
        """A job that replaces the day's partition. The table's own schema keeps its types and descriptions."""
        partition = self.dataset.table(f"{table.table_id}${day.day:%Y%m%d}")
        config = bigquery.LoadJobConfig(
            source_format=bigquery.SourceFormat.PARQUET,
            write_disposition=bigquery.WriteDisposition.WRITE_TRUNCATE,
            create_disposition=bigquery.CreateDisposition.CREATE_NEVER,
            schema=table.schema,
            labels={"headrace_run": day.run[:63]},
        )
        # Columns of lists become arrays, not records of records.
        config.parquet_options = bigquery.format_options.ParquetOptions.from_api_repr({"enableListInference": True})
        if store.scheme == "gs":
            return self.client.load_table_from_uri(f"{store.url}/{day.file}", partition, job_config=config)
        with store.local_path(day.file).open("rb") as file:
            return self.client.load_table_from_file(file, partition, size=day.bytes, job_config=config)

    def remember(self, table: Table, day: Day) -> None:
        self.query(
            f"MERGE INTO {self.log} AS log\n"
            "USING (SELECT @table_name AS table_name, @day AS day, @run AS run, @num_rows AS num_rows) AS loaded\n"
            "ON log.table_name = loaded.table_name AND log.day = loaded.day\n"
            "WHEN MATCHED THEN\n"
            "  UPDATE SET run = loaded.run, num_rows = loaded.num_rows, loaded_at = CURRENT_TIMESTAMP()\n"
            "WHEN NOT MATCHED THEN INSERT (table_name, day, run, num_rows, loaded_at)\n"
            "  VALUES (loaded.table_name, loaded.day, loaded.run, loaded.num_rows, CURRENT_TIMESTAMP())",
            table_name=("STRING", table.name),
            day=("DATE", day.day),
            run=("STRING", day.run),
            num_rows=("INT64", day.rows),
        )


def load_table(warehouse: Warehouse, table: Table, store: Store, days: list[Day], reload: bool) -> list[Outcome]:
    """The jobs of all days run beside each other; a day that fails does not hold up the others."""
    target = warehouse.client.get_table(warehouse.dataset.table(table.name))
    check_columns(table, [field.name for field in target.schema])
    held = {} if reload else warehouse.held(table)
    wanted = [day for day in days if held.get(day.day) != (day.run, day.rows)]
    store.check_files(wanted)
    jobs = {day: warehouse.start(target, store, day) for day in wanted}
    outcomes = []
    for day in days:
        if day not in jobs:
            outcomes.append(Outcome(table, day, "there already"))
            continue
        try:
            jobs[day].result()
        except GoogleAPIError as error:
            outcomes.append(Outcome(table, day, f"failed: {error}", is_fine=False))
            continue
        loaded = jobs[day].output_rows
        if loaded != day.rows:
            outcomes.append(Outcome(table, day, f"failed: {loaded} rows were loaded", is_fine=False))
            continue
        warehouse.remember(table, day)
        outcomes.append(Outcome(table, day, "loaded"))
    return outcomes


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Loads an offline store into BigQuery, a load job for each day.")
    parser.add_argument("--store", required=True, help="gs://BUCKET/FOLDER, or a folder here, whose files are sent")
    parser.add_argument("--dataset", required=True, help="DATASET or PROJECT.DATASET; it must be there")
    parser.add_argument("--project", help="pays for the jobs; default: that of the credentials")
    parser.add_argument("--location", help="of the dataset, where it is not the default one")
    parser.add_argument("--entity", action="append", default=[], help="load its table only; may be repeated")
    parser.add_argument("--from", dest="first", type=dt.date.fromisoformat, help="the first day, 2024-01-31")
    parser.add_argument("--to", dest="end", type=dt.date.fromisoformat, help="the day after the last one")
    parser.add_argument("--reload", action="store_true", help="also days that the tables hold already")
    parsed = parser.parse_args(arguments)
    if "://" in parsed.store and not parsed.store.startswith(("gs://", "file://")):
        parser.error(f"BigQuery loads from Cloud Storage: copy {parsed.store} to gs://")
    return parsed


def load(arguments: argparse.Namespace) -> int:
    tables, log = generated_tables(arguments.entity)
    store = Store(arguments.store)
    days = {table.name: store.days(table, arguments.first, arguments.end) for table in tables}
    client = bigquery.Client(project=arguments.project, location=arguments.location)
    warehouse = Warehouse(client, arguments.dataset, log)
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
    except (GoogleAPIError, GoogleAuthError) as error:
        print(f"error: BigQuery: {error}", file=sys.stderr)
        return ENVIRONMENT


if __name__ == "__main__":
    sys.exit(main())
