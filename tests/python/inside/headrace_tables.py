"""Tables of every kind in, the same kind out: nulls, dictionaries, zones, no rows."""
from datetime import datetime, timedelta, timezone

import headrace as hr
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

START = datetime(2024, 3, 1, tzinfo=timezone.utc)
DEFINITIONS = """
project: {name: station}
---
entity: {name: pump, key: pump_id}
---
source:
  name: telemetry
  entity: pump
  event_time: event_time
  columns: {flow: double, mode: string, ok: bool}
  batch: {format: ndjson, path: telemetry.ndjson}
---
feature: {name: flow_mean, aggregation: mean, window: 2h, source_features: [flow], owner: a, description: d, version: "1.0"}
---
feature: {name: n, aggregation: count, window: 2h, source_features: [flow], owner: a, description: d, version: "1.0"}
---
feature: {name: last_mode, aggregation: last, window: 2h, source_features: [mode], owner: a, description: d, version: "1.0"}
---
feature: {name: all_ok, aggregation: all, window: 2h, source_features: [ok], owner: a, description: d, version: "1.0"}
---
feature: {name: seen_at, aggregation: last, window: 2h, source_features: [mode], filter: "mode != 'x'", formula: event_time(), owner: a, description: d, version: "1.0"}
---
feature: {name: flows, aggregation: last_k, params: {k: 2}, window: 2h, source_features: [flow], owner: a, description: d, version: "1.0"}
"""
FEATURES = ["flow_mean", "n", "last_mode", "all_ok", "seen_at", "flows"]


@pytest.fixture(scope="module")
def repo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("station")
    (folder / "project.yaml").write_text(DEFINITIONS)
    rows = [("p1", 0, "1.5", "run", "true"), ("p1", 60, "null", "idle", "true"), ("p2", 30, "4.0", "run", "false")]
    lines = [
        f'{{"pump_id": "{pump}", "event_time": "{START + timedelta(minutes=minute)}", "flow": {flow}, "mode": "{mode}", "ok": {ok}}}\n'
        for pump, minute, flow, mode, ok in rows
    ]
    (folder / "telemetry.ndjson").write_text("".join(lines))
    return hr.open(folder)


def observed():
    """Keys and hours after the start; one key is missing, one time is missing, one pump is unknown."""
    return {
        "label": [0.5, None, 2.5, 3.5, 4.5],
        "pump_id": ["p1", "p2", None, "p1", "p9"],
        "event_time": [START + timedelta(hours=1), START + timedelta(hours=1), START, None, START],
    }


EXPECTED = {
    "flow_mean": [1.5, 4.0, None, None, None],
    "n": [1, 1, None, None, 0],
    "last_mode": ["idle", "run", None, None, None],
    "all_ok": [True, False, None, None, None],
    "seen_at": [START + timedelta(hours=1), START + timedelta(minutes=30), None, None, None],
    "flows": [[1.5], [4.0], None, None, None],
}


def arrow_table(**changed):
    return pa.table({**observed(), **changed})


def check_values(columns):
    assert {name: columns[name] for name in FEATURES} == EXPECTED


