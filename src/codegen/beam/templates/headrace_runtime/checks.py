"""What a run looks at before it starts, so that a mistake ends in one line and not in a failed job.

It starts no threads: a program that ends while Arrow's are busy may be aborted instead of giving its exit code.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import itertools
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.io.filesystem import BeamIOError
from apache_beam.io.filesystems import FileSystems

from headrace_runtime.big_query import is_table
from headrace_runtime.cells import time_of_text
from headrace_runtime.command_line import OptionError, named
from headrace_runtime.files import file_of_day, format_of, list_files, partitions_of
from headrace_runtime.formulas import DAY, string_of_time
from headrace_runtime.histories import Source
from headrace_runtime.jobs import Project, chosen, located
from headrace_runtime.stream_sources import subscription_of

LINES_LOOKED_AT = 1_000  # of an NDJSON file, for the names of its columns


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Ends the program with one line: exit code 2 for wrong options, 3 for what is not there, 1 for data."""
    try:
        yield
    except OptionError as error:
        fail(error, 2)
    except (OSError, BeamIOError, ImportError, RuntimeError) as error:
        fail(error, 3)
    except (ValueError, pa.ArrowException) as error:
        fail(error, 1)


def fail(error: Exception, code: int) -> NoReturn:
    print("pipeline.py: error: " + " ".join(str(error).split()), file=sys.stderr)
    sys.exit(code)


def require_possible(project: Project, options: argparse.Namespace, runs_here: bool) -> None:
    """Compares the options with the project, with each other and with the files that they name.

    The sources' files are looked for where the job runs on this machine; elsewhere workers may see others.
    """
    sources = list(dict.fromkeys(source.name for entity in project.entities for source in entity.sources))
    for text in options.source:
        name, equals, path = text.partition("=")
        if not equals or not path:
            raise OptionError(f"--source {text} is not NAME=PATH; the sources are {named(sources)}")
        if name not in sources:
            raise OptionError(f"--source {text}: there is no source `{name}`: there are {named(sources)}")
    entities = [entity for entity, _ in chosen(project, options)]
    start, end = time_of_option("--from", options.start), time_of_option("--to", options.end)
    if start is not None and end is not None and start >= end:
        raise OptionError("--to is not after --from, so there is nothing between them")
    if options.mode == "stream":
        require_streams(source for entity in entities for source in entity.sources)
    if options.mode == "dataset":
        require_columns(entities[0].key, options)
    if options.mode == "backfill" and not is_table(options.output, parts=2):
        for entity in entities:
            require_whole_days(options.output.rstrip("/") + "/" + entity.name, start, end)
    if runs_here and options.mode != "stream":
        for source in dict.fromkeys(source for entity in entities for source in entity.sources):
            found = located(source, options)
            if not is_table(found.path):
                list_files(found.path, found.format)


def require_streams(sources: Iterable[Source]) -> None:
    for source in sources:
        kind = dict(source.stream).get("kind")
        if kind not in ("kafka", "pubsub"):
            has = f"its `stream:` is `{kind}`, which this pipeline cannot read" if kind else "it has no `stream:`"
            raise OptionError(
                f"source `{source.name}` cannot be read by --mode stream: {has};"
                " say `kafka` or `pubsub` in its definition and generate again"
            )
        if kind == "pubsub":
            try:
                subscription_of(source)
            except ValueError as error:
                raise OptionError(str(error)) from None


def time_of_option(flag: str, text: str | None) -> int | None:
    try:
        return time_of_text(text) if text else None
    except ValueError:
        raise OptionError(f"{flag} {text} is no time: write 2024-03-01 or 2024-03-01T06:00:00Z") from None


def require_columns(key: Sequence[str], options: argparse.Namespace) -> None:
    """The file of observations has the columns of keys and times."""
    path = options.observations
    kind = format_of(path)
    if kind is None:
        raise OptionError(f"{path} is no .parquet, .csv or .ndjson file")
    file = list_files(path, kind)[0]
    there = columns_of(file, kind)
    if there and options.time_column not in there:
        raise OptionError(
            f"{file} has no column `{options.time_column}`: name that of the times with --time_column; it has {named(there)}"
        )
    for name in key:
        if there and name not in there:
            raise ValueError(f"{file} has no column `{name}`, which is the entity's key; it has {named(there)}")


def columns_of(path: str, kind: str) -> list[str]:
    """The names of a file's columns; none where a file without a header has no rows."""
    with FileSystems.open(path) as file:
        if kind == "parquet":
            names = list(parquet_of(file).schema_arrow.names)
        elif kind == "csv":
            names = header_of(file, path)
        else:
            names = names_of_records(file, path)
    return [*names, *partitions_of(path)] if names else []


def header_of(file: Any, path: str) -> list[str]:
    text = io.TextIOWrapper(io.BufferedReader(file), encoding="utf-8-sig", newline="")
    delimiter = "\t" if ".tsv" in path.rpartition("/")[2] else ","
    header = next(csv.reader(text, delimiter=delimiter), [])
    if not header:
        raise ValueError(f"{path}: there is no header")
    return header


def names_of_records(file: Any, path: str) -> list[str]:
    names: dict[str, None] = {}
    for number, line in enumerate(itertools.islice(io.BufferedReader(file), LINES_LOOKED_AT)):
        try:
            record = json.loads(line) if line.strip() else {}
        except ValueError as error:
            raise ValueError(f"{path}: line {number + 1}: {error}") from None
        if isinstance(record, dict):
            names |= dict.fromkeys(record)
    return list(names)


def parquet_of(file: Any) -> pq.ParquetFile:
    return pq.ParquetFile(io.BufferedReader(file))


def require_whole_days(folder: str, start: int | None, end: int | None) -> None:
    """A day's file is replaced as a whole: one that has rows outside of the range would lose them."""
    for flag, time, day in (("--from", start, start), ("--to", end, None if end is None else end - 1)):
        if time is None or day is None or time % DAY == 0:
            continue
        path = FileSystems.join(folder, *file_of_day(day).split("/"))
        if not FileSystems.exists(path):
            continue
        with FileSystems.open(path) as file:
            column = parquet_of(file).read(columns=["event_time"], use_threads=False).column("event_time")
        times = column.cast(pa.timestamp("us", column.type.tz)).cast(pa.int64()).to_pylist()
        if any(each < time if flag == "--from" else each >= time for each in times):
            whole = day // DAY * DAY if flag == "--from" else (day // DAY + 1) * DAY
            raise OptionError(
                f"{path} has rows outside of {flag}, and a day is replaced as a whole:"
                f" say {flag} {str(string_of_time(whole))[:10]}, or another --output"
            )
