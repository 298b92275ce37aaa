"""Case files as repositories and tables. Shared by the tests inside the environments; needs PyYAML alone."""
import json
import math
import re
from datetime import datetime
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted((ROOT / "tests" / "cases").glob("*.yaml"))


class Loader(yaml.SafeLoader):
    """Reads 1e+308 as the number that it is in YAML 1.2."""


Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789"))


class Case:
    def __init__(self, path):
        case = yaml.load(path.read_text(encoding="utf-8"), Loader)
        self.documents = list(yaml.load_all(case["repository"], Loader))
        self.events = case["events"]
        self.expected = case["expect"]

    def of_kind(self, kind):
        return {body["name"]: body for (name, body) in (next(iter(each.items())) for each in self.documents) if name == kind}

    def keys(self, entity):
        body = self.of_kind("entity")[entity]
        key = body.get("key", body.get("keys"))
        return [key] if isinstance(key, str) else list(key)

    def entity_of(self, row):
        """The entity whose keys an expected row has."""
        return next(name for name in self.of_kind("entity") if sorted(self.keys(name)) == sorted(row["entity"]))

    def groups(self):
        """(entity, features, rows of expect) for each entity."""
        by_entity = {}
        for row in self.expected:
            by_entity.setdefault(self.entity_of(row), []).append(row)
        for entity, rows in by_entity.items():
            yield entity, sorted({name for row in rows for name in row["values"]}), rows

    def text(self, locations=False):
        """YAML of the definitions; JSON is YAML. With locations each source reads SOURCE.ndjson."""
        documents = []
        for document in self.documents:
            document = json.loads(json.dumps(document))
            if locations and "source" in document:
                document["source"]["batch"] = {"format": "ndjson", "path": document["source"]["name"] + ".ndjson"}
            documents.append(json.dumps(document))
        return "\n---\n".join(documents) + "\n"

    def write(self, folder):
        """A feature repository whose sources read files."""
        (folder / "features").mkdir()
        (folder / "project.yaml").write_text(json.dumps({"project": {"name": "a-case"}}))
        (folder / "features" / "all.yaml").write_text(self.text(locations=True))
        for source in self.of_kind("source"):
            lines = [json.dumps(row) for row in self.events.get(source, [])]
            (folder / f"{source}.ndjson").write_text("".join(line + "\n" for line in lines))

    def event_columns(self, source):
        """(name, type) of each column of a source's events: keys, event time, arrival, id, deleted, the declared."""
        body = self.of_kind("source")[source]
        rows = self.events.get(source, [])
        names = [*self.keys(body["entity"]), body["event_time"], *(body[key] for key in ("arrival", "id") if key in body)]
        types = {name: "string" if any(isinstance(row.get(name), str) for row in rows) else "int64" for name in names}
        deleted = {body["deleted"]: "bool"} if "deleted" in body else {}
        return {**types, **deleted, **body["columns"]}


def same(actual, expected):
    """Bit for bit, but for a tolerance that ewma has; instants may be text or datetime."""
    if isinstance(expected, list):
        return isinstance(actual, list) and len(actual) == len(expected) and all(map(same, actual, expected))
    if isinstance(actual, datetime):
        return expected is not None and actual == datetime.fromisoformat(expected)
    if isinstance(expected, float) and isinstance(actual, float):
        return actual == expected or math.isclose(actual, expected, rel_tol=1e-12)
    return type(actual) is type(expected) and actual == expected


def check(rows, features, table):
    """Compares a dict of lists with the expected rows; integers of double features are written as such in cases."""
    wrong, compared = [], 0
    for i, row in enumerate(rows):
        for name, expected in row["values"].items():
            actual = table[name][i]
            if isinstance(actual, float) and isinstance(expected, int) and not isinstance(expected, bool):
                expected = float(expected)
            compared += 1
            if not same(actual, expected):
                wrong.append((row["entity"], row["at"], name, expected, actual))
    assert not wrong, wrong[:5]
    assert compared and set(features) <= set(table)
