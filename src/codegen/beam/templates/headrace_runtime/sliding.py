"""What all aggregations are made of: an object that a window slides over, and exact numbers.

A `Sliding` aggregate sees the values of a window come in at its newer end (`insert`) and leave at its older end
(`evict`), both in order of (time, arrival), and can be read at any time. Sums are exact: doubles are multiples of a power of
two, so each key's values are written as integers over one common denominator, added as integers, and the quotient is
rounded once (Python's int / int rounds to the nearest double).
"""

from __future__ import annotations

import abc
import math
from collections.abc import Sequence
from typing import Any, Protocol


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


class SlidingAggregation(abc.ABC):
    """What a feature does with the values of its window. `empty` is the value of the empty window."""

    def empty(self) -> Any:
        return None

    @abc.abstractmethod
    def start(self, times: Sequence[int], values: Sequence[Any]) -> Sliding:
        """A window over these values, which come in order and are not None."""


class Stateless:
    """Reads its value from the series itself."""

    def __init__(self, times: Sequence[int], values: Sequence[Any]) -> None:
        self.times, self.values = times, values

    def insert(self, index: int) -> None:
        pass

    def evict(self, index: int) -> None:
        pass
