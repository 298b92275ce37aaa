"""Statements over some days (`days/`) against the whole ones and the native engine, in DuckDB.

A statement with bounds reads no events but those that its windows reach back to. Its rows must be those that the whole
statement has between the bounds; put together day by day, in any order and some of them twice, they are its table.
"""
import datetime as dt
import random
import re
import subprocess

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sql_cases
from test_duckdb import CASES, random_case

SEEDS = range(1, 13)
EARLIEST = "0001-01-01"


def filled(case, generated, worker):
    """A database with the case's events in the tables of tables.sql."""
    database = duckdb.connect(config={"threads": 1})
    database.execute((generated / "tables.sql").read_text(encoding="utf-8"))
    for source, path in case.write_events().items():
        worker.fill_source(database, source, path)
    return database


def run_days(database, path, start, end):
    database.execute(f"SET VARIABLE headrace_start = TIMESTAMP '{start}'")
    database.execute(f"SET VARIABLE headrace_end = TIMESTAMP '{end}'")
    return database.execute(path.read_text(encoding="utf-8"))


def rows_of(database, table, place):
    """The rows of a table by key and time."""
    found = database.execute(f"SELECT * FROM {table}")
    names = [column[0] for column in found.description]
    at = [names.index(name) for name in place]
    rows = found.fetchall()
    out = {tuple(row[i] for i in at): row for row in rows}
    assert len(out) == len(rows), "a key has one row at an instant"
    return out


def different(expected, got):
    """Places whose rows differ; sums of doubles are added in the order of what was read."""
    return [place for place in expected.keys() | got.keys() if place not in expected or place not in got or not sql_cases.is_same(list(expected[place]), list(got[place]))]


def cuts_of(rows, generator):
    """Times that divide the rows, some of them at rows and some beside."""
    times = sorted({place[-1] for place in rows})
    first, last = times[0], times[-1] + dt.timedelta(microseconds=1)
    inner = [generator.choice(times) + dt.timedelta(microseconds=generator.choice([0, 0, 1, -1])) for _ in range(4)]
    return sorted({first, *(time for time in inner if first < time < last), last})


def check_project(case, generated, worker, generator):
    """All features of a case: whole tables, and the same day by day. The number of rows that were compared."""
    database = filled(case, generated, worker)
    compared = 0
    for kind in ("features", "entities"):
        for path in sorted((generated / kind).glob("*.sql")):
            days = generated / "days" / kind / path.name
            prefix = "feature_" if kind == "features" else "features_of_"
            database.execute(path.read_text(encoding="utf-8"))
            entity = entity_of(case, database, prefix + path.stem)
            place = [*case.keys(entity), "event_time"]
            whole = rows_of(database, prefix + path.stem, place)
            if not whole:
                continue
            cuts = cuts_of(whole, generator)
            stretches = list(zip(cuts, cuts[1:]))
            again = generator.sample(stretches, k=min(2, len(stretches)))
            for start, end in generator.sample(stretches, k=len(stretches)) + again:
                run_days(database, days, start, end)
                kept = rows_of(database, "daily_" + prefix + path.stem, place)
                inside = {p: row for p, row in whole.items() if start <= p[-1] < end}
                made = {p: row for p, row in kept.items() if start <= p[-1] < end}
                assert not different(inside, made), f"{path}: {start} to {end}"
            assert not different(whole, kept), path
            compared += len(kept)
    return compared


