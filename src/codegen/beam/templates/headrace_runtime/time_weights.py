"""Means whose weights come from time."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from typing import Any

from headrace_runtime.sliding import Sliding, SlidingAggregation, over_common_denominator, ratio


class Ewma(SlidingAggregation):
    """The mean with weights that halve every half-life, counted back from the newest value."""

    def __init__(self, half_life: int) -> None:
        self.half_life = half_life

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return _EwmaWindow(times, values, self.half_life)


CELLS_MAX = 4096  # 2**-4096 of any double is nothing


class _EwmaWindow:
    """Time is cut into cells of one half-life: a weight is a double in [1, 2] times a power of two, one for each cell.

    So both sums are integers, counted in units of the oldest value's cell, and leaving values are subtracted exactly.
    """

    def __init__(self, times: Sequence[int], values: Sequence[Any], half_life: int) -> None:
        self.integers, self.denominator = over_common_denominator(values)
        self.cells = [time // half_life for time in times]
        self.weights = [int(math.exp2(time % half_life / half_life) * 2**52) for time in times]
        self.oldest = self.end = 0  # indices: [oldest, end) is in the sums
        self.sum = self.weight = 0

    def insert(self, index: int) -> None:
        self.end = index + 1
        while self.oldest < index and self.cells[index] - self.cells[self.oldest] > CELLS_MAX:
            self._drop_oldest()
        shift = self.cells[index] - self.cells[self.oldest]
        self.weight += self.weights[index] << shift
        self.sum += self.integers[index] * self.weights[index] << shift

    def evict(self, index: int) -> None:
        if index == self.oldest:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        index, self.oldest = self.oldest, self.oldest + 1
        if index < self.end:
            self.weight -= self.weights[index]
            self.sum -= self.integers[index] * self.weights[index]
        if self.oldest < self.end:
            shift = self.cells[self.oldest] - self.cells[index]
            self.weight >>= shift
            self.sum >>= shift

    def read(self, start: int, end: int, time: int) -> Any:
        newest_weight = self.weights[end - 1] << self.cells[end - 1] - self.cells[self.oldest]
        if ratio(self.sum, newest_weight * self.denominator) is None:  # a sum of products past the largest double
            return None
        return ratio(self.sum, self.weight * self.denominator)


class TimeWeightedMean:
    """Each value holds until the next or t; one that entered before the window holds from its start.

    `area` at i is the exact integral up to the i-th value. `size` is None over the lifetime.
    """

    def __init__(self, size: int | None) -> None:
        self.size = size

    def values_at(self, times: Sequence[int], values: Sequence[Any], asked: Sequence[int]) -> list[Any]:
        integers, denominator = over_common_denominator(values)
        area = [0]
        for i in range(1, len(times)):
            area.append(area[-1] + integers[i - 1] * (times[i] - times[i - 1]))

        def integral(time: int) -> int:
            """From the first value to the time, which is not before it."""
            i = bisect.bisect_right(times, time) - 1
            return area[i] + integers[i] * (time - times[i])

        out: list[Any] = []
        for t in asked:
            start = times[0] if times and self.size is None else max(times[0], t - (self.size or 0)) if times else t
            out.append(ratio(integral(t) - integral(start), (t - start) * denominator) if start < t else None)
        return out
