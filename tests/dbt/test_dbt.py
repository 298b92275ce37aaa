"""Generated dbt projects in a real dbt: models give the engine's values, and checks are tests that fail where they should.

UPDATE_GOLDEN=1 writes the golden files anew.
"""
import math
import os
import subprocess
from pathlib import Path

import duckdb
import pytest

from orchestrated import break_a_check, copy_of_pumps

GOLDEN = Path(__file__).parent / "golden"
PUMPS = "headrace_pumping_station"


@pytest.fixture(scope="module")
def pumps(tmp_path_factory):
    return copy_of_pumps(tmp_path_factory.mktemp("dbt") / "pumps")


def rows_of(database, statement):
    cursor = database.execute(statement)
    names = [column[0] for column in cursor.description]
    return names, cursor.fetchall()


def same(left, right):
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right


@pytest.mark.parametrize("name", ["models/features.yml", "models/sources.yml", "dbt_project.yml", "README.md", "requirements.txt"])
def test_golden(pumps, generated, name):
    generated(pumps, PUMPS)
    text = (pumps / "dbt" / name).read_text(encoding="utf-8")
    path = GOLDEN / f"{Path(name).name}.expected"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, f"{path} differs: look at it, then UPDATE_GOLDEN=1"


def test_models_have_the_values_of_the_engine(pumps, generated, binary):
    dbt = generated(pumps, PUMPS)
    code, said = dbt.run("build")
    assert code == 0, said
    assert "ERROR=0" in said and "1 table model" in said, said

    store = pumps / "store"
    subprocess.run([binary, "backfill", "--output", store, "--quiet"], cwd=pumps, check=True, capture_output=True)
    with duckdb.connect(str(pumps / "features.duckdb"), read_only=True) as database:
        names, built = rows_of(database, "SELECT * FROM features_of_pump ORDER BY pump_id, event_time")
        files = f"read_parquet('{store}/pump/*/*.parquet', hive_partitioning = false)"
        types = {name: kind for name, kind, *_ in database.execute(f"DESCRIBE SELECT * FROM {files}").fetchall()}
        columns = [f"{name} AT TIME ZONE 'UTC'" if "TIME ZONE" in types[name] else name for name in names]
        _, computed = rows_of(database, f"SELECT {', '.join(columns)} FROM {files} ORDER BY pump_id, event_time")
    assert len(built) == len(computed) > 1000
    for left, right in zip(built, computed):
        different = [name for name, a, b in zip(names, left, right) if not same(a, b)]
        assert not different, (left[:2], different)


def test_a_check_that_does_not_hold_fails_the_build(tmp_path, pumps, generated):
    folder = copy_of_pumps(tmp_path / "pumps")
    break_a_check(folder)
    code, said = generated(folder, PUMPS).run("build")
    assert code == 1 and "FAIL" in said and "pump_efficiency_rolling_24h_check_1" in said, said
    assert "ERROR=1" in said, said


def test_freshness_of_sources(pumps, generated):
    code, said = generated(pumps, PUMPS).run("source", "freshness")
    assert code == 1 and f"ERROR STALE freshness of {PUMPS}.pump_house_air" in said, said


HOSTILE = """\
project: {name: "braces"}
---
entity: {name: id, key: id}
---
source:
  name: s
  entity: id
  event_time: at
  description: "{% endraw %} {{ 7 * 7 }} \\" # {#"
  columns: {x: double, word: string}
  batch: {format: csv, path: s.csv}
---
feature:
  name: total
  owner: "{{ target.name }}"
  version: "1.0"
  description: "'{{ 7 * 7 }}' {% if %}: [x, \\"y\\"]"
  aggregation: sum
  window: 1h
  source_features: [x, word]
  formula: x
  filter: "word == '{{ 7 * 7 }}' or word == '{% raw %}' or word == '{#'"
  quality_checks:
    - {type: range, params: [null, 5], severity: warn, name: "{{ 'a' }}"}
---
feature:
  name: kind
  owner: o
  version: "1.0"
  aggregation: last
  window: 1h
  source_features: [word]
  quality_checks:
    - {type: allowed_values, values: ["{{ 7 * 7 }}", "{% raw %}", "{#", plain]}
"""
EVENTS = "id,at,x,word\na,2024-03-01T00:00:00Z,1,{{ 7 * 7 }}\na,2024-03-01T00:01:00Z,2,{% raw %}\na,2024-03-01T00:02:00Z,4,plain\na,2024-03-01T00:03:00Z,8,{#\n"


def test_words_of_people_are_not_read_as_jinja(tmp_path, generated):
    (tmp_path / "project.yaml").write_text(HOSTILE, encoding="utf-8")
    (tmp_path / "s.csv").write_text(EVENTS, encoding="utf-8")
    code, said = generated(tmp_path, "headrace_braces").run("build")
    assert code == 0 and "WARN=1" in said, said
    with duckdb.connect(str(tmp_path / "features.duckdb"), read_only=True) as database:
        assert database.execute("SELECT total FROM features_of_id ORDER BY event_time").fetchall() == [(1.0,), (3.0,), (3.0,), (11.0,)]


