"""Advice that works: whoever follows a help text once gets past its message, and no help names an option that is not there."""
import re
import shutil

import pytest
from command import Command
from conftest import ROOT

FEATURE = """\
feature:
  name: tried
  description: A feature.
  owner: ops
  version: "1.0"
  aggregation: mean
  window: 1h
  source_features: [flow, power, mode]
  formula: flow / power
  filter: mode == 'run'
"""


@pytest.fixture
def station(binary, tmp_path):
    """The program in a copy of the golden repository without its quality checks."""
    folder = shutil.copytree(ROOT / "tests" / "golden" / "station", tmp_path / "station")
    for path in (folder / "features").iterdir():
        path.write_text(re.sub(r"  quality_checks:\n(    - .*\n)+", "", path.read_text()))
    return Command(binary, folder)


# What is written wrongly: (the line, the wrong one, what the help says, the line after it was followed)
DEFINITIONS = {
    "Python's choice": ("formula: flow / power", "formula: flow if power > 1 else 0.0", "write `if(power > 1, flow, 0.0)`", "formula: if(power > 1, flow, 0.0)"),
    "SQL's choice": ("formula: flow / power", "formula: CASE WHEN power > 1 THEN flow ELSE 0.0 END", "write `if(power > 1, flow, 0.0)`", "formula: if(power > 1, flow, 0.0)"),
    "powers": ("formula: flow / power", "formula: flow ** power", "`pow(x, y)`", "formula: pow(flow, power)"),
    "numpy": ("formula: flow / power", "formula: np.abs(flow) + power", "did you mean `abs`?", "formula: abs(flow) + power"),
    "a logarithm": ("formula: flow / power", "formula: np.log(flow) + power", "use `ln(x)`", "formula: ln(flow) + power"),
    "between": ("formula: flow / power", "formula: if(flow between 1 and 2, power, 0.0)", "write `x >= low and x <= high`", "formula: if(flow >= 1 and flow <= 2, power, 0.0)"),
    "like": ("filter: mode == 'run'", "filter: mode like 'r%'", "`starts_with(s, 'a')`", "filter: starts_with(mode, 'r')"),
    "a cast": ("formula: flow / power", "formula: cast(flow as int) / power", "`int(x)`", "formula: int(flow) / power"),
    "a template in quotes": ("formula: flow / power", "formula: '{{ flow }} / power'", "a column or a feature is named as it is", "formula: flow / power"),
    "a template": ("formula: flow / power", "formula: {{ flow }}", "definitions are written out", "formula: flow / power"),
    "a capital unit": ("window: 1h", "window: 24H", "did you mean `24h`?", "window: 24h"),
    "a unit in words": ("window: 1h", "window: 2 hours", "did you mean `2h`?", "window: 2h"),
    "a fraction": ("window: 1h", "window: 1.5h", "did you mean `90m`?", "window: 90m"),
    "a month": ("window: 1h", "window: 1 month", "did you mean `30d`?", "window: 30d"),
    "a rolling mean": ("aggregation: mean", "aggregation: rolling_mean", "write `aggregation: mean`", "aggregation: mean"),
    "a cumulative sum": ("aggregation: mean", "aggregation: cumsum", "write `aggregation: sum`", "aggregation: sum"),
    "no owner": ("  owner: ops\n", "", "add `owner: the-team`", "  owner: the-team\n"),
    "no version": ('  version: "1.0"\n', "", 'add `version: "1.0"`', '  version: "1.0"\n'),
    "a name in another case": ("source_features: [flow, power, mode]", "source_features: [Flow, power, mode]", "did you mean `flow`?", "source_features: [flow, power, mode]"),
}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_definitions(station, name):
    right, wrong, says, followed = DEFINITIONS[name]
    assert right in FEATURE
    path = station.folder / "features" / "tried.yaml"
    path.write_text(FEATURE.replace(right, wrong))
    said = station("check", code=1).out
    assert says in " ".join(said.split()), said
    assert "warning" not in said, said
    path.write_text(FEATURE.replace(right, followed))
    station("check")


def test_the_last_value_before(station):
    """`lag` is a feature of its own."""
    path = station.folder / "features" / "tried.yaml"
    path.write_text(FEATURE.replace("flow / power", "lag(flow) / power"))
    assert "`aggregation: first`, `window: {last: 2}`" in station("check", code=1).out
    path.write_text(FEATURE.replace("mean", "first").replace("1h", "{last: 2}"))
    station("check")


def help_lines(err):
    return [line.strip() for line in err.splitlines() if line.strip().startswith("help:")]


