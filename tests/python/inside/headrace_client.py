"""headrace.Client and AsyncClient against a started server."""
import asyncio
import os
import subprocess
import threading
from datetime import UTC, datetime, timedelta

import headrace as hr
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

DEFINITIONS = """project: {name: station, defaults: {source: telemetry}}
---
entity: {name: pump, key: pump_id}
---
source: {name: telemetry, entity: pump, event_time: at, columns: {pump_id: int64, flow: double}, allowed_lateness: 10m, batch: {format: csv, path: telemetry.csv}}
"""
FEATURES = """feature: {name: flow_mean, owner: o, version: "1.0", description: d, source_features: [flow], aggregation: mean, window: 1h}
---
feature: {name: flow_count, owner: o, version: "1.0", description: d, source: telemetry, aggregation: count, window: 1h}
"""
NOW = datetime.now(UTC)
AT = NOW - timedelta(minutes=5)


@pytest.fixture
def server(tmp_path):
    (tmp_path / "features").mkdir()
    (tmp_path / "project.yaml").write_text(DEFINITIONS)
    (tmp_path / "features" / "f.yaml").write_text(FEATURES)
    command = [os.environ["HEADRACE_BINARY"], "serve", "--project", tmp_path, "--listen", "127.0.0.1:0", "--quiet"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    process.address = process.stdout.readline().strip()
    yield process
    process.terminate()
    assert process.wait(30) == 0


@pytest.fixture
def client(server):
    with hr.Client(server.address) as client:
        yield client


def flow(pump, value, ago=timedelta()):
    return {"pump_id": pump, "at": AT - ago, "flow": value}


def test_dicts_in_dicts_out(client):
    done = client.push("telemetry", [flow(7, 2.0), flow(7, 4.0, timedelta(minutes=1)), flow(8, 1.0)])
    assert (done.accepted, done.late, done.repeated) == (3, 0, False)
    assert client.push("telemetry", flow(9, 5.0)).accepted == 1
    assert client.read("flow_mean", {"pump_id": 7}) == {"pump_id": 7, "flow_mean": 3.0}
    assert client.read(["flow_count", "flow_mean"], [{"pump_id": 8}, {"pump_id": 1}]) == [
        {"pump_id": 8, "flow_count": 1, "flow_mean": 1.0}, {"pump_id": 1, "flow_count": 0, "flow_mean": None}]
    assert client.read("flow_mean", {"pump_id": 7}, as_of=AT - timedelta(seconds=30)) == {"pump_id": 7, "flow_mean": 4.0}
    assert [each["name"] for each in client.features()] == ["flow_mean", "flow_count"]
    assert client.sources()[0]["accepted"] == 4
    assert client.explain("flow_mean", {"pump_id": 7})["value"] == 3.0
    assert client.reload()["features"] == 2


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow"])
def test_tables_in_the_same_kind_out(client, kind):
    events = pa.table({"pump_id": [7, 7, 8], "at": pa.array([AT, AT, AT], pa.timestamp("us", "UTC")), "flow": [2.0, 4.0, None]})
    entities = pa.table({"label": ["a", "b", "c"], "pump_id": [8, 7, 1]})
    make = {"pandas": lambda t: t.to_pandas(), "polars": pl.from_arrow, "arrow": lambda t: t}[kind]
    assert client.push("telemetry", make(events)).accepted == 3
    got = client.read(["flow_mean", "flow_count"], make(entities))
    assert isinstance(got, {"pandas": pd.DataFrame, "polars": pl.DataFrame, "arrow": pa.Table}[kind])
    table = pa.Table.from_pandas(got, preserve_index=False) if kind == "pandas" else pa.table(got)
    assert table.column_names == ["label", "pump_id", "flow_mean", "flow_count"]
    assert table.column("flow_mean").to_pylist() == [None, 3.0, None]
    assert table.column("flow_count").to_pylist() == [1, 2, 0]
    with pytest.raises(hr.UsageError, match="no column `pump_id`"):
        client.read("flow_mean", make(pa.table({"pump": [1]})))


def test_a_push_under_a_key_counts_once(client):
    assert not client.push("telemetry", flow(7, 2.0), key="k").repeated
    assert client.push("telemetry", flow(7, 2.0), key="k").repeated
    assert client.read("flow_count", {"pump_id": 7})["flow_count"] == 1
    with pytest.raises(hr.ConflictError):
        client.push("telemetry", flow(7, 3.0), key="k")


def test_errors_say_what_to_do(client):
    with pytest.raises(hr.NotFoundError, match="flow_mean"):
        client.read("flow_maen", {"pump_id": 7})
    with pytest.raises(hr.UsageError, match="pump_id"):
        client.read("flow_mean", {"pump": 7})
    with pytest.raises(hr.UsageError, match="no feature"):
        client.read([], {"pump_id": 7})
    with pytest.raises(hr.NotFoundError):
        client.push("telemetri", flow(7, 2.0))
    with pytest.raises(hr.UnavailableError, match="is it running"):
        hr.Client("http://127.0.0.1:1").features()
    with pytest.raises(hr.UsageError, match="no address"):
        hr.Client("127.0.0.1:7077")


def test_watch_tells_changes(client):
    changes = client.watch("flow_mean", {"pump_id": 7})
    first = next(changes)
    assert first.entity == {"pump_id": "7"} and first.values == {"flow_mean": None}
    client.push("telemetry", flow(7, 2.0))
    assert next(changes).values == {"flow_mean": 2.0}
    client.reload()
    assert next(changes).values == {"flow_mean": 2.0}
    changes.close()


def test_async(server):
    async def work():
        async with hr.AsyncClient(server.address) as client:
            changes = client.watch(["flow_mean"], [{"pump_id": 7}])
            assert (await anext(changes)).values == {"flow_mean": None}
            done = await asyncio.gather(*(client.push("telemetry", flow(7, float(n))) for n in range(8)))
            assert sum(each.accepted for each in done) == 8
            assert (await client.read("flow_mean", {"pump_id": 7}))["flow_mean"] == 3.5
            while (await anext(changes)).values != {"flow_mean": 3.5}:
                pass
            await changes.aclose()
            with pytest.raises(hr.NotFoundError):
                await client.read("none", {"pump_id": 7})

    asyncio.run(asyncio.wait_for(work(), 60))


def test_many_threads_share_a_client(client):
    client.push("telemetry", flow(7, 2.0))
    wrong = []

    def read():
        for _ in range(50):
            if client.read("flow_mean", {"pump_id": 7})["flow_mean"] != 2.0:
                wrong.append(1)

    readers = [threading.Thread(target=read) for _ in range(8)]
    for each in readers:
        each.start()
    for each in readers:
        each.join()
    assert not wrong
