"""Values to look at, features chosen and left out, and the picture of what depends on what."""
import json
import os
import subprocess
import xml.dom.minidom
from datetime import datetime, timedelta, timezone

import headrace as hr
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

AT = "2024-01-15T12:00:00Z"
FEATURE = "pump_efficiency_rolling_24h"


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


SHOWN = {
    "the last rows": (dict(features=FEATURE), [FEATURE]),
    "of a key": (dict(features=[FEATURE, "mode_before"], key="p1", last=3), [FEATURE, "mode_before", "--key", "p1", "--last", "3"]),
    "of a named key": (dict(features="mode_before", key={"pump_id": "p2"}), ["mode_before", "--key", "pump_id=p2"]),
    "at an instant": (dict(features="tag:duty", at=AT), ["tag:duty", "--at", AT]),
    "on a grid": (dict(features="duty_share_24h", key="p1", every="6h", last=8), ["duty_share_24h", "--key", "p1", "--every", "6h", "--last", "8"]),
    "all of a pump": (dict(key="p1", at=AT), ["--key", "p1", "--at", AT]),
    "but some": (dict(exclude=["tag:maintenance", "owner:energy-*"], key="p1"), ["--exclude", "tag:maintenance", "--exclude", "owner:energy-*", "--key", "p1"]),
}


@pytest.mark.parametrize("name", SHOWN)
def test_what_the_command_line_shows(repo, folder, name):
    asked, words = SHOWN[name]
    shown = repo.show(**asked)
    assert shown.to_dict() == json.loads(command(folder, "show", *words, "--format", "json"))
    assert str(shown).split("\n\n")[0].strip() == command(folder, "show", *words).strip()
    (table,) = shown.tables.values()
    rows = shown.to_dict()["tables"][0]["rows"]
    assert table.num_rows == len(rows) and table.column_names == list(rows[0])


def test_tables_of_every_library(repo):
    shown = repo.show([FEATURE, "last_overhaul_at", "readings_1h"], "p1", last=4)
    assert shown.to_arrow().schema.field("event_time").type == pa.timestamp("us", "UTC")
    frame = shown.to_pandas()
    assert isinstance(frame, pd.DataFrame) and str(frame.dtypes["readings_1h"]) == "Int64" and len(frame) == 4
    assert shown.to_polars().equals(pl.DataFrame(shown)) and pl.DataFrame(shown).height == 4
    assert pa.table(shown).equals(shown.tables["pump"])
    page = shown._repr_html_()
    assert page.startswith("<table>") and FEATURE in page and frame["event_time"][3].strftime("%Y-%m-%dT%H:%M") in page


def test_times_as_people_have_them(repo):
    at = datetime(2024, 1, 15, 13, tzinfo=timezone(timedelta(hours=1)))
    assert repo.show(FEATURE, at=at).to_arrow().equals(repo.show(FEATURE, at=AT).to_arrow())
    assert repo.show(FEATURE, at=at, last=2).notes == ["2 of 4 keys of pump; last=N shows more, key= one"]


def test_an_unknown_key_is_warned_about(repo):
    with pytest.warns(hr.HeadraceWarning, match='there is no event of pump pump_id "p99"'):
        shown = repo.show("readings_1h", "p99")
    assert shown.tables["pump"].num_rows == 0 and str(shown) == ""
    with pytest.warns(hr.HeadraceWarning):
        assert repo.show("readings_1h", "a=b", at=AT).to_arrow().to_pylist()[0]["pump_id"] == "a=b"


def test_many_rows_are_cut_in_print_alone(repo):
    shown = repo.show("readings_1h", last=1000)
    assert shown.tables["pump"].num_rows == 1000 and len(str(shown).splitlines()) == 62
    assert str(shown).endswith("(940 rows before these are not printed)")


