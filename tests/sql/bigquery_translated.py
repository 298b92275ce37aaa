"""BigQuery's statements in DuckDB, as sqlglot translates them. Nothing runs in BigQuery: what is judged is what the text means,
not how Google's engine carries it out.
"""
import duckdb
import sqlglot
from sqlglot import exp

# Functions of BigQuery that sqlglot hands on as they are.
MACROS = """
CREATE MACRO SAFE_ADD(a, b) AS TRY(a + b);
CREATE MACRO SAFE_SUBTRACT(a, b) AS TRY(a - b);
CREATE MACRO SAFE_MULTIPLY(a, b) AS TRY(a * b);
CREATE MACRO SAFE_NEGATE(a) AS TRY(-a);
"""


def translated(text):
    """The statements of a text, for DuckDB: times are TIMESTAMPs in UTC, partitions and clusters are left out."""
    out = []
    for statement in sqlglot.parse(text, read="bigquery"):
        if statement is None:
            continue
        for kind in statement.find_all(exp.DataType):
            if kind.this in (exp.DataType.Type.TIMESTAMPTZ, exp.DataType.Type.TIMESTAMPLTZ):
                kind.set("this", exp.DataType.Type.TIMESTAMP)
            if kind.this == exp.DataType.Type.BIGDECIMAL:
                kind.set("this", exp.DataType.Type.DECIMAL)
                kind.set("expressions", [exp.DataTypeParam(this=exp.Literal.number(38)), exp.DataTypeParam(this=exp.Literal.number(0))])
        out.append(statement.sql("duckdb", unsupported_level=sqlglot.ErrorLevel.IGNORE, comments=False))
    return out


def connect():
    database = duckdb.connect(config={"threads": 1})
    database.execute("SET TimeZone = 'UTC'")
    database.execute(MACROS)
    return database


def run(database, text, start=None, end=None):
    """The result of the last statement."""
    result = None
    for statement in translated(text):
        parameters = {name: value for name, value in (("start", start), ("end", end)) if f"${name}" in statement}
        result = database.execute(statement, parameters) if parameters else database.execute(statement)
    return result
