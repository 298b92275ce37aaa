"""Values over a stream: the state of each key is its events, and event-time timers say when to look.

An event at u brings a row at once (a first row), one past u + lateness (the final row: what the backfill over the accepted
events has), and one wherever a window's edge passes the event (a renewed row, because the value ages without any event). The
later ones have timers, each with its own tag, so one never replaces another, and setting one twice is setting it once; so has
the first row of an event whose time has not come. A timer hands the key's sorted history to the same steps that the batch
modes use.

Late events have been taken out before (lateness.py). A timer for a final row also says how far the watermark is here; what a
runner that goes its own ways delivers behind that goes to LATE too, and changes nothing, because what is final stays. Events
that no row to come can see are dropped by a timer of their own; some numbers are left of a silent key: until when it is final,
the time of its newest row, and how far back was kept. A pipeline that looks further back, put in the place of a running one,
says so and stops.

What cannot be taken back takes several timers. A worker may be handed a timer before events that came earlier, when a runner
sends them together; so the first timer of a final row only sets a second, which comes after all that the first has overtaken.
An overtaken event has a final row too, by two timers of its own, so what its window sees is dropped by a third. A first or
renewed row needs no such care: the overtaken event brings another one.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apache_beam as beam
from apache_beam import coders
from apache_beam.metrics import Metrics
from apache_beam.transforms import userstate
from apache_beam.transforms.timeutil import TimeDomain
from apache_beam.utils.timestamp import Timestamp

from headrace_runtime.histories import INSTANTS, History, Key, Source, by_source
from headrace_runtime.lateness import LATE, TIMER_STEP, to_timestamp
from headrace_runtime.messages import Message, MessageCoder
from headrace_runtime.windows import Event, Window

FIRST, RENEWED, FINAL, FORGET = "first", "renewed", "final", "forget"
SURE = "sure"  # before the tag of a further timer
FURTHER = {FINAL: 1, FORGET: 2}  # timers that a first one sets, one after the other


class StreamRow(tuple[str, int, list[Any]]):
    """(kind, time, values) of one key."""


class StreamRowCoder(coders.Coder):
    """A JSON array [kind, time, [value..]]."""

    def encode(self, value: StreamRow) -> bytes:
        return json.dumps(list(value), ensure_ascii=False, separators=(",", ":")).encode()

    def decode(self, encoded: bytes) -> StreamRow:
        return StreamRow(json.loads(encoded))

    def is_deterministic(self) -> bool:
        return True


coders.registry.register_coder(StreamRow, StreamRowCoder)


def newer(time: int, known: int | None) -> int:
    """The newer of a time and the one of a state, which may have none."""
    return time if known is None else max(time, known)


class KeepHistory(beam.DoFn):
    """Keeps the events of a key and gives out its history whenever a row is due.

    `reach`: how far back an event can matter, None for the whole past. `driving`: the sources whose events have final
    rows.
    """

    EVENTS = userstate.BagStateSpec("events", MessageCoder())
    FINAL_UNTIL = userstate.ReadModifyWriteStateSpec("final_until", coders.VarIntCoder())
    NEWEST_ROW = userstate.ReadModifyWriteStateSpec("newest_row", coders.VarIntCoder())
    KEPT_FOR = userstate.ReadModifyWriteStateSpec("kept_for", coders.VarIntCoder())
    WINDOWS = userstate.ReadModifyWriteStateSpec("windows", coders.VarIntCoder())
    DUE = userstate.TimerSpec("due", TimeDomain.WATERMARK)

    def __init__(
        self,
        sources: Sequence[Source],
        windows: Sequence[Window],
        driving: Iterable[str],
        lateness: int,
        reach: int | None,
    ) -> None:
        self.sources = {source.name: source for source in sources}
        self.windows, self.driving = tuple(windows), frozenset(driving)
        names = [(type(window).__name__, sorted(vars(window).items())) for window in self.windows]
        self.digest = zlib.crc32(repr(names).encode())
        self.lateness, self.reach = lateness, reach
        self.late_events = Metrics.counter("headrace", "late_events")

    def process(  # type: ignore[override]
        self,
        element: tuple[Key, Message],
        events: Any = beam.DoFn.StateParam(EVENTS),  # noqa: B008
        final_until: Any = beam.DoFn.StateParam(FINAL_UNTIL),  # noqa: B008
        newest_row: Any = beam.DoFn.StateParam(NEWEST_ROW),  # noqa: B008
        kept_for: Any = beam.DoFn.StateParam(KEPT_FOR),  # noqa: B008
        windows: Any = beam.DoFn.StateParam(WINDOWS),  # noqa: B008
        due: Any = beam.DoFn.TimerParam(DUE),  # noqa: B008
    ) -> Iterator[Any]:
        key, event = element
        until = final_until.read()
        if until is not None and event.time <= until:
            self.late_events.inc()
            yield beam.pvalue.TaggedOutput(LATE, event)
        else:
            self._look_again(events, windows, due)
            events.add(event)
            for kind, time in self._due(event):
                if kind == FIRST and time <= Timestamp.now().micros:
                    yield self._history(key, events.read(), kept_for, FIRST, self._newest(newest_row, time))
                else:
                    self._set(due, kind, time)

    def _due(self, event: Message) -> Iterator[tuple[str, int]]:
        """The kinds of an event's timers, each with the time of its row."""
        yield FIRST, event.time
        if event.source in self.driving:
            yield FINAL, event.time
        for time in {time for window in self.windows for time in window.changes(event.time)}:
            if time > event.time:
                yield RENEWED, time
        if self.reach is not None:
            yield FORGET, event.time

    def _set(self, due: Any, kind: str, time: int) -> None:
        due.set(to_timestamp(time + self._delay(kind)), dynamic_timer_tag=f"{kind}:{time}")

    def _look_again(self, events: Any, windows: Any, due: Any) -> None:
        """Sets the timers of what is kept, where another pipeline with other windows has kept it."""
        known = windows.read()
        if known == self.digest:
            return
        windows.write(self.digest)
        for event in events.read() if known is not None else ():
            for kind, time in self._due(event):
                if kind in (RENEWED, FORGET):
                    self._set(due, kind, time)

    def _delay(self, kind: str) -> int:
        """How long after a row's time its timer is due."""
        if kind == FINAL:
            return self.lateness + TIMER_STEP
        return self.lateness + (self.reach or 0) + 2 * TIMER_STEP if kind == FORGET else 0

    @userstate.on_timer(DUE)
    def look(
        self,
        key: Any = beam.DoFn.KeyParam,
        tag: Any = beam.DoFn.DynamicTimerTagParam,
        events: Any = beam.DoFn.StateParam(EVENTS),  # noqa: B008
        final_until: Any = beam.DoFn.StateParam(FINAL_UNTIL),  # noqa: B008
        newest_row: Any = beam.DoFn.StateParam(NEWEST_ROW),  # noqa: B008
        kept_for: Any = beam.DoFn.StateParam(KEPT_FOR),  # noqa: B008
        windows: Any = beam.DoFn.StateParam(WINDOWS),  # noqa: B008
        due: Any = beam.DoFn.TimerParam(DUE),  # noqa: B008
    ) -> Iterator[History]:
        *sure, kind, text = tag.split(":")
        time = int(text)
        due_at = time + self._delay(kind)
        if len(sure) < FURTHER.get(kind, 0):
            due.set(to_timestamp(due_at + (len(sure) + 1) * TIMER_STEP), dynamic_timer_tag=f"{SURE}:{tag}")
            return
        self._look_again(events, windows, due)
        kept = list(events.read())
        if sure:
            until = due_at - self.lateness - TIMER_STEP  # no event up to then is in time any more
            final_until.write(newer(until, final_until.read()))
        if kind == FORGET:
            self._drop(kept, until, events, kept_for)
            return
        if not sure:
            time = self._newest(newest_row, time)
        history = self._history(key, kept, kept_for, kind, time)
        if kind != FINAL or self._happens(history, time):
            yield history

    def _happens(self, history: History, time: int) -> bool:
        """Whether an event that has final rows counts at the time: it may have been taken back."""
        return any(event.time == time for source in self.driving for event in history.events.get(source, ()))

    def _newest(self, newest_row: Any, time: int) -> int:
        """The time of the row that is due: never before one that was given out."""
        time = newer(time, newest_row.read())
        newest_row.write(time)
        return time

    def _history(self, key: Key, kept: Iterable[Message], kept_for: Any, kind: str, time: int) -> History:
        past = kept_for.read()
        if past is not None and (self.reach is None or past < self.reach):
            raise ValueError(
                f"the events of {list(key)} were kept for {past // 1_000_000} s, and a feature now looks further back:"
                " drain this job and start one that reads the sources from their beginning"
            )
        there = [event.event_of(self.sources[event.source]) for event in kept if event.source in self.sources]
        return History(key, by_source(there, self.sources), [Event(time, (kind, 0), INSTANTS, (time,))])

    def _drop(self, kept: list[Message], until: int, events: Any, kept_for: Any) -> None:
        """Leaves those that a row after `until` can see."""
        oldest = until - (self.reach or 0)
        seen = [event for event in kept if event.time >= oldest]
        if len(seen) < len(kept):
            kept_for.write(self.reach or 0)
            events.clear()
            for event in seen:
                events.add(event)


class RowsOfStream(beam.DoFn):
    """(key, row) for each due instant."""

    def __init__(self, features: Sequence[str]) -> None:
        self.features = tuple(features)

    def process(self, history: History) -> Iterator[tuple[Key, StreamRow]]:
        for instant in history.instants:
            values = [history.values[feature][instant.time] for feature in self.features]
            yield history.key, StreamRow((instant.arrival[0], instant.time, values))
