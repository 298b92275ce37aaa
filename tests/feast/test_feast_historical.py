"""`get_historical_features` of the real package gives what `headrace dataset` gives."""
import runpy
import shutil
import sys

import machines
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from feast_project import FeastProject, assert_same, run


def historical(project, observations, service):
    """Feast's answer in the order of the observations."""
    features = project.store().get_feature_service(service)
    numbered = observations.append_column("number", pa.array(range(observations.num_rows)))
    out = project.store().get_historical_features(numbered.to_pandas(), features=features).to_arrow()
    return out.sort_by("number")


def instants(table, keys):
    return table.select([*keys, "event_time"])


@pytest.mark.parametrize("entity", machines.ENTITIES)
def test_at_the_times_of_rows_values_are_those_of_dataset(small, entity):
    keys, names = machines.KEYS[entity], list(machines.FEATURES[machines.ENTITIES[entity]])
    observations = instants(small.table(entity), keys)
    observations = pa.concat_tables([observations, observations.slice(3, 2)])  # some are asked twice
    expected = small.dataset("at_rows", observations)
    got = historical(small, observations, entity)
    assert got.num_rows == observations.num_rows
    assert_same(observations, got, [*keys, "event_time"])
    assert_same(expected, got, names)
    assert entity == "line" or all(expected.column(name).null_count for name in ("n_last_1h", "mode_last_1h", "x_mean"))


def test_between_rows_values_are_those_of_the_row_before(small):
    keys, names = machines.KEYS["machine"], list(machines.FEATURES["readings"])
    rows = instants(small.table("machine"), keys)
    later = pc.add(rows.column("event_time"), pa.scalar(1_000_001, pa.duration("us")))
    got = historical(small, rows.set_column(len(keys), "event_time", later), "machine")
    assert_same(small.dataset("before", rows), got, names)


def test_before_the_first_row_and_for_unknown_keys_there_is_null(small):
    early = pa.scalar(0, pa.timestamp("us", tz="UTC"))
    first = small.table("machine").column("event_time")[-1]
    observations = pa.table({
        "site": ["a", "nowhere", "a"], "unit": pa.array([1, 1, 99], pa.int64()),
        "event_time": pa.array([early.as_py(), first.as_py(), first.as_py()], pa.timestamp("us", tz="UTC")),
    })
    got = historical(small, observations, "machine")
    assert all(got.column(name).null_count == 3 for name in machines.FEATURES["readings"])
    assert small.dataset("never", observations).column("events_1h").to_pylist() == [0, 0, 0]


def test_a_service_of_a_tag_has_its_features_of_all_entities(small):
    observations = pa.table({
        "site": ["a"], "unit": [1], "line_id": ["l1"],
        "event_time": pa.array([small.table("line").column("event_time")[-1].as_py()], pa.timestamp("us", tz="UTC")),
    })
    got = historical(small, observations, "tag_wear")
    assert set(got.column_names) - set(observations.column_names) == {"number", "x_mean", "x_std", "load_max"}
    assert got.column("load_max")[0].as_py() is not None


def test_what_feast_knows(small):
    store = small.store()
    assert store.project == "small_machines"
    entities = {entity.name: entity for entity in store.list_entities()}
    assert set(entities) >= {"machine_site", "machine_unit", "line", "spare"}
    assert entities["machine_site"].description == 'One machine, "as built"'
    machine, line = (store.get_feature_view(name) for name in ("machine", "line"))
    assert {field.name: str(field.dtype) for field in machine.entity_columns} == {"site": "String", "unit": "Int64"}
    assert {field.name: str(field.dtype) for field in line.entity_columns} == {"line_id": "String"}  # from the files
    assert machine.owner == "team" and machine.ttl.total_seconds() == 0
    fields = {field.name: field for field in machine.features}
    assert fields["x_mean"].description == "Of x_mean"
    assert fields["x_mean"].tags["version"] == "1.0" and fields["x_mean"].tags["tags"] == "wear, model a"
    types = {name: str(field.dtype) for name, field in fields.items()}
    assert types["n_last"] == "Int64" and types["seen_last"] == "UnixTimestamp" and types["ok_list"] == "Array(Bool)"
    assert {service.name for service in store.list_feature_services()} == {"machine", "line", "tag_wear", "tag_model a"}


def test_an_unwritten_offline_store_is_said(binary, tmp_path, monkeypatch):
    project = FeastProject(binary, tmp_path)
    machines.write(tmp_path)
    project.generate()
    monkeypatch.setenv("HEADRACE_OFFLINE", str(tmp_path / "nothing"))
    with pytest.raises(FileNotFoundError, match="nothing is no offline store: write it with `headrace backfill --output DIR`"):
        runpy.run_path(str(project.code / "definitions.py"))


def test_pumps(root, binary, tmp_path):
    """The example as it is: 32 features, keys that no source declares."""
    ignored = shutil.ignore_patterns("data", "offline", "*.parquet", "*.html", "__pycache__")
    shutil.copytree(root / "examples" / "pumps", tmp_path / "pumps", ignore=ignored)
    project = FeastProject(binary, tmp_path / "pumps")
    run(sys.executable, "generate.py", "--pumps", 2, "--days", 2, cwd=project.folder)
    project.headrace("backfill", "--output", "offline")
    project.generate()
    project.feast("apply")
    table = project.table("pump")
    observations = instants(table, ["pump_id"]).take(pa.array(range(0, table.num_rows, 5)))
    got = historical(project, observations, "pump")
    names = [name for name in table.column_names if name not in ("pump_id", "event_time")]
    assert len(names) == 32
    assert_same(project.dataset("sample", observations), got, names)
