"""From files to the table of an entity: one row for each instant or observation."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam import coders
from apache_beam.metrics import Metrics

from headrace_runtime.big_query import LoadIntoTable, ReadTable, is_table
from headrace_runtime.cells import time_of_text
from headrace_runtime.command_line import OptionError
from headrace_runtime.files import (
    FirstFile,
    ReadObservations,
    ReadSource,
    WriteFile,
    file_of_day,
    file_of_observation,
    files_of,
    key_kinds,
)
from headrace_runtime.histories import History, Key, MakeHistory, Source
from headrace_runtime.observed import Observed
from headrace_runtime.project import Entity, Feature, file_of_observations, located, one_key_type, require_order
from headrace_runtime.windows import Event


class Row(tuple[Any, ...]):
    """(order, values): a row of a table and what its file is sorted by."""


class RowCoder(coders.Coder):
    """A JSON array."""

    def encode(self, value: Row) -> bytes:
        return json.dumps(list(value), ensure_ascii=False, separators=(",", ":")).encode()

    def decode(self, encoded: bytes) -> Row:
        return Row(json.loads(encoded))

    def is_deterministic(self) -> bool:
        return True


coders.registry.register_coder(Row, RowCoder)


class TableRows(beam.DoFn):
    """The rows of the offline table: one for each instant, in one file a day, sorted by (event_time, key)."""

    def __init__(self, features: Sequence[str]) -> None:
        self.features, self.rows = features, Metrics.counter("headrace", "rows")

    def process(self, history: History) -> Iterator[tuple[str, Row]]:
        self.rows.inc(len(history.instants))
        for instant in history.instants:
            values = [history.values[feature][instant.time] for feature in self.features]
            row = Row(([instant.time, *history.key], [*history.key, instant.time, *values]))
            yield file_of_day(instant.time), row


class ObservedRows(beam.DoFn):
    """One row for each observation, in their order. Without a key or a time its features are null."""

    def __init__(self, features: Sequence[str]) -> None:
        self.features, self.rows = features, Metrics.counter("headrace", "rows")

    def process(self, history: History) -> Iterator[tuple[str, Row]]:
        self.rows.inc(len(history.instants))
        for instant in history.instants:
            (time,), number = instant.values, instant.arrival[1]
            is_known = time is not None and None not in history.key
            values = [history.values[f][time] if is_known else None for f in self.features]
            yield file_of_observation(number), Row((number, [*history.key, time, *values]))


class WriteDataset(WriteFile):
    """The rows of one file of a dataset: those of the observations as they are, with a column for each feature."""

    def __init__(
        self, folder: str, columns: Sequence[tuple[str, str | None]], observed: Observed, features: int
    ) -> None:
        super().__init__(folder, columns)
        self.observed, self.features = observed, features

    def table_of(self, name: str, rows: Sequence[Sequence[Any]]) -> pa.Table:
        made = super().table_of(name, rows)
        return self.observed.with_features(name, made.select(made.schema.names[-self.features :]))


class EntityTable(beam.PTransform):
    """From files to the table of one entity."""

    def __init__(self, entity: Entity, features: Sequence[Feature], options: argparse.Namespace) -> None:
        super().__init__()
        self.entity, self.features, self.options = entity, features, options

    def expand(self, begin: Any) -> Any:
        entity, options = self.entity, self.options
        names = [feature.name for feature in self.features]
        sources = [located(source, options) for source in entity.sources]
        key_types = one_key_type({source.name: source.key_types for source in sources}, entity)
        require_order(self.features, [s.name for s in sources if not s.arrival and is_table(s.path)], "a table")
        is_dataset = options.mode == "dataset"
        inputs = [
            begin | source.name >> (ReadTable(source) if is_table(source.path) else ReadSource(source))
            for source in sources
        ]
        driving = None if is_dataset else tuple(sorted({feature.source for feature in self.features}))
        if is_dataset:
            inputs.append(self._observations(begin, key_types))
        start, end = (time_of_text(t) if t else None for t in (options.start, options.end))
        rows = ObservedRows(names) if is_dataset else TableRows(names)
        folder = options.output if is_dataset else options.output.rstrip("/") + "/" + entity.name
        time_column = options.time_column if is_dataset else "event_time"
        columns = [*zip(entity.key, key_types, strict=True), (time_column, "timestamp")]
        columns += [(feature.name, feature.kind) for feature in self.features]
        table_rows = (
            inputs
            | f"{entity.name}: flatten" >> beam.Flatten()
            | f"{entity.name}: group" >> beam.GroupByKey()
            | f"{entity.name}: sort"
            >> beam.ParDo(MakeHistory(sources, driving, start, end, options.every)).with_output_types(History)
            | f"{entity.name}: features" >> entity.transform()
            | f"{entity.name}: rows" >> beam.ParDo(rows).with_output_types(tuple[str, Row])
        )
        if is_table(options.output, parts=2):
            table = f"{options.output}.{entity.name}{'_dataset' if is_dataset else ''}"
            return table_rows | f"{entity.name}: bigquery" >> LoadIntoTable(table, columns, has_days=not is_dataset)
        write: WriteFile = WriteFile(folder, columns)
        if is_dataset:
            write = WriteDataset(folder, columns, self.observations_table(sources), len(names))
            first = begin | f"{entity.name}: first file" >> FirstFile(Row((-1, None)))
            table_rows = (table_rows, first) | f"{entity.name}: with first file" >> beam.Flatten()
        return (
            table_rows
            | f"{entity.name}: files" >> beam.GroupByKey()
            | f"{entity.name}: write" >> beam.ParDo(write).with_output_types(str)
        )

    def _observations(self, begin: Any, key_types: Sequence[str | None]) -> Any:
        file, kind, kinds = self.observed(key_types)
        step = ReadObservations(kind, self.entity.key, kinds, self.options.time_column)
        return (
            begin
            | "observations: start" >> beam.Impulse()
            | "observations: path" >> beam.FlatMap(files_of, file, kind).with_output_types(str)
            | "observations: read" >> beam.ParDo(step).with_output_types(tuple[Key, Event])
        )

    def observations_table(self, sources: Sequence[Source]) -> Observed:
        """The observations with all their columns, none of which is named as a feature."""
        file, kind = file_of_observations(self.options.observations)
        declared = {name: type_ for source in sources for name, type_ in source.columns if name in self.entity.key}
        table = Observed(file, kind, tuple(declared.items()), self.options.time_column)
        there = set(table.names())
        if clashes := [feature.name for feature in self.features if feature.name in there]:
            raise OptionError(f"{file} already has columns named as features: {', '.join(clashes)}; rename them")
        return table

    def observed(self, key_types: Sequence[str | None]) -> tuple[str, str, tuple[str | None, ...]]:
        """The observations' file, its format, and the types of its keys."""
        entity = self.entity
        file, kind = file_of_observations(self.options.observations)
        kinds = key_kinds(entity.key, [None] * len(entity.key) if kind == "parquet" else key_types, file, kind)
        one_key_type({"the sources": tuple(key_types), "the observations": kinds}, entity)
        return file, kind, kinds
