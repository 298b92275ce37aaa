"""The text for each dialect: parsed by sqlglot, refusals by name, golden files of examples/pumps.

UPDATE_GOLDEN=1 writes the golden files anew after a deliberate change.
"""
import json
import os
import re
import shutil
from pathlib import Path

import pytest
import sql_cases
import sqlglot

GOLDEN = Path(__file__).resolve().parent / "golden"
CASES = sorted((sql_cases.TESTS / "cases").glob("*.yaml"))
EXAMPLES = ["pumps", "flights"]
DIALECTS = ["bigquery", "snowflake", "duckdb"]
# One of each form of statement: rolling sums, ordered values, positions, moments, strings, derived.
KEPT = ["pump_efficiency_rolling_24h", "vibration_p95_1h", "starts_24h", "wear_trend", "mode_before", "pump_efficiency_change", "run_minutes"]


def is_kept(path):
    """Files of the golden set; of statements that look alike, the table of a few features and one join."""
    if path.parent.name == "features":
        return path.stem in KEPT
    if path.parent.name == "point_in_time":
        return path.stem == KEPT[0]
    return path.suffix in (".sql", ".md", ".txt") and path.parent.name != "entities"


def projects(root, folder):
    """(name, folder) of each case and example."""
    for path in CASES:
        yield path.stem, sql_cases.SqlCase(sql_cases.read_case(path), folder / path.stem).project
    for example in EXAMPLES:
        yield example, root / "examples" / example


@pytest.mark.parametrize("dialect", DIALECTS)
def test_text_parses_and_refusals_are_known(root, binary, dialect, tmp_path):
    refused = {}
    for name, project in projects(root, tmp_path):
        output = tmp_path / "sql" / name
        codes = sql_cases.generate(binary, project, output, dialect)
        if codes:
            refused[name] = codes
        for path in sorted(output.rglob("*.sql")):
            # sqlglot knows LOAD DATA without partitions and clusters only.
            text = re.sub(r"\nPARTITION BY [^\n]*(\nCLUSTER BY [^\n]*)?(?=\nFROM FILES)", "", path.read_text(encoding="utf-8"))
            statements = [s for s in sqlglot.parse(text, read=dialect) if s]
            wanted = 1 if path.parent != output else 0
            assert len(statements) >= wanted, f"{name}: {path.name} holds no statement"
            # sqlglot gives text that it does not understand back as a command.
            understood = [s for s in statements if s.key != "command" or path.name == "sources.sql"]
            assert understood == statements, f"{name}: {path.name}"
        written = {path.stem for path in (output / "features").glob("*.sql")}
        assert not written & set(codes)
    # More than these is a loss that nobody decided, less is a gain to be written down.
    known = json.loads((GOLDEN / "refusals.json").read_text(encoding="utf-8"))
    if os.environ.get("UPDATE_GOLDEN"):
        known[dialect] = refused
        (GOLDEN / "refusals.json").write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    assert refused == known[dialect]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_golden_text_of_the_pumps(root, binary, dialect, tmp_path):
    sql_cases.generate(binary, root / "examples" / "pumps", tmp_path / "sql", dialect)
    made = {str(p.relative_to(tmp_path / "sql")): p.read_text(encoding="utf-8") for p in (tmp_path / "sql").rglob("*") if is_kept(p)}
    folder = GOLDEN / dialect
    if os.environ.get("UPDATE_GOLDEN"):
        shutil.rmtree(folder, ignore_errors=True)
        for name, text in made.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
    golden = {str(p.relative_to(folder)): p.read_text(encoding="utf-8") for p in folder.rglob("*") if p.is_file()}
    assert sorted(made) == sorted(golden)
    for name, text in made.items():
        assert text == golden[name], f"{dialect}/{name} differs; UPDATE_GOLDEN=1 writes it anew"
