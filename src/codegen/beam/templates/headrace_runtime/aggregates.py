"""The aggregations, exact whatever the order of the data.

A `Sliding` aggregate sees the values of a window come in at its newer end (`insert`) and leave at its older end
(`evict`), both in order of (time, arrival), and can be read at any time. Sums are exact: doubles are multiples of a power of
two, so each key's values are written as integers over one common denominator, added as integers, and the quotient is
rounded once (Python's int / int rounds to the nearest double).
"""

from __future__ import annotations

import bisect
import math
import struct
from collections import Counter, deque
from collections.abc import Sequence
from typing import Any, Protocol

from headrace_runtime.formulas import number

MASK = 2**64 - 1


class Sliding(Protocol):
    """Keeps what is in the window."""

    def insert(self, index: int) -> None:
        """Takes in the value with this index of the series."""

    def evict(self, index: int) -> None:
        """Lets go of the oldest value."""

    def read(self, start: int, end: int, time: int) -> Any:
        """The value over the indices [start, end), which are not empty, as of the time."""


def ratio(numerator: int, denominator: int) -> float | None:
    """The nearest double, None past the largest."""
    try:
        return numerator / denominator + 0.0
    except OverflowError:
        return None


def root(square: float | None) -> float | None:
    return None if square is None else math.sqrt(square)


def signed_root(square: float | None, sign: int) -> float | None:
    magnitude = root(square)
    return magnitude if magnitude is None or sign >= 0 else 0.0 - magnitude


