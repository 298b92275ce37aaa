"""Numbers that plain doubles and careless readers get wrong, held against exact fractions."""
import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from station import HOUR, START, US, Station

NAN, INF = math.nan, math.inf
BIG = 2**63 - 1


def same(got, expected):
    """The same bits: 0.0 is not -0.0."""
    def text(v):
        return v.hex() if isinstance(v, float) else repr(v)

    assert [text(v) for v in got] == [text(v) for v in expected]


def test_nan_and_infinities_in_files_are_null(binary, tmp_path):
    station = Station(tmp_path, binary, {"x": "double"})
    station.feature("latest", source_features="[x]")
    station.feature("seen", source_features="[x]", aggregation="last_k", params="{k: 1}", window="{last: 1}")
    for name in ("count", "sum", "min", "max", "mean"):
        station.feature(name + "_3h", aggregation=name, window="3h", source_features="[x]")
    station.feature("overflow", source_features="[x]", formula="x * 1e308 * 1e308")
    station.events(id=[1] * 5, at=[START + i * HOUR for i in range(5)], x=[1.0, NAN, INF, -INF, 2.0])
    got, _ = station.backfill()
    same(got["latest"].to_pylist(), [1.0, 1.0, 1.0, 1.0, 2.0])
    assert got["seen"].to_pylist() == [[1.0], None, None, None, [2.0]]
    assert got["count_3h"].to_pylist() == [1, 1, 1, 0, 1]
    for name in ("sum_3h", "min_3h", "max_3h", "mean_3h"):
        same(got[name].to_pylist(), [1.0, 1.0, 1.0, None, 2.0])
    assert got["overflow"].to_pylist() == [None] * 5


def test_negative_zero_never_leaves(binary, tmp_path):
    station = Station(tmp_path, binary, {"x": "double"})
    station.feature("latest", source_features="[x]")
    station.feature("negated", source_features="[x]", formula="-x")
    station.feature("product", source_features="[x]", formula="x * 0")
    for name in ("sum", "mean", "min", "max", "median"):
        station.feature(f"{name}_1h", aggregation=name, window="1h", source_features="[x]")
    station.feature("kinds", aggregation="count_distinct", window="lifetime", source_features="[x]")
    station.events(id=[1, 1, 1], at=[START, START + 1, START + HOUR * 2], x=[-0.0, 0.0, -5.0])
    got, _ = station.backfill()
    for name in ("latest", "negated", "sum_1h", "mean_1h", "min_1h", "max_1h", "median_1h"):
        same(got[name].to_pylist()[:2], [0.0, 0.0])
    same(got["product"].to_pylist(), [0.0] * 3)
    assert got["kinds"].to_pylist() == [1, 1, 2]


def test_sums_of_integers_do_not_wrap(binary, tmp_path):
    station = Station(tmp_path, binary, {"x": "int64"})
    for name in ("sum", "mean", "max", "range", "delta"):
        station.feature(f"{name}_2h", aggregation=name, window="2h", source_features="[x]")
    station.feature("doubled", source_features="[x]", formula="x + x")
    station.events(id=[1] * 5, at=[START + i * HOUR for i in range(5)], x=[BIG, 1, -BIG, -BIG - 1, 7])
    got, _ = station.backfill()
    assert got["sum_2h"].to_pylist() == [BIG, None, 1 - BIG, None, 6 - BIG]
    same(got["mean_2h"].to_pylist(), [float(BIG), 2.0**62, -(2.0**62), -(2.0**63), -(2.0**62)])
    assert got["range_2h"].to_pylist() == [0, BIG - 1, None, 1, None]
    assert got["delta_2h"].to_pylist() == [0, 1 - BIG, -BIG - 1, -1, None]
    assert got["doubled"].to_pylist() == [None, 2, 2, 2, 14]  # the last one that is not null


def exact_variance(values):
    n, numbers = len(values), [Fraction(v) for v in values]
    return float((n * sum(v * v for v in numbers) - sum(numbers) ** 2) / (n * (n - 1))) if n > 1 else None


