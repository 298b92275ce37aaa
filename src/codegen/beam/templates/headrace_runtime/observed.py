"""The table of observations as it is, for a dataset: all its columns, in their order and with their types.

Parquet tells types; those of CSV and NDJSON are found as `headrace dataset` finds them. A worker that writes a file of
the dataset reads its observations again: no column has to travel through the steps.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.io.filesystems import FileSystems

from headrace_runtime.cells import from_text, time_of_text
from headrace_runtime.columns import of_values
from headrace_runtime.csv_files import csv_texts
from headrace_runtime.files import ROWS_A_FILE
from headrace_runtime.formulas import INT_MAX, INT_MIN

DIGITS = re.compile(r"-?(0|[1-9][0-9]*)")
DECIMAL = re.compile(r"-?(0|[1-9][0-9]*|(?=\.[0-9]))(\.[0-9]*)?([eE][+-]?[0-9]+)?")
WORD = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
DOUBLE_DIGITS_MAX = 17  # more would not come back from a double


class Number(str):
    """The text of a JSON number."""


def is_plain_int(text: str) -> bool:
    return DIGITS.fullmatch(text) is not None and text != "-0" and INT_MIN <= int(text) <= INT_MAX


def is_plain_double(text: str) -> bool:
    """Whether a double holds the number without a loss worth mentioning."""
    if is_plain_int(text):
        return abs(int(text)) <= 1 << 53
    if WORD.fullmatch(text):
        return not text.startswith("+")
    if not DECIMAL.fullmatch(text) or DIGITS.fullmatch(text):
        return False
    digits = re.sub(r"[^0-9]", "", re.split("[eE]", text)[0]).lstrip("0")
    return len(digits) <= DOUBLE_DIGITS_MAX


def bool_of(text: str) -> bool:
    return text.strip(" \t\r").lower() == "true"


def found_type(texts: Sequence[str]) -> tuple[pa.DataType, Callable[[str], Any]]:
    """The type of a column of texts, and what makes its values."""
    if texts and all(is_plain_int(text) for text in texts):
        return pa.int64(), int
    if any(char.isdigit() for text in texts for char in text) and all(is_plain_double(text) for text in texts):
        return pa.float64(), float
    if texts and all(text.lower() in ("true", "false") for text in texts):
        return pa.bool_(), bool_of
    return pa.string(), str


def csv_column(texts: list[str | None], kind: str | None) -> pa.Array:
    if kind is not None:
        is_text = kind == "string"
        given = (text if text is None or is_text or text.strip() else None for text in texts)
        values = [None if text is None else from_text(text, kind, None) for text in given]
        return pa.array(values, {"int64": pa.int64(), "bool": pa.bool_()}.get(kind, pa.string()))
    type_, make = found_type([text for text in texts if text is not None])
    return pa.array([None if text is None else make(text) for text in texts], type_)


def json_column(name: str, values: list[Any], kind: str | None) -> pa.Array:
    """Strings are strings. A column of several types is not copied but refused: the text of its values is not kept."""
    there = [value for value in values if value is not None]
    if kind is not None and all(isinstance(value, str) for value in there):
        return csv_column(values, kind)
    if all(isinstance(value, bool) for value in there) and there:
        return pa.array(values, pa.bool_())
    if all(isinstance(value, Number) for value in there) and there:
        type_, make = found_type(there)
        return pa.array([None if value is None else make(value) for value in values], type_)
    if any(not isinstance(value, str) or isinstance(value, Number) for value in there):
        raise ValueError(f"column `{name}` of the observations has nested values or several types: write it as Parquet")
    return pa.array(values, pa.string())


def json_table(lines: Sequence[bytes], kinds: dict[str, str | None]) -> pa.Table:
    rows = [json.loads(line, parse_int=Number, parse_float=Number) for line in lines if line.strip()]
    names = list(dict.fromkeys(name for row in rows for name in row))
    arrays = [json_column(name, [row.get(name) for row in rows], kinds.get(name)) for name in names]
    return pa.Table.from_arrays(arrays, names=names)


def with_times(table: pa.Table, time_column: str) -> pa.Table:
    """A text column of times as times, where microseconds hold them all."""
    place = table.schema.get_field_index(time_column)
    if place < 0 or not pa.types.is_string(table.schema.field(place).type):
        return table
    texts = table.column(place).to_pylist()
    try:
        times = [None if text is None else time_of_text(text) for text in texts]
        floored = [None if text is None else time_of_text(text, is_instant=True) for text in texts]
    except ValueError:
        return table
    if times != floored:
        return table
    return table.set_column(place, time_column, of_values(times, "timestamp"))


def opened(path: str) -> Any:
    return FileSystems.open(path)


@dataclass(frozen=True)
class Observed:
    """A file of observations. `kinds`: the types of keys as the sources declare them."""

    path: str
    kind: str
    kinds: tuple[tuple[str, str | None], ...] = ()
    time_column: str = "event_time"

    def names(self) -> list[str]:
        if self.kind == "parquet":
            with opened(self.path) as file:
                return list(pq.ParquetFile(file).schema_arrow.names)
        return list(self._text_table().schema.names)

    def rows_of(self, name: str) -> pa.Table:
        """The rows of one file of the dataset."""
        start = int(name.removeprefix("part-").removesuffix(".parquet")) * ROWS_A_FILE
        if self.kind != "parquet":
            return self._text_table().slice(start, ROWS_A_FILE)
        with opened(self.path) as file:
            parquet = pq.ParquetFile(file)
            groups, first, row = [], 0, 0
            for number in range(parquet.num_row_groups):
                size = parquet.metadata.row_group(number).num_rows
                if row + size <= start:
                    first = row + size
                elif row < start + ROWS_A_FILE:
                    groups.append(number)
                row += size
            if not groups:
                return parquet.schema_arrow.empty_table()
            return parquet.read_row_groups(groups).slice(start - first, ROWS_A_FILE)

    def with_features(self, name: str, features: pa.Table) -> pa.Table:
        """The rows of one file with the features' columns, which are in the order of the rows."""
        table = self.rows_of(name)
        for field, column in zip(features.schema, features.columns, strict=True):
            table = table.append_column(field, column)
        return table

    def _text_table(self) -> pa.Table:
        kinds = dict(self.kinds)
        with opened(self.path) as file:
            if self.kind == "ndjson":
                return with_times(json_table(list(io.BufferedReader(file)), kinds), self.time_column)
            texts = csv_texts(file, self.path)
        arrays = [csv_column(texts.column(name).to_pylist(), kinds.get(name)) for name in texts.schema.names]
        return with_times(pa.Table.from_arrays(arrays, names=texts.schema.names), self.time_column)
