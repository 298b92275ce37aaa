"""Random repositories over Parquet in small row groups: a backfill from an instant on gives the rows of a full one, and so
does a training set of observations at those rows, though both leave unread what no window reaches back to.
"""
import json
import random
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from repositories import RepositoryMaker

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "oracle"))
import oracle  # noqa: E402

SEEDS = range(5_000, 5_060)
ARROW = {"int64": pa.int64(), "double": pa.float64(), "bool": pa.bool_(), "string": pa.string(), "timestamp": pa.timestamp("us", "UTC")}


def column_of(values, kind):
    if kind == "timestamp":
        values = [None if v is None else oracle.instant(v) for v in values]
    elif kind == "double":
        values = [None if v is None else float(v) for v in values]
    return pa.array(values, ARROW[kind])


def write_source(source, rows, folder):
    """The events in order of time, three a row group."""
    unit = source.get("unit")
    rows = sorted(rows, key=lambda row: oracle.instant(row[source["event_time"]], unit or "us"))
    columns = dict(source["columns"])
    times = column_of([row.get(source["event_time"]) for row in rows], "int64" if unit else "timestamp")
    names = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in (source["event_time"], *columns)]
    table = {source["event_time"]: times}
    table |= {name: pa.array([row.get(name) for row in rows]) for name in names}
    table |= {name: column_of([row.get(name) for row in rows], kind) for name, kind in columns.items() if name != source["event_time"]}
    pq.write_table(pa.table(table), folder / f"{source['name']}.parquet", row_group_size=3)


def write_project(case, folder):
    """The case as a project over Parquet files; the times of its events. Nothing where a source has none."""
    times = []
    for document in case["repository"]:
        source = document.get("source")
        if source is None:
            continue
        rows = case["events"].get(source["name"])
        if not rows:
            return []
        write_source(source, rows, folder)
        source["batch"] = {"format": "parquet", "path": f"{source['name']}.parquet"}
        times += [oracle.instant(row[source["event_time"]], source.get("unit", "us")) for row in rows]
    text = "\n---\n".join(json.dumps(document) for document in case["repository"])
    (folder / "project.yaml").write_text(text + "\n", encoding="utf-8")
    return sorted(times)


def backfill(binary, folder, output, *options):
    command = [binary, "backfill", "--output", output, "--format", "json", "--quiet", *options]
    done = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    said = json.loads(done.stdout)
    rows = {}
    for each in said["entities"]:
        parts = sorted((folder / output / each["entity"]).glob("day=*/*.parquet"))
        rows[each["entity"]] = [row for part in parts for row in pq.read_table(part, partitioning=None).to_pylist()]
    return rows, said["statistics"]["rows_read"]


def dataset(binary, folder, case, entity):
    """The table of the entity's late rows, asked for by observations."""
    late = pq.read_table(folder / "late" / entity, partitioning=None)
    (keys,) = (d["entity"]["key"] for d in case["repository"] if d.get("entity", {}).get("name") == entity)
    keys = [keys] if isinstance(keys, str) else keys
    pq.write_table(late.select([*keys, "event_time"]), folder / "observations.parquet")
    features = [name for name in late.column_names if name not in (*keys, "event_time")]
    command = [binary, "dataset", "--observations", "observations.parquet", "--output", "train.parquet", "--quiet", "--features", ",".join(features)]
    done = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return pq.read_table(folder / "train.parquet").select(late.column_names).to_pylist(), late.to_pylist()


@pytest.mark.slow
def test_a_late_start_gives_the_same_rows(binary, tmp_path):
    saved = compared = 0
    for seed in SEEDS:
        folder = tmp_path / str(seed)
        folder.mkdir()
        case = RepositoryMaker(random.Random(seed)).case()
        times = write_project(case, folder)
        if not times:
            continue
        start = oracle.when(times[len(times) * 3 // 4]).isoformat().replace("+00:00", "Z")
        grid = ["--every", "1d"] if seed % 4 == 0 and times[-1] - times[0] < 10**13 else []
        full, full_read = backfill(binary, folder, "full", *grid)
        late, late_read = backfill(binary, folder, "late", "--from", start, *grid)
        wanted = {entity: [row for row in rows if row["event_time"].isoformat() >= start.replace("Z", "+00:00")] for entity, rows in full.items()}
        assert repr(late) == repr(wanted), f"seed {seed} from {start}"
        for entity, rows in wanted.items():
            if rows:
                got, expected = dataset(binary, folder, case, entity)
                assert repr(got) == repr(expected), f"seed {seed}, observations of {entity}"
        compared += sum(len(rows) for rows in wanted.values())
        saved += full_read - late_read
    assert compared > 200 and saved > 100, (compared, saved)
