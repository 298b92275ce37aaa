"""The generated pipeline's tables are the engine's, bit for bit, with one worker and with several."""
import json
import random
import struct
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

PUMP_FEATURES = [
    "pump_efficiency_change",
    "specific_energy_7d",
    "last_action",
    "days_since_overhaul",
    "maintenance_cost_30d",
    "starts_24h",
    "run_minutes",
    "longest_silence_24h",
    "bearing_temperature_rise_1h",
    "temperature_follows_load_24h",
    "vibration_p95_1h",
]
WORKERS = {"one worker": [], "two workers": ["--direct_num_workers=2", "--direct_running_mode=multi_processing"]}

MANY_VALUES = """
project: {name: many}
---
entity: {name: sensor, key: id}
---
source:
  name: readings
  entity: sensor
  event_time: at
  columns: {x: double, n: int64}
  batch: {format: ndjson, path: readings.ndjson}
---
feature:
  name: distinct
  description: Distinct values, of which more than 4,096 are estimated
  owner: t
  version: "1.0"
  aggregation: approx_count_distinct
  window: [2h, lifetime]
  source_features: [x]
---
feature: {name: p90, description: d, owner: t, version: "1.0", aggregation: approx_percentile, params: {p: 0.9}, window: 2h, source_features: [x]}
---
feature: {name: n_moments, description: d, owner: t, version: "1.0", aggregation: [kurtosis, skewness], window: 1h, source_features: [n]}
"""


def rows_of(folder):
    out = []
    for file in sorted(folder.glob("day=*/part-0.parquet")):
        out.append((file.parent.name, pq.ParquetFile(file).read()))
    return out


def bits(value):
    return struct.pack("<d", value) if isinstance(value, float) else value


def assert_same(native, beam):
    expected, got = rows_of(native), rows_of(beam)
    assert expected and [day for day, _ in expected] == [day for day, _ in got]
    for (day, a), (_, b) in zip(expected, got, strict=True):
        assert a.schema.names == b.schema.names and a.schema.types == b.schema.types
        for column in a.schema.names:
            x, y = ([bits(v) for v in table.column(column).to_pylist()] for table in (a, b))
            assert x == y, (day, column)


def run(command, folder):
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="module")
def pumps_with_data(pumps, binary):
    run([sys.executable, "generate.py", "--pumps", "2", "--days", "6", "--output", "."], pumps)
    run([binary, "backfill", "--output", "native", "--quiet", "--features", ",".join(PUMP_FEATURES)], pumps)
    return pumps


@pytest.mark.parametrize("workers", WORKERS)
def test_pumps(pumps_with_data, beam_python, workers):
    output = f"beam-{workers}".replace(" ", "-")
    command = [beam_python, "beam/pipeline.py", "--mode", "backfill", "--base", ".", "--output", output]
    run([*command, "--features", ",".join(PUMP_FEATURES), *WORKERS[workers]], pumps_with_data)
    assert_same(pumps_with_data / "native" / "pump", pumps_with_data / output / "pump")


def test_a_grid(pumps_with_data, binary, beam_python):
    grid = ["--every", "5h", "--start", "2024-01-02T01:00:00Z", "--end", "2024-01-05", "--features", "last_action,vibration_p95_1h"]
    run([binary, "backfill", "--output", "native-grid", "--quiet", *grid], pumps_with_data)
    run([beam_python, "beam/pipeline.py", "--mode", "backfill", "--base", ".", "--output", "beam-grid", *grid], pumps_with_data)
    assert_same(pumps_with_data / "native-grid" / "pump", pumps_with_data / "beam-grid" / "pump")


def test_histories_as_bytes_between_all_steps(pumps_with_data, binary, beam_python):
    """Runners hand them on within a stage; one that does not finds the same values in them."""
    features = "last_action,starts_24h,temperature_follows_load_24h,days_since_overhaul"
    run([binary, "backfill", "--output", "native-apart", "--quiet", "--features", features], pumps_with_data)
    run([binary, "generate", "beam", "--output", "code-apart", "--quiet", "--features", features], pumps_with_data)
    script = Path(__file__).parent / "apart_run.py"
    run([beam_python, script, "code-apart", "--mode", "backfill", "--base", ".", "--output", "beam-apart"], pumps_with_data)
    assert_same(pumps_with_data / "native-apart" / "pump", pumps_with_data / "beam-apart" / "pump")


def test_more_values_than_are_counted_exactly(binary, beam_python, tmp_path):
    chance = random.Random(5)
    (tmp_path / "project.yaml").write_text(MANY_VALUES)
    with open(tmp_path / "readings.ndjson", "w") as file:
        for i in range(7_000):
            at = f"2024-03-01T{i // 1400:02}:{i % 1400 // 24:02}:{i % 1400 % 24 * 2:02}Z"
            x, n = chance.gauss(0, 1e3) if chance.random() < 0.9 else 1.5, chance.randrange(-50, 50)
            file.write(json.dumps({"id": "a", "at": at, "x": x, "n": n}) + "\n")
    run([binary, "backfill", "--output", "native", "--quiet"], tmp_path)
    run([binary, "generate", "beam", "--output", "code", "--quiet"], tmp_path)
    run([beam_python, "code/pipeline.py", "--mode", "backfill", "--output", "out"], tmp_path)
    assert_same(tmp_path / "native" / "sensor", tmp_path / "out" / "sensor")
