"""`--kernel native`: our compiled engine inside the generated pipeline gives the engine's tables, bit for bit."""
import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from test_beam_backfill import assert_same, bits
from test_beam_project import assert_golden
from test_beam_stream import BOUNDED, PROJECT, UNBOUNDED, make_project

RUNS = {
    "one worker": [],
    "two workers": ["--direct_num_workers=2", "--direct_running_mode=multi_processing"],
    "one share": ["--kernel_shares=1"],
    "many shares": ["--kernel_shares=1000"],
}

# Two keys, one of them a number; three formats that say the same types each in its own way; features of features.
SITES = """
project: {name: sites}
---
entity: {name: site, key: [region, number]}
---
source:
  name: loads
  entity: site
  event_time: at
  columns: {kw: double, n: int64, mode: string, ok: bool, until: timestamp}
  batch: {format: parquet, path: loads}
---
source: {name: visits, entity: site, event_time: day, columns: {cost: double, who: string}, batch: {format: csv, path: visits.csv}}
---
source: {name: pings, entity: site, event_time: sent, unit: ms, arrival: seq, columns: {ms: double}, batch: {format: ndjson, path: pings}}
---
feature: {name: kw, description: d, owner: t, version: "1.0", aggregation: [sum, mean, stddev], window: [1h, 1d], source_features: [kw, mode], formula: kw, filter: mode != 'off'}
---
feature: {name: newest, description: d, owner: t, version: "1.0", aggregation: last, window: lifetime, source_features: [until]}
---
feature: {name: lows, description: d, owner: t, version: "1.0", aggregation: first_k, params: {k: 3}, window: 6h, source_features: [kw]}
---
feature: {name: paid, description: d, owner: t, version: "1.0", aggregation: sum, window: lifetime, source_features: [cost]}
---
feature: {name: visitor, description: d, owner: t, version: "1.0", aggregation: last, window: 30d, source_features: [who]}
---
feature: {name: lag, description: d, owner: t, version: "1.0", aggregation: last, window: {last: 2}, source_features: [ms]}
---
feature: {name: excess, description: d, owner: t, version: "1.0", aggregation: max, window: 2h, source_features: [kw, kw_mean_1h], formula: kw - kw_mean_1h}
---
feature: {name: ratio, description: d, owner: t, version: "1.0", source: loads, source_features: [excess, paid], formula: excess / paid}
"""
START = 1_709_251_200_000_000  # 2024-03-01


def run(command, folder, **variables):
    environment = os.environ | {name: str(value) for name, value in variables.items()}
    command = [str(part) for part in command]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stderr


def counted(said, name="kernel_rows_read"):
    """A counter as the pipeline prints it at its end."""
    return int(re.search(rf"^{name}: ([\d,]+)$", said, re.M)[1].replace(",", ""))


@pytest.fixture(scope="module")
def native(beam_python, kernel_folder):
    """Runs a generated pipeline with the kernel; gives what it said."""

    def native(folder, *arguments, code="beam"):
        command = [beam_python, f"{code}/pipeline.py", "--kernel", "native", *arguments]
        return run(command, folder, PYTHONPATH=kernel_folder)

    return native


@pytest.fixture(scope="module")
def station(pumps, binary):
    run([sys.executable, "generate.py", "--pumps", "3", "--days", "6", "--output", "."], pumps)
    run([binary, "backfill", "--output", "engine", "--quiet"], pumps)
    run([binary, "dataset", "--observations", "labels.parquet", "--output", "train.parquet", "--quiet"], pumps)
    return pumps


def rows_of_station(folder):
    count = sum(pq.ParquetFile(path).metadata.num_rows for path in folder.glob("data/telemetry/*/*.parquet"))
    count += sum(len(path.read_text().splitlines()) for path in folder.glob("data/air/*"))
    return count + len((folder / "data/maintenance.csv").read_text().splitlines()) - 1


@pytest.mark.parametrize("name", RUNS)
def test_backfill(station, native, name):
    output = f"native-{name}".replace(" ", "-")
    said = native(station, "--mode", "backfill", "--base", ".", "--output", output, *RUNS[name])
    assert_same(station / "engine" / "pump", station / output / "pump")
    assert counted(said) == rows_of_station(station) > 0
    assert counted(said, "kernel_calls") == (1 if name == "one share" else 3)


def test_a_grid(station, native, binary, tmp_path):
    grid = ["--every=7h", "--end=2024-01-05", "--features=last_action,vibration_p95_1h"]
    run([binary, "backfill", "--output", tmp_path / "engine", "--quiet", *grid], station)
    native(station, "--mode=backfill", "--base=.", f"--output={tmp_path}/native", *grid)
    assert_same(tmp_path / "engine" / "pump", tmp_path / "native" / "pump")


