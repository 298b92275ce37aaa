"""Answers `headrace test --engine sql`: a generated project's statements over the events of a case, in DuckDB.

One JSON request a line on stdin, one JSON answer a line on stdout:

    {"project": FOLDER, "entity": NAME, "keys": [{"name", "type"}], "features": [NAME], "sources": {NAME: EVENTS.ndjson},
     "observations": OBSERVATIONS.ndjson}
    {"values": {NAME: [value of each observation]}}   or   {"error": TEXT}

Timestamps are microseconds since the epoch. The tables are those of the project's tables.sql, filled with the events in
their order; the statements are those of its point_in_time folder, unchanged, after those that some of them read tables of.
"""

import json
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

EPOCH = datetime(1970, 1, 1)
MICROSECOND = timedelta(microseconds=1)
ROW = "number_of_the_observation"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def columns_of(database: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Types of the table's columns by name, in their order; empty when there is no such table."""
    found = database.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = ? ORDER BY ordinal_position", [table]
    )
    return dict(found.fetchall())


def reader(path: str, types: dict[str, str]) -> str:
    columns = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in types.items())
    return f"read_json({literal(path)}, format = 'newline_delimited', columns = {{{columns}}})"


def fill_source(database: duckdb.DuckDBPyConnection, source: str, path: str) -> None:
    """Inserts the events; the order in the file is the order of arrival."""
    columns = columns_of(database, source)
    made = {"arrival_file": "''", "arrival_row": "row_number() OVER ()"}
    # The generator appends underscores to its own names while a source has such a column.
    own = {name: made[name.rstrip("_")] for name in columns if name.rstrip("_") in made}
    for base in made:
        same = [name for name in own if name.rstrip("_") == base]
        for name in same[:-1]:
            del own[name]
    read = {name: kind for name, kind in columns.items() if name not in own}
    if not columns or os.path.getsize(path) == 0:
        return
    values = ", ".join(own.get(name, quoted(name)) for name in columns)
    database.execute(f"INSERT INTO {quoted(source)} SELECT {values} FROM {reader(path, read)}")


def make_observations(database: duckdb.DuckDBPyConnection, request: dict[str, Any]) -> None:
    """Makes the table of observations, whose keys have the types that they have in the sources."""
    key_types = {key["name"]: "VARCHAR" for key in request["keys"]}
    for source in request["sources"]:
        key_types |= {name: kind for name, kind in columns_of(database, source).items() if name in key_types}
    name = "observations"
    while columns_of(database, name):
        name += "_"
    types = key_types | {"event_time": "TIMESTAMP"}
    rows = reader(request["observations"], types)
    database.execute(f"CREATE TABLE {quoted(name)} AS SELECT *, row_number() OVER () AS {ROW} FROM {rows}")


def plain(value: Any) -> Any:
    """A value of DuckDB as the answer has it."""
    if isinstance(value, datetime):
        return (value - EPOCH) // MICROSECOND
    return [plain(each) for each in value] if isinstance(value, list) else value


def values_of(database: duckdb.DuckDBPyConnection, statement: str, feature: str) -> list[Any]:
    result = database.execute(statement)
    names = [column[0] for column in result.description or []]
    number, value = names.index(ROW), names.index(feature)
    return [plain(row[value]) for row in sorted(result.fetchall(), key=lambda row: row[number])]


def answer(request: dict[str, Any]) -> dict[str, Any]:
    project = Path(request["project"])
    with duckdb.connect(config={"threads": 1}) as database:
        database.execute((project / "tables.sql").read_text(encoding="utf-8"))
        for source, path in request["sources"].items():
            fill_source(database, source, path)
        make_observations(database, request)
        observed = project / "observed" / f"{request['entity']}.sql"
        if observed.exists():
            for path in (project / "entities" / observed.name, observed):
                database.execute(path.read_text(encoding="utf-8"))
        values = {}
        for feature in request["features"]:
            statement = (project / "point_in_time" / f"{feature}.sql").read_text(encoding="utf-8")
            try:
                values[feature] = values_of(database, statement, feature)
            except duckdb.Error as error:
                raise RuntimeError(f"{feature}: {error}") from error
        return {"values": values}


def main() -> None:
    for line in sys.stdin:
        try:
            said = answer(json.loads(line))
        except Exception as error:  # noqa: BLE001 - whatever is wrong is the answer
            said = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(said, allow_nan=False), flush=True)


if __name__ == "__main__":
    main()
