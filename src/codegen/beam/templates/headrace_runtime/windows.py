"""Windows over the events of one key, and the values of features at given instants.

A window is a stretch of the series: the indices [start, end) of its rows, both of which only rise with time. So values
come in at one end and leave at the other, and every feature costs one pass over the series.
"""

from __future__ import annotations

import abc
import bisect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from headrace_runtime.aggregates import Aggregation, TimeWeightedMean

Rows = Callable[[int], tuple[int, int]]


class Event(NamedTuple):
    """One row of a source. Rows of equal time are in order of `arrival`."""

    time: int
    arrival: tuple[str, int]  # file and row, partition and offset, or "" and the arrival column
    source: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Series:
    """The rows that pass the filter, and the values that are not null among them.

    `before[i]` counts the values in the rows before row i.
    """

    row_times: list[int]
    before: list[int]
    times: list[int]
    values: list[Any]

    @staticmethod
    def of(rows: Iterable[tuple[int, Any]]) -> Series:
        row_times: list[int] = []
        before, times, values = [0], [], []
        for time, value in rows:
            row_times.append(time)
            if value is not None:
                times.append(time)
                values.append(value)
            before.append(len(values))
        return Series(row_times, before, times, values)


class Window(abc.ABC):
    """Says which rows of a series are seen at a time."""

    @abc.abstractmethod
    def over(self, times: Sequence[int]) -> Rows:
        """From a time to the indices [start, end) of the rows seen then. `times` are those of all rows, in order."""

    def changes(self, time: int) -> list[int]:
        """When an edge of the window passes an event of this time: the value changes though nothing happens."""
        return [time + shift for shift in self.shifts or ()]

    @property
    def shifts(self) -> Sequence[int] | None:
        """How long after an event that is; None: it depends on the event."""
        return ()

    def longest(self) -> int:
        """No edge passes an event later than that after it."""
        return max(self.shifts or (), default=0)


class Rolling(Window):
    """t - offset - size < u <= t - offset, with the edges that `closed` names."""

    def __init__(self, size: int, closed: str = "right", offset: int = 0) -> None:
        self.size, self.closed, self.offset = size, closed, offset

    def over(self, times: Sequence[int]) -> Rows:
        low = 0 if self.closed in ("left", "both") else 1
        high = 1 if self.closed in ("right", "both") else 0

        def rows(t: int) -> tuple[int, int]:
            at = t - self.offset
            start = bisect.bisect_left(times, at - self.size + low)
            return start, max(start, bisect.bisect_left(times, at + high))

        return rows

    @property
    def shifts(self) -> Sequence[int]:
        enters = self.offset + (0 if self.closed in ("right", "both") else 1)
        leaves = self.offset + self.size + (1 if self.closed in ("left", "both") else 0)
        return enters, leaves


class Newest(Window):
    """The last events at or before t."""

    def __init__(self, count: int) -> None:
        self.count = count

    def over(self, times: Sequence[int]) -> Rows:
        def rows(t: int) -> tuple[int, int]:
            end = bisect.bisect_right(times, t)
            return max(0, end - self.count), end

        return rows


class Tumbling(Window):
    """The last complete period, aligned to the epoch plus the offset."""

    def __init__(self, size: int, offset: int = 0) -> None:
        self.size, self.offset = size, offset

    def over(self, times: Sequence[int]) -> Rows:
        def rows(t: int) -> tuple[int, int]:
            end = (t - self.offset) // self.size * self.size + self.offset
            return bisect.bisect_left(times, end - self.size), bisect.bisect_left(times, end)

        return rows

    def changes(self, time: int) -> list[int]:
        end = (time - self.offset) // self.size * self.size + self.offset + self.size
        return [end, end + self.size]

    @property
    def shifts(self) -> None:
        return None

    def longest(self) -> int:
        return 2 * self.size


class Session(Window):
    """The run of rows that ends at the last row at or before t, neighbours at most `gap` apart."""

    def __init__(self, gap: int) -> None:
        self.gap = gap

    def over(self, times: Sequence[int]) -> Rows:
        first_of_run: list[int] = []
        for i, time in enumerate(times):
            joins = i > 0 and time - times[i - 1] <= self.gap
            first_of_run.append(first_of_run[-1] if joins else i)

        def rows(t: int) -> tuple[int, int]:
            end = bisect.bisect_right(times, t)
            is_open = end > 0 and t - times[end - 1] <= self.gap
            return (first_of_run[end - 1] if is_open else end), end

        return rows

    @property
    def shifts(self) -> Sequence[int]:
        return (self.gap + 1,)


class Lifetime(Window):
    """u <= t."""

    def over(self, times: Sequence[int]) -> Rows:
        return lambda t: (0, bisect.bisect_right(times, t))


def values_at(series: Series, window: Window, aggregation: Aggregation, asked: Sequence[int]) -> list[Any]:
    """The aggregation's value at each of the instants, which rise."""
    if isinstance(aggregation, TimeWeightedMean):
        return aggregation.values_at(series.times, series.values, asked)
    rows = window.over(series.row_times)
    sliding = aggregation.start(series.times, series.values)
    out: list[Any] = []
    inside_start = inside_end = 0
    for t in asked:
        start, end = (series.before[row] for row in rows(t))
        for index in range(inside_end, end):
            sliding.insert(index)
        for index in range(inside_start, start):
            sliding.evict(index)
        inside_start, inside_end = start, end
        out.append(sliding.read(start, end, t) if start < end else aggregation.empty())
    return out
