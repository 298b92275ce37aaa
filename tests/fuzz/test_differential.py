"""A bounded run of the differential fuzzer; `make fuzz` runs it for long."""
import os

import differential
import pytest

CASES = int(os.environ.get("HEADRACE_FUZZ_CASES", "400"))


@pytest.mark.slow
def test_random_repositories_equal_the_oracle(binary, tmp_path, capsys):
    code = differential.main(["--seed", "1", "--count", str(CASES), "--binary", str(binary), "--keep", str(tmp_path)])
    printed = capsys.readouterr().out
    assert code == 0, printed
    assert f"{CASES} cases" in printed and ", 0 not judged" in printed, printed


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["stream", "online"])
def test_random_repositories_over_a_stream_equal_the_oracle(binary, tmp_path, capsys, engine):
    """Final rows and reads of the same events, in order and in disorder within an allowed lateness."""
    count = max(1, CASES // 4)
    code = differential.main(["--seed", "70001", "--count", str(count), "--engine", engine, "--binary", str(binary), "--keep", str(tmp_path)])
    printed = capsys.readouterr().out
    assert code == 0, printed
    assert f"{count} cases" in printed and ", 0 not judged" in printed, printed