def over_common_denominator(values: Sequence[Any]) -> tuple[list[int], int]:
    """Integers x and a power of two d, with x / d the values."""
    ratios = [value.as_integer_ratio() for value in values]
    denominator = max((d for _, d in ratios), default=1)
    return [n * (denominator // d) for n, d in ratios], denominator


class Aggregation:
    """What a feature does with the values of its window. `empty` is the value of the empty window."""

    def empty(self) -> Any:
        return None

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        """A window over these values, which come in order and are not None."""
        raise NotImplementedError


class Stateless:
    """Reads its value from the series itself."""

    def __init__(self, times: Sequence[int], values: Sequence[Any]) -> None:
        self.times, self.values = times, values

    def insert(self, index: int) -> None:
        pass

    def evict(self, index: int) -> None:
        pass


class Count(Aggregation):
    class _Window(Stateless):
        def read(self, start: int, end: int, time: int) -> Any:
            return end - start

    def empty(self) -> Any:
        return 0

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(times, values)


# Sums and moments.


class PowerSums:
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

    def read(self, start: int, end: int, time: int) -> Any:
        raise NotImplementedError


class Sum(Aggregation):
    class _Window(PowerSums):
        def read(self, start: int, end: int, time: int) -> Any:
            if self.is_integer:
                return number(self.sums[0])
            return ratio(self.sums[0], self.denominator)

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(values, 1)


class Mean(Aggregation):
    class _Window(PowerSums):
        def read(self, start: int, end: int, time: int) -> Any:
            total = ratio(self.sums[0], self.denominator)
            return None if total is None else total / (end - start) + 0.0

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(values, 1)


class Variance(Aggregation):
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


class Skewness(Aggregation):
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


class Kurtosis(Aggregation):
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


class PairSums:
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

    def read(self, start: int, end: int, time: int) -> Any:
        raise NotImplementedError


class Covariance(Aggregation):
    class _Window(PairSums):
        def read(self, start: int, end: int, time: int) -> Any:
            n = end - start
            if n < 2:
                return None
            return ratio(n * self.sxy - self.sx * self.sy, n * (n - 1) * self.x_denominator * self.y_denominator)

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(values)


class Correlation(Aggregation):
    class _Window(PairSums):
        def read(self, start: int, end: int, time: int) -> Any:
            n = end - start
            c = n * self.sxy - self.sx * self.sy
            spread = (n * self.sxx - self.sx**2) * (n * self.syy - self.sy**2)
            return None if n < 2 or spread == 0 else signed_root(ratio(c * c, spread), c)

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(values)


# Extremes.


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


class Min(Aggregation):
    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return Extreme(values, is_least=True)


class Max(Aggregation):
    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return Extreme(values, is_least=False)


class Range(Aggregation):
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


# Positions.


class First(Aggregation):
    class _Window(Stateless):
        def read(self, start: int, end: int, time: int) -> Any:
            return self.values[start]

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(times, values)


class Last(Aggregation):
    class _Window(Stateless):
        def read(self, start: int, end: int, time: int) -> Any:
            return self.values[end - 1]

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(times, values)


class FirstK(Aggregation):
    def __init__(self, k: int) -> None:
        self.k = k

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        k = self.k

        class Window(Stateless):
            def read(self, start: int, end: int, time: int) -> Any:
                return list(self.values[start : min(end, start + k)])

        return Window(times, values)


class LastK(Aggregation):
    def __init__(self, k: int) -> None:
        self.k = k

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        k = self.k

        class Window(Stateless):
            def read(self, start: int, end: int, time: int) -> Any:
                return list(self.values[max(start, end - k) : end])

        return Window(times, values)


class Delta(Aggregation):
    class _Window(Stateless):
        def read(self, start: int, end: int, time: int) -> Any:
            return number(self.values[end - 1] - self.values[start])

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(times, values)


class Rate(Aggregation):
    class _Window(Stateless):
        def read(self, start: int, end: int, time: int) -> Any:
            width = self.times[end - 1] - self.times[start]
            delta = number(self.values[end - 1] - self.values[start])
            return None if width == 0 or delta is None else number(float(delta) / (width / 1e6))

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(times, values)


# Ordered and counted values.


class Percentile(Aggregation):
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


class CountDistinct(Aggregation):
    def empty(self) -> Any:
        return 0

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return Counted(values)


class Mode(Aggregation):
    class _Window(Counted):
        def read(self, start: int, end: int, time: int) -> Any:
            return min(self.counts.items(), key=lambda item: (-item[1], item[0]))[0]

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(values)


class TopK(Aggregation):
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


class Any_(Aggregation):
    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return _TrueCount(values)


class All(Aggregation):
    class _Window(_TrueCount):
        def read(self, start: int, end: int, time: int) -> Any:
            return self.trues == end - start

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return self._Window(values)


class Histogram(Aggregation):
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


# Time.


class Ewma(Aggregation):
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


class TimeWeightedMean(Aggregation):
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


# Approximations that depend on the set of values only.


def mix(x: int) -> int:
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & MASK
    return x ^ (x >> 31)


def stable_hash(value: Any) -> int:
    """64 bits that are the same on every machine."""
    if isinstance(value, str):
        text = value.encode()
        out = mix(len(text) * 0x9E3779B97F4A7C15 & MASK)
        for i in range(0, len(text), 8):
            word = int.from_bytes(text[i : i + 8], "little")
            out = (mix(out ^ word) + 0x9E3779B97F4A7C15) & MASK
        return mix(out)
    bits = struct.unpack("<Q", struct.pack("<d", value))[0] if isinstance(value, float) else int(value) & MASK
    return mix((bits + 0x9E3779B97F4A7C15) & MASK)


INDEX_BITS = 14
REGISTERS = 1 << INDEX_BITS
RANK_MAX = 64 - INDEX_BITS + 1
EXACT_DISTINCT_MAX = 4096


class ApproxCountDistinct(Aggregation):
    """Exact up to 4,096 distinct values, beyond that HyperLogLog with Ertl's estimator (arXiv:1702.01284)."""

    def empty(self) -> Any:
        return 0

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return _HyperLogLog(values)


class _HyperLogLog(Counted):
    """Remembers how many distinct hashes each (register, rank) has, so that hashes can leave again."""

    def __init__(self, values: Sequence[Any]) -> None:
        super().__init__([stable_hash(value) for value in values])
        self.ranks: Counter[tuple[int, int]] = Counter()
        self.registers = [0] * REGISTERS
        self.registers_of_rank = [REGISTERS] + [0] * RANK_MAX

    @staticmethod
    def place(value: int) -> tuple[int, int]:
        rest = (value << INDEX_BITS & MASK) | 1 << (INDEX_BITS - 1)
        return value >> (64 - INDEX_BITS), 64 - rest.bit_length() + 1

    def set_rank(self, index: int, rank: int) -> None:
        self.registers_of_rank[self.registers[index]] -= 1
        self.registers_of_rank[rank] += 1
        self.registers[index] = rank

    def insert(self, index: int) -> None:
        super().insert(index)
        value = self.values[index]
        if self.counts[value] == 1:
            register, rank = self.place(value)
            self.ranks[register, rank] += 1
            if rank > self.registers[register]:
                self.set_rank(register, rank)

    def evict(self, index: int) -> None:
        super().evict(index)
        value = self.values[index]
        if value in self.counts:
            return
        register, rank = self.place(value)
        self.ranks[register, rank] -= 1
        if self.ranks[register, rank] == 0 and self.registers[register] == rank:
            while rank > 0 and self.ranks[register, rank] == 0:
                rank -= 1
            self.set_rank(register, rank)

    def read(self, start: int, end: int, time: int) -> Any:
        if len(self.counts) <= EXACT_DISTINCT_MAX:
            return len(self.counts)
        z = REGISTERS * _tau(1.0 - self.registers_of_rank[RANK_MAX] / REGISTERS)
        for rank in range(RANK_MAX - 1, 0, -1):
            z = 0.5 * (z + self.registers_of_rank[rank])
        z += REGISTERS * _sigma(self.registers_of_rank[0] / REGISTERS)
        return math.floor(float(REGISTERS) * REGISTERS / (1.3862943611198906 * z) + 0.5)


def _sigma(x: float) -> float:
    total, scale, before = x, 1.0, -1.0
    while total != before:
        x *= x
        before = total
        total += x * scale
        scale += scale
    return total


def _tau(x: float) -> float:
    if x in (0.0, 1.0):
        return 0.0
    total, scale, before = 1.0 - x, 1.0, 2.0
    while total != before:
        x = math.sqrt(x)
        before = total
        scale *= 0.5
        total -= (1.0 - x) * (1.0 - x) * scale
    return total / 3.0


LOW_BITS = 42


class ApproxPercentile(Aggregation):
    """Buckets of less than 0.1 % of the value, each standing for the mean of its values."""

    def __init__(self, p: float) -> None:
        self.p = p

    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        return _LogBuckets(values, self.p)


class _LogBuckets:
    def __init__(self, values: Sequence[Any], p: float) -> None:
        self.bits = [self.rising(float(value)) for value in values]
        self.p = p
        self.keys: list[int] = []  # sorted
        self.buckets: dict[int, list[int]] = {}  # count, sum of the low bits

    @staticmethod
    def rising(value: float) -> int:
        """The bits of a double, changed so that they rise with its value."""
        bits = int(struct.unpack("<Q", struct.pack("<d", value))[0])
        return bits ^ MASK if bits >> 63 else bits | 1 << 63

    @staticmethod
    def from_rising(bits: int) -> float:
        raw = bits ^ 1 << 63 if bits >> 63 else bits ^ MASK
        return float(struct.unpack("<d", struct.pack("<Q", raw))[0])

    def insert(self, index: int) -> None:
        self._add(self.bits[index], 1)

    def evict(self, index: int) -> None:
        self._add(self.bits[index], -1)

    def _add(self, bits: int, sign: int) -> None:
        key, low = bits >> LOW_BITS, bits & (1 << LOW_BITS) - 1
        bucket = self.buckets.get(key)
        if bucket is None:
            bucket = self.buckets[key] = [0, 0]
            bisect.insort(self.keys, key)
        bucket[0] += sign
        bucket[1] += sign * low
        if bucket[0] == 0:
            del self.buckets[key]
            del self.keys[bisect.bisect_left(self.keys, key)]

    def at(self, rank: int) -> float:
        for key in self.keys:
            count, total = self.buckets[key]
            if rank < count:
                return self.from_rising((key << LOW_BITS) + (total + count // 2) // count)
            rank -= count
        raise IndexError(rank)

    def read(self, start: int, end: int, time: int) -> Any:
        h = (end - start - 1) * self.p
        low = math.floor(h)
        value = self.at(low)
        return number(value if h == low else value + (self.at(low + 1) - value) * (h - low))
