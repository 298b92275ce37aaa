"""Thinning for pictures: nothing that stands out gets lost, and violations are counted before values are merged."""
import base64
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "picture"))
import repository  # noqa: E402
import thinning  # noqa: E402

HOUR = 3600 * 10**6


def cells(series, count):
    """Least, greatest and mean of each step, NaN where there is nothing."""
    raw = np.frombuffer(base64.b64decode(series["data"]), dtype="<u2").reshape(3, count).astype(float)
    raw[raw == thinning.NOTHING] = np.nan
    return series["low"] + raw * (series["high"] - series["low"]) / 65534


@pytest.mark.parametrize("days, step", [(1, HOUR // 60), (10, HOUR / 6), (90, HOUR), (365, 4 * HOUR), (3650, 48 * HOUR)])
def test_steps_are_round_and_few(days, step):
    span = thinning.Span(0, days * 24 * HOUR)
    assert span.step == step
    assert span.count <= thinning.MOST_STEPS + 1


def test_extremes_survive():
    span = thinning.Span(0, 90 * 24 * HOUR)
    times = np.arange(0, 24 * HOUR, HOUR // 60)
    values = np.sin(times / HOUR)
    values[[70, 1000]] = [50.0, -50.0]
    least, most, mean = cells(span.thin(times, values), span.count)
    assert most[1] == 50.0 and least[16] == -50.0
    assert np.nanmin(least) == -50.0 and np.nanmax(most) == 50.0
    assert abs(mean[5] - values[300:360].mean()) < 100 / 65534


def test_nulls_and_silence_are_gaps():
    span = thinning.Span(0, 90 * 24 * HOUR)
    least, _, _ = cells(span.thin(np.array([0, HOUR, 3 * HOUR]), np.array([1.0, np.nan, 2.0])), span.count)
    assert list(np.flatnonzero(~np.isnan(least))) == [0, 3]
    assert span.thin(np.array([0]), np.array([np.nan])) is None


@pytest.mark.parametrize(
    "limits, bad",
    [((None, None), None), ((0.0, 1.0), [[0, 2], [2, 1]]), ((None, 1.0), [[0, 1], [2, 1]]), ((0.0, None), [[0, 1]]), ((-9, 9), None)],
)
def test_each_violation_counts(limits, bad):
    span = thinning.Span(0, 90 * 24 * HOUR)
    times = np.array([0, 1, 2, HOUR, 2 * HOUR])
    series = span.thin(times, np.array([-1.0, 2.0, 0.5, 1.0, 3.0]), limits)
    assert series.get("bad") == bad


def test_constant_series():
    span = thinning.Span(0, 90 * 24 * HOUR)
    least, most, _ = cells(span.thin(np.array([0, 5]), np.array([7.0, 7.0])), span.count)
    assert least[0] == most[0] == 7.0


def test_lists_stand_for_all_combinations():
    definition = {"name": "v", "aggregation": ["mean", "max"], "window": ["1h", "7d"]}
    assert repository.expanded_names(definition) == ["v_mean_1h", "v_mean_7d", "v_max_1h", "v_max_7d"]
    assert repository.expanded_names({"name": "v", "aggregation": "mean", "window": ["1h"]}) == ["v_1h"]
    assert repository.expanded_names({"name": "v", "aggregation": "mean", "window": "1h"}) == ["v"]
