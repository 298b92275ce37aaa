"""Messages of mistakes that newcomers made: each names the place, the cause and what to do; the words that matter are held."""
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import Command

PROJECT = """\
project: {name: p, defaults: {source: tele}}
---
entity: {name: pump, key: pump_id}
---
source:
  name: tele
  entity: pump
  event_time: at
  columns: {x: double, mode: string, n: int64}
  batch: {format: csv, path: data/tele.csv}
"""
FEATURE = """\
feature:
  name: pump_eff
  description: d
  owner: o
  version: "1.0"
  aggregation: mean
  window: 24h
  source_features: [x]
  formula: x * 2
  quality_checks:
    - {type: range, params: [0, 100]}
"""
USER = '---\nfeature: {name: twice, description: d, owner: o, version: "1.0", formula: pump_eff * 2, source_features: [pump_eff]}\n'
DATA = "pump_id,at,x,mode,n\np1,2024-03-01T00:00:00Z,1.5,run,1\np1,2024-03-01T01:00:00Z,2.5,run,2\n"
LABELS = "pump_id,at\np1,2024-03-01T02:00:00Z\n"
ROW = {"pump_id": "p1", "at": "2024-03-01T00:00:00Z", "x": 1.5, "n": 1}
NDJSON = ("format: csv, path: data/tele.csv", "format: ndjson, path: data/tele.ndjson")
BACKFILL = ["backfill", "--output", "null:"]
DATASET = ["dataset", "--observations", "l.csv", "--output", "null:"]
OF_N = {"features/f.yaml": FEATURE.replace("[x]", "[n]").replace("x * 2", "n * 2")}


@pytest.fixture
def run(binary, tmp_path):
    (tmp_path / "features").mkdir()
    (tmp_path / "data").mkdir()
    for path, text in {"project.yaml": PROJECT, "features/f.yaml": FEATURE, "data/tele.csv": DATA, "l.csv": LABELS}.items():
        (tmp_path / path).write_text(text)
    return Command(binary, tmp_path)


def said(run, files, arguments, code):
    for path, text in files.items():
        (run.folder / path).parent.mkdir(exist_ok=True)
        (run.folder / path).write_bytes(text if isinstance(text, bytes) else text.encode())
    done = run(*arguments, code=code)
    return " ".join((done.out + done.err).split())


# What a definition has, what was written instead, and what is said: cause and remedy; the place is checked for all.
DEFINITIONS = {
    "1 month": ("24h", "1 month", ["`1 month` is not a window", "did you mean `30d`?"]),
    "24H": ("24h", "24H", ["`24H` is not a window", "did you mean `24h`?"]),
    "a name of Java": ("pump_eff", "pumpEff", ["`pumpEff` cannot be the name of a feature", "did you mean `pump_eff`?"]),
    "a name with a blank": ("pump_eff", "Pump eff-1", ["did you mean `pump_eff_1`?"]),
    "no owner": ("  owner: o\n", "", ["has no `owner`", "add `owner: the-team`"]),
    "no params": (", params: [0, 100]", "", ["`range` check has no `params`", "add `params: [0, 1]`"]),
    "a mean of text": ("[x]\n  formula: x * 2", "[mode]", ["`mean` needs a number, but `mode` is a string", "declared at project.yaml:9", "`aggregation: count_distinct`"]),
    "rolling_mean": ("mean", "rolling_mean", ["no aggregation `rolling_mean`", "`aggregation: mean` and `window: 24h`"]),
    "Python's choice": ("x * 2", "x if x > 0 else 0.0", ["found `if`", "write `if(x > 0, x, 0.0)`"]),
    "SQL's choice": ("x * 2", "CASE WHEN x > 0 THEN x ELSE 0.0 END", ["found `WHEN`", "write `if(x > 0, x, 0.0)`"]),
    "a power": ("x * 2", "np.log(x) ** 2", ["found `*`", "write `pow(x, y)` for powers"]),
    "a template": ("x * 2", "{{ x }}", ["a key must be text", "`{{ .. }}` is a template of other tools"]),
    "a template in quotes": ("x * 2", "'{{ x }} * 2'", ["`{{` has no meaning", "there are no templates"]),
    "a reference": ("x * 2", "ref('x')", ["no function `ref`", "another feature is named as it is"]),
    "a reference in the list": ("source_features: [x]\n  formula: x * 2", "source_features: [\"{{ ref('x') }}\"]", ["neither a column of a source nor a feature", "there are no templates", "without `ref`"]),
    "lag": ("x * 2", "x - lag(x, 1)", ["no function `lag`", "`aggregation: first`, `window: {last: 2}`", "`aggregation: delta`"]),
    "the end is missing": ("x * 2", "x *", ["expected a value, found the end", "behind the last operator"]),
}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_definitions(run, name):
    right, wrong, words = DEFINITIONS[name]
    assert right in FEATURE
    text = said(run, {"features/f.yaml": FEATURE.replace(right, wrong)}, ["check"], 1)
    assert all(word in text for word in [*words, "--> features/f.yaml:"]), text
    assert text.count("error[") == 1 and "warning" not in text, text


