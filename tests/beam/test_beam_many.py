"""Entities with many features: longer chains of steps than the stack of one stage of a runner holds."""
import json
import re
import subprocess
from pathlib import Path

import pytest
from test_beam_backfill import assert_same, run

HEAD = """project: {name: many}
---
entity: {name: sensor, key: id}
---
source:
  name: readings
  entity: sensor
  event_time: at
  allowed_lateness: 1h
  columns: {id: string, x: double}
  batch: {format: ndjson, path: readings.ndjson}
"""
FIRST = 'feature: {name: f0, description: d, owner: t, version: "1.0", aggregation: sum, window: 1h, source_features: [x]}\n'


def own_formula(i):
    """Two steps: the values of the formula, and the window."""
    parts = f'aggregation: sum, window: 1h, source_features: [x], formula: "x * 2 + {i}"'
    return f'feature: {{name: f{i}, description: d, owner: t, version: "1.0", {parts}}}\n'


def derived(i):
    """The next of a chain of features: of the one before it."""
    return f'feature: {{name: f{i}, description: d, owner: t, version: "1.0", source_features: [f{i - 1}], formula: "f{i - 1} + 1"}}\n'


def generate(binary, folder, features):
    (folder / "project.yaml").write_text("---\n".join([HEAD, *features]))
    with open(folder / "readings.ndjson", "w") as file:
        for i in range(20):
            file.write(json.dumps({"id": "ab"[i % 2], "at": f"2024-03-01T0{i // 6}:{i % 6 * 10:02}:00Z", "x": i * 0.5}) + "\n")
    run([binary, "generate", "beam", "--output", "code", "--quiet"], folder)


def test_few_features_are_one_part(binary, tmp_path):
    generate(binary, tmp_path, [own_formula(i) for i in range(50)])
    assert ": part" not in (tmp_path / "code" / "pipeline.py").read_text()


def test_every_hundred_steps_begin_a_part(binary, tmp_path):
    generate(binary, tmp_path, [own_formula(i) for i in range(330)])
    parts = re.findall('"sensor: part ([0-9]+)"', (tmp_path / "code" / "pipeline.py").read_text())
    assert parts == [str(number) for number in range(2, 8)]


@pytest.mark.parametrize("features", [[own_formula(i) for i in range(330)], [FIRST, *map(derived, range(1, 400))]], ids=["wide", "deep"])
def test_backfill(features, binary, beam_python, tmp_path):
    generate(binary, tmp_path, features)
    run([binary, "backfill", "--output", "native", "--quiet"], tmp_path)
    run([beam_python, "code/pipeline.py", "--mode", "backfill", "--output", "out"], tmp_path)
    assert_same(tmp_path / "native" / "sensor", tmp_path / "out" / "sensor")


def test_stream(binary, beam_python, tmp_path):
    """The times and the windows of histories pass from part to part: every row comes, with the backfill's values."""
    generate(binary, tmp_path, [own_formula(i) for i in range(60)])
    script = Path(__file__).parent / "stream_run.py"
    command = [str(part) for part in (beam_python, script, "code", "readings.ndjson", 3)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["wrong"] == [] and found["final"] == 20 - found["late"]
