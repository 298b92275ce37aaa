"""Generated Snowflake statements, run through fakesnow, which translates them for DuckDB. Nothing runs in Snowflake."""
import datetime as dt
import decimal
import json
import re
import warnings

import fakesnow
import pytest
import snowflake.connector
import sql_cases
from sql_cases import oracle, oracle_process

CASES = [*sorted((sql_cases.TESTS / "cases").glob("*.yaml")), sql_cases.FRAMES]
EPOCH = dt.datetime(1970, 1, 1)
# Features that only the imitation cannot run, and why.
NOT_IMITATED = {
    "aggregations": {"a_hist": "the array of ARRAY_CONSTRUCT cannot be fetched"},
    "frames": {"bins": "the array of ARRAY_CONSTRUCT cannot be fetched"},
    "formulas": {"f_big": "NUMBER(38, 0) is 64 bits wide there"},
}
# SUM of doubles loses what cancels; the exact sums of these are out of its reach.
CANCELLING = {"exactness": {"all_", "m", "s3", "s4", "s9", "sd", "sk", "v"}}


def literal(value, kind):
    if value is None:
        return "NULL"
    if kind == "timestamp":
        return f"'{value.replace('T', ' ').replace('Z', '')}'::TIMESTAMP_NTZ"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return f"'{value!r}'::FLOAT" if isinstance(value, float) else str(value)


class Imitation:
    """One case's tables in fakesnow."""

    def __init__(self, case, generated):
        self.case, self.generated = case, generated
        self.cursor = snowflake.connector.connect(database="features", schema="public").cursor()
        tables = (generated / "tables.sql").read_text(encoding="utf-8")
        self.tables = dict(re.findall(r'EXISTS ("?[^"\n]+"?) \((.*?)\n\)', tables, re.DOTALL))
        for statement in tables.split(";"):
            if "CREATE" in statement:
                self.cursor.execute(statement)
        for name, source in case.definitions["source"].items():
            self.fill(name, source)

    def columns(self, table):
        return [line.strip().rsplit(" ", 1)[0].split(" NUMBER")[0].strip('"') for line in self.tables[table].strip().splitlines()]

    def fill(self, name, source):
        table = name if name in self.tables else f'"{name}"'
        kinds = source["columns"] | {source["event_time"]: "timestamp"}
        for i, row in enumerate(self.case.case["events"].get(name) or []):
            values = self.case.row(source, row) | {"arrival_file": "", "arrival_row": i}
            texts = [literal(values.get(c), kinds.get(c)) for c in self.columns(table)]
            self.cursor.execute(f"INSERT INTO {table} SELECT {', '.join(texts)}")

    def observe(self, entity, asks):
        keys = self.case.keys(entity)
        self.cursor.execute(f"CREATE OR REPLACE TABLE observations ({', '.join(f'{k} VARCHAR' for k in keys)}, event_time TIMESTAMP_NTZ, number_of INT)")
        for i, ask in enumerate(asks):
            at = literal(sql_cases.text_of(oracle.instant(ask["at"])), "timestamp")
            texts = [literal(str(ask["entity"][k]), "string") for k in keys] + [at, str(i)]
            self.cursor.execute(f"INSERT INTO observations SELECT {', '.join(texts)}")

    def values(self, feature):
        self.cursor.execute((self.generated / "point_in_time" / f"{feature}.sql").read_text(encoding="utf-8"))
        number = [column[0] for column in self.cursor.description].index("NUMBER_OF")
        return [plain(row[-1]) for row in sorted(self.cursor.fetchall(), key=lambda row: row[number])]


    def run(self, path, start=None, end=None):
        """A file statement by statement; with bounds as session variables."""
        if start is not None:
            self.cursor.execute(f"SET headrace_start = '{start}'")
            self.cursor.execute(f"SET headrace_end = '{end}'")
        for statement in path.read_text(encoding="utf-8").split(";\n"):
            if statement.strip():
                self.cursor.execute(statement)

    def rows(self, table):
        self.cursor.execute(f"SELECT * FROM {table}")
        return sorted((tuple(map(plain, row)) for row in self.cursor.fetchall()), key=lambda row: tuple(map(str, row)))


