"""Errors keep their code, place, kind and help."""
import contextlib
import io
import pickle
import re

import headrace as hr
import pandas as pd
import pyarrow as pa
import pytest

PROJECT = "project: {name: station}\n---\nentity: {name: pump, key: pump_id}\n"
SOURCE = """source:
  name: telemetry
  entity: pump
  event_time: event_time
  columns: {flow: double, mode: string}
  batch: {format: ndjson, path: telemetry.ndjson}
"""
FEATURE = """feature:
  name: flow_mean
  owner: a
  version: "1.0"
  description: d
  aggregation: mean
  window: 2h
  source_features: [flow]
"""
EVENT = '{"pump_id": "p1", "event_time": "2024-03-01T00:00:00Z", "flow": 1.0, "mode": "run"}\n'


@pytest.fixture
def make(tmp_path):
    def made(feature=FEATURE, events=EVENT):
        (tmp_path / "features").mkdir(exist_ok=True)
        (tmp_path / "project.yaml").write_text(PROJECT)
        (tmp_path / "features" / "flow.yaml").write_text(SOURCE + "---\n" + feature)
        (tmp_path / "telemetry.ndjson").write_text(events)
        return hr.open(tmp_path)

    return made


LABELS = {"pump_id": ["p1"], "event_time": ["2024-03-01T01:00:00Z"]}


def test_mistakes_do_not_stand_in_the_way_of_opening(make):
    repo = make(FEATURE.replace("[flow]", "[mode]"))
    (problem,) = repo.check()
    assert (problem.code, problem.severity) == ("F012", "error")
    assert problem.file.endswith("features/flow.yaml") and problem.line == 15 and problem.column > 1
    assert (problem.end_line, problem.end_column) > (problem.line, problem.column)
    assert str(problem).startswith("error[F012]: ") and "--> " in str(repo.check())
    assert "F012" in repo.check()._repr_html_() and repo.check().summary == "1 error"
    assert "1 error" in repr(repo)


@pytest.mark.parametrize("ask", [
    lambda repo: repo.dataset(pa.table(LABELS)),
    lambda repo: repo.backfill(None),
    lambda repo: repo.explain("flow_mean", "p1", "2024-03-01"),
    lambda repo: repo.show(),
    lambda repo: repo.plan(),
    lambda repo: repo.graph(),
    lambda repo: repo.generate("sql", "out"),
])
def test_nothing_is_computed_with_mistakes(make, ask):
    repo = make(FEATURE.replace("mean\n", "meen\n"))
    with pytest.raises(hr.DefinitionError) as caught:
        ask(repo)
    error = caught.value
    assert isinstance(error, hr.HeadraceError) and error.kind == "data"
    assert [error.code] == [each.code for each in error.diagnostics.errors]
    assert error.diagnostics[0].line == 13 and "meen" in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert again.diagnostics[0] == error.diagnostics[0] and again.code == error.code


def raised(call, *arguments, **named):
    with pytest.raises(hr.HeadraceError) as caught:
        call(*arguments, **named)
    # Whatever is wrong, the remedy is one of Python.
    assert not re.search(r"--[a-z]|the command\b", str(caught.value)), str(caught.value)
    return caught.value


def test_no_repository(tmp_path):
    error = raised(hr.open, tmp_path / "nowhere")
    assert error.kind == "environment" and "project.yaml" in error.message and error.code is None


def test_a_folder_within(make):
    repo = make()
    assert hr.open(f"{repo.folder}/features").features.keys() == repo.features.keys()


def test_unknown_feature(make):
    error = raised(make().dataset, pa.table(LABELS), "flow_maen")
    assert (error.kind, error.help) == ("not found", "did you mean `flow_mean`?")
    assert pickle.loads(pickle.dumps(error)).help == error.help
    for kind in (KeyError, hr.NotFoundError):
        with pytest.raises(kind, match="did you mean `flow_mean`"):
            make().features["flow_maen"]
    assert make().features.get("flow_maen") is None and "flow_maen" not in make().features


def test_a_notebook_shows_the_callers_lines_and_the_message(make):
    """IPython asks an exception how to show it: without the insides of the package."""
    error = raised(make().dataset, pa.table(LABELS), "flow_maen")
    lines = error._render_traceback_()
    assert lines[-1] == "NotFoundError: there is no feature `flow_maen` in this repository\nhelp: did you mean `flow_mean`?"
    assert __file__ in lines[0] and "call(*arguments, **named)" in lines[0]
    assert not any("site-packages/headrace/" in line for line in lines)
    error = raised(make(FEATURE.replace("mean\n", "meen\n")).plan)
    assert "features/flow.yaml:13" in error._render_traceback_()[-1]


def test_ipython_shows_it_so(make):
    from IPython.core.interactiveshell import InteractiveShell

    interactive = InteractiveShell.instance()
    interactive.user_ns["repo"] = make()
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        interactive.run_cell("repo.dataset(7,\n  'flow_mean')")
    text = shown.getvalue()
    assert "is no table" in text and "__arrow_c_stream__" in text and "repo.dataset(7," in text
    assert "_tables.py" not in text and "_repository.py" not in text, text


def test_missing_keys_and_times(make):
    error = raised(make().dataset, pd.DataFrame({"pump": ["p1"], "event_time": [pd.Timestamp("2024-03-01")]}))
    assert error.kind == "data" and "pump_id (pump)" in error.help
    error = raised(make().dataset, pd.DataFrame({"pump_id": ["p1"], "when": [pd.Timestamp("2024-03-01")], "x": [1]}))
    assert error.kind == "usage" and "time_column=" in error.message and error.help.endswith("when")
    assert "--" not in str(error)


