"""Quality checks of sources: about all rows of their files, with the exit codes and reports of those of features."""
import json
import re
from datetime import datetime, timedelta, timezone

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import Command

PROJECT = """\
project: {{name: p}}
---
entity: {{name: pump, key: pump_id}}
---
source:
  name: tele
  entity: pump
  event_time: at
  columns: {{x: double, n: int64, mode: string, seen: timestamp}}
  batch: {{format: csv, path: data/tele.csv}}
{more}
  quality_checks: {checks}
"""
FEATURE = """\
feature:
  name: x_mean
  description: d
  owner: o
  version: "1.0"
  aggregation: mean
  window: 24h
  source_features: [tele.x]
  quality_checks: [{type: range, params: [-100, 100]}]
"""
ROWS = """\
pump_id,at,x,n,mode,seen
p1,2024-03-01T00:00:00Z,1.5,1,run,2024-03-01
p1,2024-03-01T01:00:00Z,,2,idle,2024-03-01
p2,2024-03-01T02:00:00Z,nan,2,run,
p2,2024-03-03T03:00:00Z,-4,4,broken,2024-03-01
p2,2024-03-03T04:00:00Z,9.5,5,run,2024-03-01
"""


class Pumps:
    def __init__(self, binary, folder):
        self.folder = folder
        self.run = Command(binary, folder)
        (folder / "features").mkdir()
        (folder / "data").mkdir()
        (folder / "features" / "f.yaml").write_text(FEATURE)
        (folder / "data" / "tele.csv").write_text(ROWS)

    def define(self, *checks, more=""):
        (self.folder / "project.yaml").write_text(PROJECT.format(checks=json.dumps(list(checks)), more=more))

    def judge(self, *checks, code=0, more=""):
        """The verdicts of `check --data`, by name."""
        self.define(*checks, more=more)
        found = self.run("check", "--data", "--format", "json", code=code).json()["checks"]
        assert all(each["source"] == "tele" and each["entity"] == "pump" and each["feature"] == "" for each in found)
        return {each["check"]: each for each in found}


@pytest.fixture
def pumps(binary, tmp_path):
    return Pumps(binary, tmp_path)


# (check, verdict, looked at, failed)
CASES = {
    "nulls are found, also NaN": ({"type": "not_null", "column": "x"}, "fail", 5, 2),
    "a column without nulls": ({"type": "not_null", "column": "n"}, "pass", 5, 0),
    "a key": ({"type": "not_null", "column": "pump_id"}, "pass", 5, 0),
    "a share": ({"type": "completeness", "column": "x", "threshold": 0.6}, "pass", 5, 2),
    "too small a share": ({"type": "completeness", "column": "x", "threshold": 0.7}, "fail", 5, 2),
    "a range": ({"type": "range", "column": "x", "params": [0, 9]}, "fail", 3, 2),
    "an open range": ({"type": "range", "column": "x", "params": [None, 10]}, "pass", 3, 0),
    "a range of most": ({"type": "range", "column": "n", "params": [1, 4], "min_fraction": 0.8}, "pass", 5, 1),
    "words": ({"type": "allowed_values", "column": "mode", "values": ["run", "idle"]}, "fail", 5, 1),
    "numbers": ({"type": "allowed_values", "column": "n", "values": [1, 2, 4, 5]}, "pass", 5, 0),
    "values that come again": ({"type": "unique", "column": "n"}, "fail", 5, 1),
    "a formula": ({"type": "expression", "formula": "x > 0 or mode == 'broken'"}, "pass", 3, 0),
    "a formula that fails": ({"type": "expression", "formula": "mode != 'broken'"}, "fail", 5, 1),
    "a formula over times": ({"type": "expression", "formula": "event_time() >= seen"}, "pass", 4, 0),
    "rows": ({"type": "volume", "min": 5, "max": 5}, "pass", 1, 0),
    "too few rows": ({"type": "volume", "min": 6}, "fail", 1, 1),
    "days, one of them without an event": ({"type": "volume", "min": 1, "per": "1d"}, "fail", 3, 1),
    "too many in a day": ({"type": "volume", "max": 2, "per": "1d"}, "fail", 3, 1),
    "old events": ({"type": "freshness", "max_age": "1d"}, "fail", 1, 1),
    "old events, and long enough": ({"type": "freshness", "max_age": "100000d"}, "pass", 1, 0),
}


@pytest.mark.parametrize("name", CASES)
def test_verdicts(pumps, name):
    check, verdict, looked_at, failed = CASES[name]
    (found,) = pumps.judge(check, code=int(verdict == "fail")).values()
    assert (found["verdict"], found["looked_at"], found["failed"]) == (verdict, looked_at, failed)
    assert found.get("column") == check.get("column") and len(found["offenders"]) == min(failed, 5) * (failed > 0)

    (warned,) = pumps.judge(check | {"severity": "warn"}).values()
    assert warned["verdict"] == verdict.replace("fail", "warn")


