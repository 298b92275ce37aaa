"""What `headrace generate` says: the files that it wrote, and the features that the target left out."""
import subprocess

DEFINITIONS = """entity: {name: pump, key: id}
---
source: {name: s, entity: pump, event_time: at, columns: {x: double}, batch: {format: csv, path: data}}
---
feature: {name: total, owner: t, version: "1.0", aggregation: sum, window: 1h, source_features: [x]}
---
feature: {name: rough, owner: t, version: "1.0", aggregation: approx_percentile, params: {p: 0.5}, window: 1h, source_features: [x]}
---
feature: {name: doubled, owner: t, version: "1.0", entity: pump, formula: rough * 2.0, source_features: [rough]}
"""


def test_says_what_was_written_and_what_was_left_out(binary, tmp_path):
    (tmp_path / "project.yaml").write_text(DEFINITIONS)
    command = [binary, "generate", "sql", "--output", "out", "--skip-refused"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    written = sorted(str(path.relative_to(tmp_path)) for path in (tmp_path / "out").rglob("*") if path.is_file() and path.name != "generated.json")
    assert done.stdout.splitlines() == written
    assert done.stderr.splitlines()[-1] == f"out: {len(written)} files of 1 feature; left out: rough, doubled"

    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert again.stdout == "" and again.stderr.splitlines()[-1] == f"out: 0 files of 1 feature, {len(written)} unchanged; left out: rough, doubled"