def test_clash_of_names(make):
    error = raised(make().dataset, pa.table({**LABELS, "flow_mean": [1]}))
    assert error.kind == "data" and "flow_mean" in error.message and "features=" in error.help


def test_keys_of_another_type(make):
    error = raised(make().dataset, pa.table({"pump_id": [1.5], "event_time": ["2024-03-01"]}))
    assert error.kind == "data" and "pump_id" in error.message
    error = raised(make().dataset, pd.DataFrame({"pump_id": ["a", 1], "event_time": ["2024-03-01"] * 2}))
    assert error.kind == "data" and "pump_id" in error.message


def test_no_table(make):
    assert raised(make().dataset, [1, 2]).kind == "usage"


def test_events_that_cannot_be_read(make):
    repo = make(events=EVENT + EVENT.replace("2024-03-01T00:00:00Z", "soon"))
    error = raised(repo.dataset, pa.table(LABELS))
    assert error.kind == "data" and "telemetry.ndjson" in error.message and "skip_bad_rows=True" in f"{error}"
    with pytest.warns(hr.HeadraceWarning, match="source `telemetry`: 1 row was left out"):
        assert repo.dataset(pa.table(LABELS), skip_bad_rows=True)["flow_mean"].to_pylist() == [1.0]


def test_events_that_cannot_be_read_are_set_aside(make, tmp_path):
    repo = make(events=EVENT + EVENT.replace("2024-03-01T00:00:00Z", "soon"))
    with pytest.warns(hr.HeadraceWarning):
        repo.dataset(pa.table(LABELS), skip_bad_rows=True, bad_rows=tmp_path / "bad.ndjson")
    assert '"effect": "row left out"' in (tmp_path / "bad.ndjson").read_text()
    assert raised(repo.dataset, pa.table(LABELS), bad_rows=tmp_path / "bad.ndjson").kind == "usage"


def test_wrong_times_and_spans(make):
    repo = make()
    assert raised(repo.explain, "flow_mean", "p1", "soon").kind == "usage"
    assert raised(repo.explain, "flow_mean", "p1", 7).kind == "usage"
    assert raised(repo.backfill, None, every="often").kind == "usage"
    assert raised(repo.backfill, None, format="xlsx").kind == "usage"


def test_unknown_keys(make):
    error = raised(make().explain, "flow_mean", {"pump": "p1"}, "2024-03-01")
    assert isinstance(error, hr.NotFoundError) and "pump_id" in error.help


def test_missing_files(make, tmp_path):
    repo = make()
    (tmp_path / "telemetry.ndjson").unlink()
    error = raised(repo.dataset, pa.table(LABELS))
    assert error.kind == "environment" and isinstance(error, hr.EnvironmentError) and isinstance(error, OSError)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.message, again.help) == (type(error), error.message, error.help)


def test_advice_in_words_of_python_works(make, tmp_path):
    """Whoever follows a help text once gets past its message; nothing speaks of the command line."""
    repo = make()
    error = raised(repo.explain, "flow_mean", {"pump": "p1"}, "2024-03-01")
    assert 'key={"pump_id": VALUE}' in error.help or "`pump_id`" in error.help
    assert repo.explain("flow_mean", {"pump_id": "p1"}, "2024-03-01").value == 1.0

    labels = pd.DataFrame({"pump_id": ["p1"], "when": [pd.Timestamp("2024-03-01")]})
    assert "time_column=" in str(raised(repo.dataset, labels))
    repo.dataset(labels, time_column="when")

    error = raised(repo.backfill, None, start="2024-03-02", end="2024-03-01")
    assert error.kind == "usage" and error.message.startswith("end= is not after start=")

    error = raised(repo.plan, "nothing_like_it")
    assert "`repo.features` lists them" in error.help and "flow_mean" in repo.features

    repo.generate("airflow", tmp_path / "dag")
    (tmp_path / "dag" / "README.md").write_text("mine\n")
    error = raised(repo.generate, "airflow", tmp_path / "dag")
    assert isinstance(error, hr.ConflictError) and "overwrite=True" in error.help and "--" not in str(error)
    repo.generate("airflow", tmp_path / "dag", overwrite=True)

    error = raised(hr.init, tmp_path)
    assert isinstance(error, hr.ConflictError) and 'headrace.init("NAME")' in error.help
    hr.init(tmp_path / "new")


def test_a_part_of_a_day_in_words_of_python(make, tmp_path):
    repo = make(events=EVENT + EVENT.replace("00:00:00Z", "01:00:00Z"))
    repo.backfill(tmp_path / "store")
    error = raised(repo.backfill, tmp_path / "store", start="2024-03-01T00:30:00Z")
    assert error.help == 'begin with the day: start="2024-03-01"'
    repo.backfill(tmp_path / "store", start="2024-03-01")


def test_explain_skips_bad_rows(make):
    repo = make(events=EVENT + EVENT.replace("2024-03-01T00:00:00Z", "soon"))
    assert "skip_bad_rows=True" in raised(repo.explain, "flow_mean", "p1", "2024-03-01").help
    with pytest.warns(hr.HeadraceWarning, match="source `telemetry`: 1 row was left out"):
        assert repo.explain("flow_mean", "p1", "2024-03-01", skip_bad_rows=True).value == 1.0


def test_bytes_that_are_no_text_are_shown(make, tmp_path):
    repo = make()
    (tmp_path / "telemetry.ndjson").write_bytes(EVENT.encode().replace(b"1.0", b'"\xb0\x1b[31m"'))
    text = str(raised(repo.dataset, pa.table(LABELS)))
    assert all(each.isprintable() or each == "\n" for each in text)
