"""Observations in, the same kind of table out, with a column for each feature behind its own.

Nothing is imported here that the caller has not imported: pandas and Polars are found in sys.modules.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from typing import Any

import pyarrow as pa

from ._errors import DataError, UsageError
from ._native import ArrowBatch

Compute = Callable[[object], ArrowBatch]


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
        table = pa.Table.from_batches([observations])
        added = pa.record_batch(compute(table))
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


def _attach_arrow(table: pa.Table, compute: Compute) -> pa.Table:
    added = pa.record_batch(compute(table))
    for field, column in zip(added.schema, added.columns):
        table = table.append_column(field, column)
    return table


def _attach_polars(polars: Any, frame: Any, compute: Compute) -> Any:
    return frame.hstack(polars.DataFrame(compute(frame)))


def _attach_pandas(pandas: Any, frame: Any, compute: Compute, needed: Collection[str]) -> Any:
    arrays, names = [], []
    for position, label in enumerate(frame.columns):
        column = frame.iloc[:, position]
        is_read = label in needed or getattr(column.dtype, "kind", "") == "M"
        arrays.append(_pandas_array(column) if is_read else pa.nulls(len(frame), pa.bool_()))
        names.append(str(label))
    added = pa.Table.from_batches([pa.record_batch(compute(pa.table(arrays, names=names)))])
    columns = added.to_pandas(types_mapper=lambda arrow: _pandas_type(pandas, arrow))
    columns.index = frame.index
    return pandas.concat([frame, columns], axis=1)


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