def test_what_people_see(pumps):
    pumps.define({"type": "range", "column": "x", "params": [0, 9]}, {"type": "volume", "min": 1, "per": "1d", "severity": "warn"}, {"type": "not_null", "column": "n", "name": "numbered"})
    out = pumps.run("check", "--data", code=1).out
    assert re.search(r"source tele\.x +x_range +fail +3 +2 +0.333333 +0 <= value <= 9", out)
    assert re.search(r"source tele +volume +warn +3 +1 ", out) and re.search(r"source tele\.n +numbered +pass", out)
    assert re.search(r"pump_id=p2 +2024-03-03T03:00:00Z +-4.0", out) and "2024-03-02T00:00:00Z  0  too few" in out


def test_a_backfill_looks_at_the_sources_that_it_read(pumps):
    pumps.define({"type": "not_null", "column": "x"})
    done = pumps.run("backfill", "--output", "out", "--format", "json", code=1)
    checks = done.json()["quality"]["checks"]
    assert [(each["feature"], each.get("source"), each["verdict"]) for each in checks] == [("x_mean", None, "pass"), ("", "tele", "fail")]
    # One day only is asked for: the rows of the source are all of them.
    done = pumps.run("backfill", "--output", "null:", "--start", "2024-03-01", "--end", "2024-03-02", "--format", "json", code=1)
    assert done.json()["quality"]["checks"][1]["looked_at"] == 5
    assert "source tele.x" in pumps.run("backfill", "--output", "null:", code=1).out
    assert "quality" not in pumps.run("backfill", "--output", "-", "--limit", "1").err


def test_verdicts_hold_until_files_or_checks_change(pumps):
    pumps.define({"type": "not_null", "column": "mode"})
    first = pumps.run("backfill", "--output", "out", "--format", "json").json()
    again = pumps.run("backfill", "--output", "out", "--format", "json").json()
    assert first["quality"] == again["quality"] and again["entities"][0]["reused"]
    stored = json.loads((pumps.folder / "out" / "quality.json").read_text())
    assert [each.get("source") for each in stored["tables"]] == [None, "tele"]

    pumps.define({"type": "not_null", "column": "x"})
    assert pumps.run("backfill", "--output", "out", "--format", "json", code=1).json()["quality"]["checks"][1]["failed"] == 2
    (pumps.folder / "data" / "tele.csv").write_text(ROWS.replace(",nan,", ",1,").replace(",,2,", ",1,2,"))
    assert pumps.run("backfill", "--output", "out", "--format", "json").json()["quality"]["checks"][1]["verdict"] == "pass"


def test_the_meaning_of_features_does_not_change(pumps):
    digests = []
    for checks in ([], [{"type": "volume", "min": 1}]):
        pumps.define(*checks)
        plan = pumps.run("plan", "--format", "json").json()
        digests.append(plan["features"][0]["digest"])
        assert plan["sources"][0].get("checks", []) == [{"name": "volume", "type": "volume", "severity": "error", "min": 1}] * len(checks)
    assert digests[0] == digests[1]


def test_cells_and_rows_that_cannot_be_read(pumps):
    (pumps.folder / "data" / "tele.csv").write_text(ROWS + "p3,yesterday,1,6,run,\np3,2024-03-03T05:00:00Z,oops,7,run,\n")
    found = pumps.judge({"type": "not_null", "column": "x"}, {"type": "volume", "min": 6, "max": 6}, code=1)
    assert found["x_not_null"]["failed"] == 3 and found["volume"]["verdict"] == "pass"


def test_rows_of_one_event_are_one_for_unique(pumps):
    text = "pump_id,at,x,n,mode,seen\n" + "p1,2024-03-01T00:00:00Z,1,7,run,\n" * 2 + "p1,2024-03-01T00:00:00Z,2,7,run,\np2,2024-03-01T00:00:00Z,2,8,run,\n"
    (pumps.folder / "data" / "tele.csv").write_text(text)
    assert pumps.judge({"type": "unique", "column": "n"}, code=1)["n_unique"]["failed"] == 2
    assert pumps.judge({"type": "unique", "column": "n"}, more="  id: n")["n_unique"]["failed"] == 0
    found = pumps.judge({"type": "unique", "column": "x"}, more="  id: n", code=1)["x_unique"]
    assert found["failed"] == 1, "two events have x = 2"


