"""Reads sources from Parquet, CSV and NDJSON files, and writes tables as Parquet.

Every event carries its arrival: the path of its file and its row, or the source's own column. Paths may be local or of any
file system that Beam knows (gs://, s3://, hdfs://).
"""

from __future__ import annotations

import io
import itertools
import os
import urllib.parse
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.io.filesystems import FileSystems

from headrace_runtime.cells import PLAIN_INT, from_json, from_text, object_of
from headrace_runtime.columns import from_arrow, of_values
from headrace_runtime.csv_files import csv_texts
from headrace_runtime.formulas import DAY, INT_MAX, string_of_time
from headrace_runtime.histories import INSTANTS, Key, Source
from headrace_runtime.windows import Event

EXTENSIONS = {
    "parquet": (".parquet", ".pq", ".parq"),
    "csv": tuple(f"{e}{z}" for e in (".csv", ".tsv") for z in ("", ".gz", ".zst")),
    "ndjson": tuple(f"{e}{z}" for e in (".ndjson", ".jsonl", ".json") for z in ("", ".gz", ".zst")),
}
KEY_INFERENCE_ROWS = 10_000
ROWS_A_FILE = 1_000_000  # of a dataset


class Wanted(NamedTuple):
    """A column to read. `kind` None: as the file has it (CSV: as text)."""

    name: str
    kind: str | None
    unit: str | None = None
    is_required: bool = True


def list_files(path: str, kind: str) -> list[str]:
    """The files of a path, a folder or a glob, in byte order; names that start with `_` or `.` are passed over."""
    is_pattern = any(c in path for c in "*?[")
    if is_pattern and "/" not in path:
        path = f"./{path}"  # Beam finds nothing by a pattern without a folder
    found: list[str] = []
    if not is_pattern and not os.path.isdir(path):
        found = [m.path for m in FileSystems.match([path])[0].metadata_list]
    if not found:
        everything = FileSystems.match([path if is_pattern else path.rstrip("/") + "/**"])[0].metadata_list
        root = path.split("*")[0].split("?")[0].split("[")[0].rpartition("/")[0] if is_pattern else path
        for match in everything:
            below = match.path[len(root) :].split("/")
            if (
                any(part.startswith(("_", ".")) for part in below)
                or not is_pattern
                and not match.path.endswith(EXTENSIONS[kind])
            ):
                continue
            found.append(match.path)
    if not found:
        raise FileNotFoundError(f"no {kind} files at {path}")
    return sorted(found)


def files_of(_impulse: bytes, path: str, kind: str) -> list[str]:
    return list_files(path, kind)


def format_of(path: str) -> str | None:
    return next((kind for kind, extensions in EXTENSIONS.items() if path.endswith(extensions)), None)


def partitions_of(path: str) -> dict[str, str | None]:
    """The values of `column=value` folders."""
    out: dict[str, str | None] = {}
    for part in path.split("/")[:-1]:
        column, equals, value = part.partition("=")
        if equals:
            text = urllib.parse.unquote(value)
            out[urllib.parse.unquote(column)] = None if text == "__HIVE_DEFAULT_PARTITION__" else text
    return out


def read_rows(path: str, kind: str, wanted: Sequence[Wanted]) -> Iterator[tuple[Any, ...]]:
    """The values of the wanted columns, row by row."""
    partitions = partitions_of(path)
    with FileSystems.open(path) as file:
        if kind == "parquet":
            yield from _read_parquet(file, wanted, partitions, path)
        elif kind == "csv":
            yield from _read_csv(file, wanted, partitions, path)
        else:
            yield from _read_ndjson(file, wanted, partitions, path)


def require_once(there: Sequence[str], wanted: Sequence[Wanted], path: str) -> None:
    """Of two columns of one name nobody knows which is meant."""
    for column in wanted:
        if there.count(column.name) > 1:
            raise ValueError(f"{path}: there are several columns named `{column.name}`")


def constant(column: Wanted, partitions: dict[str, str | None], path: str) -> Any:
    """The value of a column that the file itself does not have."""
    text = partitions.get(column.name)
    if column.name not in partitions and column.is_required:
        raise ValueError(f"{path}: there is no column `{column.name}`")
    if column.kind is None and text is not None:
        return int(text) if PLAIN_INT.fullmatch(text) else text
    return None if text is None else from_text(text, column.kind or "string", column.unit)


def open_parquet(file: Any, path: str) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(io.BufferedReader(file))
    except (OSError, pa.ArrowException) as error:
        raise ValueError(f"{path}: this is no Parquet file: {error}") from None


