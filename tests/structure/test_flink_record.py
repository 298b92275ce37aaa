"""The record of `make test-flink` is of the code as it is."""
import json
import subprocess
import sys

from conftest import ROOT

sys.path.insert(0, str(ROOT / "tests" / "flink"))

from measured import RECORD, digest_of_code  # noqa: E402


def test_flink_has_run_this_code():
    record = json.loads(RECORD.read_text())
    assert record["code"] == digest_of_code(), f"code that ran on Flink (tests/flink/measured.py) has changed since {record['commit'][:12]}: run `make test-flink` and commit {RECORD.name}"
    assert record["runs"] and all(run["rows"] > 0 for run in record["runs"])


def test_a_change_is_noticed(tmp_path):
    for folder in ("src/codegen/beam", "tests/flink"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "file").write_text("a")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    before = digest_of_code(tmp_path)
    (tmp_path / "tests" / "flink" / "file").write_text("b")
    assert digest_of_code(tmp_path) != before
