"""Explaining, generating, looking; threads and Ctrl-C."""
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import headrace as hr
import pandas as pd
import pyarrow.parquet as pq
import pytest

FEATURE, AT = "pump_efficiency_rolling_24h", "2024-01-15T12:00:00Z"


@pytest.fixture(scope="module")
def folder():
    return os.environ["HEADRACE_PUMPS"]


@pytest.fixture(scope="module")
def repo(folder):
    return hr.open(folder)


def command(folder, *arguments):
    done = subprocess.run([os.environ["HEADRACE_BINARY"], *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_explanation_is_that_of_the_command_line(repo, folder):
    found = repo.explain(FEATURE, "p1", AT, events=6)
    asked = ["explain", FEATURE, "--key", "pump_id=p1", "--at", AT, "--events", "6"]
    assert found.to_dict() == json.loads(command(folder, *asked, "--format", "json"))
    assert found.text.strip() == command(folder, *asked, "--format", "text").strip()
    assert found.value == found.to_dict()["value"] and len(found.events) == 6 + 2  # and the nearest outside the window
    page = found._repr_html_()
    assert FEATURE in page and "before" in page and "<table>" in page


@pytest.mark.parametrize("at", [
    datetime(2024, 1, 15, 12), datetime(2024, 1, 15, 13, tzinfo=timezone(timedelta(hours=1))), pd.Timestamp("2024-01-15 12:00"),
    pd.Timestamp("2024-01-15 12:00", tz="UTC"), pd.Timestamp("2024-01-15 12:00").to_datetime64(), "2024-01-15 12:00:00",
])
def test_instants_as_people_have_them(repo, at):
    assert repo.explain(FEATURE, {"pump_id": "p1"}, at).to_dict()["at"] == AT


def test_explanation_of_a_formula_over_features(repo):
    found = repo.explain("days_since_overhaul", "p1", AT)
    assert [each["feature"] for each in found.to_dict()["uses"]] == ["last_overhaul_at"]
    assert "last_overhaul_at" in found._repr_html_()
    assert repo.explain("last_overhaul_at", "p1", AT).value.tzinfo is timezone.utc


def test_a_key_with_an_equals_sign_is_a_key(repo):
    assert repo.explain(FEATURE, "a=b", AT).to_dict()["key"] == {"pump_id": "a=b"}
    assert repo.explain(FEATURE, {"pump_id": "pump_id=p1"}, AT).value is None


def test_features_as_a_table(repo):
    feature = repo.features[FEATURE]
    assert (feature.type, feature.entity, feature.version, feature.aggregation, feature.window) == ("double", "pump", "1.2", "mean", "1d")
    assert len(feature.digest) == 64 and feature.checks and feature.file.endswith(".yaml") and feature.line > 0
    page = repo.features._repr_html_()
    assert "24-hour rolling average pump efficiency" in page and "output_flow_rate / input_power_kw" in page
    assert "mode == &#x27;run&#x27;" in page and feature.digest[:12] not in page
    assert feature.formula in feature._repr_html_() and feature.digest[:12] not in feature._repr_html_()
    assert list(pd.DataFrame(repo.features.to_dicts())["name"]) == list(repo.features)
    assert pickle.loads(pickle.dumps(feature)) == feature
    assert FEATURE in repo._repr_html_() and FEATURE in repr(repo.features)


def test_html_is_escaped(tmp_path):
    (tmp_path / "project.yaml").write_text(
        'project: {name: "a"}\n---\nentity: {name: e, key: k}\n---\n'
        "source: {name: s, entity: e, event_time: t, columns: {x: double}}\n---\n"
        'feature: {name: f, description: "<script>x</script>", aggregation: mean, window: 1h, source_features: [x], owner: o, version: "1.0"}\n'
    )
    assert "<script>" not in hr.open(tmp_path)._repr_html_()


def test_plan_and_graph_are_those_of_the_command_line(repo, folder):
    assert repo.plan().to_dict() == json.loads(command(folder, "plan", "--format", "json"))
    assert repo.graph().to_dict() == json.loads(command(folder, "graph", "--format", "json"))
    assert repo.graph().mermaid.startswith("flowchart")
    assert {each["name"] for each in repo.plan("days_since_overhaul").to_dict()["features"]} == {"days_since_overhaul", "last_overhaul_at"}


def test_generate_is_that_of_the_command_line(repo, folder, tmp_path):
    report = repo.generate("sql", tmp_path / "mine", features=[FEATURE])
    command(folder, "generate", "sql", "--output", str(tmp_path / "theirs"), "--features", FEATURE)
    assert report.files and set(report.files.values()) == {"written"} and report.features == [FEATURE]
    for path in report.files:
        assert (tmp_path / "mine" / path).read_text() == (tmp_path / "theirs" / path).read_text()
    assert set(repo.generate("sql", tmp_path / "mine", features=[FEATURE]).files.values()) == {"unchanged"}


def test_generate_refuses(repo, tmp_path):
    with pytest.raises(hr.HeadraceError) as caught:
        repo.generate("cobol", tmp_path)
    assert isinstance(caught.value, hr.NotFoundError) and isinstance(caught.value, hr.UsageError)


def test_threads_share_a_repository(repo, folder):
    labels = pq.read_table(f"{folder}/labels.parquet")
    expected = repo.dataset(labels)
    with ThreadPoolExecutor(4) as pool:
        assert all(each.equals(expected) for each in pool.map(lambda _: repo.dataset(labels), range(8)))


def test_the_lock_is_free_while_computing(repo):
    """Another thread runs Python code while the engine works."""
    ran, is_over = [], threading.Event()

    def count():
        while not is_over.is_set():
            ran.append(0)

    thread = threading.Thread(target=count)
    thread.start()
    before = len(ran)
    repo.backfill(None)
    during = len(ran) - before
    is_over.set()
    thread.join()
    assert during > 100


def test_interrupt(folder):
    """Ctrl-C ends a long computation with KeyboardInterrupt."""
    # Where the tests run in the background, SIGINT is ignored and Python leaves it so.
    program = (
        "import headrace as hr, signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "repo = hr.open('.')\n"
        "try:\n"
        "    print('ready', flush=True)\n"
        "    for _ in range(10_000): repo.backfill(None)\n"
        "except KeyboardInterrupt:\n"
        "    sys.exit(7)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], cwd=folder, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 7