def batches_of(
    parquet: pq.ParquetFile, names: Sequence[str], path: str, size: int = 1 << 16
) -> Iterator[pa.RecordBatch]:
    """The file's batches, read by this thread alone."""
    try:
        yield from parquet.iter_batches(batch_size=size, columns=names, use_threads=False)
    except (OSError, pa.ArrowException) as error:
        raise ValueError(f"{path}: the file cannot be read: {error}") from None


def _read_parquet(file: Any, wanted: Sequence[Wanted], partitions: dict[str, str | None], path: str) -> Iterator[Any]:
    parquet = open_parquet(file, path)
    there = list(parquet.schema_arrow.names)
    require_once(there, wanted, path)
    names = [column.name for column in wanted if column.name in there]
    for batch in batches_of(parquet, names, path):
        columns = []
        for column in wanted:
            if column.name in there:
                try:
                    array = batch.column(batch.schema.get_field_index(column.name))
                    columns.append(from_arrow(array, column.kind, column.unit))
                except (ValueError, pa.ArrowException) as error:
                    raise ValueError(f"{path}: column `{column.name}`: {error}") from None
            else:
                columns.append([constant(column, partitions, path)] * batch.num_rows)
        yield from zip(*columns, strict=True)


def _read_csv(file: Any, wanted: Sequence[Wanted], partitions: dict[str, str | None], path: str) -> Iterator[Any]:
    table = csv_texts(file, path)
    require_once(table.schema.names, wanted, path)
    columns = []
    for column in wanted:
        if column.name in table.schema.names:
            columns.append(table.column(column.name).to_pylist())
        else:
            columns.append(None)
    for row in range(table.num_rows):
        out = []
        for column, texts in zip(wanted, columns, strict=True):
            if texts is None:
                out.append(constant(column, partitions, path))
                continue
            text = texts[row]
            try:
                out.append(None if text is None else from_text(text, column.kind or "string", column.unit))
            except ValueError as error:
                raise ValueError(f"{path}: row {row + 1}: column `{column.name}`: {error}") from None
        yield tuple(out)


def _read_ndjson(file: Any, wanted: Sequence[Wanted], partitions: dict[str, str | None], path: str) -> Iterator[Any]:
    for row, line in enumerate(io.BufferedReader(file)):
        if not line.strip():
            continue
        try:
            record = object_of(line, [column.name for column in wanted])
            out = []
            for column in wanted:
                if column.name not in record and column.name in partitions:
                    out.append(constant(column, partitions, path))
                else:
                    out.append(from_json(record.get(column.name), column.kind, column.unit))
        except ValueError as error:
            raise ValueError(f"{path}: line {row + 1}: {error}") from None
        yield tuple(out)


def key_kinds(key: Sequence[str], kinds: Sequence[str | None], path: str, kind: str) -> tuple[str | None, ...]:
    """The types of key columns; those that nobody declared as the first file with rows has them.

    In a CSV file they are int64 if the first rows allow it, else strings. None: no file has rows.
    """
    wanted = [Wanted(column, None) for column in key]
    for file in list_files(path, kind) if None in kinds else ():
        rows = itertools.islice(read_rows(file, kind, wanted), KEY_INFERENCE_ROWS if kind == "csv" else 1)
        columns = list(zip(*rows, strict=True)) or [() for _ in key]
        kinds = [known or kind_of(column, kind == "csv") for known, column in zip(kinds, columns, strict=True)]
        if None not in kinds:
            break
    return tuple(kinds)


def kind_of(values: Sequence[Any], is_text: bool) -> str | None:
    """The type of a column of keys; in a text file numbers look like text."""
    there = [value for value in values if value is not None]
    if not there:
        return None
    if any(isinstance(value, str) for value in there):
        is_int = all(isinstance(v, int) or PLAIN_INT.fullmatch(v) and abs(int(v)) <= INT_MAX for v in there)
        return "int64" if is_text and is_int else "string"
    return "bool" if isinstance(there[0], bool) else "int64"


