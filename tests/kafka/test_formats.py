"""Topics of Avro, Protobuf and framed JSON, written by confluent-kafka's serializers: served values are those of a backfill over
the same events, and a registry that is away makes nothing bad, late or idle."""
import csv
import json
import random
import signal
import socket
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from running_server import PATIENCE, make_certificate, running
from schema_registry import SchemaRegistry
from servers import free_port
from test_kafka import START, batch_values, everything, telemetry, values, wait_for, write_station

HERE = Path(__file__).resolve().parent
PYTHON = HERE.parents[1] / ".venv-kafka" / "bin" / "python"

FIELDS = [
    {"name": "pump_id", "type": "string"},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
    {"name": "flow", "type": ["null", "double"]},
    {"name": "count", "type": "long"},
    {"name": "state", "type": {"type": "enum", "name": "State", "symbols": ["UNKNOWN", "RUNNING", "STOPPED"]}},
    {"name": "place", "type": {"type": "record", "name": "Place", "fields": [{"name": "site", "type": "string"}]}},
]
AVRO = {"type": "record", "name": "Telemetry", "namespace": "station", "fields": FIELDS}
# Another version: the flow may be an integer too, and there is a decimal and a list.
MORE = [{"name": "head", "type": {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 3}}, {"name": "codes", "type": {"type": "array", "items": "int"}}]
AVRO_LATER = {**AVRO, "fields": [*FIELDS[:2], {"name": "flow", "type": ["null", "long", "double"]}, *FIELDS[3:], *MORE]}
JSON_SCHEMA = {"title": "Telemetry", "type": "object", "properties": {"pump_id": {"type": "string"}, "flow": {"type": ["number", "null"]}}}

COLUMNS = "columns: {flow: double, count: int64, state: string, head: double}"
MORE_FEATURES = [("count_sum", "count", "sum"), ("head_sum", "head", "sum"), ("state_last", "state", "last")]


def encoded(number, dice, is_later=False):
    at = START + timedelta(seconds=number * 0.05 - dice.random() * 600)
    event = {
        "pump_id": f"p{dice.randrange(5)}",
        "at": at.isoformat(timespec="microseconds"),
        "flow": dice.choice([None, dice.random() * 100, dice.uniform(-1e9, 1e9), 1e-300, -0.0]),
        "count": dice.choice([dice.randrange(-(10**15), 10**15), 3]),
        "state": dice.choice(["RUNNING", "STOPPED"]),
        "place": {"site": "north"},
    }
    if is_later:
        event |= {"head": f"{dice.randrange(-(10**8), 10**8) / 1000:.3f}", "codes": [1, 2]}
        event["flow"] = dice.choice([event["flow"], dice.randrange(1000)])
    return event


def as_line(event):
    """What a producer of JSON would have written; `head` is a number there."""
    line = {"head": None} | {key: value for key, value in event.items() if key not in ("place", "codes")}
    text = json.dumps(line)
    return text.replace(f'"{line["head"]}"', line["head"]) if line.get("head") else text


def write(broker, topic, registry, kind, events, schema=None, partition=None, **more):
    messages = [each if "bytes" in each else {"event": each} for each in events]
    for at, each in enumerate(messages):
        each["partition"] = at % 3 if partition is None else partition
    order = {"brokers": broker.address, "topic": topic, "registry": registry, "format": kind, "schema": schema, "messages": messages, **more}
    done = subprocess.run([PYTHON, HERE / "write_encoded.py"], input=json.dumps(order), text=True, capture_output=True, timeout=PATIENCE * 4)
    assert done.returncode == 0, done.stderr


