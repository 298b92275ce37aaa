"""What the counters tell: that spilling, several partitions and wide sums really happened, and changed no bit."""
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import Command, measured

DAY_US = 86_400 * 10**6
START = 1_709_251_200 * 10**6  # 2024-03-01T00:00:00Z
ROWS = 100_000
FEATURES = {
    "sum_6h": "aggregation: sum, window: 6h",
    "stddev_1h": "aggregation: stddev, window: 1h",
    "kurtosis_1h": "aggregation: kurtosis, window: 1h",
    "max_6h": "aggregation: max, window: 6h",
    "median_1h": "aggregation: median, window: 1h",
    "last_3": "aggregation: last_k, params: {k: 3}, window: {last: 5}",
    "smooth": "aggregation: ewma, params: {half_life: 1h}, window: 6h",
    "held": "aggregation: time_weighted_mean, window: 6h",
}


@pytest.fixture(scope="module")
def station(binary, tmp_path_factory):
    """Events out of order in time, over 40 magnitudes, in four files."""
    folder = tmp_path_factory.mktemp("counters")
    numbers = np.random.default_rng(5)
    texts = ["project: {name: counters}", "entity: {name: pump, key: id}", "source: {name: s, entity: pump, event_time: at, columns: {x: double, tag: string}, batch: {format: parquet, path: data}}"]
    texts += [f"feature: {{name: {name}, description: d, owner: o, version: '1.0', source_features: [x], {rule}}}" for name, rule in FEATURES.items()]
    texts.append("feature: {name: tags, description: d, owner: o, version: '1.0', source_features: [tag], aggregation: count_distinct, window: 6h}")
    (folder / "project.yaml").write_text("\n---\n".join(texts) + "\n")
    (folder / "data").mkdir()
    for part in range(4):
        rows = ROWS // 4
        table = {
            "id": numbers.integers(0, 500, rows),
            "at": pa.array(START + numbers.integers(0, 3 * DAY_US, rows), pa.timestamp("us", "UTC")),
            "x": numbers.normal(0, 1, rows) * 10.0 ** numbers.integers(-20, 20, rows),
            "tag": pa.array([f"a tag of some length {i}" for i in numbers.integers(0, 50, rows)]),
        }
        pq.write_table(pa.table(table), folder / "data" / f"part-{part}.parquet", row_group_size=5_000)
    asked = {"id": numbers.integers(0, 520, 20_000), "at": pa.array(START + numbers.integers(-DAY_US, 4 * DAY_US, 20_000), pa.timestamp("us", "UTC"))}
    pq.write_table(pa.table(asked), folder / "observations.parquet")
    return Command(binary, folder)


def backfill(station, *options):
    return station("backfill", "--output", "null:", "--checksum", "--format", "json", "-q", *options).json()


@pytest.fixture(scope="module")
def undisturbed(station):
    return backfill(station)


WAYS = {
    "one thread": ["--threads", "1"],
    "three threads": ["--threads", "3"],
    "little memory": ["--memory", "10MB"],
    "little memory, one thread": ["--memory", "10MB", "--threads", "1"],
    "small steps": ["--step-rows", "37"],
}


@pytest.mark.parametrize("way", WAYS)
def test_same_bits(station, undisturbed, way):
    report = backfill(station, *WAYS[way])
    assert report["entities"][0]["checksum"] == undisturbed["entities"][0]["checksum"]
    assert report["statistics"]["rows_read"] == ROWS


@pytest.mark.parametrize("way", WAYS)
def test_same_training_set(station, way):
    ask = ["dataset", "--observations", "observations.parquet", "--output", "null:", "--time-column", "at", "--checksum", "--format", "json", "-q"]
    assert station(*ask, *WAYS[way]).json()["checksum"] == station(*ask).json()["checksum"]


def test_little_memory_spills_and_stays_under_it(station, undisturbed):
    calm, tight = undisturbed["statistics"], backfill(station, "--memory", "10MB")["statistics"]
    assert calm["spilled_bytes"] == 0
    assert tight["spilled_bytes"] > 0.5e6
    assert tight["partitions"] > 1
    assert tight["memory_bytes_max"] < 10 * 2**20 < calm["memory_bytes_max"]


def test_spilled_files_are_gone_after_the_run(station):
    before = sorted(station.folder.rglob("*"))
    station("backfill", "--output", "store", "--memory", "10MB", "-q")
    new = [path for path in sorted(station.folder.rglob("*")) if path not in before and path.is_file()]
    assert sorted({path.name for path in new}) == ["manifest.json", "part-0.parquet", "quality.json"], new


def test_threads_share_several_partitions(station):
    statistics = backfill(station, "--threads", "2")["statistics"]
    assert statistics["partitions"] >= 2
    assert statistics["units_read"] == 20, "row groups"


def test_magnitudes_widen_exact_sums(station, undisturbed, tmp_path):
    assert undisturbed["statistics"]["wide_promotions"] > 500
    narrow = tmp_path / "project.yaml"
    narrow.write_text((station.folder / "project.yaml").read_text().replace("path: data", f"path: {tmp_path}/data"))
    (tmp_path / "data").mkdir()
    table = pq.read_table(station.folder / "data" / "part-0.parquet")
    pq.write_table(table.set_column(2, "x", pa.array(np.random.default_rng(1).integers(1, 100, table.num_rows).astype(float))), tmp_path / "data" / "part-0.parquet")
    assert backfill(Command(station.binary, tmp_path))["statistics"]["wide_promotions"] == 0


def test_peak_of_the_process_is_near_the_limit(station):
    """The limit is for what the engine holds; code and libraries come on top."""
    code, _, peak_bytes = measured([station.binary, "backfill", "--output", "null:", "--memory", "64MB", "--threads", "2", "-q"], station.folder, cwd=station.folder, capture_output=True)
    assert code == 0
    assert peak_bytes < 64e6 + 110e6
