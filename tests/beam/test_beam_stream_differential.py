"""Bounded runs of the fuzzer of streams; `make fuzz` runs it for long."""
import re

import pytest
import stream_differential


@pytest.mark.parametrize(("runner", "cases"), [("direct", 10), ("hostile", 60)])
def test_random_streams_equal_the_tables(binary, beam_python, tmp_path, capsys, runner, cases):
    command = ["--seed", "1", "--count", str(cases), "--runner", runner, "--binary", str(binary), "--python", str(beam_python)]
    code = stream_differential.main([*command, "--keep", str(tmp_path)])
    printed = capsys.readouterr().out
    assert code == 0, printed
    counts = {what: int(number) for number, what in re.findall(r"(\d+) ([a-z ]+?)(?:,| in )", printed)}
    assert counts["rows"] > 30 * cases and counts["looks"] > 30 * cases and counts["late events"] > cases, printed
