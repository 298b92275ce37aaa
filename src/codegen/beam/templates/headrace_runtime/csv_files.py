"""CSV files as tables of texts."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.csv


def header_of(file: Any, path: str) -> list[str]:
    """The names of a CSV file's columns: its first line that is not empty."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    header = next((fields for fields in csv.reader(text, delimiter=delimiter_of(path)) if fields), [])
    if not any(name.strip() for name in header):
        raise ValueError(f"{path}: there is no header")
    try:
        "".join(header).encode()
    except UnicodeEncodeError:
        raise ValueError(f"{path}: the header is not UTF-8") from None
    return header


def delimiter_of(path: str) -> str:
    return "\t" if ".tsv" in os.path.basename(path) else ","


def csv_texts(file: Any, path: str) -> pa.Table:
    """All columns of a CSV file as text; an empty field without quotes is null.

    The text is copied into memory of Arrow's: threads of its that called Python while the program ends would abort it.
    """
    data = file.read()
    header = header_of(io.BytesIO(data), path)
    ragged: list[Any] = []

    def refuse(row: Any) -> str:
        ragged.append(row)
        return "error"

    parse = pa.csv.ParseOptions(delimiter=delimiter_of(path), newlines_in_values=True, invalid_row_handler=refuse)
    convert = pa.csv.ConvertOptions(
        column_types=dict.fromkeys(header, pa.string()),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    try:
        return pa.csv.read_csv(pa.BufferReader(copied(data)), pa.csv.ReadOptions(use_threads=False), parse, convert)
    except pa.ArrowException as error:
        for row in ragged:
            fields = f"has {row.actual_columns} fields, the header has {len(header)}"
            raise ValueError(f"{path}: row {row.number - 1} {fields}") from None
        raise ValueError(f"{path}: {place_of(str(error), header)}") from None


def copied(data: bytes) -> pa.Buffer:
    """The text with a last line break, which a header alone needs."""
    buffer = pa.allocate_buffer(len(data) + 1)
    with pa.FixedSizeBufferWriter(buffer) as writer:
        writer.write(data)
        writer.write(b"\n")
    return buffer


def place_of(said: str, header: Sequence[str]) -> str:
    """Arrow's message about a cell with rows and columns as we count and call them: its row 1 is the header."""
    match = re.match(r"In CSV column #(\d+): (?:Row #(\d+): )?(.*)", said, re.DOTALL)
    if match is None:
        return said
    column, row, problem = match.groups()
    problem = "is not UTF-8" if "invalid UTF8" in problem else problem
    return (f"row {int(row) - 1}: " if row else "") + f"column `{header[int(column)]}`: {problem}"
