"""Which events of a source came too late. Only the runner can say: it alone knows the source's watermark, over all keys.

An event is late once the watermark has passed its time by more than the allowed lateness. Python code cannot read a
watermark, but the panes of a grouping tell: they are early until the watermark passes the end of their window. So an event
gets the time from which on it would be late as its timestamp, is put into the window of that millisecond, and comes out at
once; if its pane is not early, it is late. On the way to the state the timestamp stays that one, which also keeps the
watermark there from overtaking an event that was in time.

A runner remembers every window that it has seen, so those of a millisecond are remembered for hours only. A grouping in windows
of an hour, few enough to be remembered for ever, goes before and takes out what is later than that: nothing is lost unseen.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.transforms import trigger, window
from apache_beam.typehints.native_type_compatibility import convert_to_beam_type
from apache_beam.utils.timestamp import Timestamp
from apache_beam.utils.windowed_value import PaneInfoTiming

from headrace_runtime.histories import Key, KeyCoder, Source
from headrace_runtime.windows import Event

LATE = "late"
TIMER_STEP = 1_000  # microseconds: some runners count in milliseconds
SHARES = 64  # that the keys are dealt to, so that windows are few
HOUR_S, CENTURY_S = 3_600, 3_153_600_000

Dealt = tuple[int, tuple[Key, Event]]


def to_timestamp(time: int) -> Timestamp:
    """Not before the time, in whole milliseconds, which is what some runners count in."""
    return Timestamp(micros=-(-time // TIMER_STEP) * TIMER_STEP)


class Deal(beam.DoFn):
    """(share, (key, event)); the timestamp is the last at which the event is in time."""

    def __init__(self, lateness: int) -> None:
        self.lateness = lateness

    def process(self, element: tuple[Key, Event]) -> Iterator[Any]:
        key, event = element
        share = zlib.crc32(KeyCoder().encode(key)) % SHARES
        yield window.TimestampedValue((share, element), to_timestamp(event.time + self.lateness))


class Judge(beam.DoFn):
    """Events that are in time, with their timestamps as they were; under LATE those whose window had ended before."""

    def __init__(self, lateness: int) -> None:
        self.lateness = lateness
        self.late_events = Metrics.counter("headrace", "late_events")

    def process(  # type: ignore[override]
        self,
        element: tuple[int, Iterable[tuple[Key, Event]]],
        pane: Any = beam.DoFn.PaneInfoParam,
    ) -> Iterator[Any]:
        is_late = pane.timing in (PaneInfoTiming.ON_TIME, PaneInfoTiming.LATE)
        for key, event in element[1]:
            if is_late:
                self.late_events.inc()
                yield beam.pvalue.TaggedOutput(LATE, (key, event))
            else:
                yield window.TimestampedValue((key, event), to_timestamp(event.time + self.lateness))


def typed(output: Any, kind: Any) -> Any:
    """Says what is in one of several outputs of a step, which decides its coder."""
    output.element_type = convert_to_beam_type(kind)
    return output


class LateApart(beam.PTransform):
    """The events of a source that are in time, and its late ones: a pair.

    Labels are `hour deal`, `hour window`, `hour group`, `hour judge`, the same with `millisecond`, `in time`, ..; they stay.
    """

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.lateness = source.allowed_lateness

    def expand(self, events: Any) -> Any:
        events, hours_late = self._apart(events, "hour", HOUR_S, CENTURY_S)
        events, late = self._apart(events, "millisecond", 0.001, 2 * HOUR_S)
        everywhere = window.GlobalWindows()
        each_late = (
            hours_late | "hours late" >> beam.WindowInto(everywhere),
            late | "just late" >> beam.WindowInto(everywhere),
        )
        return events | "in time" >> beam.WindowInto(everywhere), each_late | "late" >> beam.Flatten()

    def _apart(self, events: Any, label: str, size_s: float, remembered_s: int) -> tuple[Any, Any]:
        at_once = beam.WindowInto(
            window.FixedWindows(size_s),
            trigger=trigger.Repeatedly(trigger.AfterCount(1)),
            accumulation_mode=trigger.AccumulationMode.DISCARDING,
            allowed_lateness=remembered_s,
        )
        judged = (
            events
            | f"{label} deal" >> beam.ParDo(Deal(self.lateness)).with_output_types(Dealt)
            | f"{label} window" >> at_once
            | f"{label} group" >> beam.GroupByKey()
            | f"{label} judge" >> beam.ParDo(Judge(self.lateness)).with_outputs(LATE, main="in time")
        )
        return typed(judged["in time"], tuple[Key, Event]), typed(judged[LATE], tuple[Key, Event])