PROJECTS = {
    "format: json": ("format: csv", "format: json", ["`format` cannot be `json`", "did you mean `ndjson`?"]),
    "no event time": ("  event_time: at\n", "", ["has no `event_time`", "add `event_time: COLUMN`"]),
    "no key": ("key: pump_id", "key: []", ["at least one key column", "`key: pump_id`", "`constants: {id: all}`"]),
}


@pytest.mark.parametrize("name", PROJECTS)
def test_projects(run, name):
    right, wrong, words = PROJECTS[name]
    text = said(run, {"project.yaml": PROJECT.replace(right, wrong)}, ["check"], 1)
    assert all(word in text for word in [*words, "--> project.yaml:"]), text
    assert text.count("error[") == 1, text


# Files, the command, its exit code, and what is said: place, cause, remedy.
DATA_CASES = {
    "an empty file": ({"data/tele.csv": ""}, BACKFILL, 1, ["`data/tele.csv` is empty", "write the names of the columns into it"]),
    "only a header": ({"data/tele.csv": DATA.splitlines()[0] + "\n"}, BACKFILL, 0, ["warning: source `tele`: no event was read; has it rows, and is its path the right one?"]),
    "Latin-1": ({"data/tele.csv": DATA.replace("p1", "tür").encode("latin-1")}, BACKFILL, 1, ["data/tele.csv 1 2 pump_id", "is not UTF-8 (`batch` has `encoding`)"]),
    "CSV named Parquet": ({"data/tele.parquet": DATA, "project.yaml": PROJECT.replace("csv, path: data/tele.csv", "parquet, path: data/tele.parquet")}, BACKFILL, 1, ["`data/tele.parquet` as Parquet", "CSV or NDJSON, say so with `format`"]),
    "a decimal comma": ({"data/tele.csv": DATA.replace("1.5", '"1,5"')}, BACKFILL, 1, ["data/tele.csv 1 2 x", "for a comma, `batch` has `decimal`"]),
    "milliseconds as seconds": ({"data/tele.csv": "pump_id,at,x\np1,1709251200000,1\n", "project.yaml": PROJECT.replace("event_time: at", "event_time: at\n  unit: s")}, BACKFILL, 1, ["data/tele.csv 1 2 at", "outside the years 1 to 9999", "does `unit` say what it counts?"]),
    "days of eight digits": ({"data/tele.csv": "pump_id,at,x\np1,19970101,1\n"}, BACKFILL, 1, ["data/tele.csv 1 2 at", 'YYYYMMDD needs `time_format: "%Y%m%d"` in `batch`']),
    "days of eight digits as seconds": ({"data/tele.csv": "pump_id,at,x\np1,19970101,1\np1,20261231,1\n", "project.yaml": PROJECT.replace("event_time: at", "event_time: at\n  unit: s")}, BACKFILL, 0, ["source `tele`: all 2 events are before September 1970", "does `unit` say what `at` counts?", '`time_format: "%Y%m%d"`']),
    "a word for no value": ({"data/tele.csv": DATA.replace("1.5", "NA")}, BACKFILL, 1, ["data/tele.csv 1 2 x", "is not a number (for no value, `batch` has `nulls`)", '"NA"']),
    "semicolons": ({"data/tele.csv": DATA.replace(",", ";")}, BACKFILL, 1, ["`data/tele.csv`: there is no column `pump_id`", 'say `delimiter: ";"` in the `batch`']),
    "an array": ({"data/tele.ndjson": json.dumps([ROW]), "project.yaml": PROJECT.replace(*NDJSON)}, BACKFILL, 1, ["`data/tele.ndjson` is a JSON array", "jq -c '.[]'"]),
    "a number in quotes": ({"data/tele.ndjson": json.dumps(ROW | {"n": "4490"}), "project.yaml": PROJECT.replace(*NDJSON)} | OF_N, BACKFILL, 1, ["data/tele.ndjson 1 1 n", "is a text in quotes, not an int64 (declare it as string)"]),
    "a fraction": ({"data/tele.ndjson": json.dumps(ROW | {"n": 12.5}), "project.yaml": PROJECT.replace(*NDJSON)} | OF_N, BACKFILL, 1, ["data/tele.ndjson 1 1 n", "is not an int64 (declare it as double)"]),
    "an open quote": ({"data/tele.csv": DATA.replace("\np1,", '\n"p1,', 1)}, [*BACKFILL, "--on-bad-row", "skip"], 0, ["source `tele`: 1 row was left out (1: has a quote that is not closed (inside a text, a quote is written twice))"]),
    "semicolons in labels": ({"l.csv": LABELS.replace(",", ";")}, DATASET, 1, ["l.csv has the key columns of no entity", "its header is one name with `;` in it", "--observations-form 'delimiter: \";\"'"]),
    "a date in labels": ({"l.csv": "pump_id,at\np1,03/01/2024\n"}, DATASET, 1, ['`l.csv`, column `at`, row 1: "03/01/2024" is not a timestamp', "times are 2024-03-01", "--observations-form 'time_format: \"%d/%m/%Y\"'"]),
    "a date in another column of labels": ({"l.csv": "pump_id,day\np1,03/01/2024\n"}, DATASET, 2, ["which column of l.csv says when?", "--time-column", "--observations-form 'time_format: \"%d/%m/%Y\"'"]),
    "an array of labels": ({"l.ndjson": json.dumps([ROW])}, ["dataset", "--observations", "l.ndjson", "--output", "null:"], 1, ["`l.ndjson` is a JSON array", "jq -c '.[]'"]),
    "keys that nobody has": ({"l.csv": LABELS.replace("p1", "P1")}, DATASET, 0, ["none of the 1 observations of `pump` found an event", "a key is `P1` in the observations and `p1` in source `tele`"]),
    "the output is the input": ({}, ["dataset", "--observations", "l.csv", "--output", "l.csv"], 2, ["--output l.csv is l.csv, which has the observations", "write to a file of another name"]),
    "a bad row, explained": ({"data/tele.csv": DATA.replace("1.5", "bad")}, ["explain", "pump_eff", "--key", "pump_id=p1", "--at", "2024-03-01T02:00:00Z"], 1, ["data/tele.csv 1 2 x", "--on-bad-row skip --bad-rows FILE"]),
}