def test_some_features_at_some_instants(station, native, binary, tmp_path):
    names = "readings_1h,mode_before,pump_efficiency_change"
    range_ = ["--start", "2024-01-03T00:00:00Z", "--end", "2024-01-04T12:00:00Z"]
    run([binary, "backfill", "--output", tmp_path / "engine", "--quiet", "--features", names, *range_], station)
    said = native(station, "--mode=backfill", "--base=.", f"--output={tmp_path}/native", f"--features={names}", *range_)
    assert_same(tmp_path / "engine" / "pump", tmp_path / "native" / "pump")
    assert 0 < counted(said) < rows_of_station(station)  # maintenance and air are not read


def assert_same_columns(expected, got, columns):
    for column in columns:
        x, y = ([bits(value) for value in table.column(column).to_pylist()] for table in (expected, got))
        assert x == y, column


def test_dataset(station, native):
    labels = pq.read_table(station / "labels.parquet")
    unknown = pa.table({"pump_id": [None, "p1", "p99"], "event_time": pa.array([START, None, START], labels.schema.field("event_time").type)})
    asked = pa.concat_tables([labels.select(["pump_id", "event_time"]), unknown.select(["pump_id", "event_time"])])
    pq.write_table(asked, station / "asked.parquet")
    native(station, "--mode=dataset", "--base=.", "--observations=asked.parquet", "--output=observed")
    (file,) = (station / "observed").glob("*.parquet")
    got, train = pq.ParquetFile(file).read(), pq.read_table(station / "train.parquet")
    assert got.column("pump_id").to_pylist() == asked.column("pump_id").to_pylist()
    features = got.schema.names[2:]
    assert len(features) == 32
    assert_same_columns(train, got.slice(0, train.num_rows), features)
    for row in got.slice(train.num_rows, 2).select(features).to_pylist():
        assert set(row.values()) == {None}


