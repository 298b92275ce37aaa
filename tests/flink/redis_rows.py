"""What a stream left in Redis, and what the native engine says of the same keys at the same times."""
import datetime
import importlib
import json
import sys
import time

import pyarrow.parquet as pq
import servers
import station

QUIET_SECONDS = 4
VIEW = "sensor"


def hashes(store):
    return {name: store.hgetall(name) for name in sorted(store.keys())}


def settled(store):
    """All hashes, once they have not changed for a while."""
    seen, since = hashes(store), time.monotonic()
    while time.monotonic() - since < QUIET_SECONDS:
        servers.pause(0.5)
        now = hashes(store)
        if now != seen:
            seen, since = now, time.monotonic()
    return seen


def microseconds(moment):
    """Of an instant, or of its text."""
    if isinstance(moment, str):
        moment = datetime.datetime.fromisoformat(moment.replace("Z", "+00:00"))
    return (moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)) // datetime.timedelta(microseconds=1)


def layout_of(folder):
    """The generated project's own module of Redis; tests/beam compares its bytes with those of Feast."""
    sys.path.insert(0, str(folder / "code"))
    return importlib.import_module("headrace_runtime.redis_store")


def times_of(folder, there):
    """The time of each key's row, as text."""
    layout, out = layout_of(folder), {}
    for key in station.KEYS:
        time_us = layout.time_of(there[layout.entity_key(["id"], (key,), "station")][f"_ts:{VIEW}".encode()])
        out[key] = (datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=time_us)).isoformat() + "Z"
    return out


def expected(folder, binary, times):
    """The hashes that the native engine's values give at one time of each key."""
    layout = layout_of(folder)
    asked = folder / "latest.ndjson"
    asked.write_text("".join(json.dumps({"id": key, "event_time": at}, ensure_ascii=False) + "\n" for key, at in times.items()))
    station.run([binary, "dataset", "--observations", asked.name, "--output", "latest.parquet", "--quiet"], folder)
    table = pq.read_table(folder / "latest.parquet")
    kinds = {field.name: str(field.type) for field in table.schema}
    out = {}
    for row in table.to_pylist():
        fields = {f"_ts:{VIEW}".encode(): layout.to_timestamp(microseconds(row["event_time"]))}
        for name, value in row.items():
            if name not in ("id", "event_time"):
                fields[layout.murmur3(f"{VIEW}:{name}".encode()).to_bytes(4, "little")] = layout.to_value(value, kinds[name])
        out[layout.entity_key(["id"], (row["id"],), "station")] = fields
    return out
