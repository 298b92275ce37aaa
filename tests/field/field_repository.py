"""A small repository of texts and files, made by a test and run as a user does."""
import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "behaviour"))
from command import Command

HEAD = "project: {name: field, defaults: {source: readings}}\n---\nentity: {name: thing, key: id}\n"
SOURCE = "---\nsource:\n  name: readings\n  entity: thing\n  event_time: at\n  columns: {columns}\n  batch: {batch}\n"
FEATURE = "---\nfeature: {{name: {name}, description: d, owner: o, version: '1.0', {body}}}\n"
COUNT = "aggregation: count, window: lifetime, source: readings"


class Repository:
    """One source `readings` over files that the test writes, and features by name."""

    def __init__(self, binary, folder):
        self.folder = folder
        self.command = Command(binary, folder)

    def define(self, batch, columns="{x: double}", **features):
        text = HEAD + SOURCE.format(columns=columns, batch=batch)
        for name, body in features.items():
            text += FEATURE.format(name=name, body=body)
        (self.folder / "project.yaml").write_text(text, encoding="utf-8")

    def write(self, path, text):
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def backfill(self, *arguments, code=0):
        """The rows of all tables, and what the program said."""
        done = self.command("backfill", "--output", "out", "--output-format", "ndjson", *arguments, code=code)
        return self.rows(), done

    def rows(self):
        files = sorted((self.folder / "out").glob("*/day=*/*.ndjson"))
        return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]

    def fails(self, *arguments, code=1):
        """What a refused backfill says."""
        return self.command("backfill", "--output", "null:", *arguments, code=code).err


@pytest.fixture
def repository(binary, tmp_path):
    return Repository(binary, tmp_path)
