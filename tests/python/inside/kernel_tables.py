"""Arrow layouts in and out of the kernel, by Polars and nanoarrow."""
from datetime import datetime, timedelta, timezone

import nanoarrow as na
import polars as pl
import pytest
from headrace_kernel import HeadraceError, Kernel

START = datetime(2024, 3, 1, tzinfo=timezone.utc)
HEAD = """
entity: {name: pump, key: pump_id}
---
source: {name: telemetry, entity: pump, event_time: event_time, columns: {flow: double, n: int64, mode: string, ok: bool, due: timestamp}}
---
"""
LAST = 'feature: {{name: last_{0}, aggregation: last, window: lifetime, source_features: [{0}], owner: a, description: d, version: "1.0"}}'
COLUMNS = ["flow", "n", "mode", "ok", "due"]
DEFINITIONS = HEAD + "\n---\n".join(LAST.format(column) for column in COLUMNS)


@pytest.fixture(scope="module")
def kernel():
    return Kernel(DEFINITIONS)


EVENTS = {
    "pump_id": ["p1", "p1", "p2", "p3"],
    "event_time": [START, START + timedelta(hours=1), START, START + timedelta(days=9)],
    "flow": [1.5, None, -2.0, 9.0],
    "n": [1, 2, None, 9],
    "mode": ["a", "\u00e9 longer than twelve bytes", None, "z"],
    "ok": [True, False, None, None],
    "due": [START, None, START - timedelta(days=20_000), START],
}
ASKED = {"pump_id": ["p2", "p1", None, "p1", "p9"], "event_time": [START + timedelta(hours=2)] * 3 + [None, START]}
EXPECTED = {
    "last_flow": [-2.0, 1.5, None, None, None],
    "last_n": [None, 2, None, None, None],
    "last_mode": [None, "\u00e9 longer than twelve bytes", None, None, None],
    "last_ok": [None, False, None, None, None],
    "last_due": [START - timedelta(days=20_000), START, None, None, None],
}


def test_nulls_and_values(kernel):
    made = kernel.dataset({"telemetry": pl.DataFrame(EVENTS)}, pl.DataFrame(ASKED))
    assert made.to_pydict() == EXPECTED
    assert pl.DataFrame(made).to_dict(as_series=False) == EXPECTED
    assert made.statistics["rows_read"] == 4
    assert kernel.types == {"last_flow": "double", "last_n": "int64", "last_mode": "string", "last_ok": "bool", "last_due": "timestamp"}
    assert kernel.columns == {"telemetry": ["pump_id", "event_time", *COLUMNS]}


def test_nanoarrow_takes_and_gives(kernel):
    made = kernel.dataset({"telemetry": na.ArrayStream(pl.DataFrame(EVENTS))}, na.Array(pl.DataFrame(ASKED)))
    back = na.Array(made)
    assert [each["last_flow"] for each in back.to_pylist()] == EXPECTED["last_flow"]
    assert len(na.ArrayStream(made).read_all()) == 5


@pytest.mark.parametrize("kind", [pl.Int8, pl.Int16, pl.Int32, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64, pl.Int64])
def test_integers_widen(kernel, kind):
    events = pl.DataFrame(EVENTS).with_columns(pl.col("n").cast(kind), flow=pl.col("n").cast(kind))
    made = kernel.dataset({"telemetry": events}, pl.DataFrame(ASKED)).to_pydict()
    assert made["last_n"] == EXPECTED["last_n"] and made["last_flow"][1] == 2.0


def test_floats_widen(kernel):
    events = pl.DataFrame(EVENTS).with_columns(pl.col("flow").cast(pl.Float32))
    assert kernel.dataset({"telemetry": events}, pl.DataFrame(ASKED)).to_pydict() == EXPECTED


@pytest.mark.parametrize("kind", [pl.Categorical, pl.Enum(["p1", "p2", "p3", "p9"])])
def test_dictionaries(kernel, kind):
    events, asked = (pl.DataFrame(each).with_columns(pl.col("pump_id").cast(kind)) for each in (EVENTS, ASKED))
    assert kernel.dataset({"telemetry": events}, asked).to_pydict() == EXPECTED


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_instants(kernel, unit, zone):
    def moved(table):
        return pl.DataFrame(table).with_columns(pl.col("event_time").dt.cast_time_unit(unit).dt.convert_time_zone(zone))

    assert kernel.dataset({"telemetry": moved(EVENTS)}, moved(ASKED)).to_pydict() == EXPECTED