def test_freshness_is_measured_to_now_and_to_the_end(pumps):
    now = datetime.now(timezone.utc)
    pumps.define({"type": "freshness", "max_age": "2h"})
    for hours, code in ((1, 0), (3, 1)):
        at = (now - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
        (pumps.folder / "data" / "tele.csv").write_text(ROWS.splitlines()[0] + f"\np1,{at},1,1,run,\n")
        pumps.run("backfill", "--output", "out", code=code)
    (pumps.folder / "data" / "tele.csv").write_text(ROWS)
    pumps.run("backfill", "--output", "null:", "--end", "2024-03-03T05:00:00Z")
    (pumps.folder / "data" / "tele.csv").write_text(ROWS.splitlines()[0] + "\n")
    found = pumps.run("check", "--data", "--format", "json", code=1).json()["checks"][0]
    assert (found["verdict"], found["offenders"][0]["note"]) == ("fail", "there is no event")


def test_another_place_of_a_source(pumps):
    pumps.define({"type": "volume", "min": 2})
    pq.write_table(pa.table({"pump_id": ["p1"], "at": ["2024-03-01"]}), pumps.folder / "other.parquet")
    pumps.run("check", "--data")
    pumps.run("check", "--data", "--source", "tele=other.parquet", code=1)


def test_a_repository_without_them(pumps):
    (pumps.folder / "project.yaml").write_text(PROJECT.replace("{more}\n  quality_checks: {checks}\n", "").format())
    assert "no source has `quality_checks`" in pumps.run("check", "--data").err


# What is written wrongly: (check, code, words)
WRONG = {
    "no column": ({"type": "not_null"}, "D005", ["`column`"]),
    "another column": ({"type": "not_null", "column": "nn"}, "Q007", ["source `tele` has no column `nn`", "did you mean `n`?"]),
    "a type without order": ({"type": "range", "column": "mode", "params": [0, 1]}, "Q001", ["needs numbers", "`mode` is a string"]),
    "another value": ({"type": "allowed_values", "column": "n", "values": ["a"]}, "Q003", ["an allowed value of `n`"]),
    "no truth": ({"type": "expression", "formula": "x + 1"}, "Q004", ["must be a bool", "`column > 0`"]),
    "a column of nobody": ({"type": "expression", "formula": "y > 1"}, "Q007", ["has no column `y`"]),
    "a feature": ({"type": "expression", "formula": "feature.x_mean > 1"}, "Q007", ["cannot name `feature.x_mean`", "one row at a time"]),
    "for features": ({"type": "monotonic"}, "Q006", ["about values of a feature", "`quality_checks` of a feature"]),
    "drift": ({"type": "drift", "metric": "psi", "threshold": 0.1, "reference": "7d"}, "Q006", ["about values of a feature"]),
    "a key without a type": ({"type": "allowed_values", "column": "pump_id", "values": ["p1"]}, "Q007", ["needs the type of `pump_id`", "declare it"]),
    "nothing asked": ({"type": "volume"}, "Q002", ["`min`, `max` or both"]),
    "another word": ({"type": "notnull", "column": "x"}, "D011", ["did you mean `not_null`?"]),
    "for another": ({"type": "freshness", "max_age": "1d", "column": "x"}, "D004", ["`column`"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_written_wrongly(pumps, name):
    check, code, words = WRONG[name]
    pumps.define(check)
    out = " ".join(pumps.run("check", code=1).out.split())
    assert f"error[{code}]" in out and all(word in out for word in words), out
    assert out.count("error[") == 1
    assert pumps.run("check", "--data", code=1).out.count("error[") == 1


def test_the_word_of_other_tools(pumps):
    pumps.define()
    path = pumps.folder / "project.yaml"
    path.write_text(path.read_text().replace("quality_checks", "checks"))
    assert "did you mean `quality_checks`?" in pumps.run("check", code=1).out


def test_dbt_has_them_as_tests(pumps):
    checks = [case[0] for case in CASES.values()]
    pumps.define(*checks)
    pumps.run("generate", "dbt", "--dialect", "duckdb", "--output", "dbt")
    yaml = pytest.importorskip("yaml")
    (table,) = yaml.safe_load((pumps.folder / "dbt" / "models" / "sources.yml").read_text())["sources"][0]["tables"]
    tests = {column["name"]: [next(iter(test)) for test in column.get("data_tests", [])] for column in table["columns"]}
    assert tests["x"] == ["not_null", "headrace_completeness", "headrace_completeness", "headrace_range", "headrace_range"]
    assert tests["n"] == ["not_null", "headrace_range", "accepted_values", "unique"] and tests["mode"] == ["accepted_values"]
    assert [next(iter(test)) for test in table["data_tests"]] == ["headrace_row_count", "headrace_row_count"]
    assert table["config"]["freshness"]["error_after"] == {"count": 1, "period": "day"}
    readme = (pumps.folder / "dbt" / "README.md").read_text()
    assert readme.count("`headrace backfill` |") >= 2 and "| `tele` | volume_3 |" in readme
