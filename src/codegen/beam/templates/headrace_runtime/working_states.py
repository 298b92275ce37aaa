"""What a worker remembers of a key between its events, so that none of them costs what the kept history would.

Truth is in the runner's state alone. A working state is right only while its nonce is that of the key's head, which every event
rewrites: after a retried bundle, on another worker, after a restore they differ, and it is made anew from what is kept.
"""

from __future__ import annotations

import abc
import bisect
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from headrace_runtime.histories import INSTANTS, History, Key, Source, that_count
from headrace_runtime.windows import Event, Window

BYTES_OF_AN_EVENT = 400  # of Python, about


class WorkingState(abc.ABC):
    """Of one key. `times` are those of its kept events, rising, each once; `due` those that have no final row yet."""

    def __init__(self, key: Key, driving: frozenset[str]) -> None:
        self.key, self.driving = key, driving
        self.nonce: int | None = None
        self.times = array("q")
        self.due: list[int] = []

    def note(self, event: Event, until: int | None) -> None:
        insert_once(self.times, event.time)
        if event.source in self.driving and (until is None or event.time > until):
            insert_once(self.due, event.time)

    @abc.abstractmethod
    def add(self, event: Event) -> bool:
        """Takes an event in. False: it cannot, because an event of the same time came before it that arrived after it."""

    @abc.abstractmethod
    def row(self, kind: str, time: int) -> Any:
        """What goes on to the next step: a row, or what becomes one there."""

    @abc.abstractmethod
    def finals(self, kind: str, until: int) -> Iterable[Any]:
        """The same for each row that becomes final. Afterwards nothing comes up to that time."""

    def partials(self) -> bytes | None:
        """What is left of events that are dropped."""
        return None

    def forget(self, before: int) -> None:
        """Events before this are not kept any more."""
        del self.times[: bisect.bisect_left(self.times, before)]

    @abc.abstractmethod
    def memory_bytes(self) -> int:
        """About what it holds."""

    def _final_times(self, until: int) -> list[int]:
        count = bisect.bisect_right(self.due, until)
        times, self.due = self.due[:count], self.due[count:]
        return times


def insert_once(times: Any, time: int) -> None:
    place = bisect.bisect_left(times, time)
    if place == len(times) or times[place] != time:
        times.insert(place, time)


class Histories(WorkingState):
    """For the Python steps: the sorted events. Every row is a history, which they go through from its beginning."""

    def __init__(self, key: Key, driving: frozenset[str], sources: dict[str, Source], for_ever: frozenset[str]) -> None:
        super().__init__(key, driving)
        self.sources, self.for_ever = sources, for_ever
        self.events: dict[str, list[Event]] = {}

    def fill(self, events: Iterable[Event], until: int | None) -> None:
        for event in events:
            self.events.setdefault(event.source, []).append(event)
        for of_source in self.events.values():
            of_source.sort(key=in_order)
        self.times = array("q", sorted({e.time for of_source in self.events.values() for e in of_source}))
        driving = {
            e.time for name in self.driving for e in self.events.get(name, ()) if until is None or e.time > until
        }
        self.due = sorted(driving)

    def add(self, event: Event) -> bool:
        bisect.insort(self.events.setdefault(event.source, []), event, key=in_order)
        return True

    def row(self, kind: str, time: int) -> History:
        there = {name: that_count(list(events), self.sources[name]) for name, events in self.events.items()}
        return History(self.key, there, [Event(time, (kind, 0), INSTANTS, (time,))])

    def finals(self, kind: str, until: int) -> Iterator[History]:
        for time in self._final_times(until):
            history = self.row(kind, time)
            if self._happens(history, time):
                yield history

    def _happens(self, history: History, time: int) -> bool:
        """Whether an event that has final rows counts at the time: it may have been taken back."""
        return any(has_time(history.events.get(source, ()), time) for source in self.driving)

    def forget(self, before: int) -> None:
        super().forget(before)
        for name, events in self.events.items():
            if name not in self.for_ever:
                del events[: bisect.bisect_left(events, before, key=lambda event: event.time)]

    def memory_bytes(self) -> int:
        return BYTES_OF_AN_EVENT * sum(map(len, self.events.values())) + 8 * len(self.times)


def in_order(event: Event) -> tuple[int, tuple[str, int]]:
    return event.time, event.arrival


def has_time(events: Sequence[Event], time: int) -> bool:
    place = bisect.bisect_left(events, time, key=lambda event: event.time)
    return place < len(events) and events[place].time == time


class Remembered:
    """The working states that were used last, as many as fit into some bytes, of one step of a worker."""

    def __init__(self, bytes_max: int) -> None:
        self.bytes_max, self.bytes = bytes_max, 0
        self.states: OrderedDict[Key, tuple[WorkingState, int]] = OrderedDict()

    def take(self, key: Key, nonce: int) -> WorkingState | None:
        """Takes the state out: whoever fails with it half changed leaves nothing behind."""
        state, size = self.states.pop(key, (None, 0))
        self.bytes -= size
        return state if state is not None and state.nonce == nonce else None

    def put(self, state: WorkingState) -> None:
        size = state.memory_bytes()
        self.states[state.key] = state, size
        self.bytes += size
        while self.bytes > self.bytes_max:
            _, (_, size) = self.states.popitem(last=False)
            self.bytes -= size


class ChangeTimes:
    """When the values of a key change though nothing happens: where the edge of a window passes one of its events."""

    def __init__(self, windows: Sequence[Window]) -> None:
        shifts: set[int] = set()
        self.other: list[tuple[Callable[[int], list[int]], int]] = []
        for window in windows:
            if window.shifts is None:
                self.other += [(window.changes, edge) for edge in range(len(window.changes(0)))]
            else:
                shifts.update(window.shifts)
        self.shifts = sorted(shift for shift in shifts if shift > 0)

    def next(self, times: Sequence[int], after: int) -> int | None:
        """The first change after a time, of events at these times."""
        found: int | None = None
        for shift in self.shifts:
            place = bisect.bisect_right(times, after - shift)
            if place < len(times) and (found is None or times[place] + shift < found):
                found = times[place] + shift
        for changes, edge in self.other:
            place = bisect.bisect_right(times, after, key=lambda time: changes(time)[edge])
            if place < len(times) and (found is None or changes(times[place])[edge] < found):
                found = changes(times[place])[edge]
        return found
