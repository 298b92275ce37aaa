"""The first hour of a newcomer: from three public data sets, as they lie in packages of PyPI, to values, a training set and a model.

Each step is held against pandas. Run by .venv-newcomer, made from requirements.txt beside this file.
"""
import importlib.util
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "behaviour"))
from command import Command  # noqa: E402

pd = pytest.importorskip("pandas")
np = pytest.importorskip("numpy")
linear_model = pytest.importorskip("sklearn.linear_model")
for package in ("vega_datasets", "plotnine", "bokeh_sampledata"):
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not there: use .venv-newcomer", allow_module_level=True)


@dataclass
class DataSet:
    package: str
    path: str  # inside the package
    source: str
    key: str
    time: str
    column: str  # whose mean is the second feature


SETS = [
    DataSet("bokeh_sampledata", "_data/stocks.csv.gz", "stocks", "Ticker", "Date", "Open"),
    DataSet("plotnine", "data/economics_long.csv", "economics_long", "variable", "date", "value"),
    DataSet("vega_datasets", "_data/iowa-electricity.csv", "iowa_electricity", "source", "year", "net_generation"),
]


def data_file(each):
    """Without importing the package, whose own needs do not matter here."""
    return Path(importlib.util.find_spec(each.package).origin).parent / each.path


@pytest.fixture(params=SETS, ids=lambda each: each.source)
def begun(request, binary, tmp_path):
    """The repository that `init --from` makes of the file, and the file as pandas reads it."""
    each = request.param
    (tmp_path / "data").mkdir()
    path = Path(shutil.copy(data_file(each), tmp_path / "data"))
    shell = Command(binary, tmp_path)
    said = shell("init", "--from", path.relative_to(tmp_path)).err
    frame = pd.read_csv(path)
    assert f"source {each.source}: {len(frame)} rows" in said and f"`{each.time}` says when, `{each.key}` is the key" in said, said
    frame[each.time] = pd.to_datetime(frame[each.time])
    return each, shell, frame.sort_values([each.time, each.key], kind="stable")


def features_of(shell):
    """The two names, and the window of both."""
    (text,) = [path.read_text() for path in (shell.folder / "features").iterdir()]
    count, mean = re.findall(r"name: (\S+)", text)
    return count, mean, pd.Timedelta(re.search(r"window: (\S+)", text)[1])


def expected_at(frame, each, window, keys, times):
    """Count and mean of the events in (t - window, t], event by event."""
    counts, means = [], []
    by_key = {key: part for key, part in frame.groupby(each.key)}
    for key, t in zip(keys, times):
        part = by_key[key]
        inside = part[(part[each.time] > t - window) & (part[each.time] <= t)][each.column]
        counts.append(len(inside))
        means.append(inside.mean() if len(inside) else np.nan)
    return np.array(counts), np.array(means, dtype=float)


def test_values(begun):
    each, shell, frame = begun
    assert shell("check").err.startswith("no problems")
    count, mean, window = features_of(shell)
    path = shell.folder / "values.csv"
    path.write_text(shell("show", "--last", "100000", "--format", "csv").out)
    values = pd.read_csv(path)
    assert list(values.columns) == [each.key, "event_time", count, mean]
    values["event_time"] = pd.to_datetime(values["event_time"]).dt.tz_localize(None)
    rolled = frame.set_index(each.time).groupby(each.key)[each.column].rolling(window, closed="right").agg(["count", "mean"]).reset_index()
    both = values.merge(rolled, left_on=[each.key, "event_time"], right_on=[each.key, each.time], validate="one_to_one")
    assert len(both) == len(values) == len(frame)
    assert (both[count] == both["count"]).all()
    np.testing.assert_allclose(both[mean], both["mean"], rtol=1e-9)


def labels_of(frame, each):
    """Instants between events, and whether the next value is greater than the last."""
    chance = np.random.default_rng(7)
    rows = []
    for key, part in frame.groupby(each.key):
        times, column = part[each.time].to_numpy(), part[each.column].to_numpy()
        for i in chance.choice(np.arange(1, len(part) - 1), size=min(40, len(part) - 2), replace=False):
            rows.append((key, pd.Timestamp(times[i]) + pd.Timedelta(hours=int(chance.integers(0, 12))), int(column[i + 1] > column[i])))
    return pd.DataFrame(rows, columns=[each.key, "event_time", "rises"]).sample(frac=1, random_state=1).reset_index(drop=True)


def test_training_set_and_model(begun):
    each, shell, frame = begun
    count, mean, window = features_of(shell)
    name = shell.folder / "features" / "mine.yaml"
    name.write_text(
        f"feature:\n  name: latest\n  description: The last value\n  owner: me\n  version: \"1.0\"\n  source_features: [{each.source}.{each.column}]\n  formula: {each.column}\n  internal: true\n---\n"
        f"feature:\n  name: against_mean\n  description: The last value against the mean\n  owner: me\n  version: \"1.0\"\n  source_features: [latest, {mean}]\n  formula: latest / {mean}\n")
    labels = labels_of(frame, each)
    labels.to_csv(shell.folder / "labels.csv", index=False, date_format="%Y-%m-%dT%H:%M:%SZ")
    shell("dataset", "--observations", "labels.csv", "--time-column", "event_time", "--output", "train.parquet")
    train = pd.read_parquet(shell.folder / "train.parquet")
    assert list(train.columns) == [each.key, "event_time", "rises", count, mean, "against_mean"]
    assert (train["rises"] == labels["rises"]).all() and (train[each.key] == labels[each.key]).all()

    counts, means = expected_at(frame, each, window, labels[each.key], labels["event_time"])
    last = pd.merge_asof(labels.sort_values("event_time"), frame[[each.key, each.time, each.column]], left_on="event_time", right_on=each.time, by=each.key).set_index(labels.sort_values("event_time").index).sort_index()
    assert (train[count] == counts).all()
    np.testing.assert_allclose(train[mean], means, rtol=1e-9)
    np.testing.assert_allclose(train["against_mean"], last[each.column] / means, rtol=1e-9)

    by_hand = pd.DataFrame({"count": counts, "against": last[each.column] / means}).fillna(0)
    ours = train[[count, "against_mean"]].fillna(0)
    models = [linear_model.LogisticRegression().fit(table.to_numpy(), labels["rises"]) for table in (ours, by_hand)]
    chances = [model.predict_proba(table.to_numpy())[:, 1] for model, table in zip(models, (ours, by_hand))]
    np.testing.assert_allclose(*chances, rtol=1e-6)
    assert models[0].score(ours.to_numpy(), labels["rises"]) >= max(labels["rises"].mean(), 1 - labels["rises"].mean()) - 0.05
