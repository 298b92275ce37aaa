"""What the counters tell: that spilling, several partitions and wide sums really happened, and changed no bit."""
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import Command, measured

DAY_US = 86_400 * 10**6
START = 1_709_251_200 * 10**6  # 2024-03-01T00:00:00Z
ROWS = 160_000
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
        pq.write_table(pa.table(table), folder / "data" / f"part-{part}.parquet", row_group_size=8_000)
    asked = {"id": numbers.integers(0, 520, 20_000), "at": pa.array(START + numbers.integers(-DAY_US, 4 * DAY_US, 20_000), pa.timestamp("us", "UTC"))}
    pq.write_table(pa.table(asked), folder / "observations.parquet")
    return Command(binary, folder)


def backfill(station, *options):
    return station("backfill", "--output", "null:", "--checksum", "--format", "json", "-q", *options).json()


def dataset(station, *options):
    return station("dataset", "--observations", "observations.parquet", "--output", "null:", "--time-column", "at", "--checksum", "--format", "json", "-q", *options).json()


WAYS = {
    "undisturbed": ["--threads", "2"],
    "one thread": ["--threads", "1"],
    "three threads, small steps": ["--threads", "3", "--step-rows", "37"],
    "little memory": ["--memory", "14MB", "--threads", "2"],
    "little memory, one thread": ["--memory", "14MB", "--threads", "1"],
}


@pytest.fixture(scope="module")
def reports(station):
    return {way: backfill(station, *options) for way, options in WAYS.items()}


@pytest.mark.parametrize("way", WAYS)
def test_same_bits(reports, way):
    assert reports[way]["entities"][0]["checksum"] == reports["undisturbed"]["entities"][0]["checksum"]
    assert reports[way]["statistics"]["rows_read"] == ROWS


@pytest.fixture(scope="module")
def training_set(station):
    return dataset(station)["checksum"]


@pytest.mark.parametrize("way", ["one thread", "three threads, small steps", "little memory"])
def test_same_training_set(station, training_set, way):
    assert dataset(station, *WAYS[way])["checksum"] == training_set


def test_little_memory_spills_and_stays_under_it(reports):
    calm, tight = reports["undisturbed"]["statistics"], reports["little memory"]["statistics"]
    assert calm["spilled_bytes"] == 0
    assert tight["spilled_bytes"] > 0.5e6
    assert tight["partitions"] > 1
    assert tight["memory_bytes_max"] < 14e6 < calm["memory_bytes_max"]


def test_spilled_files_are_gone_after_the_run(station):
    before = sorted(station.folder.rglob("*"))
    station("backfill", "--output", "store", "--memory", "14MB", "-q")
    new = [path for path in sorted(station.folder.rglob("*")) if path not in before and path.is_file()]
    assert sorted({path.name for path in new}) == ["manifest.json", "part-0.parquet", "quality.json"], new


def test_threads_share_several_partitions(reports):
    statistics = reports["undisturbed"]["statistics"]
    assert statistics["partitions"] >= 2
    assert statistics["units_read"] == 20, "row groups"


def test_magnitudes_widen_exact_sums(station, reports, tmp_path):
    assert reports["undisturbed"]["statistics"]["wide_promotions"] > 1000
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