def entity_of(case, database, table):
    columns = {row[0] for row in database.execute(f"DESCRIBE {table}").fetchall()}
    return next(name for name in case.definitions["entity"] if set(case.keys(name)) <= columns)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_days_have_the_rows_of_the_whole(path, binary, worker, tmp_path):
    case = sql_cases.SqlCase(sql_cases.read_case(path), tmp_path)
    sql_cases.generate(binary, case.project, tmp_path / "sql", "duckdb")
    check_project(case, tmp_path / "sql", worker, random.Random(path.stem))


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_days_of_random_repositories(seed, binary, worker, tmp_path):
    _, read, expected = random_case(880_000 + seed, tmp_path)
    if read is None or expected is None:
        pytest.skip("the oracle cannot judge it")
    case = sql_cases.SqlCase(read, tmp_path / "case")
    sql_cases.generate(binary, case.project, tmp_path / "sql", "duckdb")
    check_project(case, tmp_path / "sql", worker, random.Random(seed))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_observations_of_some_days(path, binary, worker, tmp_path):
    case = sql_cases.SqlCase(sql_cases.read_case(path), tmp_path)
    sql_cases.generate(binary, case.project, tmp_path / "sql", "duckdb")
    generator = random.Random(path.stem)
    database = filled(case, tmp_path / "sql", worker)
    for entity in case.definitions["entity"]:
        asks = [row for row in case.case["expect"] if set(row["entity"]) == set(case.keys(entity))]
        if not asks:
            continue
        times = sorted(sql_cases.oracle.when(sql_cases.oracle.instant(row["at"])).replace(tzinfo=None) for row in asks)
        observe(database, case, entity, asks)
        for feature in sorted({name for row in asks for name in row["values"]}):
            start, end = sorted([generator.choice(times), generator.choice(times) + dt.timedelta(microseconds=1)])
            if start == end:
                continue
            whole = database.execute((tmp_path / "sql" / "point_in_time" / f"{feature}.sql").read_text()).fetchall()
            got = run_days(database, tmp_path / "sql" / "days" / "point_in_time" / f"{feature}.sql", start, end).fetchall()
            wanted = {row[0]: row for row in whole if start <= row[1] < end}
            assert not different(wanted, {row[0]: row for row in got}), (feature, start, end)


def observe(database, case, entity, asks):
    types = {}
    for source, definition in case.definitions["source"].items():
        if definition["entity"] == entity:
            types |= {name: kind for name, kind, *_ in database.execute(f"DESCRIBE {sql_cases.quoted(source)}").fetchall()}
    keys = case.keys(entity)
    columns = ", ".join(f"{sql_cases.quoted(key)} {types.get(key, 'VARCHAR')}" for key in keys)
    database.execute(f"CREATE OR REPLACE TABLE observations (number_of BIGINT, event_time TIMESTAMP, {columns})")
    for i, row in enumerate(asks):
        at = sql_cases.oracle.when(sql_cases.oracle.instant(row["at"])).replace(tzinfo=None)
        database.execute(f"INSERT INTO observations VALUES (?, ?, {', '.join('?' * len(keys))})", [i, at, *(row["entity"][key] for key in keys)])


# ---- against the engine, by bits ----

PROJECT = """\
project: {name: days}
---
entity: {name: pump, key: id}
---
source:
  name: r
  entity: pump
  event_time: at
  arrival: seq
  columns: {x: double, n: int64, s: string}
  batch: {format: parquet, path: r.parquet}
---
source:
  name: visits
  entity: pump
  event_time: at
  arrival: seq
  columns: {kind: string}
  batch: {format: parquet, path: visits.parquet}
"""
FEATURES = {
    "total": "aggregation: sum, window: 7h, source_features: [r.x]",
    "average": "aggregation: mean, window: {size: 5h, closed: left}, source_features: [r.x]",
    "ends": "aggregation: delta, window: {size: 9h, closed: both}, source_features: [n]",
    "fits": "aggregation: max, window: {size: 4h, closed: neither, offset: 3h}, source_features: [n]",
    "kinds": "aggregation: count_distinct, window: 6h, source_features: [s]",
    "kinds_left": "aggregation: count_distinct, window: {size: 6h, closed: left, offset: 1h}, source_features: [n]",
    "kinds_both": "aggregation: count_distinct, window: {size: 3h, closed: both}, source_features: [x]",
    "kinds_neither": "aggregation: count_distinct, window: {size: 2h, closed: neither}, source_features: [s]",
    "kinds_of_session": "aggregation: count_distinct, window: {session: 2h}, source_features: [s]",
    "kinds_of_hours": "aggregation: count_distinct, window: {tumbling: 3h, offset: 1h}, source_features: [n]",
    "kinds_ever": "aggregation: count_distinct, window: lifetime, source_features: [n]",
    "most": "aggregation: mode, window: 8h, source_features: [s]",
    "most_left": "aggregation: mode, window: {size: 8h, closed: left}, source_features: [n]",
    "most_of_session": "aggregation: mode, window: {session: 2h}, source_features: [s]",
    "most_of_hours": "aggregation: top_k, params: {k: 2}, window: {tumbling: 5h}, source_features: [s]",
    "most_ever": "aggregation: top_k, params: {k: 3}, window: lifetime, source_features: [x]",
    "middle": "aggregation: median, window: 5h, source_features: [n]",
    "last_kind": "aggregation: last, window: lifetime, source_features: [kind]",
    "few": "aggregation: sum, window: {last: 4}, source_features: [n]",
    "held": "aggregation: time_weighted_mean, window: 4h, source_features: [n]",
    "of_others": "aggregation: max, window: 5h, source_features: [total, r.x], formula: total - x",
    "of_visits": 'source: r, aggregation: count, window: 6h, source_features: [last_kind, r.x], formula: x, filter: "last_kind == \'a\'"',
    "both": "source: r, source_features: [total, kinds], formula: total + kinds",
}


