"""Exact sums, means and moments, of one value and of pairs."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any

from headrace_runtime.formulas import number
from headrace_runtime.sliding import Sliding, SlidingAggregation, over_common_denominator, ratio, root, signed_root


class PowerSums(abc.ABC):
    """The sums of x, x**2, ... as integers over `denominator`, `denominator`**2, ..."""

    def __init__(self, values: Sequence[Any], powers: int) -> None:
        self.is_integer = all(isinstance(value, int) for value in values)
        self.integers, self.denominator = over_common_denominator(values)
        self.sums = [0] * powers

    def insert(self, index: int) -> None:
        x = power = self.integers[index]
        for i in range(len(self.sums)):
            self.sums[i] += power
            power *= x

    def evict(self, index: int) -> None:
        x = power = self.integers[index]
        for i in range(len(self.sums)):
            self.sums[i] -= power
            power *= x

    @abc.abstractmethod
    def read(self, start: int, end: int, time: int) -> Any:
        """The value over the indices [start, end)."""


class Sum(SlidingAggregation):
    class _Window(PowerSums):
        def read(self, start: int, end: int, time: int) -> Any:
            if self.is_integer:
                return number(self.sums[0])
            return ratio(self.sums[0], self.denominator)

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(values, 1)


class Mean(SlidingAggregation):
    class _Window(PowerSums):
        def read(self, start: int, end: int, time: int) -> Any:
            total = ratio(self.sums[0], self.denominator)
            return None if total is None else total / (end - start) + 0.0

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(values, 1)


class Variance(SlidingAggregation):
    """(n*sum(x*x) - sum(x)**2) / (n*(n - less)), rounded once."""

    def __init__(self, less: int) -> None:
        self.less = less

    def finish(self, variance: float | None) -> Any:
        return variance

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        outer = self

        class Window(PowerSums):
            def read(self, start: int, end: int, time: int) -> Any:
                n = end - start
                if n <= outer.less:
                    return None
                s1, s2 = self.sums
                return outer.finish(ratio(n * s2 - s1 * s1, n * (n - outer.less) * self.denominator**2))

        return Window(values, 2)


class Stddev(Variance):
    def finish(self, variance: float | None) -> Any:
        return root(variance)


class Skewness(SlidingAggregation):
    class _Window(PowerSums):
        def read(self, start: int, end: int, time: int) -> Any:
            n = end - start
            if n < 3:
                return None
            s1, s2, s3 = self.sums
            m2 = n * s2 - s1 * s1
            m3 = n * n * s3 - 3 * n * s1 * s2 + 2 * s1**3
            if m2 == 0:
                return 0.0
            return signed_root(ratio(m3 * m3 * n * (n - 1), m2**3 * (n - 2) ** 2), m3)

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(values, 3)


class Kurtosis(SlidingAggregation):
    class _Window(PowerSums):
        def read(self, start: int, end: int, time: int) -> Any:
            n = end - start
            if n < 4:
                return None
            s1, s2, s3, s4 = self.sums
            m2 = n * s2 - s1 * s1
            m4 = n**3 * s4 - 4 * n * n * s1 * s3 + 6 * n * s1 * s1 * s2 - 3 * s1**4
            if m2 == 0:
                return 0.0
            return ratio((n - 1) * ((n + 1) * m4 - 3 * (n - 1) * m2 * m2), (n - 2) * (n - 3) * m2 * m2)

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(values, 4)


class PairSums(abc.ABC):
    """The sums of x, y, x*x, y*y and x*y as integers."""

    def __init__(self, pairs: Sequence[Any]) -> None:
        self.x, self.x_denominator = over_common_denominator([x for x, _ in pairs])
        self.y, self.y_denominator = over_common_denominator([y for _, y in pairs])
        self.sx = self.sy = self.sxx = self.syy = self.sxy = 0

    def insert(self, index: int) -> None:
        self._add(self.x[index], self.y[index], 1)

    def evict(self, index: int) -> None:
        self._add(self.x[index], self.y[index], -1)

    def _add(self, x: int, y: int, sign: int) -> None:
        self.sx += sign * x
        self.sy += sign * y
        self.sxx += sign * x * x
        self.syy += sign * y * y
        self.sxy += sign * x * y

    @abc.abstractmethod
    def read(self, start: int, end: int, time: int) -> Any:
        """The value over the indices [start, end)."""


class Covariance(SlidingAggregation):
    class _Window(PairSums):
        def read(self, start: int, end: int, time: int) -> Any:
            n = end - start
            if n < 2:
                return None
            return ratio(n * self.sxy - self.sx * self.sy, n * (n - 1) * self.x_denominator * self.y_denominator)

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(values)


class Correlation(SlidingAggregation):
    class _Window(PairSums):
        def read(self, start: int, end: int, time: int) -> Any:
            n = end - start
            c = n * self.sxy - self.sx * self.sy
            spread = (n * self.sxx - self.sx**2) * (n * self.syy - self.sy**2)
            return None if n < 2 or spread == 0 else signed_root(ratio(c * c, spread), c)

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(values)