def write_encoded_station(folder, broker, topic, settings, registry=""):
    """The station of the other tests with further columns, whose messages have another format."""
    write_station(folder, broker, topic)
    text = (folder / "project.yaml").read_text().replace("columns: {flow: double}", COLUMNS)
    for name, formula, aggregation in MORE_FEATURES:
        text += f'---\nfeature: {{name: {name}, owner: o, version: "1.0", description: d, source_features: [{formula}], formula: {formula}, aggregation: {aggregation}, window: 6h}}\n'
    (folder / "project.yaml").write_text(text)
    (folder / "environments.yaml").write_text(f"""dev:
  kafka:
    settings: {{reconnect.backoff.max.ms: 500}}
{registry}  sources: {{telemetry: {settings}}}
""")


def in_registry(registry, more=""):
    return f"    registry: {{url: {registry.url}{more}}}\n"


@pytest.fixture
def registry():
    with SchemaRegistry() as registry:
        yield registry


def test_avro_by_a_registry_with_a_password_and_tls(binary, broker, tmp_path):
    folder, dice = tmp_path / "station", random.Random(11)
    certificate, key = make_certificate(tmp_path)
    with SchemaRegistry(password="water", certificate=(certificate, key)) as registry:
        client = {"url": registry.url, "basic.auth.user.info": "headrace:water", "ssl.ca.location": str(certificate)}
        events = [encoded(i, dice) for i in range(1_500)]
        later = [encoded(1_500 + i, dice, is_later=True) for i in range(1_500)]
        write(broker, "avro", client, "avro", events, AVRO)
        write(broker, "avro", client, "avro", later, AVRO_LATER, compression="zstd")
        write(broker, "avro", client, "avro", events[:300], AVRO)  # back to the first version
        # A number that the registry has not, and a message that is cut off.
        bad = [{"bytes": "0000000063"}, {"bytes": "00000000010471"}, {"bytes": b"{}".hex()}]
        write(broker, "avro", client, "avro", bad, AVRO, partition=1)
        write_encoded_station(folder, broker, "avro", "{format: avro}", in_registry(registry, f", user: headrace, password_file: secret, ca: {certificate}"))
        (folder / "secret").write_text("water\n")
        with running(binary, folder, "--listen", "127.0.0.1:0") as server:
            status = everything(server, 3_303)
            assert (status["accepted"], status["late"], status["unreadable"], status["bad_cells"]) == (3_300, 0, 3, 0), status
            assert left_out_problems(server, 3) == [
                "has no frame of a schema registry: it does not begin with a byte 0",
                "is no value of schema 1: at byte 1 of 2 it is cut off",
                "the schema registry has no schema 99",
            ]
            at = datetime.now(timezone.utc).isoformat()
            served = all_values(server, at)
            server.send(signal.SIGKILL)
            server.wait()
        assert all("water" not in line for line in server.said), server.said
        asked = [target for target in registry.asked if target.startswith("/schemas/ids/")]
        assert sorted(set(asked)) == ["/schemas/ids/1", "/schemas/ids/2", "/schemas/ids/99"] and asked.count("/schemas/ids/1") == 1, asked
    # What is kept needs no registry any more.
    lines = [as_line(event) for event in [*events, *later, *events[:300]]]
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        everything(server, 3_303)
        assert all_values(server, at) == served == all_batch_values(binary, folder, lines, at)


