"""Approximations that depend on the set of values only: not on order, workers or what was there before."""

from __future__ import annotations

import bisect
import math
import struct
from collections import Counter
from collections.abc import Sequence
from typing import Any

from headrace_runtime.distributions import Counted
from headrace_runtime.formulas import number
from headrace_runtime.sliding import Sliding, SlidingAggregation

MASK = 2**64 - 1


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


class ApproxCountDistinct(SlidingAggregation):
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


class ApproxPercentile(SlidingAggregation):
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
