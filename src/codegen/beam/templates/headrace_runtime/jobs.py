"""Puts a project's steps together: command line, modes, and the way from files to tables."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam import coders
from apache_beam.metrics.metric import MetricsFilter
from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions

from headrace_runtime.big_query import LoadIntoTable, ReadTable, is_table
from headrace_runtime.cells import time_of_text
from headrace_runtime.command_line import OptionError, named, parse, require_known, runs_here
from headrace_runtime.files import (
    FirstFile,
    ReadObservations,
    ReadSource,
    WriteFile,
    file_of_day,
    file_of_observation,
    files_of,
    format_of,
    key_kinds,
    list_files,
)
from headrace_runtime.histories import History, Key, MakeHistory, Source
from headrace_runtime.lateness import LATE, LateApart, typed
from headrace_runtime.messages import Message
from headrace_runtime.observed import Observed
from headrace_runtime.stream_sinks import WriteRows
from headrace_runtime.stream_sources import ReadStream
from headrace_runtime.streams import KeepHistory, RowsOfStream, StreamRow
from headrace_runtime.windows import Event, Window


@dataclass(frozen=True)
class Feature:
    name: str
    kind: str  # "double", "list of double", ...
    source: str  # that drives it
    version: str = ""
    further_sources: tuple[str, ...] = ()  # that it or what it uses reads
    depends_on_arrival: bool = False  # the order of events of equal time matters to it


@dataclass(frozen=True)
class Entity:
    """An entity's features and the transform that adds their values to histories."""

    name: str
    key: tuple[str, ...]
    key_types: tuple[str | None, ...]
    sources: tuple[Source, ...]
    features: tuple[Feature, ...]
    transform: Callable[[], beam.PTransform]
    windows: tuple[Window, ...] = ()  # that age: a stream renews values when their edges pass an event
    horizon: int | None = None  # how far back an event can matter, in microseconds; None: the whole past


@dataclass(frozen=True)
class Project:
    name: str
    entities: tuple[Entity, ...]
    definitions: Path  # the folder of the YAML files, for --kernel native


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
        self.features = features

    def process(self, history: History) -> Iterator[tuple[str, Row]]:
        for instant in history.instants:
            values = [history.values[feature][instant.time] for feature in self.features]
            row = Row(([instant.time, *history.key], [*history.key, instant.time, *values]))
            yield file_of_day(instant.time), row


class ObservedRows(beam.DoFn):
    """One row for each observation, in their order. Without a key or a time its features are null."""

    def __init__(self, features: Sequence[str]) -> None:
        self.features = features

    def process(self, history: History) -> Iterator[tuple[str, Row]]:
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


def located(source: Source, options: argparse.Namespace) -> Source:
    """The source with the path that it is read from and the types of its keys."""
    path, kind = source.path, source.format
    is_elsewhere = "://" in path or path.startswith("/")
    if options.base and not is_elsewhere:
        path = options.base.rstrip("/") + "/" + path
    for text in options.source:
        name, _, given = text.partition("=")
        if name == source.name:
            path, kind = given, format_of(given) or kind
    if not path:
        raise OptionError(f"source `{source.name}` has no files: say --source {source.name}=PATH")
    if is_table(path):
        if None in source.key_types:
            raise ValueError(f"say the type of the key in the columns of `{source.name}`: a table is not asked for it")
        return dataclasses.replace(source, path=path, format="bigquery")
    kinds = key_kinds(source.key, source.key_types, path, kind)
    return dataclasses.replace(source, path=path, format=kind, key_types=kinds)


def chosen(project: Project, options: argparse.Namespace) -> list[tuple[Entity, list[Feature]]]:
    """The entities to compute, with the sources that are needed, and the features to write of each."""
    wanted = set(options.features.split(",")) if options.features else None
    if wanted:
        unknown = wanted - {feature.name for entity in project.entities for feature in entity.features}
        if unknown:
            there = named(feature.name for entity in project.entities for feature in entity.features)
            raise OptionError(f"there is no feature {', '.join(sorted(unknown))}: there are {there}")
    entities = [entity.name for entity in project.entities]
    if options.entity not in (None, *entities):
        raise OptionError(f"there is no entity `{options.entity}`: there are {named(entities)}")
    out = []
    for entity in project.entities:
        features = [f for f in entity.features if wanted is None or f.name in wanted]
        if features and options.entity in (None, entity.name):
            needed = {source for feature in features for source in (feature.source, *feature.further_sources)}
            sources = tuple(source for source in entity.sources if source.name in needed)
            out.append((dataclasses.replace(entity, sources=sources), features))
    if not out:
        raise OptionError(f"the entity `{options.entity}` has none of the features {options.features}")
    if options.mode == "dataset" and len(out) > 1:
        names = ", ".join(entity.name for entity, _ in out)
        raise OptionError(f"observations are of one entity: say --entity with one of {names}")
    return out


def one_key_type(found: dict[str, tuple[str | None, ...]], entity: Entity) -> tuple[str | None, ...]:
    """The types of the entity's keys, which all of its sources must share: else nothing would meet."""
    out: list[str | None] = []
    for i, name in enumerate(entity.key):
        kinds = {place: kinds[i] for place, kinds in found.items() if kinds[i] is not None}
        if len(set(kinds.values())) > 1:
            text = ", ".join(f"{kind} in {place}" for place, kind in kinds.items())
            raise ValueError(f"the key `{name}` of `{entity.name}` has several types: {text}")
        out.append(next(iter(kinds.values()), None))
    return tuple(out)


