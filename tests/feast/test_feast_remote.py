"""Feast's own client of a remote online store reads from `headrace serve` what it serves."""
import json
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig
from feast.types import Float64, Int64, String
from running_server import new_token, running, write_project

NOW = datetime.now(UTC)


def event(pump, flow, ago):
    return json.dumps({"pump_id": pump, "at": (NOW - timedelta(seconds=ago)).isoformat(), "flow": flow})


def write_served(folder):
    write_project(folder)
    count = 'feature: {name: flow_count, owner: o, version: "1.0", description: d, source: telemetry, aggregation: count, window: 1h}\n'
    features = folder / "features" / "f.yaml"
    features.write_text(features.read_text() + "---\n" + count)


def feast_store(folder, server):
    """A repository of Feast whose online store is the server."""
    config = RepoConfig(project="station", provider="local", registry=str(folder / "registry.db"), entity_key_serialization_version=3,
                        online_store={"type": "remote", "path": server.address})
    store = FeatureStore(config=config)
    pump = Entity(name="pump", join_keys=["pump_id"])
    pd.DataFrame({"pump_id": ["p1"], "at": [NOW], "flow_mean": [0.0], "flow_count": [0]}).to_parquet(folder / "never_read.parquet")
    view = FeatureView(name="pumps", entities=[pump], schema=[Field(name="pump_id", dtype=String), Field(name="flow_mean", dtype=Float64), Field(name="flow_count", dtype=Int64)],
                       source=FileSource(path=str(folder / "never_read.parquet"), timestamp_field="at"), online=True)
    store.apply([pump, view])
    return store


@pytest.mark.parametrize("full_names", [False, True])
def test_feast_reads_what_is_served(binary, tmp_path, full_names):
    project = tmp_path / "station"
    write_served(project)
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        lines = "\n".join([event("p1", 2.0, 20), event("p2", None, 15), event("p1", 4.0, 10)])
        status, done = server.get("/v1/sources/telemetry/events", method="POST", body=lines, headers={"Content-Type": "application/x-ndjson"})
        assert status == 200 and done["accepted"] == 3
        store = feast_store(tmp_path, server)
        rows = [{"pump_id": "p1"}, {"pump_id": "p2"}, {"pump_id": "p3"}]
        got = store.get_online_features(features=["pumps:flow_mean", "pumps:flow_count"], entity_rows=rows, full_feature_names=full_names).to_dict()
        prefix = "pumps__" if full_names else ""
        assert got["pump_id"] == ["p1", "p2", "p3"]
        assert got[prefix + "flow_mean"] == [3.0, None, None]
        assert got[prefix + "flow_count"] == [2, 1, 0]


def test_feast_is_told_when_it_may_not_read(binary, tmp_path):
    project = tmp_path / "station"
    write_served(project)
    token, line = new_token(binary, "--role", "read")
    (tmp_path / "tokens.txt").write_text(line + "\n")
    with running(binary, project, "--listen", "127.0.0.1:0", "--tokens", tmp_path / "tokens.txt") as server:
        store = feast_store(tmp_path, server)
        with pytest.raises(Exception, match="token"):
            store.get_online_features(features=["pumps:flow_mean"], entity_rows=[{"pump_id": "p1"}])
