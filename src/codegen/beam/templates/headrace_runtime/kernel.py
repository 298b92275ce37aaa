"""`--kernel native`: Headrace's compiled engine in the place of the Python steps, with the same values bit for bit.

Keys are dealt to a fixed number of shares by a hash. What travels between workers are Arrow batches of the rows of a
share, so that Beam's cost is one for each batch and not for each event. A worker gives all batches of a share, in order of
arrival, to one call of the kernel (package `headrace-kernel`) through Arrow's C interface, and gets the rows as a batch.

A worker's thread holds one share at a time: its events, the engine's states (at most MEMORY_BYTES; beyond that it spills to disk and
divides the keys) and its rows. More shares need less memory, but all of one key is always in one.
"""

from __future__ import annotations

import abc
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.metrics import Metrics

from headrace_runtime.batches import of_bytes, read_batches, require_values, schema_of, to_bytes
from headrace_runtime.columns import arrow_type
from headrace_runtime.files import (
    ROWS_A_FILE,
    FirstFile,
    Wanted,
    file_of_day,
    file_of_observation,
    files_of,
    write_table,
)
from headrace_runtime.formulas import DAY
from headrace_runtime.histories import INSTANTS, Source
from headrace_runtime.observed import Observed

MEMORY_BYTES = 1 << 30
NUMBER = "(number)"  # the column of an observation's number
NO_ROWS = b""

# A source or INSTANTS, a file, the row of the file from which the chunk was taken, an Arrow stream.
Chunk = tuple[str, str, int, bytes]


@dataclass(frozen=True)
class Reading:
    """The columns to read of the files of a source, or of INSTANTS."""

    name: str
    kind: str
    wanted: tuple[Wanted, ...]
    required: tuple[str, ...]  # columns without nulls

    def label(self) -> str:
        return "observations" if self.name == INSTANTS else self.name

    def schema(self) -> pa.Schema:
        plain = schema_of(self.wanted)
        return plain.append(pa.field(NUMBER, pa.int64())) if self.name == INSTANTS else plain


@dataclass(frozen=True)
class Computation:
    """What one entity's kernel computes, as it travels to workers."""

    definitions: tuple[tuple[str, str], ...]  # names and texts of YAML files
    features: tuple[str, ...]
    entity: str
    key: tuple[str, ...]
    key_types: tuple[str, ...]

    def make_kernel(self) -> Any:
        try:
            from headrace_kernel import Kernel
        except ImportError as error:
            raise RuntimeError(
                f"--kernel native needs the package headrace-kernel, on each worker too: {error};"
                " install requirements-native.txt, or leave --kernel out: the values are the same"
            ) from None
        return Kernel(dict(self.definitions), self.features)

    def reading(self, source: Source, columns: Iterable[str]) -> Reading:
        """The columns of a source that the kernel asks for."""
        kinds = {name: kind for name, kind in source.columns}
        if source.arrival:
            kinds[source.arrival] = "int64"
        kinds |= {source.event_time: "timestamp", **dict(zip(self.key, self.key_types, strict=True))}
        names = tuple(dict.fromkeys(columns))
        wanted = tuple(Wanted(n, kinds[n], source.unit if n == source.event_time else None) for n in names)
        if source.deleted:
            kinds[source.deleted] = "bool"
        required = {*self.key, source.event_time, source.arrival}
        return Reading(source.name, source.format, wanted, tuple(n for n in names if n in required))


