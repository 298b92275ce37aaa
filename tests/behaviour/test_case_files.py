"""All case files pass, whatever the number of threads, the batch size and the memory limit, and over a stream."""
import program
import pytest
from conftest import ROOT

CASES = sorted((ROOT / "tests" / "cases").rglob("*.yaml"))

WAYS = {
    "default": [],
    "one thread": ["--threads", "1"],
    "one row at a time": ["--threads", "2", "--step-rows", "1"],
    "three rows at a time, four threads": ["--threads", "4", "--step-rows", "3"],
    "little memory": ["--memory", "16MB"],
    "every window anew": ["--kernels", "recompute", "--threads", "2", "--step-rows", "5"],
    "final rows of a stream": ["--engine", "stream"],
    "read from a stream": ["--engine", "online"],
    "read from a stream, every window anew": ["--engine", "online", "--kernels", "recompute"],
}


@pytest.mark.parametrize("way", WAYS)
def test_all_cases_pass(binary, way):
    failed = program.failures(binary, CASES, WAYS[way])
    assert not failed, "\n".join(f"{path}: {failure.text()}" for path, failure in failed.items())


def test_a_wrong_expectation_is_seen(binary, tmp_path):
    text = (ROOT / "tests" / "cases" / "rolling_mean.yaml").read_text()
    assert "0.7000000000000001" in text
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text.replace("0.7000000000000001", "0.7"))
    failed = program.failures(binary, [wrong])
    assert [m["expected"] for m in failed[str(wrong)].mismatches] == [0.7, 0.7]
