"""Values to look at: tables by entity, as text, HTML and Arrow."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from ._errors import UsageError
from ._html import escape, table
from ._native import ArrowBatch
from ._tables import pandas_frame

_ROWS_PRINTED_MAX = 60
_COLUMNS_OF_A_ROW_MAX = 6  # wider rows are not taken in at a glance: a single one is turned

Found = list[tuple[str, int, ArrowBatch, int]]


class Shown:
    """Rows of values: keys, `event_time` and a column for each feature, by time and then by key.

    Printed it is a table, as the command line prints it. Where the features are of one entity it is itself a table:
    `to_pandas()`, `to_polars()`, `to_arrow()`, and for anything that takes `__arrow_c_stream__`.

    Attributes:
        tables: a pyarrow.Table for each entity.
        rows_total: by entity, with those that are not shown.
        notes: remarks: "20 of 50 keys of pump".
    """

    def __init__(self, as_json: str, found: Found, notes: list[str]) -> None:
        self._json = as_json
        self.tables = {entity: pa.Table.from_batches([pa.record_batch(rows)]) for entity, _, rows, _ in found}
        self.rows_total = {entity: total for entity, _, _, total in found}
        self.notes = notes

    def to_dict(self) -> dict[str, Any]:
        """As `headrace show --format json` has it."""
        found: dict[str, Any] = json.loads(self._json)
        return found

    def to_arrow(self) -> pa.Table:
        """The rows. Raises UsageError where there are several entities."""
        if len(self.tables) != 1:
            names = " and ".join(self.tables)
            raise UsageError(
                f"these are features of {names}, which are several tables",
                f"name features of one entity, or take one by its name: .tables[{next(iter(self.tables))!r}]",
            )
        return next(iter(self.tables.values()))

    def to_pandas(self) -> Any:
        """A pandas.DataFrame with the types that `Repository.dataset` gives."""
        return pandas_frame(self.to_arrow())

    def to_polars(self) -> Any:
        """A polars.DataFrame."""
        import polars

        return polars.DataFrame(self.to_arrow())

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def __str__(self) -> str:
        parts = [_text(rows) for rows in self.tables.values() if rows.num_rows]
        return "\n\n".join(parts + (["\n".join(self.notes)] if self.notes else []))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        parts = [
            table(entity if len(self.tables) > 1 else "", rows.column_names, _printed_rows(rows))
            for entity, rows in self.tables.items()
            if rows.num_rows
        ]
        return "".join(parts) + "".join(f"<p>{escape(each)}</p>" for each in self.notes)


def _printed_rows(rows: pa.Table) -> list[list[str]]:
    """The texts of the rows; of many rows the last."""
    columns = [
        rows.column(i).slice(max(0, rows.num_rows - _ROWS_PRINTED_MAX)).to_pylist() for i in range(rows.num_columns)
    ]
    return [[_cell(value) for value in row] for row in zip(*columns)]


def _text(rows: pa.Table) -> str:
    names, printed = rows.column_names, _printed_rows(rows)
    numeric = [pa.types.is_int64(field.type) or pa.types.is_float64(field.type) for field in rows.schema]
    if len(printed) == 1 and len(names) > _COLUMNS_OF_A_ROW_MAX:
        names, printed, numeric = ["feature", "value"], [list(each) for each in zip(names, printed[0])], [False, False]
    widths = [max(map(len, column)) for column in zip(names, *printed)]
    lines = [
        "  ".join(cell.rjust(width) if right else cell.ljust(width) for cell, width, right in zip(row, widths, numeric))
        for row in [names, *printed]
    ]
    hidden = rows.num_rows - _ROWS_PRINTED_MAX
    note = [f"({hidden:,} rows before these are not printed)"] if hidden > 0 else []
    return "\n".join([line.rstrip() for line in lines] + note)


def _cell(value: Any) -> str:
    """As the command line writes it."""
    if isinstance(value, str):
        return "".join(each if each.isprintable() else repr(each)[1:-1] for each in value)
    if isinstance(value, datetime):
        return _time_text(value)
    if isinstance(value, list):
        cells = (f'"{_cell(each)}"' if isinstance(each, (str, datetime)) else _cell(each) for each in value)
        return f"[{', '.join(cells)}]"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)


def _time_text(value: datetime) -> str:
    """RFC 3339 in UTC, to the second where it is whole and to the microsecond else."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