@pytest.mark.parametrize("dialect", ["bigquery", "snowflake", "duckdb"])
def test_compiled_models_are_the_statements_of_generate_sql(tmp_path, pumps, generated, binary, dialect):
    """dbt renders the models of each dialect; behind the imported sources they are what `generate sql` writes."""
    folder = tmp_path / "pumps"
    folder.mkdir()
    for name in ("features", "project.yaml", "data"):
        (folder / name).symlink_to(pumps / name)
    options = ["--dialect", dialect, "--skip-refused"]
    code, said = generated(folder, PUMPS, *options).run("compile")
    assert code == 0, said

    command = [binary, "generate", "sql", "--output", "sql", "--quiet", *options]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    statement = (folder / "sql" / "entities" / "pump.sql").read_text(encoding="utf-8")
    body = statement.split("AS\nWITH ", 1)[1].rstrip().removesuffix(";")
    compiled = (folder / "dbt" / "target" / "compiled" / PUMPS / "models" / "features_of_pump.sql").read_text(encoding="utf-8")
    assert compiled.rstrip().endswith(",\n" + body)
    assert compiled.count("  SELECT *\n  FROM \"features\".\"main\".") >= 1


def test_hundreds_of_features_are_built_in_parts(tmp_path, generated, binary):
    head = HOSTILE.split("---\nfeature:")[0].replace("{% endraw %} {{ 7 * 7 }}", "")
    features = [
        f'---\nfeature: {{name: f{i}, owner: o, version: "1.0", aggregation: sum, window: {i + 1}m, source_features: [x]}}\n' for i in range(120)]
    (tmp_path / "project.yaml").write_text(head + "".join(features), encoding="utf-8")
    (tmp_path / "s.csv").write_text(EVENTS, encoding="utf-8")
    code, said = generated(tmp_path, "headrace_braces").run("build")
    assert code == 0 and "4 table models" in said, said
    with duckdb.connect(str(tmp_path / "features.duckdb"), read_only=True) as database:
        assert database.execute("SELECT f0, f1, f119 FROM features_of_id ORDER BY event_time").fetchall()[-1] == (8.0, 12.0, 15.0)


SOURCE_CHECKS = """\
project: {name: checked}
---
entity: {name: thing, key: id}
---
source:
  name: s
  entity: thing
  event_time: at
  columns: {x: double, n: int64, word: string}
  batch: {format: csv, path: s.csv}
  quality_checks:
    - {type: not_null, column: x}
    - {type: completeness, column: word, threshold: 0.6}
    - {type: range, column: x, params: [0, 10]}
    - {type: allowed_values, column: word, values: [a, b]}
    - {type: unique, column: n}
    - {type: volume, min: 3, max: 3}
    - {type: freshness, max_age: 1d, severity: warn}
---
feature: {name: total, owner: o, version: "1.0", aggregation: sum, window: 1h, source_features: [x]}
"""
CHECKED_ROWS = "id,at,x,n,word\nq,2024-03-01T00:00:00Z,1,1,a\nq,2024-03-01T00:01:00Z,2,2,\nq,2024-03-01T00:02:00Z,3,3,b\n"
BROKEN = {
    "source_s_check_1": CHECKED_ROWS.replace(",2,2,", ",,2,"),
    "source_s_check_2": CHECKED_ROWS.replace("3,3,b", "3,3,"),
    "source_s_check_3": CHECKED_ROWS.replace(",3,3,", ",11,3,"),
    "source_s_check_4": CHECKED_ROWS.replace("3,3,b", "3,3,c"),
    "source_s_check_5": CHECKED_ROWS.replace(",3,3,b", ",3,2,b"),
    "source_s_check_6": CHECKED_ROWS + "q,2024-03-01T00:03:00Z,4,4,a\n",
}


def test_checks_of_sources_are_tests_of_sources(tmp_path, generated, binary):
    (tmp_path / "project.yaml").write_text(SOURCE_CHECKS, encoding="utf-8")
    (tmp_path / "s.csv").write_text(CHECKED_ROWS, encoding="utf-8")
    dbt = generated(tmp_path, "headrace_checked")
    code, said = dbt.run("build")
    assert code == 0 and "ERROR=0" in said, said
    code, said = dbt.run("source", "freshness")
    assert code == 0 and "WARN freshness of headrace_checked.s" in said, said
    for name, rows in BROKEN.items():
        (tmp_path / "s.csv").write_text(rows, encoding="utf-8")
        code, said = dbt.run("build")
        assert code == 1 and f"Failure in test {name} " in said and "ERROR=1" in said, said
        native = subprocess.run([binary, "check", "--data"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert native.returncode == 1 and native.stdout.count("  fail  ") == 1, native.stdout
