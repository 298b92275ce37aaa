"""Entities with many features: more than a runner could call one within another."""
import json
import os
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


WIDE = [own_formula(i) for i in range(1_000)]
DEEP = [FIRST, *map(derived, range(1, 400))]


def backfill_equals(folder, binary, beam_python, *options, environment=None):
    run([binary, "backfill", "--output", "native", "--quiet"], folder)
    command = [beam_python, "code/pipeline.py", "--mode", "backfill", "--output", "out", *options]
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr
    assert_same(folder / "native" / "sensor", folder / "out" / "sensor")


@pytest.mark.parametrize("features", [WIDE, DEEP], ids=["wide", "deep"])
def test_backfill(features, binary, beam_python, tmp_path):
    generate(binary, tmp_path, features)
    backfill_equals(tmp_path, binary, beam_python)


def test_backfill_by_the_kernel(binary, beam_python, kernel_folder, tmp_path):
    generate(binary, tmp_path, WIDE)
    environment = os.environ | {"PYTHONPATH": str(kernel_folder)}
    backfill_equals(tmp_path, binary, beam_python, "--kernel", "native", environment=environment)


def stream(beam_python, folder):
    """Every row comes, with the backfill's values."""
    script = Path(__file__).parent / "stream_run.py"
    command = [str(part) for part in (beam_python, script, "code", "readings.ndjson", 3)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_stream(binary, beam_python, tmp_path):
    generate(binary, tmp_path, WIDE)
    found = stream(beam_python, tmp_path)
    assert found["wrong"] == [] and found["final"] == 20 - found["late"]


def test_labels_are_those_of_any_features(binary, beam_python, tmp_path):
    """A running job can be updated to other features: no label of a step names one."""
    labels = []
    for count in (1, 40):
        folder = tmp_path / str(count)
        folder.mkdir()
        generate(binary, folder, [own_formula(i) for i in range(count)])
        command = [str(beam_python), str(Path(__file__).parent / "steps_of.py"), "code", ".", "stream"]
        labels.append(subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=True).stdout)
    assert labels[0] == labels[1] and "sensor: features/together" in labels[0]
