"""The kernel beside a pyarrow of another version than the one that `headrace` is linked with: a worker of Beam."""
from datetime import datetime, timedelta, timezone

import pyarrow as pa
from headrace_kernel import Kernel

START = datetime(2024, 3, 1, tzinfo=timezone.utc)
DEFINITIONS = """
entity: {name: pump, key: pump_id}
---
source: {name: telemetry, entity: pump, event_time: event_time, columns: {flow: double, mode: string}}
---
feature: {name: flow, aggregation: [mean, max], window: 2h, source_features: [flow], owner: a, description: d, version: "1.0"}
---
feature: {name: modes, aggregation: last_k, params: {k: 2}, window: 9h, source_features: [mode], owner: a, description: d, version: "1.0"}
"""
HOURS = [timedelta(hours=hour) for hour in range(4)]


def events():
    return pa.table({
        "pump_id": pa.array(["p1", "p2", "p1", "p1"]).dictionary_encode(),
        "event_time": pa.array([START + each for each in HOURS], pa.timestamp("ns", "Asia/Tokyo")),
        "flow": pa.array([1, 2, None, 4], pa.int16()),
        "mode": pa.array(["a", "b", None, "\u00e9"], pa.large_string()),
    })


def test_another_version():
    assert pa.__version__ != "26.0.1"


def test_tables_batches_and_readers():
    kernel = Kernel(DEFINITIONS)
    asked = pa.table({"pump_id": ["p1", "p2", None], "event_time": [START + HOURS[3]] * 3})
    expected = {"flow_mean": [4.0, 2.0, None], "flow_max": [4.0, 2.0, None], "modes": [["a", "\u00e9"], ["b"], None]}
    expected["flow_mean"][1] = expected["flow_max"][1] = None  # its event is as old as the window is long
    for given in (events(), events().to_batches()[0], events().to_reader(max_chunksize=1)):
        made = pa.record_batch(kernel.dataset({"telemetry": given}, asked))
        made.validate(full=True)
        assert made.to_pydict() == expected
        assert [str(each) for each in made.schema.types] == ["double", "double", "list<item: string>"]


def test_slices_and_masked_values():
    """A slice begins within a byte of its bitmaps, and what lies under a null may be anything."""
    kernel = Kernel(DEFINITIONS, ["flow_max"])
    made = pa.record_batch(kernel.backfill({"telemetry": events().slice(1, 3)}))
    made.validate(full=True)
    assert made.column("pump_id").to_pylist() == ["p2", "p1", "p1"]
    assert made.column("flow_max").to_pylist() == [2.0, None, 4.0]


def test_streams_made_in_python():
    """A reader whose batches a Python generator makes needs the interpreter's lock while the engine reads."""
    def batches():
        yield from events().to_batches(max_chunksize=2)

    reader = pa.RecordBatchReader.from_batches(events().schema, batches())
    made = pa.record_batch(Kernel(DEFINITIONS, ["flow_max"]).backfill({"telemetry": reader}))
    assert made.num_rows == 4


def test_a_stream_that_fails():
    def batches():
        yield from events().to_batches()
        raise ValueError("the disk is gone")

    reader = pa.RecordBatchReader.from_batches(events().schema, batches())
    try:
        Kernel(DEFINITIONS).backfill({"telemetry": reader}, entity="pump")
    except Exception as error:
        assert "the disk is gone" in str(error)
    else:
        raise AssertionError("nothing was raised")