def file_of_observations(path: str) -> tuple[str, str]:
    """The one file that a path or a glob stands for, and its format."""
    kind = format_of(path)
    if kind is None:
        raise OptionError(f"{path} is no .parquet, .csv or .ndjson file")
    found = list_files(path, kind)
    if len(found) > 1:
        raise OptionError(f"{path} stands for {len(found)} files; observations are one file")
    return found[0], kind


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
            >> beam.ParDo(MakeHistory(driving, start, end, options.every)).with_output_types(History)
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
        table = Observed(file, kind, tuple(declared.items()))
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


def require_order(features: Sequence[Feature], unordered: Sequence[str], what: str) -> None:
    """Where arrival has no order, features that need one need an `arrival` column."""
    needing = [feature.name for feature in features if feature.depends_on_arrival]
    if unordered and needing:
        raise OptionError(
            f"G005: {', '.join(needing)} tell events of equal time apart, but {what} has no order:"
            f" say `arrival: COLUMN` in {', '.join(unordered)}, or leave them out with --features"
        )


class EntityStream(beam.PTransform):
    """From the messages of each source to rows (key, (kind, time, values)), and to late messages under the tag LATE.

    `native`: makes the rows of histories in the place of the features' steps.
    """

    def __init__(self, entity: Entity, features: Sequence[Feature], native: beam.DoFn | None = None) -> None:
        super().__init__()
        self.entity, self.features, self.native = entity, features, native

    def expand(self, messages: Mapping[str, Any]) -> Any:
        entity = self.entity
        driving = {feature.source for feature in self.features}
        lateness = max(source.allowed_lateness for source in entity.sources)
        apart = [messages[source.name] | f"{source.name}: lateness" >> LateApart(source) for source in entity.sources]
        keep = KeepHistory(entity.sources, entity.windows, driving, lateness, entity.horizon)
        histories = (
            [in_time for in_time, _ in apart]
            | f"{entity.name}: flatten" >> beam.Flatten()
            | f"{entity.name}: state" >> beam.ParDo(keep).with_outputs(LATE, main="histories")
        )
        due = typed(histories["histories"], History)
        make_rows = self.native or RowsOfStream([feature.name for feature in self.features])
        if not self.native:
            due = due | f"{entity.name}: features" >> entity.transform()
        rows = due | f"{entity.name}: rows" >> beam.ParDo(make_rows).with_output_types(tuple[Key, StreamRow])
        late = [*(late for _, late in apart), typed(histories[LATE], Message)]
        return {"rows": rows, LATE: late | f"{entity.name}: late" >> beam.Flatten()}


def build_stream(project: Project, options: argparse.Namespace, pipeline: beam.Pipeline) -> None:
    """Adds all steps of the streaming mode to a pipeline."""
    from headrace_runtime import native_jobs  # It builds on this module.

    for entity, features in chosen(project, options):
        unordered = [s.name for s in entity.sources if not s.arrival and ("kind", "pubsub") in s.stream]
        require_order(features, unordered, "Pub/Sub")
        messages = {
            source.name: pipeline | source.name >> ReadStream(source, options, project.name)
            for source in entity.sources
        }
        native = native_jobs.rows_of_stream(project, entity, features) if options.kernel == "native" else None
        streams = messages | entity.name >> EntityStream(entity, features, native)
        key = list(zip(entity.key, entity.key_types, strict=True))
        kinds = [(feature.name, feature.kind) for feature in features]
        versions = {feature.name: feature.version for feature in features}
        sinks = WriteRows(options, project.name, entity.name, key, kinds, versions, entity.sources)
        _ = (streams["rows"], streams[LATE]) | f"{entity.name}: sinks" >> sinks


def build(project: Project, options: argparse.Namespace, pipeline: beam.Pipeline) -> None:
    """Adds all steps to a pipeline."""
    if options.mode == "stream":
        build_stream(project, options, pipeline)
        return
    from headrace_runtime import native_jobs  # It builds on this module.

    for entity, features in chosen(project, options):
        table = EntityTable(entity, features, options)
        if options.kernel == "native":
            table = native_jobs.NativeTable(entity, features, options, project.definitions)
        _ = pipeline | entity.name >> table


def run(project: Project, arguments: Sequence[str] | None = None) -> None:
    """Parses the command line, runs the pipeline and waits for its end."""
    from headrace_runtime import checks  # It builds on this module.

    options, others = parse(arguments)
    # Workers that a local runner starts as processes of their own find the runtime beside this pipeline.
    folder = str(Path(__file__).resolve().parent.parent)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [folder, os.environ.get("PYTHONPATH")]))
    beam_options = PipelineOptions(others)
    standard = beam_options.view_as(StandardOptions)
    is_local = runs_here(standard.runner)
    if options.mode == "stream":
        standard.streaming = True
    with checks.explained():
        require_known(others)
        started = beam.Pipeline(options=beam_options)
    with checks.explained_run(is_local, options.debug), started as pipeline, checks.explained():
        checks.require_possible(project, options, is_local)
        build(project, options, pipeline)
    if options.kernel == "native":
        for name, count in sorted(counters_of(pipeline.result).items()):
            print(f"{name}: {count:,}", file=sys.stderr)


def counters_of(result: Any) -> dict[str, int]:
    """What the steps of a finished run have counted: `kernel_rows_read` are the events that the compiled kernel took."""
    found = result.metrics().query(MetricsFilter().with_namespace("headrace"))["counters"]
    return {each.key.metric.name: each.result for each in found}