@pytest.mark.parametrize("name", DATA_CASES)
def test_data(run, name):
    files, arguments, code, words = DATA_CASES[name]
    text = said(run, files, arguments, code)
    assert all(word in text for word in words), text


def test_keys_of_another_type(run):
    pq.write_table(pa.table({"pump_id": pa.array([7]), "at": ["2024-03-01T02:00:00Z"]}), run.folder / "l.parquet")
    text = said(run, {}, ["dataset", "--observations", "l.parquet", "--output", "null:"], 1)
    assert "`l.parquet`: the key column `pump_id` holds int64, and it is string in the sources" in text
    assert "write it as text here" in text


def test_versions(run):
    path = run.folder / "features" / "f.yaml"
    path.write_text(FEATURE + USER)
    run("backfill", "--output", "store", "-q")
    path.write_text(FEATURE.replace("x * 2", "x * 3") + USER)
    text = said(run, {}, ["backfill", "--output", "store"], 1)
    assert all(word in text for word in ["pump_eff 1.0 formula: x * 3.0, was x * 2.0", "twice 1.0 uses `pump_eff`, which has changed", "`headrace version raise pump_eff`"])
    path.write_text(FEATURE.replace("x * 2", "x * 3").replace('"1.0"', '"1.1"') + USER)
    text = said(run, {}, ["backfill", "--output", "store"], 1)
    assert "twice 1.0 uses `pump_eff`, which went from 1.0 to 1.1" in text and "`headrace version raise twice`" in text


COMMANDS = {
    "run": "`headrace backfill`", "list": "`headrace graph` lists", "ls": "`headrace graph` lists", "preview": "`headrace show`", "query": "`headrace show`",
    "describe": "`headrace plan --features NAME`", "materialize": "`headrace backfill`", "compile": "`headrace plan`",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_of_other_tools(run, name):
    text = said(run, {}, [name], 2)
    assert f"there is no command `{name}`" in text and COMMANDS[name] in text


def test_an_option_before_the_command(run):
    assert "no problems" in said(run, {}, ["--project", ".", "check"], 0)


TEST = """\
events:
  tele:
    - {{pump_id: p1, at: "2024-03-01T00:00:00Z", x: 1.5}}
ask:
  - {{entity: {{pump_id: p1}}, at: "2024-03-01T01:00:00Z", features: [{asked}]}}
expect:
  - {{entity: {{pump_id: p1}}, at: "2024-03-01T01:00:00Z", values: {{{given}}}}}
"""


@pytest.mark.parametrize("asked,given", [("pump_ef", "pump_ef: 3.0"), ("pump_ef, pump_eff", "pump_eff: 3.0"), ("pump_ef", "")])
def test_a_feature_that_a_test_misspells(run, asked, given):
    text = said(run, {"tests/t.yaml": TEST.format(asked=asked, given=given)}, ["test"], 1)
    assert "there is no feature `pump_ef`" in text and "did you mean `pump_eff`?" in text and "--> tests/t.yaml:" in text, text
    assert "but has no expected value" not in text


def test_a_value_that_a_test_lacks(run):
    text = said(run, {"tests/t.yaml": TEST.format(asked="pump_eff", given="")}, ["test"], 1)
    assert "feature `pump_eff` is asked for, but has no expected value" in text and "add `pump_eff: ..` to `values`" in text
