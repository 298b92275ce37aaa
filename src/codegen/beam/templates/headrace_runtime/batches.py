"""Files as Arrow batches of the language's types, and batches as bytes: what the compiled kernel is fed with.

Parquet and CSV never become Python values; NDJSON is parsed line by line.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from apache_beam.io.filesystems import FileSystems

from headrace_runtime.columns import BadCell, arrow_type, of_arrow, of_text, of_values
from headrace_runtime.csv_files import csv_texts
from headrace_runtime.files import (
    Wanted,
    batches_of,
    constant,
    open_parquet,
    partitions_of,
    read_rows,
    require_once,
)

ROWS_A_BATCH = 1 << 18


def schema_of(wanted: Sequence[Wanted]) -> pa.Schema:
    return pa.schema([(column.name, arrow_type(column.kind or "string")) for column in wanted])


def read_batches(path: str, kind: str, wanted: Sequence[Wanted]) -> Iterator[pa.RecordBatch]:
    """The wanted columns of a file, in the order of its rows."""
    schema = schema_of(wanted)
    if kind == "ndjson":
        rows = read_rows(path, kind, wanted)
        while block := list(itertools.islice(rows, ROWS_A_BATCH)):
            values = zip(*block, strict=True)
            yield pa.record_batch([of_values(v, str(w.kind)) for v, w in zip(values, wanted, strict=True)], schema)
        return
    with FileSystems.open(path) as file:
        for row, found in _found_batches(file, path, kind, wanted):
            columns = [_column(found, column, kind, path, row) for column in wanted]
            yield pa.record_batch(columns, schema=schema)


def _found_batches(file: Any, path: str, kind: str, wanted: Sequence[Wanted]) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Batches as the file has them, each with the number of its first row."""
    row = 0
    if kind == "parquet":
        parquet = open_parquet(file, path)
        require_once(parquet.schema_arrow.names, wanted, path)
        names = [column.name for column in wanted if column.name in parquet.schema_arrow.names]
        batches = batches_of(parquet, names, path, ROWS_A_BATCH)
    else:
        table = csv_texts(file, path)
        require_once(table.schema.names, wanted, path)
        batches = table.combine_chunks().to_batches(max_chunksize=ROWS_A_BATCH)
    for batch in batches:
        yield row, batch
        row += batch.num_rows


def _column(found: pa.RecordBatch, wanted: Wanted, kind: str, path: str, first_row: int) -> pa.Array:
    if wanted.name not in found.schema.names:
        value = constant(wanted, partitions_of(path), path)
        return of_values([value] * found.num_rows, str(wanted.kind))
    column = found.column(found.schema.get_field_index(wanted.name))
    try:
        if kind == "csv":
            return of_text(column, str(wanted.kind), wanted.unit)
        return of_arrow(column, wanted.kind, wanted.unit)
    except BadCell as error:
        row = first_row + error.row + 1
        raise ValueError(f"{path}: row {row}: column `{wanted.name}`: {error}") from None
    except (ValueError, pa.ArrowException) as error:
        raise ValueError(f"{path}: column `{wanted.name}`: {error}") from None


def require_values(batch: pa.RecordBatch, name: str, path: str, first_row: int) -> None:
    """A null in a column that needs values is an error that names its row."""
    column = batch.column(name)
    if column.null_count > 0:
        row = first_row + pc.index(pc.is_null(column), True).as_py() + 1
        raise ValueError(f"{path}: row {row} has no `{name}`")


def to_bytes(batch: pa.RecordBatch) -> bytes:
    """An Arrow IPC stream of one batch."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue().to_pybytes())


def of_bytes(data: bytes) -> pa.RecordBatch:
    """Shares the memory of the bytes."""
    return pa.ipc.open_stream(data).read_next_batch()
