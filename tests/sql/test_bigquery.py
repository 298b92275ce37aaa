"""BigQuery's statements, translated for DuckDB: values of the oracle, an error by name where ties matter, days that are merged."""
import datetime as dt
import random

import bigquery_translated
import duckdb
import pytest
import sql_cases
from test_days import FEATURES, PROJECT, cuts_of, different, engine_rows, make_project, observe, rows_of
from test_snowflake import CANCELLING

CASES = sorted((sql_cases.TESTS / "cases").glob("*.yaml"))
NO_ORDER = "nothing says which came last"
# What the translation says otherwise, and why.
NOT_TRANSLATED = {"formulas": {"f_dow": "DAYOFWEEK counts from 1 in BigQuery and from 0 in DuckDB, and is handed on as it is"}}


def filled(case, generated, worker):
    database = bigquery_translated.connect()
    bigquery_translated.run(database, (generated / "tables.sql").read_text(encoding="utf-8"))
    for source, path in case.write_events().items():
        worker.fill_source(database, source, path)
    return database


def has_ties(case):
    for name, source in case.definitions["source"].items():
        places = [tuple(map(repr, (*(row.get(key) for key in case.keys(source["entity"])), row[source["event_time"]]))) for row in case.case["events"].get(name) or []]
        if len(set(places)) < len(places):
            return True
    return False


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case_has_the_oracles_values_or_an_error_by_name(path, binary, worker, tmp_path):
    case = sql_cases.SqlCase(sql_cases.read_case(path), tmp_path)
    refused = sql_cases.generate(binary, case.project, tmp_path / "sql", "bigquery")
    assert "G005" not in refused.values()
    left_out = set(refused) | set(NOT_TRANSLATED.get(path.stem, {})) | CANCELLING.get(path.stem, set())
    database = filled(case, tmp_path / "sql", worker)
    compared, wrong, without_order = 0, [], []
    for entity in case.definitions["entity"]:
        rows = [row for row in case.case["expect"] if set(row["entity"]) == set(case.keys(entity))]
        if not rows:
            continue
        observe(database, case, entity, rows)
        for feature in sorted({f for row in rows for f in row["values"]} - left_out):
            text = (tmp_path / "sql" / "point_in_time" / f"{feature}.sql").read_text(encoding="utf-8")
            try:
                found = bigquery_translated.run(database, text)
            except duckdb.Error as error:
                assert NO_ORDER in str(error), f"{feature}: {error}"
                without_order.append(feature)
                continue
            got = {row[0]: worker.plain(row[-1]) for row in found.fetchall()}
            for i, row in enumerate(rows):
                if feature in row["values"]:
                    compared += 1
                    if not sql_cases.is_same(row["values"][feature], got[i]):
                        wrong.append((feature, row["at"], row["values"][feature], got[i]))
    assert not wrong, wrong[:10]
    assert compared + len(without_order) > 0 and (not without_order or has_ties(case)), without_order


TIES = """\
entity: {name: pump, key: id}
---
source: {name: r, entity: pump, event_time: at, columns: {x: double, y: double, s: string}}
---
"""
ORDERED = {
    "newest": "source_features: [x]",
    "oldest": "aggregation: first, window: 1h, source_features: [x]",
    "three": "aggregation: last_k, params: {k: 3}, window: 1h, source_features: [s]",
    "grown": "aggregation: delta, window: 1h, source_features: [x]",
    "speed": "aggregation: rate, window: 1h, source_features: [x]",
    "held": "aggregation: time_weighted_mean, window: 1h, source_features: [x]",
    "few": "aggregation: sum, window: {last: 2}, source_features: [x]",
    "joint": "aggregation: covariance, window: {last: 3}, source_features: [x, y], formula: [x, y]",
    "of_running": "aggregation: last, window: 1h, source_features: [x, s], formula: x, filter: s == 'run'",
}
# Events of one key and time that are tied with (1.0, 2.0, run), and the features of which they change nothing.
TIED = {
    "equal": ((1.0, 2.0, "run"), set(ORDERED)),
    "another x": ((5.0, 2.0, "run"), {"three"}),
    "another x, filtered out": ((5.0, 2.0, "idle"), {"of_running"}),
    "another s only": ((1.0, 2.0, "idle"), set(ORDERED) - {"three"}),
    "another y only": ((1.0, 3.0, "run"), set(ORDERED) - {"joint"}),
    "a null beside it": ((None, 2.0, "run"), set(ORDERED) - {"few", "joint"}),
}


