"""What a run looks at before it starts, so that a mistake ends in one line and not in a failed job.

It starts no threads: a program that ends while Arrow's are busy may be aborted instead of giving its exit code.
"""

from __future__ import annotations

import argparse
import builtins
import contextlib
import io
import itertools
import json
import logging
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NoReturn

import pyarrow as pa
from apache_beam.io import filesystem
from apache_beam.io.filesystem import BeamIOError
from apache_beam.io.filesystems import FileSystems

from headrace_runtime.big_query import is_table
from headrace_runtime.cells import time_of_text
from headrace_runtime.command_line import OptionError, named
from headrace_runtime.csv_files import header_of
from headrace_runtime.files import file_of_day, list_files, open_parquet, partitions_of
from headrace_runtime.formulas import DAY, string_of_time
from headrace_runtime.histories import Source
from headrace_runtime.project import Project, chosen, file_of_observations, located
from headrace_runtime.stream_sources import subscription_of

LINES_LOOKED_AT = 1_000  # of an NDJSON file, for the names of its columns


CODES: tuple[tuple[type[Exception], int], ...] = (
    (OptionError, 2),
    (OSError, 3),
    (BeamIOError, 3),
    (ImportError, 3),
    (RuntimeError, 3),
    (ValueError, 1),
    (pa.ArrowException, 1),
)
WHERE = re.compile(r" \[while running '[^']*'\]\s*$")


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Ends the program with one line: exit code 2 for wrong options, 3 for what is not there, 1 for data."""
    try:
        yield
    except Exception as error:
        fail(type(error), str(error), error)


@contextlib.contextmanager
def explained_run(is_local: bool, debug: bool) -> Iterator[None]:
    """The same for errors of steps, where a runner of this machine hands them back; without Beam's own account of them."""
    if debug or not is_local:
        yield
        return
    logging.getLogger("apache_beam.runners.common").setLevel(logging.CRITICAL)
    try:
        yield
    except Exception as error:
        kind, text = cause_of(error)
        fail(kind, text, error)


def fail(kind: type[Exception], text: str, error: Exception) -> NoReturn:
    """Errors of other kinds are ours, and keep their traceback."""
    code = next((code for known, code in CODES if issubclass(kind, known)), None)
    if code is None:
        raise error
    print("pipeline.py: error: " + " ".join(WHERE.sub("", text).split()), file=sys.stderr)
    sys.exit(code)


def cause_of(error: Exception) -> tuple[type[Exception], str]:
    """The class and the text of a step's error. Where Beam cannot make another error of its class, and where a worker is a
    process of its own, it comes as the text of a RuntimeError, with or without the traceback."""
    lines = str(error).splitlines()
    last_frame = max((i for i, line in enumerate(lines) if line.startswith('  File "')), default=-1)
    said = "\n".join(itertools.dropwhile(lambda line: line.startswith(" "), lines[max(last_frame, 0) :]))
    name, colon, text = said.partition(": ")
    if not isinstance(error, RuntimeError) or not colon or not re.fullmatch(r"[\w.]+", name):
        return type(error), str(error)
    places = (builtins, pa.lib, filesystem)
    found = next((kind for place in places if (kind := getattr(place, name.rpartition(".")[2], None))), None)
    return (found if isinstance(found, type) and issubclass(found, Exception) else Exception), text


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
    start, end = time_of_option("--start", options.start), time_of_option("--end", options.end)
    if start is not None and end is not None and start >= end:
        raise OptionError("--end is not after --start, so there is nothing between them")
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
    file, kind = file_of_observations(options.observations)
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
            names = list(open_parquet(file, path).schema_arrow.names)
        elif kind == "csv":
            names = header_of(io.BufferedReader(file), path)
        else:
            names = names_of_records(file, path)
    return [*names, *partitions_of(path)] if names else []


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


def require_whole_days(folder: str, start: int | None, end: int | None) -> None:
    """A day's file is replaced as a whole: one that has rows outside of the range would lose them."""
    for flag, time, day in (("--start", start, start), ("--end", end, None if end is None else end - 1)):
        if time is None or day is None or time % DAY == 0:
            continue
        path = FileSystems.join(folder, *file_of_day(day).split("/"))
        if not FileSystems.exists(path):
            continue
        with FileSystems.open(path) as file:
            column = open_parquet(file, path).read(columns=["event_time"], use_threads=False).column("event_time")
        times = column.cast(pa.timestamp("us", column.type.tz)).cast(pa.int64()).to_pylist()
        if any(each < time if flag == "--start" else each >= time for each in times):
            whole = day // DAY * DAY if flag == "--start" else (day // DAY + 1) * DAY
            raise OptionError(
                f"{path} has rows outside of {flag}, and a day is replaced as a whole:"
                f" say {flag} {str(string_of_time(whole))[:10]}, or another --output"
            )
