"""Tables of BigQuery as sources and as targets: bigquery://PROJECT.DATASET.TABLE.

A table has no order, so features that tell events of equal time apart need the source's `arrival` column. A batch replaces
whole days by load jobs; a stream appends, at least once, and a view over its table (`view_statement`) leaves one row for
each key, event time and versions. The tables have day partitions by `event_time`.
"""

from __future__ import annotations

import datetime
import decimal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam

from headrace_runtime.cells import checked_time, double_of_int, from_json
from headrace_runtime.formulas import micros
from headrace_runtime.histories import Key, Source
from headrace_runtime.messages import Message
from headrace_runtime.row_records import LateRecords, digest_of_versions, to_bytes, to_plain
from headrace_runtime.streams import StreamRow
from headrace_runtime.windows import Event

SCHEME = "bigquery://"
TYPES = {"bool": "BOOLEAN", "int64": "INTEGER", "double": "FLOAT", "string": "STRING", "timestamp": "TIMESTAMP"}
DAY_PARTITIONS = {"timePartitioning": {"type": "DAY", "field": "event_time"}}

Columns = Sequence[tuple[str, str | None]]


def is_table(path: str, parts: int = 3) -> bool:
    """Whether a path names a table, or with two parts a data set."""
    names = path.removeprefix(SCHEME).split(".")
    return path.startswith(SCHEME) and len(names) == parts and all(names)


def table_name(path: str) -> str:
    """PROJECT:DATASET.TABLE, as Beam names it."""
    if not is_table(path):
        raise ValueError(f"G004: {path} is not {SCHEME}PROJECT.DATASET.TABLE")
    project, dataset, table = path.removeprefix(SCHEME).split(".")
    return f"{project}:{dataset}.{table}"


def field_of(name: str, kind: str | None) -> dict[str, str]:
    plain = (kind or "string").removeprefix("list of ")
    is_list = kind is not None and kind.startswith("list of ")
    return {"name": name, "type": TYPES[plain], "mode": "REPEATED" if is_list else "NULLABLE"}


def schema_of(columns: Columns) -> dict[str, list[dict[str, str]]]:
    return {"fields": [field_of(name, kind) for name, kind in columns]}