@pytest.mark.parametrize("name", TIED)
def test_ties_fail_where_they_matter(name, binary, tmp_path):
    tied, fine = TIED[name]
    text = TIES + "---\n".join(f'feature: {{name: {feature}, owner: o, description: d, version: "1.0", {body}}}\n' for feature, body in ORDERED.items())
    (tmp_path / "project.yaml").write_text(text)
    assert sql_cases.generate(binary, tmp_path, tmp_path / "sql", "bigquery") == {}
    database = bigquery_translated.connect()
    bigquery_translated.run(database, (tmp_path / "sql" / "tables.sql").read_text())
    for minute, values in ((0, (3.0, 1.0, "run")), (1, (1.0, 2.0, "run")), (1, tied), (2, (2.0, 7.0, "run"))):
        database.execute("INSERT INTO r (id, \"at\", x, y, s) VALUES ('p', ?, ?, ?, ?)", [dt.datetime(2024, 3, 1, 0, minute), *values])
    done = set()
    for feature in ORDERED:
        try:
            bigquery_translated.run(database, (tmp_path / "sql" / "features" / f"{feature}.sql").read_text())
            done.add(feature)
        except duckdb.Error as error:
            assert f"{feature}: events of r of one key and time have different values" in str(error)
    assert done == fine


IDS = """\
entity: {name: pump, key: id}
---
source: {name: r, entity: pump, event_time: at, id: event, deleted: gone, columns: {x: double}}
---
feature: {name: total, owner: o, description: d, version: "1.0", aggregation: sum, window: 1h, source_features: [x]}
"""


@pytest.mark.parametrize("again, total", [((1.0, False), 3.0), ((None, False), None), ((1.0, True), None), ((4.0, False), None)])
def test_rows_of_one_event_have_to_be_equal(again, total, binary, tmp_path):
    (tmp_path / "project.yaml").write_text(IDS)
    assert sql_cases.generate(binary, tmp_path, tmp_path / "sql", "bigquery") == {}
    database = bigquery_translated.connect()
    bigquery_translated.run(database, (tmp_path / "sql" / "tables.sql").read_text())
    for event, x, gone in (("a", 1.0, False), ("b", 2.0, False), ("a", *again), (None, 0.0, False), (None, 0.0, False)):
        database.execute("INSERT INTO r (id, \"at\", x, event, gone) VALUES ('p', TIMESTAMP '2024-03-01', ?, ?, ?)", [x, event, gone])
    statement = (tmp_path / "sql" / "features" / "total.sql").read_text()
    if total is None:
        with pytest.raises(duckdb.Error, match="Rows of r that are one event by their event differ"):
            bigquery_translated.run(database, statement)
    else:
        bigquery_translated.run(database, statement)
        assert database.execute("SELECT total FROM feature_total").fetchall() == [(total,)]


def test_days_are_merged(binary, tmp_path):
    """The statements of days, with parameters, put together the whole table; sums here are exact in any order."""
    generator = random.Random(4)
    make_project(tmp_path, generator)
    native = engine_rows(binary, tmp_path)
    assert sql_cases.generate(binary, tmp_path, tmp_path / "sql", "bigquery") == {}
    database = bigquery_translated.connect()
    bigquery_translated.run(database, (tmp_path / "sql" / "tables.sql").read_text())
    for source in ("r", "visits"):
        database.execute(f"INSERT INTO {source} BY NAME FROM read_parquet('{tmp_path / source}.parquet')")
    statement = (tmp_path / "sql" / "days" / "entities" / "pump.sql").read_text()
    cuts = cuts_of(native, generator)
    for start, end in generator.sample(list(zip(cuts, cuts[1:])), k=len(cuts) - 1):
        bigquery_translated.run(database, statement, start, end)
    kept = rows_of(database, "daily_features_of_pump", ["id", "event_time"])
    names = [row[0] for row in database.execute("DESCRIBE daily_features_of_pump").fetchall()]
    wanted = {place: tuple(row[name].replace(tzinfo=None) if name == "event_time" else row[name] for name in names) for place, row in native.items()}
    assert not different(wanted, kept) and len(wanted) > 500
    with pytest.raises(duckdb.Error, match="Give the statement @start and @end"):
        bigquery_translated.run(database, statement, cuts[1], cuts[0])


def test_partitions_and_clusters(binary, tmp_path):
    make_project(tmp_path, random.Random(1), {"total": FEATURES["total"]})
    text = PROJECT.replace("key: id", "key: [id, site]").replace("path: r.parquet", "path: gs://bucket/r")
    (tmp_path / "project.yaml").write_text(text + f'---\nfeature: {{name: total, owner: o, description: d, version: "1.0", {FEATURES["total"]}}}\n')
    sql_cases.generate(binary, tmp_path, tmp_path / "sql", "bigquery")
    layout = "\nPARTITION BY DATE({})\nCLUSTER BY id, site"
    for name, time in (("tables.sql", "`at`"), ("sources.sql", "`at`"), ("features/total.sql", "event_time"), ("days/features/total.sql", "event_time"), ("entities/pump.sql", "event_time")):
        assert layout.format(time) in (tmp_path / "sql" / name).read_text(), name
    days = (tmp_path / "sql" / "days" / "features" / "total.sql").read_text()
    assert "WHERE id IS NOT NULL AND site IS NOT NULL AND `at` IS NOT NULL AND `at` >= TIMESTAMP_SUB(@start, INTERVAL 25200000000 MICROSECOND) AND `at` < @end" in days
