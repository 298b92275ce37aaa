"""`--kernel native` in a stream: the compiled stream engine is the working state of a key, and an event costs it what it changes.

What looks back for ever (lifetime, last: N, sessions, time-weighted means, and what uses them) needs no events for ever: the
engine gives exact partials of it, which are kept when events are dropped. All else is there again once the kept events are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any

from headrace_runtime.histories import Key, Source
from headrace_runtime.kernel import Computation
from headrace_runtime.key_state import Head
from headrace_runtime.streams import States, StreamRow, looks_further
from headrace_runtime.windows import Event
from headrace_runtime.working_states import WorkingState, in_order

# What a stream takes beside its states and events; measured with the 32 features of the pumps: 0.23 MB. Room to work in is
# shared by the streams of a kernel.
BYTES_OF_A_STREAM, BYTES_OF_A_FEATURE = 55_000, 5_500
FOR_EVER = 315_576_000_000_000_000  # ten thousand years: nothing is late to the engine, KeyStates has judged it


class RowMaker:
    """From an event to the values that the kernel asks for."""

    def __init__(self, source: Source, key: Sequence[str], columns: Sequence[str]) -> None:
        of_columns = [name for name, _ in source.columns]
        places = []
        for name in columns:
            if name in key:
                places.append(tuple(key).index(name))
            elif name == source.event_time:
                places.append(len(key))
            elif name == source.arrival:
                places.append(len(key) + 1)
            else:
                places.append(len(key) + 2 + of_columns.index(name))
        self.choose = itemgetter(*places)  # a key and a time at least

    def __call__(self, key: Key, event: Event) -> Sequence[Any]:
        row: Sequence[Any] = self.choose((*key, event.time, event.arrival[1], *event.values))
        return row


class KernelState(WorkingState):
    """A stream of the engine that has one key."""

    def __init__(
        self, key: Key, driving: frozenset[str], stream: Any, makers: dict[str, RowMaker], partial: bool, room: int
    ) -> None:
        super().__init__(key, driving)
        self.stream, self.makers, self.partial, self.room = stream, makers, partial, room
        # By source and time, of what is not final: the last arrival. The engine takes events of one time in their order.
        self.last_arrivals: dict[tuple[str, int], tuple[str, int]] = {}
        self.arrivals_max = 64

    def add(self, event: Event) -> bool:
        place = event.source, event.time
        last = self.last_arrivals.get(place)
        if last is not None and event.arrival < last:
            return False
        self.last_arrivals[place] = event.arrival
        if event.source in self.makers:
            self.stream.push_rows(event.source, [self.makers[event.source](self.key, event)])
        return True

    def add_all(self, events: Iterable[Event]) -> None:
        """REQUIRES: in order of time and arrival."""
        rows: dict[str, list[Sequence[Any]]] = {}
        for event in events:
            self.last_arrivals[event.source, event.time] = event.arrival
            if event.source in self.makers:
                rows.setdefault(event.source, []).append(self.makers[event.source](self.key, event))
        for source, of_source in rows.items():
            self.stream.push_rows(source, of_source)

    def row(self, kind: str, time: int) -> tuple[Key, StreamRow]:
        return self.key, StreamRow((kind, time, self.stream.read_row(self.key, time)))

    def finals(self, kind: str, until: int) -> Iterator[tuple[Key, StreamRow]]:
        self._pass(until)
        size = len(self.key)
        for row in self.stream.settle_rows(until + 1):
            yield self.key, StreamRow((kind, row[size], row[size + 1 :]))

    def _pass(self, until: int) -> None:
        self._final_times(until)
        if len(self.last_arrivals) > self.arrivals_max:
            self.last_arrivals = {place: last for place, last in self.last_arrivals.items() if place[1] > until}
            self.arrivals_max = 2 * len(self.last_arrivals) + 64

    def settle(self, until: int) -> None:
        """What became final was given out."""
        self._pass(until)
        self.stream.settle(until + 1)

    def partials(self) -> bytes | None:
        return bytes(self.stream.store_for_ever()) if self.partial else None

    def memory_bytes(self) -> int:
        return self.room + int(self.stream.memory_bytes) + 8 * len(self.times) + 200 * len(self.last_arrivals)


class KernelStates(States):
    def __init__(self, computation: Computation, sources: Sequence[Source], kept: dict[str, int | None], partial: bool):
        self.computation, self.sources, self.kept, self.needs_partials = computation, tuple(sources), kept, partial

    def open(self) -> None:
        self.kernel = self.computation.make_kernel()
        columns, key = self.kernel.columns, self.computation.key
        self.makers = {s.name: RowMaker(s, key, columns[s.name]) for s in self.sources if s.name in columns}

    def make(
        self, key: Key, driving: frozenset[str], events: Iterable[Event], head: Head, partials: bytes | None
    ) -> KernelState:
        stream = self.kernel.stream(entity=self.computation.entity, allowed_lateness=FOR_EVER)
        room = BYTES_OF_A_STREAM + BYTES_OF_A_FEATURE * len(self.computation.features)
        state = KernelState(key, driving, stream, self.makers, self.needs_partials, room)
        ordered = sorted(events, key=in_order)
        for event in ordered:
            state.note(event, head.until)
        if partials is not None and self.needs_partials:
            start = stream.settled_to_of(partials)
            state.add_all(event for event in ordered if event.time < start)
            stream.settle(start)
            self._adopt(key, stream, partials)
            ordered = [event for event in ordered if event.time >= start]
        state.add_all(ordered)
        if head.until is not None:
            state.settle(head.until)
        return state

    def _adopt(self, key: Key, stream: Any, partials: bytes) -> None:
        try:
            stream.adopt(partials)
        except Exception as error:
            if getattr(error, "kind", None) != "conflict":
                raise
            raise ValueError(looks_further(key, "as partials of other definitions")) from None
