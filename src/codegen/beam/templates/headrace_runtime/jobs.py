"""Puts a project's steps together: command line, modes, and the way from messages to rows."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.metrics.metric import MetricsFilter
from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions

from headrace_runtime import checks, native_jobs
from headrace_runtime.command_line import parse, require_known, runs_here
from headrace_runtime.histories import History, Key
from headrace_runtime.lateness import LATE, LateApart, typed
from headrace_runtime.messages import Message
from headrace_runtime.project import Entity, Feature, Project, chosen, require_order
from headrace_runtime.stream_sinks import WriteRows
from headrace_runtime.stream_sources import ReadStream
from headrace_runtime.streams import CACHE_BYTES, HistoryStates, KeyStates, RowsOfStream, States, StreamRow
from headrace_runtime.tables import EntityTable


class EntityStream(beam.PTransform):
    """From the messages of each source to rows (key, (kind, time, values)), and to late messages under the tag LATE.

    `native`: the compiled engine's states of keys in the place of histories and of the features' steps.
    """

    def __init__(
        self,
        entity: Entity,
        features: Sequence[Feature],
        native: States | None = None,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        super().__init__()
        self.entity, self.features, self.native, self.cache_bytes = entity, features, native, cache_bytes

    def expand(self, messages: Mapping[str, Any]) -> Any:
        entity = self.entity
        driving = {feature.source for feature in self.features}
        lateness = max(source.allowed_lateness for source in entity.sources)
        apart = [messages[source.name] | f"{source.name}: lateness" >> LateApart(source) for source in entity.sources]
        states = self.native or HistoryStates(entity.sources, entity.kept())
        keep = KeyStates(states, entity.sources, entity.windows, driving, lateness, self.cache_bytes)
        out = (
            [in_time for in_time, _ in apart]
            | f"{entity.name}: flatten" >> beam.Flatten()
            | f"{entity.name}: keys" >> beam.ParDo(keep).with_outputs(LATE, main="due")
        )
        if self.native:
            rows = typed(out["due"], tuple[Key, StreamRow])
        else:
            make_rows = beam.ParDo(RowsOfStream([feature.name for feature in self.features]))
            histories = typed(out["due"], History) | f"{entity.name}: features" >> entity.transform()
            rows = histories | f"{entity.name}: rows" >> make_rows.with_output_types(tuple[Key, StreamRow])
        late = [*(late for _, late in apart), typed(out[LATE], Message)]
        return {"rows": rows, LATE: late | f"{entity.name}: late" >> beam.Flatten()}


def build_stream(project: Project, options: argparse.Namespace, pipeline: beam.Pipeline) -> None:
    """Adds all steps of the streaming mode to a pipeline."""
    for entity, features in chosen(project, options):
        unordered = [s.name for s in entity.sources if not s.arrival and ("kind", "pubsub") in s.stream]
        require_order(features, unordered, "Pub/Sub")
        messages = {
            source.name: pipeline | source.name >> ReadStream(source, options, project.name)
            for source in entity.sources
        }
        native = native_jobs.states_of_stream(project, entity, features) if options.kernel == "native" else None
        remembered = options.stream_cache_mb << 20
        streams = messages | entity.name >> EntityStream(entity, features, native, remembered)
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
    for entity, features in chosen(project, options):
        table = EntityTable(entity, features, options)
        if options.kernel == "native":
            table = native_jobs.NativeTable(entity, features, options, project.definitions)
        _ = pipeline | entity.name >> table


def run(project: Project, arguments: Sequence[str] | None = None) -> None:
    """Parses the command line, runs the pipeline and waits for its end."""
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