class ReadFile(beam.DoFn):
    """The events of one file."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def process(self, path: str) -> Iterator[tuple[Key, Event]]:
        source = self.source
        wanted = [Wanted(name, kind) for name, kind in zip(source.key, source.key_types, strict=True)]
        wanted.append(Wanted(source.event_time, "timestamp", source.unit))
        if source.arrival:
            wanted.append(Wanted(source.arrival, "int64"))
        wanted += [
            Wanted(name, kind, source.unit if name == source.event_time else None) for name, kind in source.columns
        ]
        values_start = len(wanted) - len(source.columns)
        size = len(source.key)
        for number, row in enumerate(read_rows(path, source.format, wanted)):
            key, time = Key(row[:size]), row[size]
            if time is None or None in key:
                raise ValueError(f"{path}: row {number + 1} has no key or no time")
            arrival = ("", row[size + 1]) if source.arrival else (path, number)
            if arrival[1] is None:
                raise ValueError(f"{path}: row {number + 1} has no `{source.arrival}`")
            yield key, Event(time, arrival, source.name, row[values_start:])


class ReadSource(beam.PTransform):
    """All events of a source, as (key, event). Labels are `SOURCE: start`, `SOURCE: list`, ..., and stay."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source = source

    def expand(self, begin: Any) -> Any:
        name = self.source.name
        return (
            begin
            | f"{name}: start" >> beam.Impulse()
            | f"{name}: list" >> beam.FlatMap(files_of, self.source.path, self.source.format).with_output_types(str)
            | f"{name}: spread" >> beam.Reshuffle()
            | f"{name}: read" >> beam.ParDo(ReadFile(self.source)).with_output_types(tuple[Key, Event])
        )


class ReadObservations(beam.DoFn):
    """Rows of a file of observations as (key, instant); the instant's values are its time, or None."""

    def __init__(self, kind: str, key: Sequence[str], key_types: Sequence[str | None], time_column: str) -> None:
        self.kind, self.key, self.key_types, self.time_column = kind, key, key_types, time_column

    def process(self, path: str) -> Iterator[tuple[Key, Event]]:
        wanted = [Wanted(name, kind) for name, kind in zip(self.key, self.key_types, strict=True)]
        wanted.append(Wanted(self.time_column, "instant"))
        for number, row in enumerate(read_rows(path, self.kind, wanted)):
            key, time = Key(row[:-1]), row[-1]
            yield key, Event(0 if time is None else time, ("", number), INSTANTS, (time,))


def to_table(rows: Sequence[Sequence[Any]], columns: Sequence[tuple[str, str | None]]) -> pa.Table:
    """A table of rows. A column of no known type takes that of its values."""
    arrays = []
    for i, (_, kind) in enumerate(columns):
        values = [row[i] for row in rows]
        if kind is None:
            arrays.append(pa.array(values) if any(v is not None for v in values) else pa.array(values, pa.string()))
        else:
            arrays.append(of_values(values, kind))
    return pa.Table.from_arrays(arrays, names=[name for name, _ in columns])


def file_of_day(time: int) -> str:
    """The file of a backfill that holds the rows of a time."""
    return f"day={str(string_of_time(time // DAY * DAY))[:10]}/part-0.parquet"


def file_of_observation(number: int) -> str:
    """The file of a dataset that holds a row, by its number."""
    return f"part-{number // ROWS_A_FILE:05d}.parquet"


def write_table(folder: str, name: str, table: pa.Table) -> str:
    """Writes a Parquet file and then gives it its final name, in one step where the file system can. Gives its path."""
    path = FileSystems.join(folder, *name.split("/"))
    parent = FileSystems.split(path)[0]
    if not FileSystems.exists(parent):
        try:
            FileSystems.mkdirs(parent)
        except (OSError, beam.io.filesystem.BeamIOError):
            if not FileSystems.exists(parent):
                raise
    unfinished = f"{path}.unfinished"
    with FileSystems.create(unfinished, compression_type="uncompressed") as file:
        pq.write_table(table, file)
    try:
        FileSystems.rename([unfinished], [path])
    except (OSError, beam.io.filesystem.BeamIOError):
        if not FileSystems.exists(path):
            raise
        FileSystems.delete([path])  # a file system that renames onto nothing that is there
        FileSystems.rename([unfinished], [path])
    return path


class FirstFile(beam.PTransform):
    """The name of a dataset's first file with something that is no row: so the file is written where there are none."""

    def __init__(self, no_row: Any) -> None:
        super().__init__()
        self.no_row = no_row

    def expand(self, begin: Any) -> Any:
        pair = (file_of_observation(0), self.no_row)
        kind = beam.typehints.Tuple[str, type(self.no_row)]
        return begin | beam.Impulse() | beam.Map(lambda _: pair).with_output_types(kind)


class WriteFile(beam.DoFn):
    """Writes the rows of one file, sorted; a second attempt writes the same bytes."""

    def __init__(self, folder: str, columns: Sequence[tuple[str, str | None]]) -> None:
        self.folder, self.columns = folder, columns

    def process(self, element: tuple[str, Iterable[Any]]) -> Iterator[str]:
        name, rows = element
        ordered = sorted(rows, key=lambda row: row[0])
        yield write_table(self.folder, name, self.table_of(name, [row[1] for row in ordered if row[1] is not None]))

    def table_of(self, name: str, rows: Sequence[Sequence[Any]]) -> pa.Table:
        return to_table(rows, self.columns)
