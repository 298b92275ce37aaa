"""What other feature stores were seen to get wrong, one test each."""
import numpy as np
import pandas as pd
import pytest
from station import HOUR, START, Station


def test_duplicate_observations_are_kept_in_their_order(binary, tmp_path):
    station = Station(tmp_path, binary, {"x": "double"})
    station.feature("total", aggregation="sum", window="1h", source_features="[x]")
    station.events(id=[1, 1, 2], at=[START, START + 1, START], x=[1.0, 2.0, 5.0])
    ids, times, labels = [2, 1, 1, 2, 1, 1], [START, START + 1, START + 1, START, START, START + 1], [0, 1, 1, 0, 1, 0]
    got, _ = station.dataset(id=ids, at=times, label=labels)
    assert got["id"].to_pylist() == ids
    assert got["label"].to_pylist() == labels
    assert got["total"].to_pylist() == [5.0, 3.0, 3.0, 5.0, 1.0, 3.0]


def test_nothing_after_the_observation_is_seen_and_the_instant_itself_is(binary, tmp_path):
    station = Station(tmp_path, binary, {"x": "double"})
    station.feature("latest", source_features="[x]")
    station.events(id=[1, 1], at=[START, START + 10], x=[1.0, 2.0])
    got, _ = station.dataset(id=[1, 1, 1, 1], at=[START - 1, START, START + 9, START + 10])
    assert got["latest"].to_pylist() == [None, 1.0, 1.0, 2.0]


