"""A backfill over an unchanged store gives the verdicts of the run that wrote it, and computes when checks have changed."""
import json
import shutil

import pytest
from command import Command
from conftest import ROOT

CHECKED = """\
feature:
  name: checked_flow
  description: The last flow
  source_features: [flow]
  owner: t
  version: "1.0"
  quality_checks:
    - {type: range, params: [0, 1], severity: SEVERITY}
    - {type: expression, formula: value > LIMIT, severity: warn}
"""


@pytest.fixture
def station(binary, tmp_path):
    return Command(binary, shutil.copytree(ROOT / "tests" / "golden" / "station", tmp_path / "station"))


def backfill(station, *options, severity="error", limit="0"):
    (station.folder / "features" / "checked.yaml").write_text(CHECKED.replace("SEVERITY", severity).replace("LIMIT", limit))
    done = station("backfill", "--output", "store", "--format", "json", *options, code=1 if severity == "error" else None)
    report = done.json()
    stored = json.loads((station.folder / "store" / "quality.json").read_text())
    assert len(stored.pop("digest")) == 64 and stored == report["quality"]
    return report


def has_computed(report):
    return report["statistics"]["rows_read"] > 0


def test_unchanged_checks_give_the_earlier_verdicts(station):
    first = backfill(station)
    assert has_computed(first) and not any(each["verdicts_reused"] for each in first["entities"])
    stored = (station.folder / "store" / "quality.json").read_bytes()
    second = backfill(station)
    assert not has_computed(second)
    assert all(each["reused"] for each in second["entities"]) and any(each["verdicts_reused"] for each in second["entities"])
    assert second["quality"] == first["quality"]
    assert (station.folder / "store" / "quality.json").read_bytes() == stored
    assert "verdicts of the earlier run" in station("backfill", "--output", "store", code=1).out


@pytest.mark.parametrize("change", [{"severity": "warn"}, {"limit": "100"}])
def test_changed_checks_are_computed(station, change):
    first = backfill(station)
    second = backfill(station, **change)
    assert has_computed(second) and all(each["reused"] for each in second["entities"])
    assert second["quality"] != first["quality"]
    assert not has_computed(backfill(station, **change))


def test_a_checksum_computes(station):
    first = backfill(station)
    second = backfill(station, "--checksum")
    assert has_computed(second) and second["quality"] == first["quality"]
    assert all("checksum" in each for each in second["entities"])


@pytest.mark.parametrize("text", [None, "", "{", '{"format_version": 1}'])
def test_lost_verdicts_are_computed(station, text):
    first = backfill(station)
    file = station.folder / "store" / "quality.json"
    file.unlink() if text is None else file.write_text(text)
    second = backfill(station)
    assert has_computed(second) and second["quality"] == first["quality"]