def make_sites(folder):
    chance = random.Random(11)
    (folder / "project.yaml").write_text(SITES)
    (folder / "loads").mkdir()
    (folder / "pings").mkdir()
    # Narrow and wide numbers, a dictionary, nanoseconds and milliseconds: one source in files that differ.
    for number, (kw, n, text, unit) in enumerate([(pa.float32(), pa.int16(), pa.large_string(), "ns"), (pa.float64(), pa.uint64(), pa.string(), "ms")]):
        size = 400
        times = pa.array([START * 1000 + chance.randrange(40) * 10**12 for _ in range(size)]).cast(pa.timestamp("ns", "UTC"))
        table = pa.table(
            {
                "region": pa.array([chance.choice(["n", "é", ""]) for _ in range(size)], pa.string()).dictionary_encode(),
                "number": pa.array([chance.randrange(3) for _ in range(size)], pa.int8() if number else pa.int64()),
                "at": times.cast(pa.timestamp(unit, "UTC")),
                "kw": pa.array([chance.choice([0.5, -2.25, 1e10, None, float("nan"), float("inf"), -0.0]) for _ in range(size)], kw),
                "n": pa.array([chance.choice([1, 2, None]) for _ in range(size)], n),
                "mode": pa.array([chance.choice(["on", "off", None]) for _ in range(size)], text),
                "ok": pa.array([chance.choice([True, None]) for _ in range(size)]),
                "until": times.cast(pa.timestamp("s", "UTC")),
            }
        )
        pq.write_table(table, folder / "loads" / f"{number}.parquet", row_group_size=100)
    lines = ["region,number,day,cost,who"]
    for i in range(60):
        day = chance.choice(["2024-03-01T05:00:00Z", "2024-03-01 07:00:00.25", "2024-03-01"])
        cost = chance.choice(["1.5", "", "+7", "1e2", "nan", " 3 ", "12345678901234567.5"])
        lines.append(f"{chance.choice('né')},{chance.randrange(3)},{day},{cost},who {i}")
    (folder / "visits.csv").write_text("\n".join(lines) + "\n")
    for number in range(2):
        with open(folder / "pings" / f"{number}.ndjson", "w") as file:
            for _ in range(150):
                row = {"region": chance.choice(["n", ""]), "number": chance.randrange(3), "sent": START // 1000 + chance.randrange(9) * 3_600_000}
                file.write(json.dumps(row | {"seq": chance.randrange(10**6), "ms": chance.choice([1, 0.1, None, -0.0])}, ensure_ascii=False) + "\n")


def test_formats_types_and_several_keys(binary, native, beam_python, tmp_path):
    make_sites(tmp_path)
    run([binary, "backfill", "--output", "engine", "--quiet"], tmp_path)
    run([binary, "generate", "beam", "--output", "beam", "--quiet"], tmp_path)
    said = native(tmp_path, "--mode", "backfill", "--output", "native")
    assert_same(tmp_path / "engine" / "site", tmp_path / "native" / "site")
    assert counted(said) == 800 + 60 + 300 and counted(said, "kernel_calls") > 3
    run([beam_python, "beam/pipeline.py", "--mode", "backfill", "--output", "python"], tmp_path)
    assert_same(tmp_path / "engine" / "site", tmp_path / "python" / "site")


def test_a_bad_cell_has_its_place(binary, native, tmp_path):
    make_sites(tmp_path)
    run([binary, "generate", "beam", "--output", "beam", "--quiet"], tmp_path)
    lines = (tmp_path / "visits.csv").read_text().splitlines()
    lines[17] = lines[17].replace(lines[17].split(",")[2], "soon")
    (tmp_path / "visits.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(AssertionError, match=r"visits.csv: row 17: column `day`: 'soon' is not a timestamp"):
        native(tmp_path, "--mode", "backfill", "--output", "native")
    lines[17] = "n,,2024-03-01,1,me"
    (tmp_path / "visits.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(AssertionError, match=r"visits.csv: row 17 has no `number`"):
        native(tmp_path, "--mode", "backfill", "--output", "native")


def test_no_events(binary, native, tmp_path):
    make_sites(tmp_path)
    pq.write_table(pq.read_table(tmp_path / "loads" / "0.parquet").slice(0, 0), tmp_path / "none.parquet")
    (tmp_path / "none.ndjson").write_text("")
    (tmp_path / "none.csv").write_text("region,number,day,cost,who\n")
    run([binary, "generate", "beam", "--output", "beam", "--quiet"], tmp_path)
    sources = ["--source=loads=none.parquet", "--source=visits=none.csv", "--source=pings=none.ndjson"]
    (tmp_path / "asked.ndjson").write_text('{"region": "n", "number": 1, "event_time": "2024-03-01T00:00:00Z"}\n')
    native(tmp_path, "--mode=dataset", "--observations=asked.ndjson", "--output=observed", *sources)
    (row,) = pq.read_table(tmp_path / "observed" / "part-00000.parquet").to_pylist()
    assert (row["region"], row["number"], row["kw_sum_1h"], row["lows"]) == ("n", 1, None, None)
    native(tmp_path, "--mode=backfill", "--output=native", *sources)
    assert not (tmp_path / "native").exists()


def test_no_observations(station, native):
    labels = pq.read_table(station / "labels.parquet").select(["pump_id", "event_time"])
    pq.write_table(labels.slice(0, 0), station / "nobody.parquet")
    names = "mode_before,readings_1h"
    native(station, "--mode=dataset", "--base=.", "--observations=nobody.parquet", "--output=nothing", f"--features={names}")
    table = pq.read_table(station / "nothing" / "part-00000.parquet")
    assert table.num_rows == 0 and table.schema.names == ["pump_id", "event_time", *names.split(",")]


def test_without_the_package(station, beam_python):
    with pytest.raises(AssertionError, match="--kernel native needs the package headrace-kernel.*requirements-native.txt"):
        run([beam_python, "beam/pipeline.py", "--mode=backfill", "--kernel=native", "--base=.", "--output=x"], station, PYTHONPATH="")


def test_another_meaning_is_refused(binary, native, tmp_path):
    make_sites(tmp_path)
    run([binary, "generate", "beam", "--output", "beam", "--quiet"], tmp_path)
    definitions = tmp_path / "beam" / "definitions" / "project.yaml"
    definitions.write_text(definitions.read_text().replace("window: 6h", "window: 7h"))
    with pytest.raises(AssertionError, match="means something else by lows than this pipeline"):
        native(tmp_path, "--mode", "backfill", "--output", "native")


@pytest.mark.parametrize(("name", "seed"), [("bounded", 5), ("unbounded", 6), ("unbounded", 7)])
def test_stream(binary, beam_python, kernel_folder, tmp_path, name, seed):
    """Rows of the stream with the kernel are those of the backfill with the Python steps."""
    make_project(tmp_path, binary, PROJECT + BOUNDED + (UNBOUNDED if name == "unbounded" else ""))
    script = Path(__file__).parent / "stream_run.py"
    command = [str(beam_python), script, "code", "readings.ndjson", str(seed), "--native"]
    environment = os.environ | {"PYTHONPATH": str(kernel_folder)}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    seen = json.loads(done.stdout)
    assert seen["wrong"] == []
    assert seen["final"] > 80 and seen["late"] > 0 and seen["rows"] > seen["final"]
    assert seen["kernel_rows_read"] == 150 - seen["late"]  # each once


def test_columns_agree_with_cells(root, beam_python):
    templates = root / "src" / "codegen" / "beam" / "templates"
    run([beam_python, "-B", Path(__file__).parent / "columns_agree.py", templates], root)


def test_labels_of_steps_stay(station, beam_python, kernel_folder):
    command = [str(beam_python), str(Path(__file__).parent / "steps_of.py"), "beam", ".", "batch", "--kernel=native"]
    environment = os.environ | {"PYTHONPATH": str(kernel_folder)}
    done = subprocess.run(command, cwd=station, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr
    assert_golden("steps-native.txt", done.stdout)


def test_generated_tests_pass_with_the_kernel(pumps, beam_python, kernel_folder):
    command = [beam_python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_pipeline.py", "-k", "kernels"]
    done = subprocess.run(
        [str(part) for part in command], cwd=pumps / "beam", capture_output=True, text=True, timeout=300, env=os.environ | {"PYTHONPATH": str(kernel_folder)}
    )
    assert done.returncode == 0 and "1 passed" in done.stdout, done.stdout + done.stderr
