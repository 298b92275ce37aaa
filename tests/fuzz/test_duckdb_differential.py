"""A bounded run against DuckDB; `make fuzz` runs it for long."""
import duckdb_differential
import pytest


@pytest.mark.slow
def test_backfill_and_dataset_equal_sql(binary, tmp_path, capsys):
    code = duckdb_differential.main(["--seed", "1", "--count", "4", "--binary", str(binary), "--keep", str(tmp_path)])
    assert code == 0, capsys.readouterr().out
