"""Values of the kernel: those of the cases, and those of the command line. There is no pyarrow here."""
import importlib.util
import os
import pickle
from datetime import datetime

import cases
import polars as pl
import pytest
from headrace_kernel import Kernel

TYPES = {"double": pl.Float64, "int64": pl.Int64, "string": pl.String, "bool": pl.Boolean, "timestamp": pl.String}


def test_there_is_no_pyarrow():
    assert importlib.util.find_spec("pyarrow") is None


def events_of(case):
    tables = {}
    for source in case.of_kind("source"):
        columns = case.event_columns(source)
        rows = case.events.get(source, [])
        tables[source] = pl.DataFrame(
            {name: pl.Series([row.get(name) for row in rows], dtype=TYPES[kind], strict=False) for name, kind in columns.items()}
        )
    return tables


@pytest.mark.parametrize("path", cases.FILES, ids=lambda path: path.stem)
def test_case(path):
    case = cases.Case(path)
    for entity, features, rows in case.groups():
        kernel = Kernel(case.text(), features)
        observations = pl.DataFrame(
            {
                **{key: [row["entity"][key] for row in rows] for key in case.keys(entity)},
                "asked_at": [datetime.fromisoformat(row["at"]) for row in rows],
            }
        )
        events = events_of(case)
        made = kernel.dataset(events, observations, time_column="asked_at")
        assert made.column_names == features == kernel.features and len(made) == len(rows)
        cases.check(rows, features, made.to_pydict())
        assert made.statistics["rows_read"] == sum(len(events[source]) for source in kernel.columns) > 0
        again = pickle.loads(pickle.dumps(kernel)).dataset(events, observations, time_column="asked_at", threads=3)
        assert again.to_pydict() == made.to_pydict()


@pytest.fixture(scope="module")
def pumps():
    return os.environ["HEADRACE_PUMPS"]


@pytest.fixture(scope="module")
def events(pumps):
    """Files in byte order of their paths: the order of arrival."""
    return {
        "pump_telemetry": pl.read_parquet(sorted(f"{folder}/{name}" for folder, _, names in os.walk(f"{pumps}/data/telemetry") for name in names)),
        "maintenance_log": pl.read_csv(f"{pumps}/data/maintenance.csv"),
        "pump_house_air": pl.concat(pl.read_ndjson(each) for each in sorted(f"{pumps}/data/air/{name}" for name in os.listdir(f"{pumps}/data/air"))),
    }


def test_dataset_is_that_of_the_command_line(pumps, events):
    kernel = Kernel.open(pumps)
    labels, train = pl.read_parquet(f"{pumps}/labels.parquet"), pl.read_parquet(f"{pumps}/train.parquet")
    made = pl.DataFrame(kernel.dataset(events, labels))
    assert made.columns == list(train.columns[len(labels.columns) :])
    assert made.equals(train.select(made.columns))


def test_backfill_is_that_of_the_command_line(pumps, events):
    made = pl.DataFrame(Kernel.open(pumps).backfill(events))
    files = sorted(f"{folder}/{name}" for folder, _, names in os.walk(f"{pumps}/offline/pump") for name in names if name.endswith(".parquet"))
    stored = pl.read_parquet(files, hive_partitioning=False).select(made.columns).sort("event_time", "pump_id")
    assert made.equals(stored) and made.height > 40_000


def test_several_batches(pumps, events):
    kernel = Kernel.open(pumps)
    labels = pl.read_parquet(f"{pumps}/labels.parquet")
    whole = kernel.dataset(events, labels)
    halves = {name: pl.concat([table[: len(table) // 2], table[len(table) // 2 :]], rechunk=False) for name, table in events.items()}
    assert halves["pump_telemetry"].n_chunks() > 1
    pieces = pl.concat([labels[:7], labels[7:]], rechunk=False)
    assert pl.DataFrame(kernel.dataset(halves, pieces)).equals(pl.DataFrame(whole))
