"""Loads an offline store that `headrace backfill --output gs://BUCKET/FOLDER` wrote into BigQuery.

A load job for each day replaces that day's partition, so a run can be repeated and continued. A day that the table
holds already, with the same rows of the same run, is left alone. Exit codes: 0 fine, 1 the store and the table do not
agree, 2 wrong use, 3 the store or BigQuery cannot be reached.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

try:
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError
    from google.cloud import bigquery
except ImportError as error:
    print(f"error: {error}; install requirements.txt of this folder", file=sys.stderr)
    sys.exit(3)

from offline_store import HERE, Day, Store, Table
from warehouse import Warehouse, make_parser, run


class BigQuery(Warehouse):
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

    def columns(self, table: Table) -> list[str]:
        return [field.name for field in self.client.get_table(self.dataset.table(table.name)).schema]

    def held(self, table: Table) -> dict[dt.date, tuple[str, int]]:
        rows = self.query(
            f"SELECT log.day, log.run, COUNT(held.event_time) AS num_rows FROM {self.log} AS log\n"
            f"LEFT JOIN {table.name} AS held ON DATE(held.event_time) = log.day\n"
            "WHERE log.table_name = @table_name GROUP BY log.day, log.run",
            table_name=("STRING", table.name),
        )
        return {row["day"]: (row["run"], row["num_rows"]) for row in rows}

    def load(self, table: Table, store: Store, days: Sequence[Day]) -> Iterator[str]:
        """The jobs of all days run beside each other."""
        target = self.client.get_table(self.dataset.table(table.name))
        jobs = [self.start(target, store, day) for day in days]
        for day, job in zip(days, jobs, strict=True):
            try:
                job.result()
            except GoogleAPIError as error:
                yield str(error)
                continue
            if job.output_rows == day.rows:
                self.remember(table, day)
                yield ""
            else:
                yield f"{job.output_rows} rows were loaded"

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


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = make_parser(
        "Loads an offline store into BigQuery, a load job for each day.",
        "gs://BUCKET/FOLDER, or a folder here, whose files are sent",
    )
    parser.add_argument("--dataset", required=True, help="DATASET or PROJECT.DATASET; it must be there")
    parser.add_argument("--project", help="pays for the jobs; default: that of the credentials")
    parser.add_argument("--location", help="of the dataset, where it is not the default one")
    parsed = parser.parse_args(arguments)
    if "://" in parsed.store and not parsed.store.startswith(("gs://", "file://")):
        parser.error(f"BigQuery loads from Cloud Storage: copy {parsed.store} to gs://")
    return parsed


@contextmanager
def connected(arguments: argparse.Namespace, log: str) -> Iterator[Warehouse]:
    yield BigQuery(bigquery.Client(project=arguments.project, location=arguments.location), arguments.dataset, log)


def main(arguments: list[str] | None = None) -> int:
    return run("BigQuery", connected, parse(arguments), (GoogleAPIError, GoogleAuthError))


if __name__ == "__main__":
    sys.exit(main())