def test_corrections_that_arrive_late_win_over_what_they_correct(binary, tmp_path):
    station = Station(tmp_path, binary, {"x": "double"})
    station.feature("latest", source_features="[x]")
    station.feature("mean_1h", aggregation="mean", window="1h", source_features="[x]")
    station.events(file="2024-03-01.parquet", id=[1, 1], at=[START, START + HOUR // 2], x=[10.0, 20.0])
    # Delivered a day later: one event that was missing, and a second value for a time that was there.
    station.events(file="2024-03-02.parquet", id=[1, 1, 1], at=[START + HOUR // 4, START + HOUR // 2, START + 24 * HOUR], x=[40.0, 22.0, 0.0])
    got, _ = station.dataset(id=[1, 1], at=[START + HOUR // 4, START + HOUR // 2])
    assert got["latest"].to_pylist() == [40.0, 22.0]
    assert got["mean_1h"].to_pylist() == [25.0, 23.0]


def test_extremes_that_leave_the_window_are_forgotten(binary, tmp_path):
    station = Station(tmp_path, binary, {"x": "double"})
    for name in ("min", "max"):
        station.feature(f"{name}_3h", aggregation=name, window="3h", source_features="[x]")
    falling = [float(v) for v in range(100, 50, -1)]
    station.events(id=[1] * 50, at=[START + i * HOUR for i in range(50)], x=falling)
    got, _ = station.backfill()
    assert got["max_3h"].to_pylist() == [falling[max(i - 2, 0)] for i in range(50)]
    assert got["min_3h"].to_pylist() == falling


def test_sliding_statistics_do_not_remember_what_left(binary, tmp_path):
    station = Station(tmp_path, binary, {"x": "double"})
    for name in ("sum", "stddev", "variance_pop"):
        station.feature(f"{name}_2h", aggregation=name, window="2h", source_features="[x]")
    values = [0.1, 1e300, -1e16, 0.1, 0.1, 0.2, 0.1]
    station.events(id=[1] * 7, at=[START + i * HOUR for i in range(7)], x=values)
    got, _ = station.backfill()
    assert got["sum_2h"].to_pylist()[4:] == [0.2, 0.1 + 0.2, 0.1 + 0.2]
    assert got["stddev_2h"].to_pylist()[4] == 0.0
    assert got["variance_pop_2h"].to_pylist()[4] == 0.0


def test_ties_are_seen_together_and_give_one_row(binary, tmp_path):
    station = Station(tmp_path, binary, {"x": "double"})
    station.feature("n", aggregation="count", window="lifetime", source="readings")
    station.feature("n_again", aggregation="max", window="lifetime", source="readings", source_features="[n]", formula="n")
    station.events(id=[1, 1, 1, 1], at=[START, START, START, START + 1], x=[1.0, 2.0, 3.0, 4.0])
    got, _ = station.backfill()
    assert got["n"].to_pylist() == [3, 4]
    assert got["n_again"].to_pylist() == [3, 4], "a feature of a feature sees no half of a tie"


def test_the_order_of_rows_changes_no_bit(binary, tmp_path):
    numbers = np.random.default_rng(7)
    x, times = numbers.normal(0, 1, 5000) * 10.0 ** numbers.integers(-20, 20, 5000), START + np.arange(5000) * HOUR // 100
    got = []
    for name, order in [("sorted", np.arange(5000)), ("shuffled", numbers.permutation(5000))]:
        (tmp_path / name).mkdir()
        station = Station(tmp_path / name, binary, {"x": "double"})
        for aggregation in ("sum", "mean", "stddev", "kurtosis"):
            station.feature(f"{aggregation}_1h", aggregation=aggregation, window="1h", source_features="[x]")
        station.events(id=(order % 7).tolist(), at=times[order], x=x[order])
        got.append(station.backfill()[0])
    assert got[0].equals(got[1])


@pytest.mark.slow
def test_a_thousand_features_at_17000_observations_in_bounded_memory(binary, tmp_path):
    numbers = np.random.default_rng(1)
    rows, asked = 1_150_000, 17_000
    station = Station(tmp_path, binary, {"x": "double", "y": "double"})
    aggregations = "count sum mean min max variance stddev range last first".split()
    for column in "xy":
        for hours in range(1, 51):
            for aggregation in aggregations:
                station.feature(f"{aggregation}_{column}_{hours}h", aggregation=aggregation, window=f"{hours}h", source_features=f"[{column}]")
    ids, times = numbers.integers(0, 2000, rows), np.sort(START + numbers.integers(0, 720 * HOUR, rows))
    x, y = numbers.normal(0, 1, rows), numbers.normal(0, 1, rows)
    station.events(id=ids, at=times, x=x, y=y)
    assert 25e6 < (tmp_path / "data" / "part-0.parquet").stat().st_size < 50e6
    asked_ids, asked_at = numbers.integers(0, 2000, asked), START + numbers.integers(0, 720 * HOUR, asked)
    got, run = station.dataset("--memory", "500MB", id=asked_ids, at=asked_at)
    print(f"1,000 features at 17,000 observations: {run.seconds:.1f} s, peak {run.peak_bytes / 1e6:.0f} MB")
    assert got.num_rows == asked and got.num_columns == 2 + 1000
    for at in range(0, asked, 1700):
        inside = (ids == asked_ids[at]) & (times <= asked_at[at]) & (times > asked_at[at] - 37 * HOUR)
        assert got["count_x_37h"][at].as_py() == inside.sum()
        assert got["max_y_37h"][at].as_py() == (y[inside].max() if inside.any() else None)
    assert run.peak_bytes < 800e6
    assert run.seconds < 120


@pytest.mark.slow
def test_a_thousand_columns_at_17000_observations_in_bounded_memory(binary, tmp_path):
    """The same size from a wide table of 37 MB: the latest value of each of 1,000 columns."""
    numbers = np.random.default_rng(2)
    rows, asked = 3_800, 17_000
    names = [f"c{i}" for i in range(1000)]
    station = Station(tmp_path, binary, dict.fromkeys(names, "double"))
    for name in names:
        station.feature(f"latest_{name}", source_features=f"[{name}]")
    values = numbers.normal(0, 1, (1000, rows))
    ids, times = numbers.integers(0, 100, rows), START + numbers.integers(0, 720 * HOUR, rows)
    station.events(id=ids, at=times, **dict(zip(names, values)))
    assert 35e6 < (tmp_path / "data" / "part-0.parquet").stat().st_size < 39e6
    asked_ids, asked_at = numbers.integers(0, 100, asked), START + numbers.integers(0, 720 * HOUR, asked)
    got, run = station.dataset("--memory", "500MB", id=asked_ids, at=asked_at)
    print(f"1,000 columns at 17,000 observations: {run.seconds:.1f} s, peak {run.peak_bytes / 1e6:.0f} MB")
    events = pd.DataFrame({"id": ids, "at": times, "row": np.arange(rows, dtype=float)}).sort_values("at", kind="stable")
    spine = pd.DataFrame({"id": asked_ids, "at": asked_at, "place": np.arange(asked)}).sort_values("at", kind="stable")
    row = pd.merge_asof(spine, events, on="at", by="id").sort_values("place")["row"].to_numpy()
    for i in (0, 1, 499, 999):
        expected = np.where(np.isnan(row), np.nan, values[i][np.nan_to_num(row).astype(int)])
        assert np.array_equal(got[f"latest_c{i}"].to_numpy(), expected, equal_nan=True)
    assert run.peak_bytes < 800e6
