"""Profiles of days beside a store, the check of drift that they decide, and what `headrace quality` makes of them."""

import json
import random

import pytest
from command import Command

DEFINITIONS = """
entity: {name: pump, key: pump_id}
---
source:
  name: telemetry
  entity: pump
  event_time: at
  columns: {flow: double, mode: string}
  batch: {format: csv, path: data/telemetry.csv}
---
feature:
  name: latest_flow
  description: d
  owner: ops
  version: "1.0"
  aggregation: last
  window: 24h
  source_features: [flow]
  quality_checks:
    - {type: completeness, threshold: 0.9}
    - {type: drift, metric: psi, threshold: 0.2, reference: 7d}
---
feature:
  name: latest_mode
  description: d
  owner: ops
  version: "1.0"
  aggregation: last
  window: 24h
  source_features: [mode]
"""

DAYS = 12


def write_events(folder, moved_days=()):
    dice = random.Random(4)
    lines = ["pump_id,at,flow,mode"]
    for day in range(1, DAYS + 1):
        for pump in range(80):
            flow = dice.gauss(30, 4) * (1.6 if day in moved_days else 1)
            lines.append(f"p{pump},2024-03-{day:02}T06:{pump % 60:02}:00Z,{flow:.3f},{dice.choice(['run', 'idle'])}")
    (folder / "data" / "telemetry.csv").write_text("\n".join(lines) + "\n")


@pytest.fixture
def pumps(binary, tmp_path):
    folder = tmp_path / "pumps"
    for name in ("features", "data"):
        (folder / name).mkdir(parents=True)
    (folder / "project.yaml").write_text("project: {name: pumps}\n")
    (folder / "features" / "pumps.yaml").write_text(DEFINITIONS)
    write_events(folder)
    return Command(binary, folder)


def drift_of(printed):
    return next(check for check in printed["quality"]["checks"] if check["type"] == "drift")


def test_a_day_that_moves_is_no_alarm_and_two_are(pumps):
    quiet = pumps("backfill", "--output", "out", "--format", "json").json()
    assert (drift_of(quiet)["verdict"], drift_of(quiet)["looked_at"]) == ("pass", 3)
    write_events(pumps.folder, moved_days=[DAYS])
    one = pumps("backfill", "--output", "out", "--format", "json").json()
    assert (drift_of(one)["verdict"], drift_of(one)["failed"]) == ("pass", 1)
    write_events(pumps.folder, moved_days=[DAYS - 1, DAYS])
    two = pumps("backfill", "--output", "out", "--format", "json", code=1).json()
    assert (drift_of(two)["verdict"], drift_of(two)["failed"]) == ("fail", 2)


def test_a_store_that_is_filled_day_by_day_has_the_profiles_of_one_run(pumps):
    pumps("backfill", "--output", "whole", "--start", "2024-03-01", "--end", "2024-03-07")
    for day in range(1, 7):
        pumps("backfill", "--output", "daily", "--start", f"2024-03-{day:02}", "--end", f"2024-03-{day + 1:02}")
    whole = pumps("quality", "status", "whole", "--format", "json").json()["features"]
    daily = pumps("quality", "status", "daily", "--format", "json").json()["features"]
    # Bins are those of the first run of each; all else is the same.
    assert whole == daily
    assert [each["days"] for each in daily] == [6, 6]


def test_threads_do_not_change_the_bytes(pumps):
    pumps("backfill", "--output", "one", "--threads", "1")
    pumps("backfill", "--output", "four", "--threads", "4")
    assert (pumps.folder / "one" / "profiles.bin").read_bytes() == (pumps.folder / "four" / "profiles.bin").read_bytes()


def test_changed_profiles_are_found_and_begin_anew(pumps):
    pumps("backfill", "--output", "out")
    file = pumps.folder / "out" / "profiles.bin"
    whole = file.read_bytes()
    file.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    assert "profiles.bin: has changed" in pumps("verify", "out", code=1).out
    assert "not as they were written" in pumps("quality", "status", "out", code=1).err
    assert "they begin anew" in pumps("backfill", "--output", "out").err
    assert file.read_bytes() == whole


def test_a_store_without_profiles_says_how_to_get_them(pumps):
    text = (pumps.folder / "features" / "pumps.yaml").read_text()
    (pumps.folder / "features" / "pumps.yaml").write_text(
        "\n".join(line for line in text.splitlines() if "drift" not in line)
    )
    pumps("backfill", "--output", "out")
    assert not (pumps.folder / "out" / "profiles.bin").exists()
    assert "profiles" in pumps("quality", "status", "out", code=1).err
    pumps("backfill", "--output", "out", "--profiles")
    assert len(pumps("quality", "status", "out", "--format", "json").json()["features"]) == 2


def test_suggested_checks_can_be_pasted_and_hold(pumps):
    pumps("backfill", "--output", "out")
    suggested = pumps("quality", "suggest", "out", "--format", "json").json()["features"]
    by_feature = {each["feature"]: [line["yaml"] for line in each["suggested"]] for each in suggested}
    assert by_feature["latest_mode"][:2] == ["{type: not_null}", '{type: allowed_values, values: ["idle", "run"]}']
    assert any(line.startswith("{type: range") for line in by_feature["latest_flow"])

    file = pumps.folder / "features" / "pumps.yaml"
    checks = "".join(f"    - {line}\n" for line in by_feature["latest_mode"])
    file.write_text(file.read_text() + "  quality_checks:\n" + checks)
    checks = "".join(f"    - {line}\n" for line in by_feature["latest_flow"])
    head, tail = file.read_text().split("    - {type: completeness", 1)
    file.write_text(head + checks + "    - {type: completeness" + tail)
    verdicts = pumps("backfill", "--output", "again", "--format", "json").json()["quality"]["checks"]
    assert {check["verdict"] for check in verdicts} == {"pass"}, json.dumps(verdicts, indent=1)


def test_backtest_names_the_days(pumps):
    write_events(pumps.folder, moved_days=[9])
    pumps("backfill", "--output", "out")
    features = pumps("quality", "backtest", "out", "--format", "json").json()["features"]
    lines = {line["check"]: line for line in features[0]["backtested"]}
    assert lines["completeness"]["raised"] == []
    assert lines["completeness"]["days"] == DAYS
    assert "2024-03-09" in lines["drift"]["raised"]
    few = pumps("quality", "backtest", "out", "--days", "2", "--format", "json").json()["features"][0]["backtested"]
    assert {line["days"] for line in few} == {2}
