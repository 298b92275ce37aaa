"""A case as a project over Parquet files in small row groups, and the tables that the program makes of it.

Times in tables are microseconds since the epoch.
"""
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "oracle"))
import oracle  # noqa: E402

ARROW = {"int64": pa.int64(), "double": pa.float64(), "bool": pa.bool_(), "string": pa.string(), "timestamp": pa.timestamp("us", "UTC")}


def bodies(case, kind):
    """The definitions of a kind."""
    return [document[kind] for document in case["repository"] if kind in document]


def keys_of(case):
    """The names of the key columns of each entity."""
    return {body["name"]: [body["key"]] if isinstance(body["key"], str) else body["key"] for body in bodies(case, "entity")}


def time_of(source, row):
    return oracle.instant(row[source["event_time"]], source.get("unit") or "us")


def column_of(values, kind):
    if kind == "timestamp":
        values = [None if v is None else oracle.instant(v) for v in values]
    elif kind == "double":
        values = [None if v is None else float(v) for v in values]
    return pa.array(values, ARROW[kind])


def write_source(source, rows, folder):
    """The events in order of time, three a row group."""
    rows = sorted(rows, key=lambda row: time_of(source, row))
    columns = dict(source["columns"])
    times = column_of([row.get(source["event_time"]) for row in rows], "int64" if source.get("unit") else "timestamp")
    names = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in (source["event_time"], *columns)]
    table = {source["event_time"]: times}
    table |= {name: pa.array([row.get(name) for row in rows]) for name in names}
    table |= {name: column_of([row.get(name) for row in rows], kind) for name, kind in columns.items() if name != source["event_time"]}
    pq.write_table(pa.table(table), folder / f"{source['name']}.parquet", row_group_size=3)


def write_project(case, folder):
    """Writes the case; the times of its events. Nothing where a source has none."""
    times, documents = [], []
    for document in case["repository"]:
        if "source" in document:
            source = document["source"]
            rows = case["events"].get(source["name"])
            if not rows:
                return []
            write_source(source, rows, folder)
            times += [time_of(source, row) for row in rows]
            document = {"source": source | {"batch": {"format": "parquet", "path": f"{source['name']}.parquet"}}}
        documents.append(document)
    text = "\n---\n".join(json.dumps(document) for document in documents)
    (folder / "project.yaml").write_text(text + "\n", encoding="utf-8")
    return sorted(times)


def plain(column):
    """Timestamps, also those in lists, as integers."""
    if pa.types.is_list(column.type) and pa.types.is_timestamp(column.type.value_type):
        return column.cast(pa.list_(pa.int64()))
    return column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column


def rows_of(table):
    return pa.table({name: plain(table.column(name)) for name in table.column_names}).to_pylist()


def run(binary, folder, *arguments):
    command = [str(part) for part in (binary, *arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def backfill(binary, folder, output, *options):
    """The rows of each entity, and how many the program read."""
    done = run(binary, folder, "backfill", "--output", output, "--format", "json", "--quiet", *options)
    assert done.returncode in (0, 1), done.stderr
    said = json.loads(done.stdout)
    rows = {}
    for each in said["entities"]:
        parts = sorted((folder / output / each["entity"]).glob("day=*/*.parquet"))
        rows[each["entity"]] = [row for part in parts for row in rows_of(pq.read_table(part, partitioning=None))]
    return rows, said["statistics"]["rows_read"]


def dataset(binary, folder, keys, places, features):
    """The rows of some features at places: key columns and `event_time`."""
    columns = {name: pa.array([place[name] for place in places]) for name in keys}
    times = pa.array([place["event_time"] for place in places], pa.timestamp("us", "UTC"))
    pq.write_table(pa.table(columns | {"event_time": times}), folder / "observations.parquet")
    names = ",".join(features)
    done = run(binary, folder, "dataset", "--observations", "observations.parquet", "--output", "train.parquet", "--quiet", "--features", names)
    assert done.returncode == 0, done.stderr
    return rows_of(pq.read_table(folder / "train.parquet"))
