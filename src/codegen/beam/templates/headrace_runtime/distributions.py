"""Percentiles, counts of distinct values, truth, histograms."""

from __future__ import annotations

import bisect
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from headrace_runtime.formulas import number
from headrace_runtime.sliding import Sliding, SlidingAggregation


class Percentile(SlidingAggregation):
    """Linear between the two neighbouring values, as SQL's percentile_cont."""

    def __init__(self, p: float) -> None:
        self.p = p

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return _PercentileWindow(values, self.p)


class _PercentileWindow:
    def __init__(self, values: Sequence[Any], p: float) -> None:
        self.values, self.p = values, p
        self.ordered: list[Any] = []

    def insert(self, index: int) -> None:
        bisect.insort(self.ordered, self.values[index])

    def evict(self, index: int) -> None:
        del self.ordered[bisect.bisect_left(self.ordered, self.values[index])]

    def read(self, start: int, end: int, time: int) -> Any:
        h = (len(self.ordered) - 1) * self.p
        low = math.floor(h)
        value = float(self.ordered[low])
        if h == low:
            return value
        return number(value + (float(self.ordered[low + 1]) - value) * (h - low))


class Counted:
    """How often each value is in the window."""

    def __init__(self, values: Sequence[Any]) -> None:
        self.values = values
        self.counts: Counter[Any] = Counter()

    def insert(self, index: int) -> None:
        self.counts[self.values[index]] += 1

    def evict(self, index: int) -> None:
        value = self.values[index]
        self.counts[value] -= 1
        if self.counts[value] == 0:
            del self.counts[value]

    def read(self, start: int, end: int, time: int) -> Any:
        return len(self.counts)


class CountDistinct(SlidingAggregation):
    def empty(self) -> Any:
        return 0

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return Counted(values)


class Mode(SlidingAggregation):
    class _Window(Counted):
        def read(self, start: int, end: int, time: int) -> Any:
            return min(self.counts.items(), key=lambda item: (-item[1], item[0]))[0]

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(values)


class TopK(SlidingAggregation):
    def __init__(self, k: int) -> None:
        self.k = k

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        k = self.k

        class Window(Counted):
            def read(self, start: int, end: int, time: int) -> Any:
                return [value for value, _ in sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))[:k]]

        return Window(values)


class _TrueCount:
    def __init__(self, values: Sequence[Any]) -> None:
        self.values = values
        self.trues = 0

    def insert(self, index: int) -> None:
        self.trues += self.values[index]

    def evict(self, index: int) -> None:
        self.trues -= self.values[index]

    def read(self, start: int, end: int, time: int) -> Any:
        return self.trues > 0


class Any_(SlidingAggregation):
    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return _TrueCount(values)


class All(SlidingAggregation):
    class _Window(_TrueCount):
        def read(self, start: int, end: int, time: int) -> Any:
            return self.trues == end - start

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(values)


class Histogram(SlidingAggregation):
    """Counts of [edge i, edge i+1), the last one closed."""

    def __init__(self, edges: Sequence[float]) -> None:
        self.edges = list(edges)

    def empty(self) -> Any:
        return [0] * (len(self.edges) - 1)

    def bucket(self, value: Any) -> int:
        """-1 for none."""
        if not self.edges[0] <= value <= self.edges[-1]:
            return -1
        return min(bisect.bisect_right(self.edges, value), len(self.edges) - 1) - 1

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        outer = self

        class Window:
            def __init__(self) -> None:
                self.counts = outer.empty()

            def insert(self, index: int) -> None:
                self._add(index, 1)

            def evict(self, index: int) -> None:
                self._add(index, -1)

            def _add(self, index: int, change: int) -> None:
                bucket = outer.bucket(values[index])
                if bucket >= 0:
                    self.counts[bucket] += change

            def read(self, start: int, end: int, time: int) -> Any:
                return list(self.counts)

        return Window()