def left_out_problems(server, count):
    """Once they are durable, which is a moment after they are counted."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        events = server.get("/v1/sources/telemetry/left-out")[1]["events"]
        if len(events) >= count:
            return sorted(each["problem"] for each in events)
        threading.Event().wait(0.05)
    raise AssertionError(events)


def all_values(server, at):
    names = [name for name, *_ in MORE_FEATURES]
    body = {"features": names, "entities": [{"pump_id": f"p{i}"} for i in range(5)], "as_of": at}
    status, answer = server.get("/v1/features:read", method="POST", headers={"Content-Type": "application/json"}, body=json.dumps(body))
    assert status == 200, answer
    more = [[each["value"] for each in row["values"]] for row in answer["rows"]]
    return [[*first, *second] for first, second in zip(values(server, at), more, strict=True)]


def all_batch_values(binary, folder, lines, at):
    first = batch_values(binary, folder, lines, at)
    rows = list(csv.DictReader(open(folder / "answers.csv", newline="")))
    kinds = {"count_sum": int, "head_sum": float, "state_last": str}
    more = [[kinds[name](row[name]) if row[name] else None for name, *_ in MORE_FEATURES] for row in rows]
    return [[*one, *other] for one, other in zip(first, more, strict=True)]


@contextmanager
def trickling(port):
    """A server whose answers never end."""
    ended = threading.Event()

    def answer(client):
        with client, suppress(OSError):
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while not ended.wait(0.2):
                client.sendall(b"x")

    def serve():
        while not ended.is_set():
            with suppress(TimeoutError):
                threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", port)) as listener:
        listener.settimeout(0.2)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield
        ended.set()
        thread.join()


def test_a_registry_that_is_away_pauses_its_source(binary, broker, tmp_path):
    folder, dice = tmp_path / "station", random.Random(12)
    port = free_port()
    with SchemaRegistry(port=port) as registry:
        write(broker, "away", {"url": registry.url}, "avro", [encoded(i, dice) for i in range(300)], AVRO)
        schemas, subjects = registry.schemas, registry.subjects
    # Idle so soon that a source that waits would be, if it could.
    write_encoded_station(folder, broker, "away", "{format: avro, idle_after: 1s}", in_registry(registry, ", user: headrace, password_file: secret"))
    (folder / "secret").write_text("wine\n")

    def alone(server):
        status = telemetry(server)
        assert (status["accepted"], status["unreadable"], status["late"], status["watermark"]) == (0, 0, 0, None), status

    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        wait_for(lambda status: "registry" in status["problem"] and "cannot be reached" in status["problem"], server)
        assert server.get("/readyz")[0] == 200
        threading.Event().wait(4)
        alone(server)
        shown = subprocess.run([binary, "status", "--server", server.address], capture_output=True, text=True)
        assert "schema registry" in shown.stdout + shown.stderr, shown
        with trickling(port):
            wait_for(lambda status: "no answer in time" in status["problem"], server)
        alone(server)
        guarded = SchemaRegistry(port=port, password="water")
        guarded.schemas, guarded.subjects = schemas, subjects
        with guarded:
            wait_for(lambda status: "does not let the server in" in status["problem"], server)
            alone(server)
        assert all("wine" not in line for line in server.said), server.said
        guarded.password = None
        with guarded:
            status = everything(server, 300)
            assert (status["accepted"], status["problem"]) == (300, ""), status
            wait_for(lambda status: status["watermark"] is not None, server)


def test_protobuf_by_a_registry_and_by_a_file(binary, broker, registry, tmp_path):
    dice = random.Random(13)
    events = [encoded(i, dice) for i in range(900)]
    descriptors = tmp_path / "telemetry.desc"
    write(broker, "proto", {"url": registry.url}, "protobuf", events, descriptors=str(descriptors))
    write(broker, "proto-plain", {}, "plain-protobuf", events)
    at = datetime.now(timezone.utc).isoformat()
    by_file = f"format: protobuf, descriptor_file: {descriptors}, message: station.Telemetry"
    answers = []
    for name, topic, settings in [("registry", "proto", "format: protobuf"), ("framed", "proto", by_file + ", framing: confluent"), ("plain", "proto-plain", by_file)]:
        folder = tmp_path / name
        write_encoded_station(folder, broker, topic, f"{{{settings}}}", in_registry(registry) if name == "registry" else "")
        with running(binary, folder, "--listen", "127.0.0.1:0") as server:
            status = everything(server, 900)
            assert (status["accepted"], status["bad_cells"]) == (900, 0), (name, status)
            answers.append(all_values(server, at))
    # Of a plain topic nothing is framed, and the other way round.
    assert answers[0] == answers[1] == answers[2] == all_batch_values(binary, folder, [as_line(event) for event in events], at)


def test_avro_by_a_file_and_json_in_a_frame(binary, broker, registry, tmp_path):
    dice = random.Random(14)
    events = [encoded(i, dice, is_later=True) for i in range(600)]
    lines = [as_line(event) for event in events]
    write(broker, "avro-plain", {}, "plain-avro", events, AVRO_LATER, compression="snappy")
    write(broker, "json-framed", {"url": registry.url}, "json", [json.loads(line) for line in lines], JSON_SCHEMA, compression="gzip")
    at = datetime.now(timezone.utc).isoformat()
    for name, settings in [("avro-plain", "format: avro, schema_file: telemetry.avsc"), ("json-framed", "framing: confluent")]:
        folder = tmp_path / name
        write_encoded_station(folder, broker, name, f"{{{settings}}}")
        (folder / "telemetry.avsc").write_text(json.dumps(AVRO_LATER))
        with running(binary, folder, "--listen", "127.0.0.1:0") as server:
            status = everything(server, 600)
            assert (status["accepted"], status["bad_cells"]) == (600, 0), (name, status)
            assert all_values(server, at) == all_batch_values(binary, folder, lines, at)


def test_another_unit_holds_after_a_reload(binary, broker, tmp_path):
    """The unit says what the decoder makes of a time, which is what the definitions read."""
    folder, dice = tmp_path / "station", random.Random(15)
    topic = "units"

    def whole_seconds(number):
        return encoded(number, dice) | {"at": (START + timedelta(seconds=number)).replace(microsecond=0).isoformat()}

    write(broker, topic, {}, "plain-avro", [whole_seconds(i) for i in range(60)], AVRO)
    write_encoded_station(folder, broker, topic, "{format: avro, schema_file: telemetry.avsc}")
    (folder / "telemetry.avsc").write_text(json.dumps(AVRO))
    definitions = (folder / "project.yaml").read_text().replace("columns: {", "columns: {at: int64, ")
    (folder / "project.yaml").write_text(definitions.replace("event_time: at", "event_time: at\n  unit: ms"))
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        assert everything(server, 60)["accepted"] == 60
        (folder / "project.yaml").write_text(definitions.replace("event_time: at", "event_time: at\n  unit: s"))
        server.send(signal.SIGHUP)
        server.wait_for("reloaded")
        # What was kept has milliseconds, which are no seconds of our time.
        wait_for(lambda status: status["too_far_ahead"] == 60, server)
        write(broker, topic, {}, "plain-avro", [whole_seconds(60 + i) for i in range(40)], AVRO)
        wait_for(lambda status: status["accepted"] == 40 and status["lag"] == 0, server)
        assert telemetry(server)["too_far_ahead"] == 60


def test_a_bad_cell_is_null_and_counted(binary, broker, registry, tmp_path):
    folder = tmp_path / "station"
    text = {**AVRO, "fields": [*FIELDS[:2], {"name": "flow", "type": "string"}, *FIELDS[3:]]}
    event = {"pump_id": "p1", "at": datetime.now(timezone.utc).isoformat(), "flow": "fast", "count": 1, "state": "RUNNING", "place": {"site": "s"}}
    write(broker, "cells", {"url": registry.url}, "avro", [event], text)
    write_encoded_station(folder, broker, "cells", "{format: avro}", in_registry(registry))
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        status = everything(server, 1)
        assert (status["accepted"], status["unreadable"], status["bad_cells"]) == (1, 0, 1), status


def test_a_type_that_is_not_there_is_told_at_the_start(binary, broker, tmp_path):
    folder = tmp_path / "station"
    write_encoded_station(folder, broker, "cells", "{format: protobuf, descriptor_file: none.desc, message: a.B}")
    done = subprocess.run([binary, "serve", "--project", folder, "--listen", "127.0.0.1:0"], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode != 0 and "none.desc" in done.stderr and "telemetry" in done.stderr, done