def test_instants_as_text_and_days(kernel):
    events = pl.DataFrame({**EVENTS, "event_time": [each.isoformat() for each in EVENTS["event_time"]]})
    assert kernel.dataset({"telemetry": events}, pl.DataFrame(ASKED)).to_pydict() == EXPECTED
    days = pl.DataFrame(ASKED).with_columns(pl.lit("2024-03-02").str.to_date().alias("event_time"))
    assert kernel.dataset({"telemetry": events}, days).to_pydict()["last_flow"] == [-2.0, 1.5, None, 1.5, None]


def test_layouts_of_nanoarrow(kernel):
    """Plain and large text, and a slice of a struct, which Polars does not give."""
    for text in (na.string(), na.large_string()):
        keys = na.Array(EVENTS["pump_id"], text)
        modes = na.Array(EVENTS["mode"], text)
        rest = na.Array(pl.DataFrame(EVENTS).drop("pump_id", "mode"))
        schema = na.struct({"pump_id": text, "mode": text, **{each.name: each for each in rest.schema.fields}})
        children = [keys, modes, *(rest.child(i) for i in range(rest.n_children))]
        table = na.c_array_from_buffers(schema, 4, [None], children=[na.c_array(each) for each in children])
        assert kernel.dataset({"telemetry": table}, pl.DataFrame(ASKED)).to_pydict() == EXPECTED


def test_no_rows(kernel):
    made = kernel.dataset({"telemetry": pl.DataFrame(EVENTS).clear()}, pl.DataFrame(ASKED))
    assert len(made) == 5 and made.to_pydict()["last_flow"] == [None] * 5 and made.statistics["rows_read"] == 0
    made = kernel.dataset({"telemetry": pl.DataFrame(EVENTS)}, pl.DataFrame(ASKED).clear())
    assert len(made) == 0 and pl.DataFrame(made).schema["last_due"] == pl.Datetime("us", "UTC")
    made = kernel.backfill({"telemetry": pl.DataFrame(EVENTS).clear()})
    assert len(made) == 0 and made.column_names == ["pump_id", "event_time", *kernel.features]


def test_backfill(kernel):
    made = kernel.backfill({"telemetry": pl.DataFrame(EVENTS)}, end=START + timedelta(days=1))
    assert made.to_pydict()["pump_id"] == ["p1", "p2", "p1"]
    assert made.to_pydict()["event_time"] == [START, START, START + timedelta(hours=1)]
    grid = kernel.backfill({"telemetry": pl.DataFrame(EVENTS)}, end=START + timedelta(hours=3), every=timedelta(hours=1))
    assert grid.to_pydict()["pump_id"] == ["p1", "p2"] * 3


def test_results_outlive_everything(kernel):
    events, asked = pl.DataFrame(EVENTS), pl.DataFrame(ASKED)
    made = kernel.dataset({"telemetry": events}, asked)
    frame = pl.DataFrame(made)
    del events, asked, made
    assert frame.to_dict(as_series=False) == EXPECTED


def test_a_capsule_is_consumed_once(kernel):
    capsule = pl.DataFrame(EVENTS).__arrow_c_stream__()
    assert kernel.dataset({"telemetry": capsule}, pl.DataFrame(ASKED)).to_pydict() == EXPECTED
    with pytest.raises(ValueError, match="consumed already"):
        kernel.dataset({"telemetry": capsule}, pl.DataFrame(ASKED))


def test_decimals_are_refused_by_name(kernel):
    events = pl.DataFrame(EVENTS).with_columns(pl.col("flow").cast(pl.Decimal(10, 2)))
    with pytest.raises(HeadraceError, match="column `flow` is wanted as double, but has the Arrow format `d:10,2"):
        kernel.dataset({"telemetry": events}, pl.DataFrame(ASKED))
