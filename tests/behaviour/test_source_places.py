"""Where sources lie: `${VARIABLE}` in paths, and `--source` for one run."""
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import Command

PROJECT = """\
project: {name: places}
---
entity: {name: user, key: user_id}
---
source:
  name: orders
  entity: user
  event_time: at
  columns: {user_id: string, paid: double}
  batch: {format: csv, path: "PATH"}
---
source: {name: pushed, entity: user, event_time: at, columns: {user_id: string, n: int64}, stream: {push: {}}}
---
feature: {name: paid_sum, description: d, owner: o, version: "1.0", aggregation: sum, window: 1d, source_features: [paid]}
---
feature: {name: n_sum, description: d, owner: o, version: "1.0", aggregation: sum, window: 1d, source_features: [pushed.n]}
"""
ROWS = "user_id,at,paid\nu1,2024-03-01T00:00:00Z,{}\n"
LABELS = "user_id,event_time\nu1,2024-03-01T12:00:00Z\n"
VERBS = {
    "show": ["show", "paid_sum", "--format", "csv"],
    "backfill": ["backfill", "--output", "-", "-q", "--features", "paid_sum"],
    "dataset": ["dataset", "--observations", "labels.csv", "--output", "-", "-q", "--features", "paid_sum"],
    "explain": ["explain", "paid_sum", "--key", "u1", "--at", "2024-03-01T12:00:00Z"],
}


@pytest.fixture
def places(binary, tmp_path):
    def make(path):
        (tmp_path / "project.yaml").write_text(PROJECT.replace("PATH", path))
        for name, paid in (("dev", 1.5), ("prod", 99.5)):
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / "orders.csv").write_text(ROWS.format(paid))
        (tmp_path / "labels.csv").write_text(LABELS)
        return Command(binary, tmp_path)

    return make


@pytest.mark.parametrize("verb", VERBS)
def test_variables(places, verb):
    shell = places("${PLACE:-dev}/orders.csv")
    assert "1.5" in shell(*VERBS[verb]).out
    assert "99.5" in shell(*VERBS[verb], environment={"PLACE": "prod"}).out
    shell = places("${PLACE}/orders.csv")
    assert "99.5" in shell(*VERBS[verb], environment={"PLACE": str(shell.folder / "prod")}).out
    done = shell(*VERBS[verb], code=3)
    assert done.out == "" and re.search(r"^error: project\.yaml:10:10: the path of source `orders`: the variable `PLACE` is not set$", done.err, re.M), done.err
    assert "export PLACE=.." in done.err and "${PLACE:-text}" in done.err and "--source orders=PATH names other files for one run" in done.err
    assert "1.5" in shell(*VERBS[verb], "--source", "orders=dev/orders.csv").out, "what is placed needs no variable"


@pytest.mark.parametrize("verb", VERBS)
def test_a_source_is_placed(places, verb):
    shell = places("nowhere/orders.csv")
    assert "99.5" in shell(*VERBS[verb], "--source", "orders=prod/orders.csv").out
    assert "99.5" in shell(*VERBS[verb], "--source=orders=prod").out
    table = pa.table({"user_id": ["u1"], "at": pa.array([1709251200000000], pa.timestamp("us", "UTC")), "paid": [7.25]})
    pq.write_table(table, shell.folder / "orders.parquet")
    assert "7.25" in shell(*VERBS[verb], "--source", "orders=orders.parquet").out, "the extension says the form"


def test_the_path_is_of_the_working_folder(places):
    shell = places("dev/orders.csv")
    (shell.folder / "other").mkdir()
    (shell.folder / "other" / "mine.csv").write_text(ROWS.format(3.25))
    inside = Command(shell.binary, shell.folder / "other")
    assert "3.25" in inside("show", "paid_sum", "--source", "orders=mine.csv").out
    assert "1.5" in inside("show", "paid_sum").out


def test_a_source_without_files(places):
    shell = places("dev/orders.csv")
    (shell.folder / "n.ndjson").write_text('{"user_id": "u1", "at": "2024-03-01T00:00:00Z", "n": 4}\n')
    (shell.folder / "data").mkdir()
    assert shell("show", "n_sum", "--source", "pushed=n.ndjson", "--format", "csv").out.endswith(",4\n")
    assert "the form of `data` is not known: source `pushed` has no `batch`" in shell("show", "n_sum", "--source", "pushed=data", code=2).err