@pytest.mark.filterwarnings("ignore::headrace.HeadraceWarning")
class TestKinds:
    def test_arrow_table(self, repo):
        table = arrow_table()
        made = repo.dataset(table)
        assert isinstance(made, pa.Table) and made.column_names == [*table.column_names, *FEATURES]
        check_values(made.to_pydict())
        # Nothing that was there is copied.
        assert made["label"].chunk(0).buffers()[1].address == table["label"].chunk(0).buffers()[1].address
        assert [str(made.schema.field(name).type) for name in FEATURES] == [
            "double", "int64", "string", "bool", "timestamp[us, tz=UTC]", "list<item: double>"
        ]

    def test_record_batch(self, repo):
        made = repo.dataset(arrow_table().to_batches()[0])
        assert isinstance(made, pa.RecordBatch)
        check_values(made.to_pydict())

    def test_reader_of_several_batches(self, repo):
        made = repo.dataset(arrow_table().to_reader(max_chunksize=2))
        assert isinstance(made, pa.RecordBatchReader)
        check_values(made.read_all().to_pydict())

    def test_polars(self, repo):
        made = repo.dataset(pl.DataFrame(observed()))
        assert isinstance(made, pl.DataFrame)
        check_values(made.to_dict(as_series=False))
        assert made.schema["n"] == pl.Int64 and made.schema["flows"] == pl.List(pl.Float64)
        check_values(repo.dataset(pl.LazyFrame(observed())).collect().to_dict(as_series=False))

    def test_polars_categories(self, repo):
        frame = pl.DataFrame(observed()).with_columns(pl.col("pump_id").cast(pl.Categorical))
        made = repo.dataset(frame)
        assert made.schema["pump_id"] == pl.Categorical
        check_values(made.to_dict(as_series=False))

    def test_pandas(self, repo):
        frame = pd.DataFrame(observed(), index=[7, 7, 1, 2, 3]).assign(anything=[{}, object(), 1, "a", None])
        made = repo.dataset(frame)
        assert isinstance(made, pd.DataFrame) and made.index.equals(frame.index)
        pd.testing.assert_frame_equal(made[frame.columns], frame)
        types = {"flow_mean": "float64", "n": "Int64", "all_ok": "boolean", "seen_at": "datetime64[us, UTC]"}
        assert {name: str(made.dtypes[name]) for name in types} == types
        for name in FEATURES[:-1]:
            assert [None if pd.isna(each) else each for each in made[name]] == EXPECTED[name]
        assert [each if each is None else list(each) for each in made["flows"].array._pa_array.to_pylist()] == EXPECTED["flows"]
        empty = repo.dataset(frame.iloc[:0])
        assert list(empty.dtypes[FEATURES]) == list(made.dtypes[FEATURES])

    def test_pandas_categories_and_nanoseconds(self, repo):
        frame = pd.DataFrame(observed())
        frame["pump_id"] = frame["pump_id"].astype("category")
        frame["event_time"] = frame["event_time"].astype("datetime64[ns, UTC]")
        made = repo.dataset(frame, ["n"])
        assert [None if pd.isna(each) else each for each in made["n"]] == EXPECTED["n"]

    def test_any_object_with_a_stream(self, repo):
        class Stream:
            def __init__(self, table):
                self.table = table

            def __arrow_c_stream__(self, requested_schema=None):
                return self.table.__arrow_c_stream__(requested_schema)

        made = repo.dataset(Stream(arrow_table()))
        assert isinstance(made, pa.Table)
        check_values(made.to_pydict())
        assert hasattr(made, "__arrow_c_stream__")

    @pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin", "America/New_York"])
    @pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
    def test_instants_of_any_unit_and_zone(self, repo, unit, zone):
        times = pa.array(observed()["event_time"], pa.timestamp("us", "UTC")).cast(pa.timestamp(unit, "UTC"))
        times = times.cast(pa.timestamp(unit, zone))
        made = repo.dataset(arrow_table(event_time=times))
        assert made.schema.field("event_time").type == pa.timestamp(unit, zone)
        assert made.schema.field("seen_at").type == pa.timestamp("us", "UTC" if zone else None)
        times = made["seen_at"].cast(pa.timestamp("us", "UTC"))
        check_values({**made.to_pydict(), "seen_at": times.to_pylist()})

    def test_dictionaries_and_other_layouts_of_text(self, repo):
        keys = pa.array(observed()["pump_id"])
        for layout in (keys.dictionary_encode(), keys.cast(pa.large_string()), keys.cast(pa.string_view())):
            made = repo.dataset(arrow_table(pump_id=layout))
            assert made["pump_id"].type == layout.type
            check_values(made.to_pydict())

    def test_slices(self, repo):
        made = repo.dataset(arrow_table().slice(1, 3), ["n", "last_mode"])
        assert made.to_pydict()["n"] == EXPECTED["n"][1:4] and made.to_pydict()["last_mode"] == EXPECTED["last_mode"][1:4]


