"""`--kernel native` in a stream: the compiled kernel computes each due row from the key's history, like the Python steps.

A call of the kernel builds its states from all events of the history, so its cost is that of the history and not of the
arriving event, as with the Python steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.metrics import Metrics

from headrace_runtime.columns import of_values
from headrace_runtime.histories import History, Key, Source
from headrace_runtime.kernel import MEMORY_BYTES, Computation, Reading
from headrace_runtime.streams import StreamRow

TIME = "event_time"


def plain(column: pa.Array) -> list[Any]:
    """Values as the Python steps have them: times are microseconds."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    elif pa.types.is_list(column.type) and pa.types.is_timestamp(column.type.value_type):
        column = column.cast(pa.list_(pa.int64()))
    return list(column.to_pylist())


class KernelRows(beam.DoFn):
    """(key, (kind, time, values)) for each due instant of a history."""

    def __init__(self, computation: Computation, sources: Sequence[Source]) -> None:
        self.computation, self.sources = computation, tuple(sources)
        self.rows_read = Metrics.counter("headrace", "kernel_rows_read")
        self.calls = Metrics.counter("headrace", "kernel_calls")

    def setup(self) -> None:
        self.kernel = self.computation.make_kernel()
        columns = self.kernel.columns
        self.readings = [(s, self.computation.reading(s, columns[s.name])) for s in self.sources if s.name in columns]

    def process(self, history: History) -> Iterator[tuple[Key, StreamRow]]:
        events = {source.name: self._events(source, reading, history) for source, reading in self.readings}
        times = [instant.time for instant in history.instants]
        kinds = [*self.computation.key_types, "timestamp"]
        columns = [*([value] * len(times) for value in history.key), times]
        arrays = [of_values(values, kind) for values, kind in zip(columns, kinds, strict=True)]
        observations = pa.record_batch(arrays, names=[*self.computation.key, TIME])
        made = self.run(events, observations)
        self.calls.inc()
        self.rows_read.inc(made.statistics["rows_read"])
        values = zip(*(plain(column) for column in pa.record_batch(made).columns), strict=True)
        for instant, row in zip(history.instants, values, strict=True):
            yield history.key, StreamRow((instant.arrival[0], instant.time, list(row)))

    def run(self, events: dict[str, pa.RecordBatch], observations: pa.RecordBatch) -> Any:
        return self.kernel.dataset(events, observations, time_column=TIME, memory=MEMORY_BYTES)

    def _events(self, source: Source, reading: Reading, history: History) -> pa.RecordBatch:
        """The events of a source, in order of time and arrival, as they are in the history."""
        events = history.events.get(source.name, [])
        keys = dict(zip(self.computation.key, history.key, strict=True))
        arrays = []
        for wanted in reading.wanted:
            if wanted.name in keys:
                values = [keys[wanted.name]] * len(events)
            elif wanted.name == source.event_time:
                values = [event.time for event in events]
            elif wanted.name == source.arrival:
                values = [event.arrival[1] for event in events]
            else:
                index = source.index_of(wanted.name)
                values = [event.values[index] for event in events]
            arrays.append(of_values(values, str(wanted.kind)))
        return pa.record_batch(arrays, schema=reading.schema())