def test_several_sources(places):
    shell = places("nowhere.csv")
    (shell.folder / "n.ndjson").write_text('{"user_id": "u1", "at": "2024-03-01T00:00:00Z", "n": 4}\n')
    assert shell("show", "--source", "pushed=n.ndjson", "--source", "orders=dev", "--format", "csv").out.endswith("u1,2024-03-01T00:00:00Z,1.5,4\n")


REFUSALS = {
    "ordres=x.csv": (2, "there is no source `ordres`", "did you mean `orders`?"),
    "nothing=x.csv": (2, "there is no source `nothing`", "its sources are orders, pushed"),
    "orders": (2, "`orders` does not say which source lies where", "write `--source NAME=PATH`"),
    "orders=": (2, "`orders=` does not say which source lies where", "write `--source NAME=PATH`"),
    "orders=none.csv": (3, "none.csv", ""),
}


@pytest.mark.parametrize("given", REFUSALS)
def test_refusals(places, given):
    code, message, remedy = REFUSALS[given]
    done = places("dev/orders.csv")("show", "paid_sum", "--source", given, code=code)
    assert message in done.err and remedy.replace("`--source NAME=PATH`", "--source NAME=PATH") in done.err and done.out == ""


def test_a_source_is_placed_once(places):
    done = places("dev/orders.csv")("show", "paid_sum", "--source", "orders=dev", "--source", "orders=prod", code=2)
    assert "source `orders` is placed twice" in done.err


@pytest.mark.parametrize("path, words", [("${HOME/x.csv", "has no `}`"), ("${A B}/x.csv", "`${A B}` is no variable")])
def test_what_is_no_variable(places, path, words):
    done = places(path)("show", "paid_sum", code=1)
    assert words in done.err and "project.yaml:10:10" in done.err


def test_a_variable_without_braces(places):
    done = places("$HOME/x.csv")("show", "paid_sum", code=3)
    assert "`$HOME` is not replaced without braces: write `${HOME}` for the variable" in done.err
    shell = places("$HOME/x.csv")
    (shell.folder / "$HOME").mkdir()
    (shell.folder / "$HOME" / "x.csv").write_text(ROWS.format(8.5))
    assert "8.5" in shell("show", "paid_sum").out, "what is called so is read"


def test_definitions_alone_need_no_variable(places):
    shell = places("${PLACE}/orders.csv")
    shell("check")
    assert "${PLACE}/orders.csv" in shell("plan", "--format", "json").out
    shell("graph")


def test_generated_code_reads_what_was_named(places):
    shell = places("${PLACE}/orders.csv")
    assert "the variable `PLACE` is not set" in shell("generate", "sql", "--output", "sql", code=3).err
    shell("generate", "sql", "--output", "sql", environment={"PLACE": "prod"})
    text = "".join(path.read_text() for path in (shell.folder / "sql").rglob("*.sql"))
    assert "prod/orders.csv" in text and "${PLACE}" not in text


def test_values_do_not_depend_on_the_place(places):
    shell = places("${PLACE}/orders.csv")
    digests = [each["digest"] for each in shell("plan", "--format", "json").json()["features"]]
    shell = places("dev/orders.csv")
    assert [each["digest"] for each in shell("plan", "--format", "json").json()["features"]] == digests


def test_credentials_are_not_shown(places):
    shell = places("${PLACE}/orders.csv")
    done = shell("show", "paid_sum", code=None, environment={"PLACE": "s3://me:secret@nowhere-at-all?endpoint=localhost:1&token=secret"})
    assert done.code != 0 and "secret" not in done.err


def test_an_output_does_not_take_the_place_of_a_placed_source(places):
    shell = places("${PLACE}/orders.csv")
    before = (shell.folder / "prod" / "orders.csv").read_text()
    for more, environment in ((["--source", "orders=prod/orders.csv"], {}), ([], {"PLACE": "prod"})):
        done = shell("dataset", "--observations", "labels.csv", "--output", "prod/orders.csv", "--features", "paid_sum", *more, code=2, environment=environment)
        assert "source `orders` reads" in done.err and (shell.folder / "prod" / "orders.csv").read_text() == before