def make_project(folder, generator, features=FEATURES):
    """Values that doubles add without rounding, so that sums are the same bits in any order."""
    text = PROJECT + "".join(f'---\nfeature: {{name: {name}, owner: o, description: d, version: "1.0", {body}}}\n' for name, body in features.items())
    (folder / "project.yaml").write_text(text, encoding="utf-8")
    start = dt.datetime(2024, 3, 1)

    def times(count):
        # Whole hours and half ones often, so that events lie at edges of windows; and some of one time.
        return [start + dt.timedelta(minutes=30 * generator.randrange(24 * 2 * 6), microseconds=generator.choice([0, 0, 0, 1, -1])) for _ in range(count)]

    at = times(900)
    values = {"id": [generator.choice("abc") for _ in at], "at": at, "seq": list(range(len(at)))}
    values["x"] = [generator.choice([None, generator.randrange(-64, 64) / 8]) if generator.random() < 0.3 else generator.randrange(-6, 6) / 8 for _ in at]
    values["n"] = [None if generator.random() < 0.1 else generator.randrange(9) for _ in at]
    values["s"] = [None if generator.random() < 0.1 else generator.choice(["run", "idle", "ü", "", "fault"]) for _ in at]
    pq.write_table(pa.table(values), folder / "r.parquet")
    at = times(60)
    pq.write_table(pa.table({"id": [generator.choice("abcd") for _ in at], "at": at, "seq": list(range(len(at))), "kind": [generator.choice("ab") for _ in at]}), folder / "visits.parquet")


def engine_rows(binary, folder):
    subprocess.run([binary, "backfill", "--output", "native", "--quiet"], cwd=folder, check=True, capture_output=True)
    rows = pa.concat_tables(pq.ParquetFile(path).read() for path in sorted((folder / "native" / "pump").glob("*/*.parquet"))).to_pylist()
    return {(row["id"], row["event_time"].replace(tzinfo=None)): row for row in rows}


def dict_rows(database, table):
    names = [row[0] for row in database.execute(f"DESCRIBE {table}").fetchall()]
    return {(row["id"], row["event_time"]): row for row in (dict(zip(names, row)) for row in database.execute(f"FROM {table}").fetchall())}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_days_are_the_engines_bits(seed, binary, tmp_path, monkeypatch):
    generator = random.Random(seed)
    make_project(tmp_path, generator)
    native = engine_rows(binary, tmp_path)
    assert sql_cases.generate(binary, tmp_path, tmp_path / "sql", "duckdb") == {}
    monkeypatch.chdir(tmp_path)
    database = duckdb.connect(config={"threads": 2})
    database.execute((tmp_path / "sql" / "sources.sql").read_text(encoding="utf-8"))
    cuts = cuts_of(native, generator)
    for start, end in generator.sample(list(zip(cuts, cuts[1:])), k=len(cuts) - 1):
        run_days(database, tmp_path / "sql" / "days" / "entities" / "pump.sql", start, end)
        got = dict_rows(database, "daily_features_of_pump")
        for place in native:
            if start <= place[-1] < end:
                # Shares of time are rounded one by one; all else adds without rounding.
                exact = [name for name in FEATURES if name != "held"]
                assert repr({name: got[place][name] for name in exact}) == repr({name: native[place][name] for name in exact}), place
                assert sql_cases.is_same(native[place]["held"], got[place]["held"]), place
    assert got.keys() == native.keys() and len(native) > 500


