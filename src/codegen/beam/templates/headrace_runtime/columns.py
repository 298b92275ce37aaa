"""Columns of files as Arrow columns of the language's types: what `cells` says value by value, said for a batch.

Arrow converts the usual forms of numbers and times. A text that looks different goes through `cells` with all of its
column, so that both ways accept the same texts and give the same values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from headrace_runtime.cells import UNIT_NANOSECONDS, from_text, time_of_epoch
from headrace_runtime.formulas import TIME_MAX, TIME_MIN

# Texts that Arrow reads as `cells` does. A whole number in a column of doubles has so few digits that it loses none.
USUAL_DOUBLE = r"^-?([0-9]{1,15}|[0-9]+\.[0-9]+([eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)$"
USUAL_INT = r"^-?[0-9]{1,18}$"
USUAL_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$"


# What a typed file may hold for a declared type: what widens without loss.
FITTING: dict[str, tuple[Callable[[pa.DataType], bool], ...]] = {
    "bool": (pa.types.is_boolean, pa.types.is_null),
    "int64": (pa.types.is_integer, pa.types.is_decimal, pa.types.is_null),
    "double": (pa.types.is_floating, pa.types.is_integer, pa.types.is_decimal, pa.types.is_null),
    "string": (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_string_view,
        pa.types.is_binary,
        pa.types.is_large_binary,
        pa.types.is_null,
    ),
}


def arrow_type(kind: str) -> pa.DataType:
    """The Arrow type of "double", "list of double", .."""
    if kind.startswith("list of "):
        return pa.list_(arrow_type(kind.removeprefix("list of ")))
    return {
        "bool": pa.bool_(),
        "int64": pa.int64(),
        "double": pa.float64(),
        "string": pa.string(),
        "timestamp": pa.timestamp("us", "UTC"),
        "instant": pa.timestamp("us", "UTC"),
        "id": pa.string(),
    }[kind]


def of_values(values: Sequence[Any], kind: str) -> pa.Array:
    """Values as `cells` has them: timestamps are microseconds."""
    if "timestamp" in kind or kind == "instant":
        counts = arrow_type(kind.replace("timestamp", "int64").replace("instant", "int64"))
        return pa.array(values, counts).cast(arrow_type(kind))
    return pa.array(values, arrow_type(kind))


def of_arrow(column: pa.Array, kind: str | None, unit: str | None) -> pa.Array:
    """A column of a Parquet file; kind None takes it as it is (keys)."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if kind in ("timestamp", "instant"):
        return _times_of_arrow(column, unit, kind)
    if kind == "id":
        return _ids_of_arrow(column)
    if kind is None:
        return column.cast(pa.int64()) if pa.types.is_integer(column.type) else column
    if not any(is_kind(column.type) for is_kind in FITTING[kind]):
        raise ValueError(f"is declared as {kind}, but the file holds {column.type}")
    if pa.types.is_decimal(column.type) and (kind == "int64" or column.type.scale == 0):
        column = column.cast(pa.int64())  # whole numbers keep their digits or are refused
    out = column.cast(arrow_type(kind))
    return _clean_doubles(out) if kind == "double" else out


def from_arrow(column: pa.Array, kind: str | None, unit: str | None) -> list[Any]:
    """The same as values of `cells`."""
    out = of_arrow(column, kind, unit)
    return list((out.cast(pa.int64()) if kind in ("timestamp", "instant") else out).to_pylist())


def of_text(column: pa.Array, kind: str, unit: str | None) -> pa.Array:
    """A column of a CSV file. REQUIRES: nothing but text and nulls. What does not fit is a ValueError with its row."""
    if kind in ("string", "id"):
        return column
    try:
        if kind == "double" and _all_match(column, USUAL_DOUBLE):
            return _clean_doubles(column.cast(pa.float64()))
        if kind == "int64" and _all_match(column, USUAL_INT):
            return column.cast(pa.int64())
        is_time = kind in ("timestamp", "instant")
        if is_time and _all_match(column, USUAL_TIME):
            return _in_years(column.cast(arrow_type("timestamp")))
        if is_time and unit and _all_match(column, USUAL_INT):
            return _times_of_counts(column.cast(pa.int64()), unit, kind)
    except ValueError:
        pass  # one of them is no time, or past the years: below it is found
    values = []
    for row, text in enumerate(column.to_pylist()):
        try:
            values.append(None if text is None else from_text(text, kind, unit))
        except ValueError as error:
            raise BadCell(row, str(error)) from None
    return of_values(values, kind)


def _ids_of_arrow(column: pa.Array) -> pa.Array:
    """Integers as their texts, so that 7 and "7" are one id."""
    if pa.types.is_integer(column.type) or any(is_kind(column.type) for is_kind in FITTING["string"]):
        return column.cast(pa.string())
    raise ValueError(f"is the `id`, which is an int64 or a string, but the file holds {column.type}")


class BadCell(ValueError):
    """What cannot be read, and the number of its row in the column."""

    def __init__(self, row: int, problem: str) -> None:
        super().__init__(problem)
        self.row = row


def _all_match(column: pa.Array, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(column, pattern), min_count=0).as_py())


def _clean_doubles(column: pa.Array) -> pa.Array:
    """No infinities, no NaN, no -0.0."""
    return pc.if_else(pc.is_finite(column), pc.add(column, 0.0), pa.scalar(None, pa.float64()))


def _in_years(times: pa.Array) -> pa.Array:
    found = pc.min_max(times.cast(pa.int64())).as_py()
    if found["min"] is not None and not TIME_MIN <= found["min"] <= found["max"] <= TIME_MAX:
        raise ValueError("a time is outside the years 1 to 9999")
    return times


def _times_of_counts(counts: pa.Array, unit: str, kind: str = "timestamp") -> pa.Array:
    """Of nanoseconds: events are rounded up, instants at which something is asked are floored."""
    nanoseconds = UNIT_NANOSECONDS[unit]
    if nanoseconds >= 1000:
        micros = pc.multiply_checked(counts, nanoseconds // 1000)
    else:
        micros = pc.divide(counts, 1000)
        remainder = pc.subtract(counts, pc.multiply(micros, 1000))
        if kind == "instant":
            micros = pc.subtract(micros, pc.less(remainder, 0).cast(pa.int64()))
        else:
            micros = pc.add(micros, pc.greater(remainder, 0).cast(pa.int64()))
    return _in_years(micros.cast(arrow_type("timestamp")))


def _times_of_arrow(column: pa.Array, unit: str | None, kind: str) -> pa.Array:
    if pa.types.is_timestamp(column.type):
        return _times_of_counts(column.cast(pa.int64()), column.type.unit, kind)
    if pa.types.is_date32(column.type):
        return _times_of_counts(pc.multiply(column.cast(pa.int32()).cast(pa.int64()), 86_400), "s")
    if pa.types.is_integer(column.type) and unit:
        return _times_of_counts(column.cast(pa.int64()), unit, kind)
    if pa.types.is_floating(column.type) and unit:
        return of_values([None if v is None else time_of_epoch(repr(v), unit) for v in column.to_pylist()], kind)
    if any(is_text(column.type) for is_text in FITTING["string"]) and not unit:
        return of_text(column.cast(pa.string()), kind, None)
    raise ValueError(f"a column of type {column.type} is not a timestamp")
