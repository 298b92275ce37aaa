"""The reference's table of keys: each is in the schema, each code is documented, and its last column says what the digest says."""
import copy
import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "behaviour"))
from command import Command

REFERENCE = ROOT / "docs" / "reference"

BASE = {
    "project": {"name": "p", "defaults": {"source": "s", "entity": "e"}},
    "entity": {"name": "e", "key": "k"},
    "source": {
        "name": "s", "entity": "e", "event_time": "at", "columns": {"x": "double", "y": "double", "n": "int64", "gone": "bool"},
        "batch": {"format": "csv", "path": "data/a.csv"},
    },
    "feature": {
        "name": "f", "owner": "o", "version": "1.0", "description": "d", "source": "s", "source_features": ["x"], "formula": "x + 1",
        "aggregation": "mean", "window": "1h",
    },
}
OTHER = {"name": "s2", "entity": "e", "event_time": "at", "columns": {"x": "double"}, "batch": {"format": "csv", "path": "data/a.csv"}}


def change(path, value, before=None):
    """A definition as it was, and with another value of the key."""
    def put(definitions, keys, content):
        for key in keys[:-1]:
            definitions = definitions[key]
        if content is None:
            definitions.pop(keys[-1], None)
        else:
            definitions[keys[-1]] = content

    keys = path.split(".")
    first, second = copy.deepcopy(BASE), copy.deepcopy(BASE)
    if before is not None:
        put(first, keys, before)
    put(second, keys, value)
    return first, second


def renamed(kind, name):
    """Another name, also where it is used."""
    text = json.dumps(BASE).replace(f'"{BASE[kind]["name"]}"', f'"{name}"')
    return copy.deepcopy(BASE), json.loads(text)


def with_all(extra, path, value, before=None):
    """The same beside other keys."""
    first, second = change(path, value, before)
    for definitions in (first, second):
        for kind, more in extra.items():
            definitions[kind] |= more
    return first, second


TEXT = {"source": {"batch": {"format": "csv", "path": "data/a.csv"}}}
CHANGES = {
    "project.name": change("project.name", "q"),
    "project.defaults": change("project.defaults", None),
    "entity.name": renamed("entity", "e2"),
    "entity.key": change("entity.key", "k2"),
    "source.name": renamed("source", "s3"),
    "source.entity": change("source.entity", "e9"),
    "source.event_time": change("source.event_time", "t"),
    "source.unit": change("source.unit", "ms", "s"),
    "source.columns": with_all({}, "source.columns.x", "int64"),
    "source.columns.NAME.required": change("source.columns.x", {"type": "double", "required": True}),
    "source.batch": change("source.batch", {"format": "parquet", "path": "elsewhere"}),
    "batch.delimiter": change("source.batch.delimiter", ";"),
    "batch.decimal": with_all({}, "source.batch", {"format": "csv", "path": "data/a.csv", "delimiter": ";", "decimal": ","}),
    "batch.quote": change("source.batch.quote", "'"),
    "batch.header": change("source.batch.header", ["k", "at", "x"]),
    "batch.encoding": change("source.batch.encoding", "latin-1"),
    "batch.nulls": change("source.batch.nulls", ["NA"]),
    "batch.time_format": change("source.batch.time_format", "%d.%m.%Y"),
    "batch.constants": change("source.batch.constants", {"k": "a"}),
    "source.stream": change("source.stream", {"kafka": {"brokers": "b", "topic": "t"}}),
    "source.allowed_lateness": change("source.allowed_lateness", "1h"),
    "source.arrival": with_all({"feature": {"aggregation": "last"}}, "source.arrival", "n"),
    "source.id": change("source.id", "n"),
    "source.duplicates": with_all({"source": {"id": "n"}}, "source.duplicates", "first"),
    "source.deleted": with_all({"source": {"id": "n"}}, "source.deleted", "gone"),
    "source.description": change("source.description", "d"),
    "source.quality_checks": change("source.quality_checks", [{"type": "not_null", "column": "x"}]),
    "feature.name": renamed("feature", "f"),
    "feature.owner": change("feature.owner", "o2"),
    "feature.version": change("feature.version", "1.1"),
    "feature.description": change("feature.description", "e"),
    "feature.tags": change("feature.tags", ["t"]),
    "feature.internal": change("feature.internal", True),
    "feature.entity": change("feature.entity", "e"),
    "feature.source": with_all({}, "feature.source", "s2"),
    "feature.source_features": change("feature.source_features", ["x", "y"]),
    "feature.formula": change("feature.formula", "x + 2"),
    "feature.filter": change("feature.filter", "x > 0"),
    "feature.aggregation": change("feature.aggregation", "max"),
    "feature.window": change("feature.window", "2h"),
    "feature.params": with_all({"feature": {"aggregation": "percentile"}}, "feature.params", {"p": 0.9}, {"p": 0.5}),
    "feature.default": change("feature.default", 1.5),
    "feature.expected_change": change("feature.expected_change", "none"),
    "feature.quality_checks": change("feature.quality_checks", [{"type": "not_null"}]),
}


def rows():
    text = (REFERENCE / "language.md").read_text(encoding="utf-8").split("## Keys of definitions")[1].split("\n## ")[0]
    for line in text.splitlines():
        if line.startswith("| `"):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            yield cells[0].strip("`"), cells[4], cells[5]


ROWS = list(rows())


def digest(binary, folder, definitions):
    folder.mkdir()
    documents = [{"project": definitions["project"]}, {"entity": definitions["entity"]}, {"entity": {"name": "e9", "key": "k9"}}, {"source": definitions["source"]}, {"source": OTHER | {"entity": definitions["entity"]["name"]}}, {"feature": definitions["feature"]}]
    (folder / "project.yaml").write_text("---\n".join(json.dumps(document) + "\n" for document in documents))
    features = Command(binary, folder)("plan", "--format", "json").json()["features"]
    return [feature["digest"] for feature in features]


def test_every_key_of_the_schema_has_a_row():
    schema = json.loads((REFERENCE / "schemas" / "definitions.schema.json").read_text())["properties"]
    keys = {f"{kind}.{key}" for kind in ("source", "feature") for key in schema[kind]["properties"]}
    keys |= {f"batch.{key}" for key in schema["source"]["properties"]["batch"]["properties"]} - {"batch.format", "batch.path"}
    keys |= {"project.name", "project.defaults", "entity.name", "entity.key", "source.columns.NAME.required"}
    assert {key for key, _, _ in ROWS} == keys


def test_every_code_is_documented():
    documented = set(re.findall(r"^#+ .*?\b([A-Z]\d{3})\b", (REFERENCE / "diagnostics.md").read_text(), re.MULTILINE))
    documented |= set(re.findall(r"\b([A-Z]\d{3})\b", (REFERENCE / "diagnostics.md").read_text()))
    for key, codes, _ in ROWS:
        assert set(re.findall(r"[A-Z]\d{3}", codes)) <= documented, key


@pytest.mark.parametrize("key,says", [(key, says) for key, _, says in ROWS])
def test_the_meaning_is_as_the_table_says(binary, tmp_path, key, says):
    first, second = CHANGES[key]
    are_equal = digest(binary, tmp_path / "first", first) == digest(binary, tmp_path / "second", second)
    assert says in ("yes", "no") and are_equal == (says == "no")
