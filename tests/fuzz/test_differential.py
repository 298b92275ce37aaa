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