def assert_advice_exists(station, verb, err):
    """Each option and command that a help text names is one of the program."""
    verbs = set(re.findall(r"^  (\w+)  ", station("--help").out, re.M))
    for line in help_lines(err):
        for command, rest in re.findall(r"headrace (\w+)([^`,;]*)", line):
            assert command in verbs, line
            for option in re.findall(r"--[a-z][a-z-]+", rest):
                assert option in station(command, "--help").out, line
        own = re.sub(r"`headrace [^`]*`", "", line)
        for option in re.findall(r"--[a-z][a-z-]+", own):
            assert option in station(*([verb] if verb else []), "--help").out, line


BAD = "pump_id,at,flow,power,mode,starts\np1,2024-03-01T00:00:00Z,4.0,5.0,run,1\np1,2024-03-01T01:00:00Z,x,5.0,run,1\n"
EXPLAIN = ["explain", "efficiency_3h", "--key", "pump_id=p1", "--at", "2024-03-01T02:00:00Z"]


@pytest.mark.parametrize("arguments", [["backfill", "--output", "null:"], ["dataset", "--observations", "observations.csv", "--output", "null:"], EXPLAIN], ids=lambda each: each[0])
def test_bad_rows(station, arguments):
    (station.folder / "data" / "telemetry.csv").write_text(BAD)
    err = station(*arguments, code=1).err
    assert "`--on-bad-row skip --bad-rows FILE`" in err
    assert_advice_exists(station, arguments[0], err)
    done = station(*arguments, "--on-bad-row", "skip", "--bad-rows", "bad.csv")
    assert "source `telemetry`: 1 cell was read as null (1: `flow` is not a number)" in done.err
    assert (station.folder / "bad.csv").read_text().count("\n") == 2


def test_a_part_of_a_day(station):
    station("backfill", "--output", "store", "-q")
    for option, instant in (("--start", "2024-03-01T12:00:00Z"), ("--end", "2024-03-02T01:00:00Z")):
        err = station("backfill", "--output", "store", option, instant, code=2).err
        assert_advice_exists(station, "backfill", err)
        (day,) = re.findall(rf"{option} (\S+)$", "".join(help_lines(err)))
        station("backfill", "--output", "store", option, day, "-q")


def test_keys(station):
    err = station("explain", "efficiency_3h", "--key", "pump=p1", "--at", "2024-03-01", code=2).err
    assert_advice_exists(station, "explain", err)
    assert "--key pump_id=VALUE" in err or "`pump_id`" in err
    station("explain", "efficiency_3h", "--key", "pump_id=p1", "--at", "2024-03-01")


def test_a_time_column(station):
    path = station.folder / "labels.csv"
    path.write_text("pump_id,labelled\np1,2024-03-01T02:00:00Z\n")
    ask = ["dataset", "--observations", "labels.csv", "--output", "null:"]
    err = station(*ask, code=2).err
    assert "--time-column" in err and "labelled" in err
    station(*ask, "--time-column", "labelled")


def test_a_clash_of_names(station):
    path = station.folder / "labels.csv"
    path.write_text("pump_id,at,efficiency_3h\np1,2024-03-01T02:00:00Z,1\n")
    ask = ["dataset", "--observations", "labels.csv", "--output", "null:"]
    err = station(*ask, code=1).err
    assert_advice_exists(station, "dataset", err)
    assert "--features" in err
    station(*ask, "--features", "efficiency_change")


def test_generated_files_that_were_edited(station):
    station("generate", "airflow", "--output", "dag", "-q")
    (station.folder / "dag" / "README.md").write_text("mine\n")
    err = station("generate", "airflow", "--output", "dag", code=1).err
    assert_advice_exists(station, "generate", err)
    assert "--force" in err
    station("generate", "airflow", "--output", "dag", "--force", "-q")


@pytest.mark.parametrize("name", ["head", "query", "run", "list", "ls", "build", "apply", "materialize", "validate", "lint", "train", "describe", "preview", "export", "new", "why", "chekc"])
def test_commands_of_other_tools(station, name):
    err = station(name, code=2).err
    assert re.search("did you mean|`headrace (?!--)", help_lines(err)[0]), err
    assert_advice_exists(station, None, err)


def test_no_repository(station):
    empty = station.folder.parent / "empty"
    empty.mkdir()
    here = Command(station.binary, empty)
    err = here("check", code=3).err
    assert_advice_exists(here, "check", err)
    here("init", "my-station")
    here("check", "--project", "my-station")


def test_an_option_before_the_command(station):
    folder = Command(station.binary, station.folder.parent)
    assert folder("--project", "station", "check").out == folder("check", "--project", "station").out
    assert folder("--project=station", "-q", "backfill", "--output", "null:").out == folder("backfill", "--output", "null:", "--project", "station", "-q").out
    err = folder("--porject", "station", "check", code=2).err
    assert "`headrace check` has no option `--porject`\n help: did you mean `--project`?" in err
    assert folder("--version").out == folder("version").out
