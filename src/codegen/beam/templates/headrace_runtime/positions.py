"""Counts, extremes, and values by their place in time."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

from headrace_runtime.formulas import number
from headrace_runtime.sliding import Sliding, SlidingAggregation, Stateless


class Count(SlidingAggregation):
    class _Window(Stateless):
        def read(self, start: int, end: int, time: int) -> Any:
            return end - start

    def empty(self) -> Any:
        return 0

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(times, values)


class Extreme:
    """The least (sign 1) or greatest (sign -1) value: indices of those that no newer value beats."""

    def __init__(self, values: Sequence[Any], is_least: bool) -> None:
        self.values, self.is_least = values, is_least
        self.best: deque[int] = deque()

    def insert(self, index: int) -> None:
        value = self.values[index]
        if self.is_least:
            while self.best and self.values[self.best[-1]] >= value:
                self.best.pop()
        else:
            while self.best and self.values[self.best[-1]] <= value:
                self.best.pop()
        self.best.append(index)

    def evict(self, index: int) -> None:
        if self.best and self.best[0] == index:
            self.best.popleft()

    def read(self, start: int, end: int, time: int) -> Any:
        return self.values[self.best[0]]


class Min(SlidingAggregation):
    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return Extreme(values, is_least=True)


class Max(SlidingAggregation):
    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return Extreme(values, is_least=False)


class Range(SlidingAggregation):
    class _Window:
        def __init__(self, values: Sequence[Any]) -> None:
            self.least, self.greatest = Extreme(values, True), Extreme(values, False)

        def insert(self, index: int) -> None:
            self.least.insert(index)
            self.greatest.insert(index)

        def evict(self, index: int) -> None:
            self.least.evict(index)
            self.greatest.evict(index)

        def read(self, start: int, end: int, time: int) -> Any:
            return number(self.greatest.read(start, end, time) - self.least.read(start, end, time))

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(values)


class First(SlidingAggregation):
    class _Window(Stateless):
        def read(self, start: int, end: int, time: int) -> Any:
            return self.values[start]

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(times, values)


class Last(SlidingAggregation):
    class _Window(Stateless):
        def read(self, start: int, end: int, time: int) -> Any:
            return self.values[end - 1]

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(times, values)


class FirstK(SlidingAggregation):
    def __init__(self, k: int) -> None:
        self.k = k

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        k = self.k

        class Window(Stateless):
            def read(self, start: int, end: int, time: int) -> Any:
                return list(self.values[start : min(end, start + k)])

        return Window(times, values)


class LastK(SlidingAggregation):
    def __init__(self, k: int) -> None:
        self.k = k

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        k = self.k

        class Window(Stateless):
            def read(self, start: int, end: int, time: int) -> Any:
                return list(self.values[max(start, end - k) : end])

        return Window(times, values)


class Delta(SlidingAggregation):
    class _Window(Stateless):
        def read(self, start: int, end: int, time: int) -> Any:
            return number(self.values[end - 1] - self.values[start])

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(times, values)


class Rate(SlidingAggregation):
    class _Window(Stateless):
        def read(self, start: int, end: int, time: int) -> Any:
            width = self.times[end - 1] - self.times[start]
            delta = number(self.values[end - 1] - self.values[start])
            return None if width == 0 or delta is None else number(float(delta) / (width / 1e6))

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(times, values)
