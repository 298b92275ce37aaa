"""BigQuery as source and target: Beam accepts the steps, and schemas and rows are as documented. Nothing runs in the cloud."""
import json
import subprocess
from pathlib import Path

PROJECT = """
project: {name: tables, defaults: {source: readings}}
---
entity: {name: sensor, key: id}
---
source:
  name: readings
  entity: sensor
  event_time: at
  ARRIVAL
  columns: {id: string, x: double, mode: string}
  stream: {kafka: {brokers: "localhost:9092", topic: readings}, format: json}
---
feature: {name: newest, description: d, owner: t, version: "1.2", aggregation: last, window: 1h, source_features: [x]}
---
feature: {name: modes, description: d, owner: t, version: "1.0", aggregation: last_k, params: {k: 3}, window: 1h, source_features: [mode]}
"""
KAFKA = '{kafka: {brokers: "localhost:9092", topic: readings}, format: json}'
EVENT = {"id": "a", "at": "2024-03-01T00:00:00.5Z", "seq": 7, "x": 1, "mode": None}


def run(command, folder, code=0):
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


def test_steps_schema_and_rows(binary, python, tmp_path):
    (tmp_path / "project.yaml").write_text(PROJECT.replace("ARRIVAL", "arrival: seq").replace(KAFKA, "{pubsub: {project: project-1, subscription: readings}}"))
    run([binary, "generate", "beam", "--output", "code", "--quiet"], tmp_path)
    script = Path(__file__).parent / "table_steps.py"
    seen = json.loads(run([python, script, "code", json.dumps(EVENT)], tmp_path).stdout)
    assert {"sensor/readings/readings: table", "sensor/sensor: bigquery/load"} <= set(seen["batch"])
    assert not any("files" in label.split("/")[1] for label in seen["batch"] if "/" in label)
    assert {"sensor: sinks/sensor: bigquery/insert", "sensor: sinks/sensor: late/insert"} <= set(seen["stream"])
    fields = {field["name"]: (field["type"], field["mode"]) for field in seen["schema"]["fields"]}
    assert fields["newest"] == ("FLOAT", "NULLABLE") and fields["modes"] == ("STRING", "REPEATED")
    assert list(fields)[:5] == ["id", "event_time", "row_kind", "feature_versions", "written_at"]
    assert set(seen["row"]) == set(fields)
    assert seen["row"]["event_time"] == "2024-03-01T11:14:00.123456Z"
    assert seen["row"]["newest"] is None and seen["row"]["modes"] == []
    assert seen["event"] == [["a"], 1_709_251_200_500_000, ["", 7], "readings", [1.0, None]]
    assert seen["partition"] == "project-1:features.sensor$20240301"
    assert "PARTITION BY `id`, event_time, feature_versions" in seen["view"]


def test_a_table_has_no_order(binary, python, tmp_path):
    (tmp_path / "project.yaml").write_text(PROJECT.replace("  ARRIVAL\n", ""))
    run([binary, "generate", "beam", "--output", "code", "--quiet"], tmp_path)
    command = [python, "code/pipeline.py", "--mode", "backfill", "--output", "out", "--source", "readings=bigquery://project-1.raw.readings"]
    assert "G005: newest, modes tell events of equal time apart" in run(command, tmp_path, code=2).stderr