def from_table(value: Any, kind: str | None, unit: str | None) -> Any:
    """A value of a table as one of the language."""
    if isinstance(value, datetime.datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
        value = checked_time(micros(moment))
        if kind != "timestamp":
            raise ValueError(f"a timestamp is not of type {kind}")
        return value
    is_whole = isinstance(value, decimal.Decimal) and value == value.to_integral_value()
    if isinstance(value, decimal.Decimal):
        if kind == "int64" and not is_whole:
            raise ValueError(f"{value} is not of type int64")
        value = int(value) if is_whole else float(value)
    if kind == "double" and isinstance(value, int) and not isinstance(value, bool):
        return double_of_int(value)
    return from_json(value, kind, unit)


class EventsOfTable(beam.DoFn):
    """The events of a table's rows."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def process(self, row: dict[str, Any]) -> Iterator[tuple[Key, Event]]:
        source = self.source

        def value(name: str, kind: str | None, unit: str | None = None) -> Any:
            try:
                return from_table(row.get(name), kind, unit)
            except ValueError as error:
                raise ValueError(f"{source.path}: column `{name}`: {error}") from None

        key = Key(value(name, kind) for name, kind in zip(source.key, source.key_types, strict=True))
        at = value(source.event_time, "timestamp", source.unit)
        if at is None or None in key:
            raise ValueError(f"{source.path}: a row has no key or no time")
        arrival = value(source.arrival, "int64") if source.arrival else 0
        if arrival is None:
            raise ValueError(f"{source.path}: a row has no `{source.arrival}`")
        values = (value(n, kind, source.unit if n == source.event_time else None) for n, kind in source.columns)
        yield key, Event(at, ("", arrival), source.name, tuple(values))


class ReadTable(beam.PTransform):
    """All events of a table, as (key, event)."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source = source

    def expand(self, begin: Any) -> Any:
        from apache_beam.io.gcp.bigquery import ReadFromBigQuery

        source = self.source
        names = dict.fromkeys([*source.key, source.event_time, *([source.arrival] if source.arrival else [])])
        names |= dict.fromkeys(name for name, _ in source.columns)
        read = ReadFromBigQuery(
            table=table_name(source.path),
            method=ReadFromBigQuery.Method.DIRECT_READ,
            selected_fields=list(names),
        )
        events = beam.ParDo(EventsOfTable(source)).with_output_types(tuple[Key, Event])
        return begin | f"{source.name}: table" >> read | f"{source.name}: read" >> events


def day_partition(table: str, day: str) -> str:
    """The part of a table that holds one day: `table$20240301`."""
    return f"{table}${day.replace('-', '')}"


class LoadIntoTable(beam.PTransform):
    """From (file name, row) to a table: load jobs that replace each day, or all of the table where rows are numbered."""

    def __init__(self, path: str, columns: Columns, has_days: bool) -> None:
        super().__init__()
        self.table, self.columns, self.has_days = table_name(path), tuple(columns), has_days

    def expand(self, rows: Any) -> Any:
        from apache_beam.io.gcp.bigquery import BigQueryDisposition, WriteToBigQuery

        columns, table = self.columns, self.table
        where: Any = (lambda row: day_partition(table, row["event_time"][:10])) if self.has_days else table
        write = WriteToBigQuery(
            table=where,
            schema=schema_of(columns),
            method=WriteToBigQuery.Method.FILE_LOADS,
            create_disposition=BigQueryDisposition.CREATE_IF_NEEDED,
            write_disposition=BigQueryDisposition.WRITE_TRUNCATE,
            additional_bq_parameters=DAY_PARTITIONS if self.has_days else None,
        )
        to_row = beam.Map(to_table_row, columns).with_output_types(dict[str, Any])
        return rows | "table rows" >> to_row | "load" >> write


def to_table_row(element: tuple[str, Any], columns: Columns) -> dict[str, Any]:
    _, (_, values) = element
    return {name: to_field(value, kind) for (name, kind), value in zip(columns, values, strict=True)}


def to_field(value: Any, kind: str | None) -> Any:
    """A list is never null in BigQuery: an absent one is empty."""
    if value is None and kind is not None and kind.startswith("list of "):
        return []
    return to_plain(value, kind)


def stream_columns(key: Columns, features: Columns) -> list[tuple[str, str | None]]:
    return [
        *key,
        ("event_time", "timestamp"),
        ("row_kind", "string"),
        ("feature_versions", "string"),
        ("written_at", "timestamp"),
        *features,
    ]


class StreamRows(beam.DoFn):
    """From (key, (kind, time, values)) to rows of the stream's table."""

    def __init__(self, columns: Columns, versions: Mapping[str, str]) -> None:
        self.columns, self.digest = tuple(columns), digest_of_versions(versions)

    def process(self, element: tuple[Key, StreamRow]) -> Iterator[dict[str, Any]]:
        key, (kind, at, values) = element
        row = [*key, at, kind, self.digest, time.time_ns() // 1000, *values]
        yield {name: to_field(value, type_) for (name, type_), value in zip(self.columns, row, strict=True)}


class StreamIntoTable(beam.PTransform):
    """Appends rows to a table, at least once; each carries an id by which BigQuery drops what it gets twice in a short time."""

    def __init__(self, path: str, key: Columns, features: Columns, versions: Mapping[str, str]) -> None:
        super().__init__()
        self.table, self.columns, self.versions = table_name(path), stream_columns(key, features), versions
        print(view_statement(path, [name for name, _ in key]), file=sys.stderr)

    def expand(self, rows: Any) -> Any:
        to_rows = beam.ParDo(StreamRows(self.columns, self.versions)).with_output_types(dict[str, Any])
        return rows | "table rows" >> to_rows | "insert" >> append_to(self.table, self.columns)


def append_to(table: str, columns: Columns) -> Any:
    from apache_beam.io.gcp.bigquery import BigQueryDisposition, WriteToBigQuery

    return WriteToBigQuery(
        table=table,
        schema=schema_of(columns),
        method=WriteToBigQuery.Method.STREAMING_INSERTS,
        create_disposition=BigQueryDisposition.CREATE_IF_NEEDED,
        write_disposition=BigQueryDisposition.WRITE_APPEND,
        additional_bq_parameters=DAY_PARTITIONS,
    )


LATE_COLUMNS = (("event_time", "timestamp"), ("source", "string"), ("arrival", "string"), ("columns", "string"))


class LateRows(beam.DoFn):
    """From late events to rows of their table: `arrival` and `columns` are JSON text."""

    def __init__(self, key: Columns, records: LateRecords) -> None:
        self.key, self.records = tuple(key), records

    def process(self, late: Message) -> Iterator[dict[str, Any]]:
        record = self.records.record_of(late)
        row = {name: key_of_table(record["key"][name], kind) for name, kind in self.key}
        row |= {"event_time": record["event_time"], "source": record["source"]}
        yield row | {name: to_bytes(record[name]).decode() for name in ("arrival", "columns")}


def key_of_table(value: Any, kind: str | None) -> Any:
    """A key whose type nobody said is text in a table."""
    return to_plain(value, kind) if kind or isinstance(value, str) else to_bytes(value).decode()


class LateIntoTable(beam.PTransform):
    """Appends late events to a table, at least once."""

    def __init__(self, path: str, key: Columns, records: LateRecords) -> None:
        super().__init__()
        self.table, self.key, self.records = table_name(path), tuple(key), records
        taken = [name for name, _ in key if name in dict(LATE_COLUMNS)]
        if taken:
            raise ValueError(f"{path}: the key column `{taken[0]}` has the name of one of the table's own columns")

    def expand(self, late: Any) -> Any:
        to_rows = beam.ParDo(LateRows(self.key, self.records)).with_output_types(dict[str, Any])
        return late | "table rows" >> to_rows | "insert" >> append_to(self.table, [*self.key, *LATE_COLUMNS])


def quoted(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def view_statement(path: str, key: Sequence[str]) -> str:
    """The view that leaves one row of a stream's table for each key, event time and versions: the final one, else the newest."""
    table = table_name(path).replace(":", ".")
    names = ", ".join([*map(quoted, key), "event_time", "feature_versions"])
    return (
        f"CREATE OR REPLACE VIEW {quoted(table + '_rows')} AS\n"
        f"SELECT *\nFROM {quoted(table)}\n"
        f"QUALIFY ROW_NUMBER() OVER (\n  PARTITION BY {names}\n"
        "  ORDER BY row_kind = 'final' DESC, written_at DESC\n) = 1;\n"
    )
