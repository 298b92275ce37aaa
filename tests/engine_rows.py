"""Generated orchestrators that start Beam or a warehouse: projects of a few features, and the engine's rows to compare with."""
import subprocess

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

# Means, counts and extremes over bounded windows, formulas, a derived feature: every engine says them.
FEATURES = ("pump_efficiency_rolling_24h", "pump_efficiency_baseline", "pump_efficiency_change")


def generate(binary, pumps, target, folder, *options):
    """The project of a target for a few features."""
    command = [binary, "generate", target, *options, "--features", ",".join(FEATURES), "--output", folder, "--quiet"]
    done = subprocess.run(command, cwd=pumps, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def engine_rows(binary, pumps, folder, *days):
    """The rows of the program itself: of a day, or of all days."""
    window = ["--start", days[0], "--end", days[1]] if days else []
    command = [binary, "backfill", *window, "--features", ",".join(FEATURES), "--output", folder, "-q"]
    subprocess.run(command, cwd=pumps, check=True, capture_output=True)
    return rows_of(sorted(folder.glob("pump/day=*/*.parquet")))


def rows_of(files):
    assert files
    tables = [pq.read_table(file, partitioning=None).select(["pump_id", "event_time", *FEATURES]) for file in files]
    return as_rows(pa.concat_tables(tables))


def as_rows(table):
    rows = []
    for row in table.to_pylist():
        row["event_time"] = row["event_time"].replace(tzinfo=None)
        rows.append(row)
    return sorted(rows, key=lambda row: (row["event_time"], row["pump_id"]))


def assert_near(rows, expected):
    """Databases add doubles in their own order."""
    assert len(rows) == len(expected)
    for row, wanted in zip(rows, expected, strict=True):
        for name, value in wanted.items():
            if isinstance(value, float):
                assert abs(row[name] - value) <= 1e-9 * max(abs(value), 1e-300), (name, row, wanted)
            else:
                assert row[name] == value, (name, row, wanted)


def other_meaning(database):
    """A database whose daily table has a row that other definitions made."""
    columns = ", ".join(f"{name} DOUBLE" for name in FEATURES)
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"CREATE TABLE daily_features_of_pump (pump_id VARCHAR, event_time TIMESTAMP, {columns})")
        connection.execute("INSERT INTO daily_features_of_pump VALUES ('p', TIMESTAMP '2024-01-01', 1, 1, 1)")
        connection.execute("CREATE TABLE headrace_daily_tables (table_name VARCHAR, meaning VARCHAR)")
        connection.execute("INSERT INTO headrace_daily_tables VALUES ('daily_features_of_pump', 'another')")
    return str(database)
