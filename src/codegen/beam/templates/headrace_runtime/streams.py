"""Values over a stream: what is kept of each key, and one event-time timer a key that says when to look.

An event at u brings a row at once (a first row), one past u + lateness (the final row: what the backfill over the accepted
events has), and one wherever a window's edge passes the event (a renewed row, because the value ages without any event). The
timer is set for the next of these. What no row to come can see is dropped, a part of the ring of bags at a time (key_state.py).
Between its events a worker remembers what it made of a key, as long as a nonce says that this is right (working_states.py); so
an event costs what it changes, and not what is kept.

Late events have been taken out before (lateness.py). A timer for a final row also says how far the watermark is here; what a
runner that goes its own ways delivers behind that goes to LATE too, and changes nothing, because what is final stays. Some
numbers are left of a silent key: until when it is final, the time of its newest row, and how far back was kept. A pipeline that
looks further back, put in the place of a running one, says so and stops.

What cannot be taken back takes two timers. A worker may be handed a timer before events that came earlier, when a runner sends
them together; so the first timer of a final row, or of something to drop, only sets a second, which comes after all that the
first has overtaken. A first or renewed row needs no such care: the overtaken event brings another one.
"""

from __future__ import annotations

import abc
import bisect
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apache_beam as beam
from apache_beam import coders
from apache_beam.metrics import Metrics
from apache_beam.transforms import userstate
from apache_beam.transforms.timeutil import TimeDomain
from apache_beam.utils.timestamp import Timestamp

from headrace_runtime.histories import History, Key, Source
from headrace_runtime.key_state import PART_MIN, PARTS, Head, KeyState
from headrace_runtime.lateness import LATE, TIMER_STEP, to_timestamp
from headrace_runtime.messages import Message
from headrace_runtime.packed_events import Packing, Unpacker
from headrace_runtime.windows import Event, Window
from headrace_runtime.working_states import ChangeTimes, Histories, Remembered, WorkingState

FIRST, RENEWED, FINAL = "first", "renewed", "final"
CACHE_BYTES = 256 << 20
FINAL_STEP = 1_000_000  # microseconds: final rows of a second come together, so that they share two timers


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


class States(abc.ABC):
    """Makes the working states of keys. `kept`: how far back it needs the events of each source; None: for ever."""

    kept: dict[str, int | None]
    needs_partials = False  # of what looks back for ever, in the place of its events

    def open(self) -> None:  # noqa: B027
        """On the worker, before the first key; most have nothing to open."""

    @abc.abstractmethod
    def make(
        self, key: Key, driving: frozenset[str], events: Iterable[Event], head: Head, partials: bytes | None
    ) -> Any:
        """The state of a key over what is kept of it."""


class HistoryStates(States):
    """For the Python steps: what looks back for ever keeps its events for ever."""

    def __init__(self, sources: Sequence[Source], kept: dict[str, int | None]) -> None:
        self.sources, self.kept = {source.name: source for source in sources}, kept
        self.for_ever = frozenset(name for name, reach in kept.items() if reach is None)

    def make(
        self, key: Key, driving: frozenset[str], events: Iterable[Event], head: Head, partials: bytes | None
    ) -> WorkingState:
        state = Histories(key, driving, self.sources, self.for_ever)
        state.fill(events, head.until)
        return state


def looks_further(key: Key, kept: str) -> str:
    return (
        f"the events of {list(key)} were kept {kept}, and a feature now looks further back:"
        " drain this job and start one that reads the sources from their beginning"
    )


