"""Cases of features through generated SQL in DuckDB: projects are written and generated as a user would, the events go
through the case worker that `headrace test --engine sql` starts.
"""
import importlib.util
import json
import math
import re
import subprocess
import sys
from pathlib import Path

import yaml

TESTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS / "oracle"))
sys.path.insert(0, str(TESTS / "fuzz"))
import oracle
import oracle_process

WORKER = TESTS.parent / "src" / "codegen" / "sql" / "templates" / "case_worker.py"
FRAMES = TESTS / "sql" / "cases" / "frames.yaml"
TOLERANCE = 1e-9


def load_worker():
    spec = importlib.util.spec_from_file_location("sql_case_worker", WORKER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def generate(binary, project, output, dialect):
    """Writes the SQL of a project; the refusals as {feature: code}."""
    command = [binary, "generate", "sql", "--dialect", dialect, "--output", output, "--project", project, "--skip-refused", "--quiet"]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode == 1 and "nothing was written" in done.stderr:  # every feature is refused
        return {name: code for code, name in re.findall(r"warning\[(G\d+)\].*?\bname: (\w+)", done.stderr, re.DOTALL)}
    if done.returncode != 0:
        raise AssertionError(f"{command}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return dict(re.findall(r"^\| (\w+) \| (G\d+) \|", (Path(output) / "README.md").read_text(encoding="utf-8"), re.MULTILINE))


def read_case(path):
    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def text_of(us):
    return oracle.when(us).isoformat().replace("+00:00", "Z")


class SqlCase:
    """One case: its definitions written as a project, its events as files."""

    def __init__(self, case, folder):
        self.case, self.folder = case, folder
        self.definitions = {"source": {}, "entity": {}}
        documents = list(filter(None, yaml.safe_load_all(case["repository"])))
        for document in documents:
            (kind, body), = document.items()
            if kind in self.definitions:
                self.definitions[kind][body["name"]] = body
        self.project = folder / "project"
        self.project.mkdir(parents=True)
        (self.project / "project.yaml").write_text(case["repository"], encoding="utf-8")

    def keys(self, entity):
        key = self.definitions["entity"][entity]["key"]
        return key if isinstance(key, list) else [key]

    def write_events(self):
        """Files of events, and the path of each source's."""
        paths = {}
        for name, source in self.definitions["source"].items():
            rows = self.case.get("events", {}).get(name) or []
            paths[name] = self.folder / f"{name}.ndjson"
            lines = [json.dumps(self.row(source, row), ensure_ascii=False) for row in rows]
            paths[name].write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        return {name: str(path) for name, path in paths.items()}

    def row(self, source, row):
        out = {}
        columns = dict.fromkeys(self.keys(source["entity"])) | source["columns"]
        if "arrival" in source:
            columns[source["arrival"]] = "int64"
        for name in ("id", "deleted"):
            if name in source:
                columns.setdefault(source[name], None)
        for name, kind in columns.items():
            value = row.get(name)
            if kind == "double" and value is not None:
                value = float(value) if math.isfinite(value) else None
            out[name] = text_of(oracle.instant(value)) if kind == "timestamp" and value is not None else value
        return out | {source["event_time"]: text_of(oracle.instant(row[source["event_time"]], source.get("unit", "us")))}

    def answers(self, worker, generated, entity, features, asks):
        """Values of the features by name, in the order of the places asked."""
        paths = self.write_events()
        observations = self.folder / "observations.ndjson"
        rows = [ask["entity"] | {"event_time": text_of(oracle.instant(ask["at"]))} for ask in asks]
        observations.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        keys = [{"name": key, "type": "string"} for key in self.keys(entity)]
        request = {"project": str(generated), "entity": entity, "keys": keys, "features": features, "sources": paths, "observations": str(observations)}
        return worker.answer(request)["values"]


def comparable(value):
    """A value of the oracle as the worker writes it: timestamps are integers there."""
    if isinstance(value, list):
        return [comparable(v) for v in value]
    return value


def is_same(expected, got, scale=0.0):
    """Whether the values agree: doubles within 1e-9, relative to the larger of the value and `scale`."""
    if isinstance(expected, list) and isinstance(got, list):
        return len(expected) == len(got) and all(is_same(e, g, scale) for e, g in zip(expected, got))
    if isinstance(expected, str) and isinstance(got, int) and not isinstance(got, bool):
        return oracle.instant(expected) == got
    numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in (expected, got))
    if numbers and (isinstance(expected, float) or isinstance(got, float)):
        return abs(expected - got) <= TOLERANCE * max(abs(expected), abs(got), scale) + 1e-320
    return type(expected) is type(got) and expected == got


def differences(case, folder, binary, worker, expect=None):
    """(refusals, values compared, [(feature, ask, expected, got)]) of a case through DuckDB."""
    one = SqlCase(case, folder)
    refusals = generate(binary, one.project, folder / "sql", "duckdb")
    by_entity = {}
    for row in expect or case["expect"]:
        entity = next(name for name in one.definitions["entity"] if set(one.keys(name)) == set(row["entity"]))
        by_entity.setdefault(entity, []).append(row)
    compared, wrong = 0, []
    for entity, rows in by_entity.items():
        features = sorted({f for row in rows for f in row["values"]} - set(refusals))
        values = one.answers(worker, folder / "sql", entity, features, rows)
        for i, row in enumerate(rows):
            for feature in features:
                if feature in row["values"]:
                    compared += 1
                    wanted = comparable(row["values"][feature])
                    if not is_same(wanted, values[feature][i]):
                        wrong.append((feature, row["at"], wanted, values[feature][i]))
    return refusals, compared, wrong
