"""Observations in, the same kind of table out, with a column for each feature behind its own.

Where the observations' times have no zone, the times among the features have none either: both are UTC, and libraries
compare the one kind with the other only by force.

Nothing is imported for it that the caller has not imported: pandas and Polars are found in sys.modules.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from typing import Any

import pyarrow as pa

from ._errors import DataError, UsageError
from ._native import ArrowBatch

# From a table to the features' columns and the name of the column of times that was used.
Compute = Callable[[object], tuple[ArrowBatch, str]]


def attach(observations: Any, compute: Compute, needed: Collection[str]) -> Any:
    """Calls compute with something that has `__arrow_c_stream__`, and adds the columns that it gives.

    `needed` are the names of columns that may be looked at; others of a pandas table need not fit into Arrow.
    """
    pandas, polars = sys.modules.get("pandas"), sys.modules.get("polars")
    if pandas is not None and isinstance(observations, pandas.DataFrame):
        return _attach_pandas(pandas, observations, compute, needed)
    if polars is not None and isinstance(observations, polars.LazyFrame):
        return _attach_polars(polars, observations.collect(), compute).lazy()
    if polars is not None and isinstance(observations, polars.DataFrame):
        return _attach_polars(polars, observations, compute)
    if isinstance(observations, pa.RecordBatch):
        added = _added(compute, pa.Table.from_batches([observations]), observations.schema)
        fields = [*observations.schema, *added.schema]
        return pa.RecordBatch.from_arrays(
            [*observations.columns, *added.columns], schema=pa.schema(fields, observations.schema.metadata)
        )
    if isinstance(observations, pa.RecordBatchReader):
        return _attach_arrow(observations.read_all(), compute).to_reader()
    return _attach_arrow(arrow_table(observations, "observations"), compute)


def arrow_table(given: Any, what: str) -> pa.Table:
    """Any table as one of PyArrow; `what` it is, for the error. Of pandas the index is left out."""
    pandas, polars = sys.modules.get("pandas"), sys.modules.get("polars")
    if pandas is not None and isinstance(given, pandas.DataFrame):
        return pa.Table.from_pandas(given, preserve_index=False)
    if polars is not None and isinstance(given, polars.LazyFrame):
        given = given.collect()
    if isinstance(given, pa.Table):
        return given
    if isinstance(given, pa.RecordBatchReader):
        return given.read_all()
    if hasattr(given, "__arrow_c_stream__"):
        return pa.table(given)
    if hasattr(given, "__arrow_c_array__"):
        return pa.Table.from_batches([pa.record_batch(given)])
    raise UsageError(
        f"{what} of type {type(given).__name__} is no table",
        "give a table of pandas, Polars or PyArrow, or anything with __arrow_c_stream__",
    )


def _added(compute: Compute, given: object, schema: pa.Schema) -> pa.RecordBatch:
    """The features' columns; `schema` is that of the table."""
    columns, time_column = compute(given)
    batch = pa.record_batch(columns)
    times = [schema.field(i).type for i in schema.get_all_field_indices(time_column)]
    if not all(pa.types.is_timestamp(each) and each.tz is None for each in times):
        return batch
    types = [_without_zone(field.type) for field in batch.schema]
    arrays = [array if array.type == kind else array.cast(kind) for array, kind in zip(batch.columns, types)]
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)


def _without_zone(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return pa.timestamp(kind.unit)
    return pa.list_(_without_zone(kind.value_type)) if pa.types.is_list(kind) else kind


def _attach_arrow(table: pa.Table, compute: Compute) -> pa.Table:
    added = _added(compute, table, table.schema)
    for field, column in zip(added.schema, added.columns):
        table = table.append_column(field, column)
    return table


def _attach_polars(polars: Any, frame: Any, compute: Compute) -> Any:
    added = _added(compute, frame, frame.clear().to_arrow().schema)
    return frame.hstack(polars.DataFrame(pa.Table.from_batches([added])))


def _attach_pandas(pandas: Any, frame: Any, compute: Compute, needed: Collection[str]) -> Any:
    arrays, names = [], []
    for position, label in enumerate(frame.columns):
        column = frame.iloc[:, position]
        is_read = label in needed or getattr(column.dtype, "kind", "") == "M"
        arrays.append(_pandas_array(column) if is_read else pa.nulls(len(frame), pa.bool_()))
        names.append(str(label))
    table = pa.table(arrays, names=names)
    columns = pandas_frame(pa.Table.from_batches([_added(compute, table, table.schema)]))
    columns.index = frame.index
    return pandas.concat([frame, columns], axis=1)


def pandas_frame(table: pa.Table) -> Any:
    """A pandas.DataFrame whose types depend on those of the table alone."""
    import pandas

    return table.to_pandas(types_mapper=lambda arrow: _pandas_type(pandas, arrow))


def _pandas_array(column: Any) -> pa.Array | pa.ChunkedArray:
    try:
        return pa.array(column, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as failure:
        raise DataError(f"column {column.name!r} is not of one type: {failure}", "convert it first") from None


def _pandas_type(pandas: Any, arrow: pa.DataType) -> Any:
    """A type that depends on the feature's type alone, not on whether some value happens to be missing."""
    if pa.types.is_int64(arrow):
        return pandas.Int64Dtype()
    if pa.types.is_boolean(arrow):
        return pandas.BooleanDtype()
    if pa.types.is_list(arrow):
        return pandas.ArrowDtype(arrow)
    return None
