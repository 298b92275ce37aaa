"""Errors of the kernel keep their code, place, kind and help."""
import pickle
from datetime import datetime, timezone

import polars as pl
import pytest
from headrace_kernel import DefinitionError, HeadraceError, Kernel

DEFINITIONS = """entity: {name: pump, key: pump_id}
---
source: {name: telemetry, entity: pump, event_time: event_time, columns: {flow: double}}
---
feature: {name: flow_mean, aggregation: mean, window: 2h, source_features: [flow], owner: a, description: d, version: "1.0"}
"""
AT = datetime(2024, 3, 1, tzinfo=timezone.utc)
EVENTS = {"pump_id": ["p1", "p1"], "event_time": [AT, AT], "flow": [1.0, 3.0]}
ASKED = pl.DataFrame({"pump_id": ["p1"], "event_time": [AT]})


@pytest.fixture(scope="module")
def kernel():
    return Kernel(DEFINITIONS)


def raised(call, *arguments, **named):
    with pytest.raises(HeadraceError) as caught:
        call(*arguments, **named)
    return caught.value


def test_mistakes_have_code_and_place():
    error = raised(Kernel, {"features/flow.yaml": DEFINITIONS.replace("mean,", "meen,")})
    assert isinstance(error, DefinitionError) and error.kind == "data"
    (problem,) = error.diagnostics
    assert (problem["file"], problem["line"], problem["code"]) == ("features/flow.yaml", 5, error.code)
    assert "features/flow.yaml:5" in str(error)
    assert pickle.loads(pickle.dumps(error)).diagnostics == error.diagnostics


def test_unknown_names(kernel):
    assert raised(Kernel, DEFINITIONS, ["flow_maen"]).help == "did you mean `flow_mean`?"
    assert raised(kernel.dataset, {"telemtry": pl.DataFrame(EVENTS)}, ASKED).help == "did you mean `telemetry`?"
    error = raised(kernel.dataset, {}, ASKED)
    assert error.kind == "usage" and "the events of source `telemetry` are missing" in error.message
    error = raised(kernel.dataset, {"telemetry": pl.DataFrame(EVENTS).rename({"flow": "flw"})}, ASKED)
    assert (error.kind, error.help) == ("data", "did you mean `flw`?")
    assert raised(kernel.backfill, {"telemetry": pl.DataFrame(EVENTS)}, entity="pmp").kind == "not found"
    assert raised(kernel.dataset, {"telemetry": pl.DataFrame(EVENTS)}, ASKED, time_column="evnt_time").help == "did you mean `event_time`?"


def test_values_that_would_lose(kernel):
    events = pl.DataFrame({**EVENTS, "flow": [1, 2**53 + 1]})
    error = raised(kernel.dataset, {"telemetry": events}, ASKED)
    assert error.kind == "data"
    assert error.message == "the events of `telemetry`, column `flow`, row 2: 9007199254740993 cannot become a double without loss"


@pytest.mark.parametrize("column", ["pump_id", "event_time"])
def test_bad_rows_stop_or_are_skipped(kernel, column):
    events = pl.DataFrame({**EVENTS, column: [EVENTS[column][0], None]})
    error = raised(kernel.dataset, {"telemetry": events}, ASKED)
    assert f"column `{column}`, row 2: is null" in error.message and "skip_bad_rows=True" in error.help
    made = kernel.dataset({"telemetry": events}, ASKED, skip_bad_rows=True)
    assert made.to_pydict() == {"flow_mean": [1.0]} and made.statistics["bad_rows"] == 1


def test_times_that_are_none(kernel):
    events = pl.DataFrame({**EVENTS, "event_time": ["2024-03-01T00:00:00Z", "soon"]})
    assert '"soon" is not a timestamp' in raised(kernel.dataset, {"telemetry": events}, ASKED).message
    assert kernel.dataset({"telemetry": events}, ASKED, skip_bad_rows=True).to_pydict() == {"flow_mean": [1.0]}
    asked = ASKED.with_columns(event_time=pl.lit("soon"))
    assert "the table of observations" in raised(kernel.dataset, {"telemetry": pl.DataFrame(EVENTS)}, asked, skip_bad_rows=True).message


def test_keys_of_another_type(kernel):
    error = raised(kernel.dataset, {"telemetry": pl.DataFrame(EVENTS)}, ASKED.with_columns(pump_id=pl.lit(1)))
    assert error.kind == "data" and "column `pump_id` is wanted as string" in error.message
    error = raised(kernel.dataset, {"telemetry": pl.DataFrame({**EVENTS, "pump_id": [1.5, 2.5]})}, ASKED)
    assert "column `pump_id` is wanted as a key" in error.message


def test_no_table(kernel):
    with pytest.raises(TypeError, match="__arrow_c_stream__"):
        kernel.dataset({"telemetry": [1, 2]}, ASKED)
    assert raised(kernel.dataset, {"telemetry": pl.Series([1, 2])}, ASKED).kind == "usage"
