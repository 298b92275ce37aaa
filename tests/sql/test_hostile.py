"""Words of people do not leave their place: descriptions, owners and names that would end a comment, a name or a text.

Each file, read by sqlglot as its dialect, has the statements of the same project with plain words, node for node. (How texts of
all targets are held in their place by rules of our own is in tests/behaviour/test_hostile_texts.py.)
"""
import json
import re
import subprocess
from collections import Counter

import duckdb
import pytest
import sql_cases
import sqlglot
from sqlglot import exp

DIALECTS = ["bigquery", "snowflake", "duckdb"]
WORDS = [
    "x\n; DROP TABLE r; --",
    "x\r; DROP TABLE r;\r\n--",
    "*/ DROP TABLE r; /*",
    "-- ' \" ` ; \\",
    "\\' OR 1 = 1 --",
    "'''\"\"\"```",
    "$$; DROP TABLE r; $$",
    "{{ 7 * 7 }} {% raw %} {# ${HOME} @start :x ? %s",
    "x\u2028; DROP TABLE r; \u202e--",
]
NAMES = ["a b", "`", '"', "'", "--", "*/", "; DROP TABLE r; --", "\\", "x`y\"z'", "$$", "{{ x }}", "@start", "select", "a AS b"]
PLAIN = "Plain Word"


def backquoted(name):
    return "`" + name.replace("`", "``") + "`"


def project(text, names):
    """Definitions in which `text` stands wherever people write freely, and columns, key and times have the names."""
    key, time, arrival, value, words = names
    documents = [
        {"project": {"name": text}},
        {"entity": {"name": "pump", "key": key, "description": text}},
        {"source": {"name": "r", "entity": "pump", "event_time": time, "arrival": arrival, "description": text, "columns": {value: "double", words: "string"}, "batch": {"format": "csv", "path": "gs://bucket/r.csv"}}},
    ]
    common = {"owner": text, "description": text, "tags": [text], "version": "1.0"}
    quoted = text.replace("'", "''")
    documents += [
        {"feature": common | {"name": "total", "aggregation": "sum", "window": "1h", "source_features": [value, words], "formula": backquoted(value), "filter": f"{backquoted(words)} != '{quoted}'", "quality_checks": [{"type": "range", "params": [0, 1], "name": text}]}},
        {"feature": common | {"name": "latest", "source_features": [words], "formula": backquoted(words)}},
        {"feature": common | {"name": "most", "aggregation": "mode", "window": "1h", "source_features": [words], "formula": backquoted(words), "default": text}},
        {"feature": common | {"name": "kinds", "aggregation": "count_distinct", "window": "1h", "source_features": [value], "formula": backquoted(value)}},
    ]
    return "\n---\n".join(json.dumps(document) for document in documents)


def generate(binary, folder, dialect, text, names):
    folder.mkdir(parents=True)
    (folder / "project.yaml").write_text(project(text, names), encoding="utf-8")
    assert sql_cases.generate(binary, folder, folder / "sql", dialect) == {}
    return {path.relative_to(folder / "sql").as_posix(): path.read_text(encoding="utf-8") for path in (folder / "sql").rglob("*.sql")}


PLAIN_NAMES = ["Key Column", "Time Column", "Arrival Column", "Value Column", "Word Column"]


def parsed(text, dialect):
    """sqlglot knows LOAD DATA without partitions and clusters only."""
    text = re.sub(r"\nPARTITION BY [^\n]*(\nCLUSTER BY [^\n]*)?(?=\nFROM FILES)", "", text)
    return [statement for statement in sqlglot.parse(text, read=dialect) if statement]


def shape(statements):
    """How many nodes of each kind there are; columns stand in the order of their names."""
    return [Counter(type(node).__name__ for node in statement.walk()) for statement in statements]


def names_in(statements):
    return {name.this for statement in statements for name in statement.find_all(exp.Identifier)}


@pytest.mark.parametrize("text", WORDS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_free_text_changes_no_statement(dialect, text, binary, tmp_path):
    plain = generate(binary, tmp_path / "plain", dialect, PLAIN, PLAIN_NAMES)
    hostile = generate(binary, tmp_path / "hostile", dialect, text, PLAIN_NAMES)
    assert hostile.keys() == plain.keys()
    # DuckDB has no escapes: a character that nobody sees is a CHR(n) between two texts.
    is_joined = dialect == "duckdb" and any(c in text for c in "\n\r\u2028\u202e")
    for name, content in hostile.items():
        assert not any(c in content for c in "\r\u2028\u202e"), name
        got, wanted = parsed(content, dialect), parsed(plain[name], dialect)
        assert [s.key for s in got] == [s.key for s in wanted], name
        assert is_joined or shape(got) == shape(wanted), name


@pytest.mark.parametrize("dialect", DIALECTS)
def test_names_change_no_statement(dialect, binary, tmp_path):
    plain = generate(binary, tmp_path / "plain", dialect, PLAIN, PLAIN_NAMES)
    for i in range(len(NAMES)):
        # sqlglot knows no escapes in names of BigQuery.
        known = [name for name in NAMES if dialect != "bigquery" or not set("`\\") & set(name)]
        names = [f"{known[(i + j) % len(known)]}{'' if j < 2 else j}" for j in range(5)]
        for name, content in generate(binary, tmp_path / str(i), dialect, PLAIN, names).items():
            if dialect == "snowflake" and name == "sources.sql":  # fields of $1 are paths there, which sqlglot takes apart
                continue
            got, wanted = parsed(content, dialect), parsed(plain[name], dialect)
            assert shape(got) == shape(wanted), (names, name)
            told = dict(zip(PLAIN_NAMES, names))
            told |= {f"value_of_{key}": f"value_of_{value}" for key, value in told.items()}
            assert names_in(got) == {told.get(each, each) for each in names_in(wanted)}, (names, name)


def test_names_that_are_not_seen_are_refused(binary, tmp_path):
    (tmp_path / "project.yaml").write_text(project("x", ["key", "at", "seq", "a\nb", "word"]), encoding="utf-8")
    done = subprocess.run([binary, "generate", "sql", "--output", "sql"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "error[G009]" in done.stderr + done.stdout and not (tmp_path / "sql").exists()


@pytest.mark.parametrize("text", WORDS)
def test_hostile_statements_run(text, binary, tmp_path):
    names = NAMES[1:6]
    files = generate(binary, tmp_path / "p", "duckdb", text, names)
    key, time, arrival, value, words = map(sql_cases.quoted, names)
    database = duckdb.connect()
    database.execute(files["tables.sql"])
    for i, word in enumerate([text, "a", "b", "b"]):
        columns = ", ".join((key, time, arrival, value, words))
        database.execute(f"INSERT INTO r ({columns}) VALUES ('p', ?, ?, ?, ?)", [f"2024-03-01 00:0{i}:00", i, i + 0.5, word])
    database.execute("SET VARIABLE headrace_start = TIMESTAMP '2024-03-01'; SET VARIABLE headrace_end = TIMESTAMP '2024-03-02'")
    for table, path in (("features_of_pump", "entities/pump.sql"), ("daily_features_of_pump", "days/entities/pump.sql")):
        database.execute(files[path])
        rows = database.execute(f"SELECT total, latest, most, kinds FROM {table} ORDER BY event_time").fetchall()
        assert rows[0] == (None, text, text, 1) and rows[-1] == (1.5 + 2.5 + 3.5, "b", "b", 4)