class KeyStates(beam.DoFn):
    """Keeps the events of a key and gives out what becomes a row whenever one is due.

    `driving`: the sources whose events have final rows. `cache_bytes`: what a worker's thread remembers of keys.
    """

    HEAD = userstate.ReadModifyWriteStateSpec("head", coders.BytesCoder())
    LAYOUTS = userstate.ReadModifyWriteStateSpec("layouts", coders.BytesCoder())
    PARTIALS = userstate.ReadModifyWriteStateSpec("partials", coders.BytesCoder())
    LASTING = userstate.BagStateSpec("lasting", coders.BytesCoder())
    RING = tuple(userstate.BagStateSpec(f"part_{place}", coders.BytesCoder()) for place in range(PARTS))
    PART_0, PART_1, PART_2, PART_3, PART_4, PART_5, PART_6, PART_7 = RING
    DUE = userstate.TimerSpec("due", TimeDomain.WATERMARK)

    def __init__(
        self,
        states: States,
        sources: Sequence[Source],
        windows: Sequence[Window],
        driving: Iterable[str],
        lateness: int,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self.states, self.sources = states, {source.name: source for source in sources}
        self.driving, self.lateness = frozenset(driving), lateness
        self.changes = ChangeTimes(windows)
        # Every window's edge renews the row at any event of the key: all are kept until the last edge has passed them.
        bounded = (reach for reach in states.kept.values() if reach is not None)
        self.keep = max([*bounded, *(window.longest() for window in windows)], default=0)
        self.for_ever = frozenset(name for name, reach in states.kept.items() if reach is None)
        self.width = max(-(-(self.keep + lateness) // (PARTS - 2)), PART_MIN)
        self.cache_bytes = cache_bytes
        self._count()

    def _count(self) -> None:
        def counter(name: str) -> Any:
            return Metrics.counter("headrace", name)

        self.events, self.late_events = counter("events"), counter("late_events")
        self.rows = {kind: counter(f"{kind}_rows") for kind in (FIRST, RENEWED, FINAL)}
        self.rebuilds, self.bags_read, self.events_read = map(counter, ("rebuilds", "bags_read", "events_read"))
        self.kept_times = Metrics.distribution("headrace", "kept_times")

    def setup(self) -> None:
        self.states.open()
        self.packings = {name: Packing(name, source.columns) for name, source in self.sources.items()}
        self.remembered = Remembered(self.cache_bytes)

    def process(  # type: ignore[override]
        self,
        element: tuple[Key, Message],
        head: Any = beam.DoFn.StateParam(HEAD),  # noqa: B008
        layouts: Any = beam.DoFn.StateParam(LAYOUTS),  # noqa: B008
        partials: Any = beam.DoFn.StateParam(PARTIALS),  # noqa: B008
        lasting: Any = beam.DoFn.StateParam(LASTING),  # noqa: B008
        part_0: Any = beam.DoFn.StateParam(PART_0),  # noqa: B008
        part_1: Any = beam.DoFn.StateParam(PART_1),  # noqa: B008
        part_2: Any = beam.DoFn.StateParam(PART_2),  # noqa: B008
        part_3: Any = beam.DoFn.StateParam(PART_3),  # noqa: B008
        part_4: Any = beam.DoFn.StateParam(PART_4),  # noqa: B008
        part_5: Any = beam.DoFn.StateParam(PART_5),  # noqa: B008
        part_6: Any = beam.DoFn.StateParam(PART_6),  # noqa: B008
        part_7: Any = beam.DoFn.StateParam(PART_7),  # noqa: B008
        due: Any = beam.DoFn.TimerParam(DUE),  # noqa: B008
    ) -> Iterator[Any]:
        ring = (part_0, part_1, part_2, part_3, part_4, part_5, part_6, part_7)
        return self.take(*element, KeyState(head, layouts, partials, lasting, ring), due)

    @userstate.on_timer(DUE)
    def look(
        self,
        key: Any = beam.DoFn.KeyParam,
        timestamp: Any = beam.DoFn.TimestampParam,
        head: Any = beam.DoFn.StateParam(HEAD),  # noqa: B008
        layouts: Any = beam.DoFn.StateParam(LAYOUTS),  # noqa: B008
        partials: Any = beam.DoFn.StateParam(PARTIALS),  # noqa: B008
        lasting: Any = beam.DoFn.StateParam(LASTING),  # noqa: B008
        part_0: Any = beam.DoFn.StateParam(PART_0),  # noqa: B008
        part_1: Any = beam.DoFn.StateParam(PART_1),  # noqa: B008
        part_2: Any = beam.DoFn.StateParam(PART_2),  # noqa: B008
        part_3: Any = beam.DoFn.StateParam(PART_3),  # noqa: B008
        part_4: Any = beam.DoFn.StateParam(PART_4),  # noqa: B008
        part_5: Any = beam.DoFn.StateParam(PART_5),  # noqa: B008
        part_6: Any = beam.DoFn.StateParam(PART_6),  # noqa: B008
        part_7: Any = beam.DoFn.StateParam(PART_7),  # noqa: B008
        due: Any = beam.DoFn.TimerParam(DUE),  # noqa: B008
    ) -> Iterator[Any]:
        ring = (part_0, part_1, part_2, part_3, part_4, part_5, part_6, part_7)
        return self.wake(key, timestamp.micros, KeyState(head, layouts, partials, lasting, ring), due)

    def take(self, key: Key, event: Message, kept: KeyState, due: Any) -> Iterator[Any]:
        """An event has come."""
        self.events.inc()
        head = kept.head() or Head(width=self.width)
        if head.until is not None and event.time <= head.until:
            self.late_events.inc()
            yield beam.pvalue.TaggedOutput(LATE, event)
            return
        state = self._state(key, head, kept)
        packing = self.packings[event.source]
        kept.add_layout(head, packing.digest, packing.layout)
        kept.add(head, packing.pack(event), event.source in self.for_ever)
        counted = event.event_of(self.sources[event.source])
        if state.add(counted):
            state.note(counted, head.until)
        else:
            state = self._made(key, head, kept)
        if event.time <= Timestamp.now().micros:
            yield self._row(state, head, FIRST, event.time)
        else:
            bisect.insort(head.ahead, event.time)
        self._leave(state, head, kept, due, self._next_change(state, head))

    def wake(self, key: Key, now: int, kept: KeyState, due: Any) -> Iterator[Any]:
        """The timer has come, and with it all that it was not sent together with."""
        head = kept.head()
        if head is None:
            return
        head.timer = None
        state = self._state(key, head, kept)
        while (change := self._next_change(state, head)) is not None and change <= now:
            kind = FIRST if change in head.ahead else RENEWED
            head.ahead = [time for time in head.ahead if time > change]
            yield self._row(state, head, kind, change)
        certain = self._next_certain(state, head)
        if head.sure is None:
            if certain is not None and certain <= now:
                head.sure = now + TIMER_STEP
        elif now >= head.sure:
            yield from self._settle(state, head, kept, head.sure - 2 * TIMER_STEP - self.lateness)
            head.sure = None
        self._leave(state, head, kept, due, change)

    def _settle(self, state: WorkingState, head: Head, kept: KeyState, bound: int) -> Iterator[Any]:
        """Nothing up to a time comes any more: gives the final rows up to then, and drops what no row to come can see."""
        parts = [number for number in head.parts if self._last_seen(head, number) <= bound]
        final = state.due[: bisect.bisect_right(state.due, bound)]
        ends = [*final[-1:], *(self._last_seen(head, number) for number in parts)]
        if not ends:
            return
        head.until = max(ends) if head.until is None else max(head.until, *ends)
        for row in state.finals(FINAL, head.until):
            self.rows[FINAL].inc()
            yield row
        if not parts:
            return
        partials = state.partials()
        if partials is not None:
            kept.keep_partials(head, partials)
        for number in parts:
            kept.drop(head, number)
        head.kept_for, head.dropped = self.keep, sorted({*head.dropped, *self.sources} - self.for_ever)
        state.forget((max(parts) + 1) * head.width)

    def _last_seen(self, head: Head, number: int) -> int:
        """The last time at which a row may see an event of a part of the ring."""
        return (number + 1) * head.width - 1 + self.keep

    def _next_change(self, state: WorkingState, head: Head) -> int | None:
        """When the next row is due that is not final. What lies before a row that was given out is in that row."""
        known = [time for time in (head.newest, head.until) if time is not None]
        changes = [*head.ahead[:1], self.changes.next(state.times, max(known) if known else -(1 << 62))]
        return min((time for time in changes if time is not None), default=None)

    def _next_certain(self, state: WorkingState, head: Head) -> int | None:
        """When it is certain that the next final row is final, or that the oldest part of the ring can be dropped."""
        ends = [*state.due[:1], *(self._last_seen(head, number) for number in head.parts[:1])]
        if not ends:
            return None
        return -(-(min(ends) + self.lateness + TIMER_STEP) // FINAL_STEP) * FINAL_STEP

    def _row(self, state: WorkingState, head: Head, kind: str, time: int) -> Any:
        """A row as of a time, but never before one that was given out."""
        head.newest = time if head.newest is None else max(time, head.newest)
        self.rows[kind].inc()
        return state.row(kind, head.newest)

    def _state(self, key: Key, head: Head, kept: KeyState) -> WorkingState:
        found = self.remembered.take(key, head.nonce)
        return found if found is not None else self._made(key, head, kept)

    def _made(self, key: Key, head: Head, kept: KeyState) -> WorkingState:
        """The working state from what is kept."""
        self._require_kept(key, head)
        if head.width != self.width:
            kept.divide(head, self.width)
        events: list[Event] = []
        if head.layouts:
            self.rebuilds.inc()
            unpacker = Unpacker(self.sources, kept.layouts())
            events = [event for event in map(unpacker.event, kept.events(head)) if event is not None]
            self.bags_read.inc(kept.bags_read)
            self.events_read.inc(kept.events_read)
        state: WorkingState = self.states.make(key, self.driving, events, head, kept.partials(head))
        return state

    def _require_kept(self, key: Key, head: Head) -> None:
        if head.kept_for is None:
            return
        lacks_partials = self.states.needs_partials and not head.has_partials
        if head.kept_for < self.keep or lacks_partials or self.for_ever.intersection(head.dropped):
            raise ValueError(looks_further(key, f"for {head.kept_for // 1_000_000} s"))

    def _leave(self, state: WorkingState, head: Head, kept: KeyState, due: Any, change: int | None) -> None:
        """Writes what is new, and sets the timer: for the next change of a value, or what is certain before."""
        certain = head.sure if head.sure is not None else self._next_certain(state, head)
        times = [time for time in (certain, change) if time is not None]
        if times and min(times) != head.timer:
            head.timer = min(times)
            due.set(to_timestamp(head.timer))
        state.nonce = head.renew()
        kept.write(head)
        self.kept_times.update(len(state.times))
        self.remembered.put(state)


class RowsOfStream(beam.DoFn):
    """(key, row) for each due instant."""

    def __init__(self, features: Sequence[str]) -> None:
        self.features = tuple(features)

    def process(self, history: History) -> Iterator[tuple[Key, StreamRow]]:
        for instant in history.instants:
            values = [history.values[feature][instant.time] for feature in self.features]
            yield history.key, StreamRow((instant.arrival[0], instant.time, values))