def test_an_entity_of_many_features_day_by_day(binary, tmp_path, monkeypatch):
    """Parts have rows before the bounds, for windows that look at what other features were."""
    generator = random.Random(7)
    features = {}
    for i in range(60):
        features[f"base{i}"] = f"aggregation: max, window: {i + 1}h, source_features: [n]"
        features[f"over{i}"] = f"source: r, aggregation: sum, window: {i % 5 + 1}h, source_features: [base{i}]"
    make_project(tmp_path, generator, features)
    native = engine_rows(binary, tmp_path)
    assert sql_cases.generate(binary, tmp_path, tmp_path / "sql", "duckdb") == {}
    text = (tmp_path / "sql" / "days" / "entities" / "pump.sql").read_text()
    assert text.count("CREATE OR REPLACE TEMP TABLE") > 1
    monkeypatch.chdir(tmp_path)
    database = duckdb.connect(config={"threads": 2})
    database.execute((tmp_path / "sql" / "sources.sql").read_text(encoding="utf-8"))
    for start, end in (("2024-03-03", "2024-03-04"), ("2024-03-02 12:30:00.000001", "2024-03-03")):
        run_days(database, tmp_path / "sql" / "days" / "entities" / "pump.sql", start, end)
    got = dict_rows(database, "daily_features_of_pump")
    wanted = {place: row for place, row in native.items() if dt.datetime(2024, 3, 2, 12, 30, 0, 1) <= place[-1] < dt.datetime(2024, 3, 4)}
    assert got.keys() == wanted.keys() and len(wanted) > 100
    for place, row in wanted.items():
        assert {name: got[place][name] for name in features} == {name: row[name] for name in features}


# ---- what is refused ----


@pytest.fixture
def small(binary, tmp_path, monkeypatch):
    features = {"total": FEATURES["total"], "last_kind": FEATURES["last_kind"]}
    make_project(tmp_path, random.Random(5), features)
    assert sql_cases.generate(binary, tmp_path, tmp_path / "sql", "duckdb") == {}
    monkeypatch.chdir(tmp_path)
    database = duckdb.connect()
    database.execute((tmp_path / "sql" / "sources.sql").read_text(encoding="utf-8"))
    return database, tmp_path / "sql" / "days" / "features" / "total.sql"


def test_bounds_have_to_be_given_in_order(small):
    database, path = small
    with pytest.raises(duckdb.Error, match="Give the statement SET VARIABLE headrace_start"):
        database.execute(path.read_text())
    with pytest.raises(duckdb.Error, match="start before end"):
        run_days(database, path, "2024-03-03", "2024-03-03")
    assert run_days(database, path, "2024-03-03", "2024-03-04") is not None


def test_rows_of_another_meaning_are_not_mixed(small, binary, tmp_path):
    database, path = small
    run_days(database, path, "2024-03-02", "2024-03-03")
    before = database.execute("SELECT * FROM daily_feature_total ORDER BY ALL").fetchall()
    assert before
    project = tmp_path / "project.yaml"
    project.write_text(project.read_text().replace("window: 7h", "window: 8h").replace('version: "1.0", aggregation: sum', 'version: "1.1", aggregation: sum'))
    assert sql_cases.generate(binary, tmp_path, tmp_path / "sql", "duckdb") == {}
    with pytest.raises(duckdb.Error, match="daily_feature_total has rows of another meaning than [0-9a-f]{12}: drop it"):
        run_days(database, path, "2024-03-03", "2024-03-04")
    assert database.execute("SELECT * FROM daily_feature_total ORDER BY ALL").fetchall() == before
    database.execute("DROP TABLE daily_feature_total")
    run_days(database, path, "2024-03-03", "2024-03-04")
    assert database.execute("SELECT count(*) FROM headrace_daily_tables").fetchall() == [(1,)]


def test_days_that_lost_their_events_lose_their_rows(small):
    database, path = small
    run_days(database, path, "2024-03-02", "2024-03-04")
    database.execute("CREATE TABLE less AS SELECT * FROM r WHERE \"at\" < TIMESTAMP '2024-03-03'; DROP VIEW r; ALTER TABLE less RENAME TO r")
    run_days(database, path, "2024-03-03", "2024-03-04")
    assert database.execute("SELECT max(event_time) < TIMESTAMP '2024-03-03', count(*) > 0 FROM daily_feature_total").fetchall() == [(True, True)]


def test_the_first_lines_say_what_is_read(small, tmp_path):
    _, path = small
    head = re.findall(r"^-- (.*)$", path.read_text(), re.MULTILINE)
    assert "Reads r from headrace_start less 7h on: 18 bytes a row and the bytes of the texts id." in head
    entity = (tmp_path / "sql" / "days" / "entities" / "pump.sql").read_text()
    assert "-- Reads visits from its beginning for last_kind: 20 bytes a row and the bytes of the texts id, kind." in entity