def plain(value):
    if isinstance(value, dt.datetime):
        return (value.replace(tzinfo=None) - EPOCH) // dt.timedelta(microseconds=1)
    if isinstance(value, decimal.Decimal):
        return int(value)
    if isinstance(value, str) and value.startswith("["):
        # ARRAY_AGG leaves nulls out; its imitation does not.
        return [item for item in json.loads(value) if item is not None]
    return value


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore")
def test_case_has_the_oracles_values(path, binary, tmp_path):
    case = sql_cases.SqlCase(sql_cases.read_case(path), tmp_path)
    expected = case.case.get("expect") or oracle_process.answer(path)
    refused = sql_cases.generate(binary, case.project, tmp_path / "sql", "snowflake")
    left_out = set(refused) | set(NOT_IMITATED.get(path.stem, {})) | CANCELLING.get(path.stem, set())
    compared, wrong = 0, []
    with warnings.catch_warnings(), fakesnow.patch():
        warnings.simplefilter("ignore")
        imitation = Imitation(case, tmp_path / "sql")
        for entity in case.definitions["entity"]:
            rows = [row for row in expected if set(row["entity"]) == set(case.keys(entity))]
            imitation.observe(entity, rows)
            for feature in sorted({f for row in rows for f in row["values"]} - left_out):
                for row, value in zip(rows, imitation.values(feature), strict=True):
                    compared += 1
                    if feature in row["values"] and not sql_cases.is_same(row["values"][feature], value):
                        wrong.append((feature, row["at"], row["values"][feature], value))
    assert compared > 0
    assert not wrong, wrong[:10]


DAYS = ["rolling_mean", "windows", "two_sources", "features_of_features", "arrival_order", "event_identity"]


@pytest.mark.parametrize("name", DAYS)
@pytest.mark.filterwarnings("ignore")
def test_days_are_merged_into_the_whole(name, binary, tmp_path):
    """Day by day, some twice, the rows become those of the whole statement; no instant is there twice."""
    case = sql_cases.SqlCase(sql_cases.read_case(sql_cases.TESTS / "cases" / f"{name}.yaml"), tmp_path)
    sql_cases.generate(binary, case.project, tmp_path / "sql", "snowflake")
    compared = 0
    with warnings.catch_warnings(), fakesnow.patch():
        warnings.simplefilter("ignore")
        imitation = Imitation(case, tmp_path / "sql")
        for path in sorted((tmp_path / "sql" / "features").glob("*.sql")):
            if "ARRAY_AGG" in path.read_text(encoding="utf-8"):  # the imitation reads its own translation of one again in a MERGE
                continue
            imitation.run(path)
            whole = imitation.rows(f"feature_{path.stem}")
            width = len(case.keys(next(iter(case.definitions["entity"]))))
            times = sorted({row[width] for row in whole})
            cuts = [EPOCH + dt.timedelta(microseconds=us) for us in (times[0], times[len(times) // 3], times[-1], times[-1] + 1)]
            stretches = list(zip(cuts, cuts[1:]))
            for start, end in [stretches[2], stretches[0], stretches[1], stretches[0]]:
                if start < end:
                    imitation.run(tmp_path / "sql" / "days" / "features" / path.name, start, end)
            kept = imitation.rows(f"daily_feature_{path.stem}")
            assert len(kept) == len(whole)
            assert all(sql_cases.is_same(list(a), list(b)) for a, b in zip(whole, kept)), path.stem
            compared += len(kept)
        with pytest.raises(snowflake.connector.errors.ProgrammingError, match="Give the statement SET headrace_start"):
            imitation.run(tmp_path / "sql" / "days" / "features" / path.name, cuts[1], cuts[0])
    assert compared > 0
