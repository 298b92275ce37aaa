"""`get_online_features` of the real package gives the engine's values, from what the Beam pipeline wrote into Redis and
from what `feast materialize` wrote."""
from pathlib import Path

import machines
import pyarrow as pa
import pytest
import redis
from feast_project import bits, columns_of, run

TIMESTAMPS = ("seen_last", "seen_list")


def whole_seconds(value):
    """Feast keeps times in values as whole seconds: what is left of microseconds."""
    if isinstance(value, list):
        return [whole_seconds(item) for item in value]
    return None if value is None else value // 1_000_000


def seconds_of(value):
    if isinstance(value, list):
        return [seconds_of(item) for item in value]
    return None if value is None else int(value.timestamp())


def keys_of(project, entity):
    table = project.table(entity).select(machines.KEYS[entity])
    return sorted({tuple(row.values()) for row in table.to_pylist()})


def online(project, entity, keys):
    """(values by column, microseconds of the rows' times) of `get_online_features`."""
    store = project.store()
    rows = [dict(zip(machines.KEYS[entity], key, strict=True)) for key in keys]
    answer = store.get_online_features(features=store.get_feature_service(entity), entity_rows=rows)
    names = list(answer.proto.metadata.feature_names.val)
    stamps = answer.proto.results[names.index(next(iter(machines.FEATURES[machines.ENTITIES[entity]])))].event_timestamps
    return answer.to_dict(), [stamp.seconds * 1_000_000 + stamp.nanos // 1000 for stamp in stamps]


def at(keys, entity, times):
    """Observations of keys."""
    columns = {name: [key[i] for key in keys] for i, name in enumerate(machines.KEYS[entity])}
    return pa.table(columns | {"event_time": pa.array(times, pa.timestamp("us", tz="UTC"))})


def assert_online(expected, got, names):
    """Online values are those of a table, timestamps in whole seconds."""
    columns = columns_of(expected, names)
    for name in names:
        wanted, found = columns[name], [bits(value) for value in got[name]]
        if name in TIMESTAMPS:
            wanted, found = whole_seconds(wanted), seconds_of(got[name])
        assert found == wanted, name


@pytest.fixture
def project(small):
    """The machines with an empty Redis."""
    redis.Redis(host="127.0.0.1", port=small.redis_port).flushall()
    return small


@pytest.mark.parametrize("entity", machines.ENTITIES)
def test_what_the_beam_pipeline_wrote(project, beam_python, entity):
    project.headrace("generate", "beam", "--output", "beam")
    script, source = Path(__file__).parent / "fill_redis.py", machines.ENTITIES[entity]
    keys, names = keys_of(project, entity), list(machines.FEATURES[source])
    assert all(values == [None] * len(keys) for name, values in online(project, entity, keys)[0].items() if name in names)

    run(beam_python, script, "beam", 5, project.redis_port, entity, f"{source}.ndjson", cwd=project.folder)
    got, times = online(project, entity, keys)
    # The newest row of a key is the one after which its values change no more: windows have left all events behind.
    newest = {key: time for key, time in zip(keys, times, strict=True)}
    last = project.table(entity)
    for row in last.to_pylist():
        assert newest[tuple(row[key] for key in machines.KEYS[entity])] >= row["event_time"].timestamp() * 1e6
    assert_online(project.dataset("online", at(keys, entity, times)), got, names)
    if entity == "machine":
        assert [name for name in names if not any(got[name])] == ["x_mean", "x_sum", "events_1h", "n_last_1h", "mode_last_1h"]
        assert got["x_list"][keys.index(("a", 3))] is None and got["x_per_event"] == [-1.0] * len(keys)


def test_what_materialize_wrote(project):
    project.feast("materialize", "2000-01-01T00:00:00", "2100-01-01T00:00:00")
    for entity, source in machines.ENTITIES.items():
        keys, names = keys_of(project, entity), list(machines.FEATURES[source])
        got, times = online(project, entity, keys)
        rows = project.table(entity).to_pylist()
        last = {tuple(row[key] for key in machines.KEYS[entity]): row["event_time"] for row in rows}  # rows are in order
        assert times == [int(last[key].timestamp() * 1e6) for key in keys]
        expected = project.dataset("materialized", at(keys, entity, times))
        rounded = [name for name in names if name in ("n_last", "n_last_1h")]
        assert_online(expected, got, [name for name in names if name not in rounded])
        for name in rounded:  # Feast passes int64 through doubles where a column has nulls
            exact = expected.column(name).to_pylist()
            assert None in exact and got[name] == [None if value is None else int(float(value)) for value in exact]
        if rounded:
            assert got["n_last"] != expected.column("n_last").to_pylist()
