"""What people read, word by word. UPDATE_GOLDEN=1 writes the texts anew; the reviewer reads the diff."""
import difflib
import os
import re
import shutil
import sys

import pytest
from command import Command
from conftest import ROOT

HERE = ROOT / "tests" / "golden"
EXPLAIN_AT = ["--key", "pump_id=p1", "--at", "2024-03-01T03:00:00Z"]

# name: (folder, exit code, arguments); OUT stands for a folder of the test.
COMMANDS = {
    "check_fine": ("station", 0, ["check"]),
    "check_problems": ("broken", 1, ["check"]),
    "test_passing": ("station", 0, ["test"]),
    "test_failing": ("station", 1, ["test", "wrong/refusal.yaml", "tests/efficiency.yaml", "wrong/value.yaml"]),
    "graph": ("station", 0, ["graph"]),
    "graph_mermaid": ("station", 0, ["graph", "--format", "mermaid"]),
    "graph_dot": ("station", 0, ["graph", "--format", "dot"]),
    "graph_svg": ("station", 0, ["graph", "--format", "svg"]),
    "plan": ("station", 0, ["plan"]),
    "backfill": ("station", 1, ["backfill", "--output", "OUT/store", "--output-format", "csv"]),
    "backfill_grid_checksum": ("station", 1, ["backfill", "--output", "null:", "--every", "6h", "--start", "2024-03-01T01:00:00Z", "--end", "2024-03-02", "--checksum"]),
    "dataset": ("station", 0, ["dataset", "--observations", "observations.csv", "--output", "OUT/train.csv", "--checksum"]),
    "show": ("station", 0, ["show", "efficiency_3h", "power_max_1d", "modes"]),
    "show_grid": ("station", 0, ["show", "power_max_1d", "--key", "pump_id=p1", "--every", "1h", "--last", "4"]),
    "show_at": ("station", 0, ["show", "--key", "pump_id=p1", "--at", "2024-03-01T03:00:00Z"]),
    "show_json": ("station", 0, ["show", "modes", "last_visit_cost", "--last", "2", "--format", "json"]),
    "explain_mean": ("station", 0, ["explain", "efficiency_3h", *EXPLAIN_AT]),
    "explain_derived": ("station", 0, ["explain", "efficiency_change", *EXPLAIN_AT]),
    "explain_list": ("station", 0, ["explain", "modes", *EXPLAIN_AT]),
    "explain_stddev": ("station", 0, ["explain", "power_stddev_2h", *EXPLAIN_AT]),
    "explain_default": ("station", 0, ["explain", "inefficient_events_1d", *EXPLAIN_AT]),
    "explain_unknown_entity": ("station", 0, ["explain", "last_visit_cost", "--key", "pump_id=p9", "--at", "2024-03-01T03:00:00Z"]),
}


def normal(text, output):
    """Without what differs from run to run: durations, rates, memory, the test's folder."""
    text = text.replace(str(output), "OUT")
    text = re.sub(r"\b\d+(\.\d+)? s\b", "N s", text)
    text = re.sub(r"\b[\d.,]+( [kMG])? (rows|events)/s", r"N \2/s", text)
    text = re.sub(r"(N s), N (rows|events)/s", r"\1", text)  # shown for long runs only
    return re.sub(r"peak memory [\d.]+ [kMG]B", "peak memory N MB", text)


def hold(name, text):
    """The text is the one in expected/."""
    path = HERE / "expected" / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text(text, encoding="utf-8")
    expected = path.read_text(encoding="utf-8") if path.exists() else ""
    diff = "".join(difflib.unified_diff(expected.splitlines(True), text.splitlines(True), f"expected/{name}", "now"))
    assert text == expected, f"{diff}\nUPDATE_GOLDEN=1 takes what there is now"


@pytest.fixture
def copy_of(tmp_path):
    """A copy of a repository, so that nothing is written into the sources."""

    def copy(name):
        return shutil.copytree(HERE / name, tmp_path / name)

    return copy


@pytest.mark.parametrize("name", COMMANDS)
def test_text(binary, tmp_path, copy_of, name):
    folder, code, arguments = COMMANDS[name]
    done = Command(binary, copy_of(folder))(*[a.replace("OUT", str(tmp_path)) for a in arguments], code=code)
    parts = [f"$ headrace {' '.join(arguments)}\n{done.out}", f"-- stderr\n{done.err}" if done.err else "", f"-- exit code {done.code}\n"]
    hold(f"{name}.txt", normal("".join(parts), tmp_path))


def test_backfill_again(binary, tmp_path, copy_of):
    folder = copy_of("station")
    command = Command(binary, folder)
    arguments = ["backfill", "--output", tmp_path / "store", "--output-format", "csv"]
    command(*arguments, code=1)
    texts = []

    def again(what, *more):
        done = command(*arguments, *more, code=1)
        table = done.out.split("\n\n")[0]
        texts.append(normal(f"# {what}\n{table}\n{done.err}", tmp_path))

    again("nothing has changed")
    with open(folder / "data" / "telemetry.csv", "a") as data:
        data.write("p2,2024-03-02T01:00:00Z,1.0,2.0,run,3\n")
    again("one event more")
    definition = folder / "features" / "wear.yaml"
    definition.write_text(definition.read_text().replace('version: "2.0"', 'version: "2.1"').replace("[2h, 1d]", "[3h, 1d]"))
    again("a new version with another window")
    again("the same, told to replace", "--replace")
    hold("backfill_again.txt", "\n".join(texts))


def test_an_engine_that_cannot_start_is_no_failed_test(binary, copy_of):
    done = Command(binary, copy_of("station"))("test", "--engine", "batch,beam", "--python", sys.executable, code=3)
    assert done.out == ""
    assert "No module named 'apache_beam'" in done.err and "generate beam" in done.err


def test_check_of_a_repository_without_features(binary, tmp_path):
    (tmp_path / "project.yaml").write_text("project: {name: empty}\n")
    done = Command(binary, tmp_path)("check")
    hold("check_empty.txt", done.out + done.err)


def test_changed_meaning_of_a_version(binary, tmp_path, copy_of):
    folder = copy_of("station")
    command = Command(binary, folder)
    arguments = ["backfill", "--output", tmp_path / "store"]
    command(*arguments, code=1)
    before = {path: path.read_bytes() for path in sorted((tmp_path / "store").rglob("*")) if path.is_file()}
    definition = folder / "features" / "efficiency.yaml"
    definition.write_text(definition.read_text().replace("formula: flow / power", "formula: flow / power * 2", 1))
    done = command(*arguments, code=1)
    hold("backfill_changed_meaning.txt", normal(done.out + done.err, tmp_path))
    after = {path: path.read_bytes() for path in sorted((tmp_path / "store").rglob("*")) if path.is_file()}
    assert after == before


@pytest.mark.parametrize("example", ["pumps", "flights"])
def test_plan_of_the_example_is_frozen(binary, tmp_path, example):
    done = Command(binary, tmp_path)("plan", "--format", "json", "--project", ROOT / "examples" / example)
    hold(f"plan_{example}.json", done.out)
