"""Events from tables in memory and from other files; a repository that is read again."""
import gc
from datetime import timedelta
from pathlib import Path

import headrace as hr
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from headrace_tables import DEFINITIONS, START

EVENTS = {
    "pump_id": ["p1", "p1", "p2"],
    "event_time": [START, START + timedelta(minutes=30), START],
    "flow": [1.0, 3.0, None],
    "mode": ["run", "idle", "run"],
    "ok": [True, True, False],
}
LABELS = pa.table({"pump_id": ["p1", "p2"], "event_time": [START + timedelta(hours=1)] * 2})


@pytest.fixture
def folder(tmp_path):
    """Definitions without the file that they name."""
    (tmp_path / "project.yaml").write_text(DEFINITIONS)
    return tmp_path


TABLES = {
    "arrow": lambda: pa.table(EVENTS),
    "reader": lambda: pa.table(EVENTS).to_reader(),
    "pandas": lambda: pd.DataFrame(EVENTS, index=[7, 8, 9]),
    "polars": lambda: pl.DataFrame(EVENTS),
    "lazy": lambda: pl.DataFrame(EVENTS).lazy(),
}


@pytest.mark.parametrize("kind", TABLES)
def test_events_of_a_table(folder, kind):
    repo = hr.open(folder, sources={"telemetry": TABLES[kind]()})
    train = repo.dataset(LABELS, ["flow_mean", "n", "last_mode"])
    assert train.column("flow_mean").to_pylist() == [2.0, None]
    assert train.column("n").to_pylist() == [2, 0]
    assert train.column("last_mode").to_pylist() == ["idle", "run"]


def test_order_of_rows_is_the_order_of_arrival(folder):
    same_time = pa.table({**EVENTS, "event_time": [START] * 3})
    repo = hr.open(folder, sources={"telemetry": same_time})
    assert repo.dataset(LABELS, ["last_mode"]).column("last_mode").to_pylist() == ["idle", "run"]


def test_events_of_another_file(folder, tmp_path):
    path = tmp_path / "other.csv"
    pd.DataFrame(EVENTS).to_csv(path, index=False)
    repo = hr.open(folder, sources={"telemetry": path})
    assert repo.dataset(LABELS, ["n"]).column("n").to_pylist() == [2, 0]


def test_reload_keeps_the_sources(folder):
    repo = hr.open(folder, sources={"telemetry": pa.table(EVENTS)})
    (folder / "project.yaml").write_text(DEFINITIONS.replace("window: 2h", "window: 31m"))
    again = repo.reload()
    assert repo.features["n"].window == "2h" and again.features["n"].window == "31m"
    del repo
    gc.collect()
    assert again.dataset(LABELS, ["n"]).column("n").to_pylist() == [1, 0]


def test_files_of_tables_go_with_the_repository(folder):
    repo = hr.open(folder, sources={"telemetry": pa.table(EVENTS)})
    (place,) = repo._sources.places
    path = Path(place.split("=", 1)[1])
    assert path.exists()
    del repo
    gc.collect()
    assert not path.exists()


def test_what_cannot_be_a_source(folder):
    with pytest.raises(hr.NotFoundError, match="there is no source `telemtry`"):
        hr.open(folder, sources={"telemtry": pa.table(EVENTS)})
    with pytest.raises(hr.UsageError, match="source `telemetry` of type int is no table"):
        hr.open(folder, sources={"telemetry": 5})
    with pytest.raises(hr.UsageError, match="no name of a source"):
        hr.open(folder, sources={"../telemetry": pa.table(EVENTS)})
