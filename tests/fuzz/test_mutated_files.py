"""A bounded run over changed input files; `make fuzz` reads thousands."""
import mutated_files


def test_no_crash_no_hang_no_wrong_value(binary, tmp_path, capsys):
    code = mutated_files.main(["--seed", "1", "--count", "400", "--jobs", "2", "--binary", str(binary), "--keep", str(tmp_path)])
    assert code == 0, capsys.readouterr().out