def make_computation(
    folder: Path, entity: str, key: Sequence[str], key_types: Sequence[str | None], features: Sequence[str]
) -> Computation:
    """From the definitions beside the pipeline. A kernel of another version that means something else is refused."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml"))
    texts = tuple((path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")) for path in files)
    if not texts:
        raise ValueError(f"--kernel native needs the definitions, but there are none in {folder}")
    kinds = tuple(kind or "string" for kind in key_types)  # no type: there are no rows
    computation = Computation(texts, tuple(features), entity, tuple(key), kinds)
    digests = json.loads((folder / "digests.json").read_text(encoding="utf-8"))
    found = computation.make_kernel().digests
    if changed := [name for name in features if found[name] != digests[name]]:
        raise RuntimeError(
            f"the installed headrace-kernel means something else by {', '.join(changed)} than this pipeline:"
            " install the version that requirements-native.txt names"
        )
    return computation


def shares_of(batch: pa.RecordBatch, key: Sequence[str], shares: int) -> Any:
    """The share of each row: the same for equal keys, whatever worker looks at them."""
    total = np.zeros(batch.num_rows, np.uint64)
    for name in key:
        encoded = batch.column(name).dictionary_encode()
        hashes = [zlib.crc32(str(value).encode()) for value in encoded.dictionary.to_pylist()] + [0]
        indices = encoded.indices.fill_null(len(hashes) - 1).to_numpy(zero_copy_only=False)
        total = total * np.uint64(1_000_003) + np.array(hashes, np.uint64)[indices]
    return (total % np.uint64(shares)).astype(np.int64)


def runs_of(values: Any) -> Iterator[tuple[int, int]]:
    """Start and end of each run of equal values."""
    starts = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)]
    return ((start, end) for start, end in zip(starts, starts[1:], strict=False) if start < end)


class ReadShares(beam.DoFn):
    """The rows of one file as chunks of shares; within a chunk they are in their order."""

    def __init__(self, reading: Reading, key: Sequence[str], shares: int) -> None:
        self.reading, self.key, self.shares = reading, tuple(key), shares

    def process(self, path: str) -> Iterator[tuple[int, Chunk]]:
        row = 0
        for batch in read_batches(path, self.reading.kind, self.reading.wanted):
            for name in self.reading.required:
                require_values(batch, name, path, row)
            size = batch.num_rows
            if self.reading.name == INSTANTS:
                numbers = pa.array(np.arange(row, row + size))
                batch = pa.record_batch([*batch.columns, numbers], schema=self.reading.schema())
            shares = shares_of(batch, self.key, self.shares)
            order = np.argsort(shares, kind="stable")
            dealt, shares = batch.take(pa.array(order)), shares[order]
            for start, end in runs_of(shares):
                part = dealt.slice(start, end - start)
                yield int(shares[start]), (self.reading.name, path, row, to_bytes(part))
            row += size


class RunKernel(beam.DoFn, abc.ABC):
    """The rows of one share: the kernel's, cut into pieces of files."""

    def __init__(self, computation: Computation, schemas: dict[str, pa.Schema]) -> None:
        self.computation, self.schemas = computation, schemas
        self.rows_read = Metrics.counter("headrace", "kernel_rows_read")
        self.calls = Metrics.counter("headrace", "kernel_calls")
        self.rows = Metrics.counter("headrace", "rows")

    def setup(self) -> None:
        self.kernel = self.computation.make_kernel()

    def process(self, element: tuple[int, Iterable[Chunk]]) -> Iterator[tuple[str, bytes]]:
        _, chunks = element
        found: dict[str, list[Chunk]] = {name: [] for name in self.schemas}
        for chunk in chunks:
            found[chunk[0]].append(chunk)
        tables = {}
        for name, schema in self.schemas.items():
            ordered = sorted(found[name], key=lambda chunk: chunk[1:3])
            tables[name] = pa.Table.from_batches([of_bytes(chunk[3]) for chunk in ordered], schema)
        made = self.run(tables)
        if made is not None:
            self.calls.inc()
            self.rows_read.inc(made.statistics["rows_read"])
            batch = pa.record_batch(made)
            self.rows.inc(batch.num_rows)
            yield from self.pieces(batch, tables)

    @abc.abstractmethod
    def run(self, tables: dict[str, pa.Table]) -> Any:
        """The kernel's rows; None: nothing is asked of this share."""

    @abc.abstractmethod
    def pieces(self, made: pa.RecordBatch, tables: dict[str, pa.Table]) -> Iterator[tuple[str, bytes]]:
        """The rows by the names of the files that they go to."""