@pytest.mark.parametrize("kind", ["plain", "far from zero", "many magnitudes", "equal"])
def test_sliding_min_max_and_stddev(binary, tmp_path, kind):
    """At every event, with gaps, ties and nulls: min and max as pandas, stddev to the last bit."""
    numbers = np.random.default_rng(11)
    rows = 600
    x = {
        "plain": numbers.normal(0, 1, rows),
        "far from zero": 1e9 + numbers.normal(0, 1e-3, rows),
        "many magnitudes": numbers.normal(0, 1, rows) * 10.0 ** numbers.integers(-150, 150, rows),
        "equal": np.full(rows, 0.1),
    }[kind]
    x[numbers.random(rows) < 0.1] = NAN
    times = np.sort(numbers.integers(0, 50 * 3600, rows))
    times[1::7] = times[:-1:7]
    ids = numbers.integers(0, 3, rows)
    station = Station(tmp_path, binary, {"x": "double"})
    for name in ("min", "max", "mean", "stddev"):
        station.feature(f"{name}_2h", aggregation=name, window="2h", source_features="[x]")
    order = numbers.permutation(rows)  # files need not be in order of time
    station.events(id=ids[order], at=START + times[order] * US, x=x[order])
    got = station.backfill()[0].to_pandas().set_index(["id", "event_time"])
    frame = pd.DataFrame({"id": ids, "x": x}, index=pd.to_datetime(START + times * US, unit="us", utc=True)).sort_index(kind="stable")
    for id, events in frame.groupby("id"):
        rolling = events["x"].rolling("2h")
        seen = pd.DataFrame({"min": rolling.min(), "max": rolling.max()}).groupby(level=0).last()
        for at, row in seen.iterrows():
            here = got.loc[(id, at)]
            inside = [v for v in events["x"][(events.index <= at) & (events.index > at - pd.Timedelta("2h"))] if v == v]
            expected = {"min": row["min"], "max": row["max"], "mean": NAN, "stddev": NAN}
            if inside:
                expected["mean"] = float(sum(map(Fraction, inside))) / len(inside)
                variance = exact_variance(inside)
                expected["stddev"] = NAN if variance is None else math.sqrt(variance)
                expected["min"], expected["max"] = min(inside), max(inside)
            same([float(here[f"{name}_2h"]) for name in expected], [float(v) for v in expected.values()])


def test_ties_are_told_apart_by_arrival_only(binary, tmp_path):
    station = Station(tmp_path, binary, {"x": "double"})
    for name in ("first", "last", "delta"):
        station.feature(f"{name}_1h", aggregation=name, window="1h", source_features="[x]")
    station.feature("both", aggregation="last_k", params="{k: 2}", window="1h", source_features="[x]")
    station.feature("last_two", aggregation="sum", window="{last: 2}", source_features="[x]")
    station.events(file="b.parquet", id=[1, 1], at=[START, START], x=[3.0, 4.0])
    station.events(file="a.parquet", id=[1, 1], at=[START, START], x=[1.0, 2.0])  # files in byte order of their paths
    got, _ = station.backfill()
    assert got.num_rows == 1
    row = got.to_pylist()[0]
    assert [row[name] for name in ("first_1h", "last_1h", "delta_1h", "both", "last_two")] == [1.0, 4.0, 3.0, [3.0, 4.0], 7.0]


def test_a_correction_of_the_same_time_in_the_same_file_wins(binary, tmp_path):
    station = Station(tmp_path, binary, {"x": "double"})
    station.feature("latest", source_features="[x]")
    station.feature("latest_twice", source_features="[latest]", formula="latest * 2")
    station.events(id=[1, 1, 2, 1], at=[START, START + HOUR, START, START], x=[1.0, 2.0, 9.0, 1.5])
    got, _ = station.dataset(id=[1, 1, 1, 2], at=[START, START + 1, START + HOUR, START])
    assert got["latest"].to_pylist() == [1.5, 1.5, 2.0, 9.0]
    assert got["latest_twice"].to_pylist() == [3.0, 3.0, 4.0, 18.0]
