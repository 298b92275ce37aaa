"""A bounded run of the fuzzer of streams; `make fuzz` runs it for long."""
import re

import stream_differential


def test_random_streams_equal_the_tables(binary, beam_python, tmp_path, capsys):
    command = ["--seed", "1", "--count", "6", "--binary", str(binary), "--python", str(beam_python), "--keep", str(tmp_path)]
    code = stream_differential.main(command)
    printed = capsys.readouterr().out
    assert code == 0, printed
    counts = {what: int(number) for number, what in re.findall(r"(\d+) ([a-z ]+?)(?:,| in )", printed)}
    assert counts["rows"] > 500 and counts["looks"] > 500 and counts["late events"] > 10, printed
