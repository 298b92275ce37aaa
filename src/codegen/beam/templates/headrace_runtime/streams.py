"""Values over a stream: the state of each key is its events, and event-time timers say when to look.

For an event at u there are timers at u (a first row, as early as all events until u are likely there), past u + lateness
(the final row: what the backfill over the accepted events has), and wherever a window's edge passes the event (a renewed
row, because the value ages without any event). Each has its own tag, so one never replaces another, and setting one twice
is setting it once. A timer hands the key's sorted history to the same steps that the batch modes use.

An event is late if a row of its key, at its time or after it, is final already; it goes to LATE and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apache_beam as beam
from apache_beam import coders
from apache_beam.metrics import Metrics
from apache_beam.transforms import userstate
from apache_beam.transforms.timeutil import TimeDomain
from apache_beam.utils.timestamp import Timestamp

from headrace_runtime.histories import INSTANTS, EventCoder, History, Key, by_source
from headrace_runtime.windows import Event, Window

FIRST, RENEWED, FINAL = "first", "renewed", "final"
LATE = "late"


def to_timestamp(time: int) -> Timestamp:
    """Not before the time, in whole milliseconds, which is what some runners count in."""
    return Timestamp(micros=-(-time // 1000) * 1000)


class KeepHistory(beam.DoFn):
    """Keeps the events of a key and gives out its history whenever a row is due.

    `horizon`: how far back an event can matter, None for the whole past. `driving`: the sources whose events have final
    rows.
    """

    EVENTS = userstate.BagStateSpec("events", EventCoder())
    FINAL_UNTIL = userstate.ReadModifyWriteStateSpec("final_until", coders.VarIntCoder())
    NEWEST_ROW = userstate.ReadModifyWriteStateSpec("newest_row", coders.VarIntCoder())
    DUE = userstate.TimerSpec("due", TimeDomain.WATERMARK)

    def __init__(self, windows: Sequence[Window], driving: Iterable[str], lateness: int, horizon: int | None) -> None:
        self.windows, self.driving = tuple(windows), frozenset(driving)
        self.lateness, self.horizon = lateness, horizon
        self.late_events = Metrics.counter("headrace", "late_events")

    def process(  # type: ignore[override]
        self,
        element: tuple[Key, Event],
        events: Any = beam.DoFn.StateParam(EVENTS),  # noqa: B008
        final_until: Any = beam.DoFn.StateParam(FINAL_UNTIL),  # noqa: B008
        due: Any = beam.DoFn.TimerParam(DUE),  # noqa: B008
    ) -> Iterator[Any]:
        _, event = element
        until = final_until.read()
        if until is not None and event.time <= until:
            self.late_events.inc()
            yield beam.pvalue.TaggedOutput(LATE, element)
        else:
            events.add(event)
            for tag, time in self._due(event):
                due.set(to_timestamp(time), dynamic_timer_tag=tag)

    def _due(self, event: Event) -> Iterator[tuple[str, int]]:
        """The tags of an event's timers, each with the row's time, and when they are due."""
        yield f"{FIRST}:{event.time}", event.time
        if event.source in self.driving:
            yield f"{FINAL}:{event.time}", event.time + self.lateness + 1
        for time in {time for window in self.windows for time in window.changes(event.time)}:
            if time > event.time:
                yield f"{RENEWED}:{time}", time

    @userstate.on_timer(DUE)
    def look(
        self,
        key: Any = beam.DoFn.KeyParam,
        tag: Any = beam.DoFn.DynamicTimerTagParam,
        events: Any = beam.DoFn.StateParam(EVENTS),  # noqa: B008
        final_until: Any = beam.DoFn.StateParam(FINAL_UNTIL),  # noqa: B008
        newest_row: Any = beam.DoFn.StateParam(NEWEST_ROW),  # noqa: B008
    ) -> Iterator[History]:
        kind, _, text = tag.partition(":")
        time = int(text)
        if kind != FINAL:
            newest = newest_row.read()
            time = time if newest is None else max(time, newest)
            newest_row.write(time)
        kept = list(events.read())
        yield History(key, by_source(kept), [Event(time, (kind, 0), INSTANTS, (time,))])
        if kind == FINAL:
            final_until.write(max(time, final_until.read() or time))
            if self.horizon is not None and any(event.time < time - self.horizon for event in kept):
                events.clear()
                for event in kept:
                    if event.time >= time - self.horizon:
                        events.add(event)


class RowsOfStream(beam.DoFn):
    """(key, (kind, time, values)) for each due instant."""

    def __init__(self, features: Sequence[str]) -> None:
        self.features = tuple(features)

    def process(self, history: History) -> Iterator[tuple[Key, tuple[str, int, list[Any]]]]:
        for instant in history.instants:
            values = [history.values[feature][instant.time] for feature in self.features]
            yield history.key, (instant.arrival[0], instant.time, values)