@pytest.mark.parametrize("asked, message", [
    (dict(at=AT, every="1h"), "at= is one instant"),
    (dict(last=0), "last=0 is not between 1 and"),
    (dict(features="nothing_like_it"), "nothing_like_it"),
    (dict(exclude="*"), "no feature"),
    (dict(key={"station": "s"}), "no entity has the key station"),
    (dict(features=7), "7 names no feature"),
    (dict(features=[7]), "7 names no feature"),
    (dict(progress="yes"), "is no function"),
])
def test_wrong_words(repo, asked, message):
    with pytest.raises(hr.UsageError) as caught:
        repo.show(**asked)
    assert message in str(caught.value) and "--" not in str(caught.value)


def test_two_entities_are_two_tables(tmp_path):
    events = tmp_path / "e.ndjson"
    events.write_text('{"k": "a", "t": "2024-03-01T00:00:00Z", "x": 1.5}\n')
    (tmp_path / "project.yaml").write_text(
        "project: {name: p}\n"
        + "".join(
            f"---\nentity: {{name: {name}, key: k}}\n---\n"
            f"source: {{name: s{name}, entity: {name}, event_time: t, columns: {{x: double}}, batch: {{format: ndjson, path: e.ndjson}}}}\n---\n"
            f'feature: {{name: f{name}, aggregation: max, window: 1h, source: s{name}, source_features: [x], owner: o, description: d, version: "1.0"}}\n'
            for name in "ab"
        )
    )
    shown = hr.open(tmp_path).show()
    assert list(shown.tables) == ["a", "b"] and shown.tables["b"].to_pylist()[0]["fb"] == 1.5
    assert str(shown).count("2024-03-01T00:00:00Z") == 2 and shown._repr_html_().count("<table>") == 2
    with pytest.raises(hr.UsageError, match="several tables"):
        shown.to_pandas()


SELECTORS = ["tag:wear", "+days_since_overhaul", "pump_efficiency_rolling_24h+", "owner:energy-*", "*_7d"]


@pytest.mark.parametrize("selector", SELECTORS)
def test_selectors_in_every_method(repo, folder, selector, tmp_path):
    found = json.loads(command(folder, "plan", "--features", selector, "--exclude", "mean_*", "--format", "json"))
    assert repo.plan(selector, exclude="mean_*").to_dict() == found
    graph = json.loads(command(folder, "graph", "--features", selector, "--exclude", "mean_*", "--format", "json"))
    assert repo.graph(selector, exclude="mean_*").to_dict() == graph

    report = json.loads(command(folder, "backfill", "--output", "null:", "--features", selector, "--exclude", "mean_*", "--format", "json", "-q"))
    chosen = repo.backfill(None, selector, exclude="mean_*").entities[0]["features"]
    assert chosen == report["entities"][0]["features"] and not any(name.startswith("mean_") for name in chosen)
    labels = pa.table({"pump_id": ["p1"], "event_time": [AT]})
    assert sorted(repo.dataset(labels, selector, exclude="mean_*").column_names[2:]) == sorted(chosen)
    assert sorted(repo.show(selector, exclude=["mean_*"], last=1).to_arrow().column_names[2:]) == sorted(chosen)
    assert sorted(repo.generate("feast", tmp_path / "out", features=selector, exclude="mean_*").features) == sorted(chosen)


def test_the_picture_is_that_of_the_command_line(repo, folder, tmp_path):
    graph = repo.graph()
    assert graph.svg() == command(folder, "graph", "--format", "svg")
    assert graph.save(tmp_path / "g.svg").read_text() == graph.svg() and graph.svg() in graph._repr_html_()
    names = [each.firstChild.data for each in xml.dom.minidom.parseString(graph.svg()).getElementsByTagName("title")]
    assert any(each.startswith(f"{FEATURE}: mean over") for each in names) and len(names) == len(graph.to_dict()["nodes"])
    assert graph.save(tmp_path / "g.mmd").read_text() == graph.mermaid
    with pytest.raises(hr.UsageError, match="g.png has no extension of a form of graphs"):
        graph.save(tmp_path / "g.png")
    with pytest.raises(hr.EnvironmentError, match="cannot be written"):
        graph.save(tmp_path / "nowhere" / "g.svg")