class TestTimesWithoutZone:
    """Labels whose times have no zone: the features' times have none either, and are those of UTC."""

    SEEN = [each and each.replace(tzinfo=None) for each in EXPECTED["seen_at"]][:2]

    def labels(self):
        return {name: values[:2] for name, values in observed().items()} | {
            "event_time": [START.replace(tzinfo=None) + timedelta(hours=1)] * 2
        }

    def test_pandas(self, repo):
        made = repo.dataset(pd.DataFrame(self.labels()))
        assert str(made.dtypes["seen_at"]) == "datetime64[us]" and list(made["seen_at"]) == self.SEEN
        assert list(made["event_time"] - made["seen_at"]) == [timedelta(0), timedelta(minutes=30)]
        assert str(repo.dataset(pd.DataFrame(self.labels()).iloc[:0]).dtypes["seen_at"]) == "datetime64[us]"

    def test_polars(self, repo):
        made = repo.dataset(pl.DataFrame(self.labels()))
        assert made.schema["seen_at"] == pl.Datetime("us") and made["seen_at"].to_list() == self.SEEN
        assert repo.dataset(pl.LazyFrame(self.labels())).collect().schema["seen_at"] == pl.Datetime("us")

    def test_arrow(self, repo):
        table = pa.table(self.labels())
        for made in (repo.dataset(table), repo.dataset(table.to_batches()[0]), repo.dataset(table.to_reader()).read_all()):
            assert made["seen_at"].to_pylist() == self.SEEN
            assert made.column("flow_mean").to_pylist() == EXPECTED["flow_mean"][:2]

    def test_lists_of_times(self, tmp_path):
        feature = DEFINITIONS.split("---")[-1].replace("flows", "times").replace("window: 2h,", "window: 2h, formula: event_time(),")
        (tmp_path / "project.yaml").write_text(DEFINITIONS + "---" + feature)
        events = {"pump_id": ["p1"], "event_time": [START], "flow": [1.0], "mode": ["run"], "ok": [True]}
        repo = hr.open(tmp_path, sources={"telemetry": pa.table(events)})
        made = repo.dataset(pa.table({"pump_id": ["p1"], "event_time": [START.replace(tzinfo=None)]}), "times")
        assert made["times"].to_pylist() == [[START.replace(tzinfo=None)]]

    def test_text_and_numbers_are_no_times_without_a_zone(self, repo):
        made = repo.dataset(pa.table({"pump_id": ["p1"], "event_time": ["2024-03-01T01:00:00"]}))
        assert made["seen_at"].to_pylist() == EXPECTED["seen_at"][:1]


def test_no_rows(repo):
    for table in (arrow_table().slice(0, 0), pa.schema(arrow_table().schema).empty_table()):
        made = repo.dataset(table)
        assert made.num_rows == 0 and made.column_names == [*table.column_names, *FEATURES]
    assert repo.dataset(pl.DataFrame(observed()).clear()).height == 0


def test_incomplete_rows_are_warned_about(repo):
    with pytest.warns(hr.HeadraceWarning, match="2 of 5 observations have no pump_id or no event_time"):
        repo.dataset(arrow_table())
    assert repo.last_report.incomplete_rows == 2


def test_features_in_the_order_asked_for(repo):
    asked = arrow_table().slice(0, 2)
    assert repo.dataset(asked, ["seen_at", "n"]).column_names[-2:] == ["seen_at", "n"]
    assert repo.dataset(asked, repo.features["n"]).column_names[-1:] == ["n"]
    assert repo.dataset(asked, "n").num_columns == 4