def cut(batch: pa.RecordBatch, numbers: Any, width: int, file_of: Callable[[int], str]) -> Iterator[tuple[str, bytes]]:
    """Cuts a batch where its rising numbers enter the next multiple of the width."""
    for start, end in runs_of(numbers // width):
        yield file_of(int(numbers[start])), to_bytes(batch.slice(start, end - start))


class Backfill(RunKernel):
    """One row for each distinct (key, time) of an event that drives one of the features."""

    def __init__(
        self,
        computation: Computation,
        schemas: dict[str, pa.Schema],
        start: int | None,
        end: int | None,
        every: int | None,
    ):
        super().__init__(computation, schemas)
        self.start, self.end, self.every = start, end, every

    def run(self, tables: dict[str, pa.Table]) -> Any:
        entity = self.computation.entity
        instants = {"start": self.start, "end": self.end, "every": self.every}
        return self.kernel.backfill(tables, entity=entity, **instants, memory=MEMORY_BYTES)

    def pieces(self, made: pa.RecordBatch, tables: dict[str, pa.Table]) -> Iterator[tuple[str, bytes]]:
        times = made.column("event_time").cast(pa.int64()).to_numpy()
        yield from cut(made, times, DAY, file_of_day)


class Dataset(RunKernel):
    """The features at the observations of a share."""

    def __init__(self, computation: Computation, schemas: dict[str, pa.Schema], time_column: str) -> None:
        super().__init__(computation, schemas)
        self.time_column = time_column

    def run(self, tables: dict[str, pa.Table]) -> Any:
        observations = tables[INSTANTS]
        if observations.num_rows == 0:
            return None
        events = {name: table for name, table in tables.items() if name != INSTANTS}
        return self.kernel.dataset(events, observations, time_column=self.time_column, memory=MEMORY_BYTES)

    def pieces(self, made: pa.RecordBatch, tables: dict[str, pa.Table]) -> Iterator[tuple[str, bytes]]:
        (observed,) = tables[INSTANTS].combine_chunks().to_batches()
        names = [*observed.schema.names, *made.schema.names]
        joined = pa.record_batch([*observed.columns, *made.columns], names=names)
        yield from cut(joined, observed.column(NUMBER).to_numpy(), ROWS_A_FILE, file_of_observation)


@dataclass(frozen=True)
class Output:
    """The table that is written: its folder, and its columns with their types."""

    folder: str
    columns: tuple[tuple[str, str], ...]
    features: int = 0  # the last of the columns
    observed: Observed | None = None  # the observations, which stand in a dataset before the features


class WriteTable(beam.DoFn):
    """Writes the pieces of one file, sorted by some columns; a second attempt writes the same bytes."""

    def __init__(self, output: Output, order: Sequence[str]) -> None:
        self.output, self.order = output, tuple(order)

    def process(self, element: tuple[str, Iterable[bytes]]) -> Iterator[str]:
        name, pieces = element
        schema = pa.schema([(column, arrow_type(kind)) for column, kind in self.output.columns])
        batches = [of_bytes(piece) for piece in pieces if piece != NO_ROWS]
        table = schema.empty_table()
        if batches:
            table = pa.Table.from_batches(batches).sort_by([(column, "ascending") for column in self.order])
        table = table.select(schema.names).cast(schema)
        if self.output.observed:
            features = table.select(schema.names[len(schema) - self.output.features :])
            table = self.output.observed.with_features(name, features)
        yield write_table(self.output.folder, name, table)


class ReadChunks(beam.PTransform):
    """All rows of some files as (share, chunk). Labels are `NAME: start`, `NAME: list`, ..., and stay."""

    def __init__(self, reading: Reading, path: str, key: Sequence[str], shares: int) -> None:
        super().__init__()
        self.reading, self.path, self.key, self.shares = reading, path, key, shares

    def expand(self, begin: Any) -> Any:
        name = self.reading.label()
        read = beam.ParDo(ReadShares(self.reading, self.key, self.shares)).with_output_types(tuple[int, Chunk])
        return (
            begin
            | f"{name}: start" >> beam.Impulse()
            | f"{name}: list" >> beam.FlatMap(files_of, self.path, self.reading.kind).with_output_types(str)
            | f"{name}: spread" >> beam.Reshuffle()
            | f"{name}: chunks" >> read
        )


class KernelTable(beam.PTransform):
    """From files to the table of one entity. `observed`: the file of observations, its format and its time column."""

    def __init__(
        self,
        computation: Computation,
        sources: Sequence[Source],
        shares: int,
        output: Output,
        times: tuple[int | None, int | None, int | None],
        observed: tuple[str, str, str] | None,
    ) -> None:
        super().__init__()
        self.computation, self.shares, self.output = computation, shares, output
        self.times, self.observed = times, observed
        columns = computation.make_kernel().columns
        self.readings = [(computation.reading(s, columns[s.name]), s.path) for s in sources if s.name in columns]
        if observed:
            file, kind, time_column = observed
            keys = zip(computation.key, computation.key_types, strict=True)
            wanted = (*(Wanted(*key) for key in keys), Wanted(time_column, "instant"))
            self.readings.append((Reading(INSTANTS, kind, wanted, ()), file))

    def expand(self, begin: Any) -> Any:
        computation, entity = self.computation, self.computation.entity
        schemas = {reading.name: reading.schema() for reading, _ in self.readings}
        run: RunKernel = Backfill(computation, schemas, *self.times)
        order = ["event_time", *computation.key]
        if self.observed:
            run, order = Dataset(computation, schemas, self.observed[2]), [NUMBER]
        inputs = [
            begin | reading.label() >> ReadChunks(reading, path, computation.key, self.shares)
            for reading, path in self.readings
        ]
        rows = (
            inputs
            | f"{entity}: flatten" >> beam.Flatten()
            | f"{entity}: shares" >> beam.GroupByKey()
            | f"{entity}: kernel" >> beam.ParDo(run).with_output_types(tuple[str, bytes])
        )
        if self.observed:
            first = begin | f"{entity}: first file" >> FirstFile(NO_ROWS)
            rows = (rows, first) | f"{entity}: with first file" >> beam.Flatten()
        return (
            rows
            | f"{entity}: files" >> beam.GroupByKey()
            | f"{entity}: write" >> beam.ParDo(WriteTable(self.output, order)).with_output_types(str)
        )
