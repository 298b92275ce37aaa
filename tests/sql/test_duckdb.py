"""Generated DuckDB statements, run: the project's cases and random repositories, value for value against the oracle."""
import json
import os
import random
import subprocess
import sys

import casefile
import differential
import oracle_process
import pytest
import sql_cases
from repositories import RepositoryMaker

# Sketches are refused everywhere (tests/sql/test_text.py); a case of one alone leaves nothing to compare.
CASES = sorted(path for path in (sql_cases.TESTS / "cases").rglob("*.yaml") if not path.stem.startswith("approx_"))
FUZZ_CASES = int(os.environ.get("HEADRACE_SQL_FUZZ_CASES", "30"))


def text(wrong):
    return "\n".join(f"{feature} at {at}: expected {expected!r}, got {got!r}" for feature, at, expected, got in wrong[:10])


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case_has_the_oracles_values(path, binary, worker, tmp_path):
    case = sql_cases.read_case(path)
    refusals, compared, wrong = sql_cases.differences(case, tmp_path, binary, worker)
    assert refusals == {}, "DuckDB says every feature of the cases: a refusal is a loss"
    assert compared == sum(len(row["values"]) for row in case["expect"])
    assert not wrong, text(wrong)


def test_frames_have_the_oracles_values_at_their_edges(binary, worker, tmp_path):
    expected = oracle_process.answer(sql_cases.FRAMES)
    refusals, compared, wrong = sql_cases.differences(sql_cases.read_case(sql_cases.FRAMES), tmp_path, binary, worker, expected)
    assert refusals == {} and compared == sum(len(row["values"]) for row in expected)
    assert not wrong, text(wrong)


def aggregation_of(case, name):
    for document in case["repository"]:
        feature = document.get("feature", {})
        if name == feature.get("name") or name.startswith(feature.get("name", "?") + "_"):
            yield from [feature.get("aggregation")] if not isinstance(feature.get("aggregation"), list) else feature["aggregation"]


def formula_text(case):
    return json.dumps(case["repository"])


def random_case(seed, folder):
    """A case with the oracle's answers, or nothing where it cannot judge."""
    made = RepositoryMaker(random.Random(seed)).case() | {"about": f"seed {seed}"}
    path = folder / "case.yaml"
    casefile.write(made, path)
    try:
        return made, sql_cases.read_case(path), oracle_process.answer(path)
    except Exception:
        return made, None, None


@pytest.mark.slow
def test_random_repositories_equal_the_oracle(binary, worker, tmp_path):
    compared, judged = 0, 0
    for seed in range(1, FUZZ_CASES + 1):
        folder = tmp_path / str(seed)
        folder.mkdir()
        made, case, expected = random_case(seed, folder)
        if case is None:
            continue
        refusals, values, wrong = sql_cases.differences(case, folder, binary, worker, expected)
        assert refusals == {}, f"seed {seed}: {refusals}"
        compared, judged = compared + values, judged + 1
        # Moments of values that differ by a hundred digits may cancel to less than their terms tell.
        cancelling = {"skewness", "covariance", "correlation"}
        wrong = [w for w in wrong if not (cancelling & set(aggregation_of(made, w[0])) and abs(w[2] - (w[3] or 0.0)) <= sql_cases.TOLERANCE)]
        # A power or logarithm may differ in its last digit, and its text or a comparison shows that.
        if any(function in formula_text(made) for function in ("exp(", "ln(", "log10(", "log2(", "pow(")):
            wrong = [w for w in wrong if isinstance(w[2], float)]
        assert not wrong, f"seed {seed}: {text(wrong)}"
    assert judged > 0.8 * FUZZ_CASES and compared > 20 * FUZZ_CASES


@pytest.mark.slow
def test_program_runs_random_repositories_through_sql(binary, tmp_path, capsys):
    """Among these are sources that declare their `arrival` among the columns too: it is written once."""
    command = ["--seed", "880015", "--count", "20", "--engine", "sql", "--python", sys.executable]
    code = differential.main([*command, "--binary", str(binary), "--keep", str(tmp_path)])
    printed = capsys.readouterr().out
    assert code == 0, printed


def test_worker_answers_line_by_line(binary, tmp_path):
    case = sql_cases.SqlCase(sql_cases.read_case(sql_cases.TESTS / "cases" / "rolling_mean.yaml"), tmp_path)
    sql_cases.generate(binary, case.project, tmp_path / "sql", "duckdb")
    (feature,) = sorted(p.stem for p in (tmp_path / "sql" / "features").glob("*.sql"))[:1]
    (entity,) = case.definitions["entity"]
    row = next(row for row in case.case["expect"] if row["values"][feature] is not None)
    observations = tmp_path / "observations.ndjson"
    observations.write_text(json.dumps(row["entity"] | {"event_time": row["at"]}) + "\n")
    keys = [{"name": key, "type": "string"} for key in case.keys(entity)]
    request = {"project": str(tmp_path / "sql"), "entity": entity, "keys": keys, "features": [feature], "sources": case.write_events(), "observations": str(observations)}
    lines = json.dumps(request) + "\n" + json.dumps(request | {"features": ["nothing"]}) + "\n"
    done = subprocess.run([sys.executable, "-u", str(sql_cases.WORKER)], input=lines, capture_output=True, text=True, check=True)
    first, second = map(json.loads, done.stdout.splitlines())
    assert first == {"values": {feature: [pytest.approx(row["values"][feature], rel=1e-9)]}}
    assert set(second) == {"error"} and "nothing" in second["error"]
