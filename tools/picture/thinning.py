"""Thinning of long histories: least, greatest and mean value of equal spans of time, in sixteen bits each."""
import base64

import numpy as np

import store

MINUTE = 60 * 1_000_000
STEPS = [minutes * MINUTE for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2880, 10080)]
MOST_STEPS = 2300
NOTHING = 65535


class Span:
    """The time that a page covers, cut into `count` steps. Times in microseconds."""

    def __init__(self, start, end):
        self.step = next((step for step in STEPS if (end - start) / step <= MOST_STEPS), STEPS[-1])
        self.start = start // self.step * self.step
        self.count = int((end - self.start) // self.step) + 1

    @classmethod
    def of(cls, table):
        """Nearly all rows of a table: a few events long before the others do not squeeze the rest."""
        times = store.micros(table["event_time"])
        return cls(int(np.quantile(times, 0.001)), int(times.max()))

    def thin(self, times, values, limits=(None, None)):
        """The series as {low, high, data}, and `bad`: pairs of a step and the number of values outside the limits."""
        step = (times - self.start) // self.step
        kept = (step >= 0) & (step < self.count) & np.isfinite(values)
        step, values = step[kept], values[kept]
        if not len(values):
            return None
        order = np.argsort(step, kind="stable")
        step, values = step[order], values[order]
        first = np.flatnonzero(np.diff(step, prepend=-1))
        sizes = np.diff(first, append=len(step))
        least, most = np.minimum.reduceat(values, first), np.maximum.reduceat(values, first)
        mean = np.clip(np.add.reduceat(values, first) / sizes, least, most)
        low, high = float(least.min()), float(most.max())
        scale = 65534 / (high - low) if high > low else 0.0
        cells = np.full((3, self.count), NOTHING, dtype="<u2")
        for row, numbers in enumerate((least, most, mean)):
            cells[row, step[first]] = np.round((numbers - low) * scale)
        series = {"low": low, "high": high, "data": base64.b64encode(cells.tobytes()).decode()}
        outside = _outside(values, limits)
        if outside.any():
            where, counts = np.unique(step[outside], return_counts=True)
            series["bad"] = np.stack([where, counts], axis=1).tolist()
        return series


def _outside(values, limits):
    low, high = limits
    outside = np.zeros(len(values), dtype=bool)
    if low is not None:
        outside |= values < low
    if high is not None:
        outside |= values > high
    return outside
