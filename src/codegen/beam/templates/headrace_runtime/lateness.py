"""Which events of a source came too late: those that lie behind its newest event, over all keys, by more than is allowed.

Events pass in lanes, the partitions of a topic. A step for each lane keeps its newest time: what lies not behind that goes on
at once. It also holds the watermark at that time while the lane is not silent, because a reader that waits for records lets its
watermark follow the clock, and events would be late that are only not as fast as the clock.

What lies behind the newest of its own lane may still be in time: the slowest lane counts, and only the runner knows that, by
the watermark. Python code cannot read a watermark, but the panes of a grouping tell: they are early until the watermark passes
the end of their window. So such an event gets the last time at which it is in time as its timestamp, is put into the window
of that millisecond, and comes out at once; if its pane is not early, it is late. A runner remembers every window that it has
seen, so those of a millisecond are remembered for hours only; a grouping in windows of an hour, few enough to be remembered
for ever, goes before and takes out what is later than that.

On the way to the state of its key an event in time has the last such time as its timestamp, so that the watermark there cannot
overtake it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
from apache_beam import coders
from apache_beam.metrics import Metrics
from apache_beam.transforms import trigger, userstate, window
from apache_beam.transforms.timeutil import TimeDomain
from apache_beam.typehints.native_type_compatibility import convert_to_beam_type
from apache_beam.utils.timestamp import Duration, Timestamp
from apache_beam.utils.windowed_value import PaneInfoTiming

from headrace_runtime.histories import Key, KeyCoder, Source
from headrace_runtime.messages import Message

LATE, BEHIND = "late", "behind"
TIMER_STEP = 1_000  # microseconds: some runners count in milliseconds
SILENT_S = 30  # after which a lane no longer holds the watermark
SHARES = 64  # that the keys of events behind are dealt to, so that windows are few
HOUR_S, CENTURY_S = 3_600, 3_153_600_000


def to_timestamp(time: int) -> Timestamp:
    """Not before the time, in whole milliseconds, which is what some runners count in."""
    return Timestamp(micros=-(-time // TIMER_STEP) * TIMER_STEP)


def typed(output: Any, kind: Any) -> Any:
    """Says what is in one of several outputs of a step, which decides its coder."""
    output.element_type = convert_to_beam_type(kind)
    return output


class CompareWithNewest(beam.DoFn):
    """(lane, message) in order of arrival; under BEHIND those further behind the lane's newest than is allowed."""

    NEWEST = userstate.ReadModifyWriteStateSpec("newest", coders.VarIntCoder())
    SILENT = userstate.TimerSpec("silent", TimeDomain.REAL_TIME)

    def __init__(self, lateness: int) -> None:
        self.lateness = lateness

    def process(  # type: ignore[override]
        self,
        element: tuple[str, Message],
        newest: Any = beam.DoFn.StateParam(NEWEST),  # noqa: B008
        silent: Any = beam.DoFn.TimerParam(SILENT),  # noqa: B008
    ) -> Iterator[Any]:
        _, message = element
        known, now = newest.read(), Timestamp.now()
        if (
            known is None or message.time > known
        ) and message.time <= now.micros:  # A clock that is ahead tells nothing.
            newest.write(message.time)
            silent.set(now + Duration(seconds=SILENT_S))  # Until then the watermark stays at this element's timestamp.
        last_in_time = message.time + self.lateness
        out = window.TimestampedValue(message, to_timestamp(last_in_time))
        yield beam.pvalue.TaggedOutput(BEHIND, out) if known is not None and last_in_time < known else out

    @userstate.on_timer(SILENT)
    def fall_silent(self) -> None:
        """The timer no longer holds the watermark; there is nothing else to do."""


class Judge(beam.DoFn):
    """Messages that are in time; under LATE those whose window had ended before they came."""

    def __init__(self, lateness: int) -> None:
        self.lateness = lateness
        self.late_events = Metrics.counter("headrace", "late_events")

    def process(  # type: ignore[override]
        self, element: tuple[int, Iterable[Message]], pane: Any = beam.DoFn.PaneInfoParam
    ) -> Iterator[Any]:
        is_late = pane.timing in (PaneInfoTiming.ON_TIME, PaneInfoTiming.LATE)
        for message in element[1]:
            if is_late:
                self.late_events.inc()
                yield beam.pvalue.TaggedOutput(LATE, message)
            else:
                yield window.TimestampedValue(message, to_timestamp(message.time + self.lateness))


def share_of(message: Message) -> int:
    return zlib.crc32(KeyCoder().encode(message.key)) % SHARES


class LateApart(beam.PTransform):
    """The messages of a source that are in time, by key, and its late ones: a pair.

    Labels are `by lane`, `newest`, `hour ..`, `millisecond ..`, `in time`, `by key`, `late`; they stay.
    """

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.lateness = source.allowed_lateness

    def expand(self, messages: Any) -> Any:
        compared = (
            messages
            | "by lane" >> beam.Map(lambda message: (message.lane, message)).with_output_types(tuple[str, Message])
            | "newest" >> beam.ParDo(CompareWithNewest(self.lateness)).with_outputs(BEHIND, main="in time")
        )
        behind, hours_late = self._apart(typed(compared[BEHIND], Message), "hour", HOUR_S, CENTURY_S)
        behind, late = self._apart(behind, "millisecond", 0.001, 2 * HOUR_S)
        in_time = (
            (typed(compared["in time"], Message), behind)
            | "in time" >> beam.Flatten()
            | "by key" >> beam.Map(lambda message: (message.key, message)).with_output_types(tuple[Key, Message])
        )
        return in_time, (hours_late, late) | "late" >> beam.Flatten()

    def _apart(self, messages: Any, label: str, size_s: float, remembered_s: int) -> tuple[Any, Any]:
        at_once = beam.WindowInto(
            window.FixedWindows(size_s),
            trigger=trigger.Repeatedly(trigger.AfterCount(1)),
            accumulation_mode=trigger.AccumulationMode.DISCARDING,
            allowed_lateness=remembered_s,
        )
        judged = (
            messages
            | f"{label} share" >> beam.Map(lambda m: (share_of(m), m)).with_output_types(tuple[int, Message])
            | f"{label} window" >> at_once
            | f"{label} group" >> beam.GroupByKey()
            | f"{label} judge" >> beam.ParDo(Judge(self.lateness)).with_outputs(LATE, main="in time")
        )
        everywhere = window.GlobalWindows()
        return (
            typed(judged["in time"], Message) | f"{label} in time" >> beam.WindowInto(everywhere),
            typed(judged[LATE], Message) | f"{label} late" >> beam.WindowInto(everywhere),
        )
