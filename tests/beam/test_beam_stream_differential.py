"""Bounded runs of the fuzzer of streams; `make fuzz` runs it for long."""
import re

import pytest
import stream_differential


@pytest.mark.parametrize(("runner", "cases", "kernel"), [("direct", 10, "python"), ("hostile", 60, "python"), ("hostile", 100, "native")])
def test_random_streams_equal_the_tables(binary, beam_python, kernel_folder, tmp_path, capsys, runner, cases, kernel):
    command = ["--seed", "1", "--count", str(cases), "--runner", runner, "--binary", str(binary), "--python", str(beam_python)]
    command += ["--kernel", str(kernel_folder)] if kernel == "native" else []
    code = stream_differential.main([*command, "--keep", str(tmp_path)])
    printed = capsys.readouterr().out
    assert code == 0, printed
    counts = {what: int(number) for number, what in re.findall(r"(\d+) ([a-z ]+?)(?:,| in )", printed)}
    assert counts["rows"] > 30 * cases and counts["looks"] > 30 * cases and counts["late events"] > cases, printed
