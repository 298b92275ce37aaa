"""What features took, as `--meter` tells it: whole numbers that add up to the process, and dear features that are seen to be dear."""
import statistics

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import Command

START = 1_709_251_200 * 10**6  # 2024-03-01T00:00:00Z
ROWS = 200_000
COUNTS = ("cpu_ns", "rows", "bytes", "state_bytes", "values")


def write_project(folder, features):
    texts = ["project: {name: metered}", "entity: {name: pump, key: id}",
             "source: {name: s, entity: pump, event_time: at, columns: {x: double, y: double}, batch: {format: parquet, path: data.parquet}}"]
    texts += [f"feature: {{name: {name}, description: d, owner: {owner}, version: '1.0', {rule}}}" for name, owner, rule in features]
    (folder / "project.yaml").write_text("\n---\n".join(texts) + "\n")


@pytest.fixture(scope="module")
def station(binary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("metered")
    numbers = np.random.default_rng(3)
    table = {"id": numbers.integers(0, 50, ROWS), "at": pa.array(START + np.arange(ROWS) * 10**6, pa.timestamp("us", "UTC")), "x": numbers.normal(10, 1, ROWS), "y": numbers.normal(0, 1, ROWS)}
    pq.write_table(pa.table(table), folder / "data.parquet", row_group_size=20_000)
    asked = {"id": numbers.integers(0, 50, 1000), "at": pa.array(START + numbers.integers(0, ROWS, 1000) * 10**6, pa.timestamp("us", "UTC"))}
    pq.write_table(pa.table(asked), folder / "observations.parquet")
    return Command(binary, folder)


def metered(station, *command):
    meter = station(*command, "--meter", "--format", "json", "-q").json()["meter"]
    for count in COUNTS:
        assert sum(each["work"][count] for each in meter["features"]) + meter["unattributed"][count] == meter["whole"][count], count
        assert sum(node["work"][count] for node in meter["nodes"] if node["features"]) + meter["unattributed"][count] == meter["whole"][count], count
    return meter


def work(meter, feature):
    return next(each["work"] for each in meter["features"] if each["feature"] == feature)


SHARED = (("mean_1h", "a", "source_features: [x], formula: x, aggregation: mean, window: 1h"), ("stddev_1h", "a", "source_features: [x], formula: x, aggregation: stddev, window: 1h"),
          ("ratio", "b", "source_features: [mean_1h, stddev_1h], formula: stddev_1h / mean_1h"))


def test_parts_add_up_to_the_process(station):
    write_project(station.folder, SHARED)
    meter = metered(station, "backfill", "--output", "null:")
    assert [(each["feature"], each["owner"]) for each in meter["features"]] == [("mean_1h", "a"), ("stddev_1h", "a"), ("ratio", "b")]
    assert meter["sources"][0]["work"]["rows"] == ROWS and meter["sources"][0]["work"]["bytes"] > ROWS
    assert meter["whole"]["cpu_ns"] > 10**7
    assert meter["unattributed"]["cpu_ns"] < meter["whole"]["cpu_ns"]  # how much less, benchmarks/meter.py measures
    assert all(each["work"]["values"] == ROWS for each in meter["features"])
    assert abs(work(meter, "mean_1h")["cpu_ns"] - work(meter, "stddev_1h")["cpu_ns"]) <= 10, "they share everything"
    assert work(meter, "ratio")["bytes"] == 0, "it reads features only"
    state = next(node for node in meter["nodes"] if node["kind"] == "state")
    assert state["features"] == ["mean_1h", "stddev_1h"] and state["work"]["rows"] == ROWS


def test_written_tables_and_training_sets_too(station, tmp_path):
    write_project(station.folder, SHARED)
    stored = metered(station, "backfill", "--output", str(tmp_path / "offline"))
    assert next(node for node in stored["nodes"] if node["kind"] == "entity")["features"] == ["mean_1h", "stddev_1h", "ratio"]
    dataset = metered(station, "dataset", "--observations", "observations.parquet", "--output", str(tmp_path / "train.parquet"))
    assert {each["work"]["values"] for each in dataset["features"]} == {1000}
    assert "(unattributed)" in station("backfill", "--output", "null:", "--meter").out
    assert "meter" not in station("backfill", "--output", "null:", "--format", "json", "-q").json()


def test_a_feature_made_dearer_shows_so(station):
    def share(rule):
        """Of one run in three, since others use the machine too."""
        write_project(station.folder, (("plain", "a", "source_features: [y], formula: y, aggregation: sum, window: 1h"), ("changed", "b", f"source_features: [x], {rule}")))
        meters = [metered(station, "backfill", "--output", "null:", "--threads", "1") for _ in range(3)]
        return statistics.median(work(meter, "changed")["cpu_ns"] / work(meter, "plain")["cpu_ns"] for meter in meters)

    cheap = share("formula: ln(x), aggregation: sum, window: 1h")
    dear = share("formula: '" + " + ".join(f"ln(x + {term})" for term in range(60)) + "', aggregation: sum, window: 1h")
    assert dear > cheap, (cheap, dear)
    counted = share("formula: x, aggregation: count, window: 1h")
    longer = share("formula: x, aggregation: median, window: 7d")
    assert longer > counted, (counted, longer)
