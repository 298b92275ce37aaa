"""Served values against batch runs: all equal where nothing is wrong, and each planted fault named."""
import json
import os
import re
import shutil
import subprocess
import threading
import time
from contextlib import contextmanager

import pyarrow
import pyarrow.parquet as parquet
import pytest
from running_server import PATIENCE, new_token, running

DEFINITIONS = """project: {name: station, defaults: {source: telemetry}}
---
entity: {name: pump, key: pump_id}
---
source: {name: telemetry, entity: pump, event_time: at, columns: {flow: double, mode: string}, batch: {format: csv, path: telemetry.csv}, allowed_lateness: 10m}
---
feature: {name: flow_mean, owner: o, version: "VERSION", description: d, source_features: [flow], formula: flow FACTOR, aggregation: mean, window: 1h}
---
feature: {name: events, owner: o, version: "1.0", description: d, source_features: [flow], formula: flow, aggregation: count, window: 30m}
---
feature: {name: modes, owner: o, version: "1.0", description: d, source_features: [mode], formula: mode, aggregation: last_k, params: {k: 3}, window: lifetime}
"""
BEGIN = 1_709_251_200  # 2024-03-01
MINUTES = 90


def stamp(minute):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(BEGIN + 60 * minute))


def row(minute, pump=None, flow=None):
    return {"pump_id": pump or f"p{minute % 3}", "at": stamp(minute), "flow": flow if flow is not None else minute * 0.1 + 0.1, "mode": f"m{minute}"}


def rows():
    return [row(minute) for minute in range(MINUTES)]


def write_station(folder, factor="", version="1.0", log=""):
    folder.mkdir(exist_ok=True)
    text = DEFINITIONS.replace("FACTOR", factor).replace("VERSION", version)
    (folder / "project.yaml").write_text(text)
    (folder / "environments.yaml").write_text(f"dev: {{feature_log: {{sample: 100%, every: 1s{log}}}}}\n")


def write_files(folder, events):
    lines = ["pump_id,at,flow,mode", *(f"{e['pump_id']},{e['at']},{e['flow']!r},{e['mode']}" for e in events)]
    (folder / "telemetry.csv").write_text("\n".join(lines) + "\n")


@pytest.fixture
def station(tmp_path):
    folder = tmp_path / "station"
    write_station(folder)
    write_files(folder, rows())
    return folder


def headrace(binary, *arguments, server=None, given=None):
    environment = {key: value for key, value in os.environ.items() if key != "HEADRACE_SERVER"} | {"NO_COLOR": "1"}
    if server:
        environment["HEADRACE_SERVER"] = server.address
    return subprocess.run([binary, *map(str, arguments)], input=given, capture_output=True, text=True, env=environment)


def push(binary, server, events):
    """In pieces, so that positions differ."""
    for begin in range(0, len(events), 10):
        text = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in events[begin : begin + 10])
        done = headrace(binary, "push", "telemetry", "-", server=server, given=text)
        assert done.returncode in (0, 1), done.stderr


def parity(binary, folder, *arguments, server=None, code=0):
    done = headrace(binary, "parity", "--project", folder, "--format", "json", "--examples", 1000, *arguments, server=server)
    assert done.returncode == code, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["equal"] + report["different"] == report["compared"] > 0
    assert sum(each["values"] for each in report["causes"]) == report["different"]
    return report


def causes(report):
    return {each["cause"]: each["values"] for each in report["causes"]}


@contextmanager
def served(binary, folder, events, *arguments):
    with running(binary, folder, "--listen", "127.0.0.1:0", *arguments) as server:
        push(binary, server, events)
        yield server


def read(server, at=None, pumps=("p0", "p1", "p2"), features=("flow_mean", "events", "modes")):
    body = {"features": list(features), "entities": [{"pump_id": each} for each in pumps]} | ({"as_of": at} if at else {})
    status, answer = server.get("/v1/features:read", method="POST", headers={"Content-Type": "application/json"}, body=json.dumps(body))
    assert status == 200, answer
    return answer


def wait_for_log(server, count):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        log = server.get("/v1/sources")[1]["feature_log"]
        if log["rows"] >= count:
            return log
        threading.Event().wait(0.05)
    raise AssertionError(server.get("/v1/sources")[1])


def log_files(folder):
    return sorted((folder / ".headrace/feature-log").rglob("*.parquet"))


def test_all_is_equal(binary, station):
    with served(binary, station, rows()) as server:
        for against in ("log", "batch"):
            report = parity(binary, station, "--against", against, server=server)
            assert (report["against"], report["served_from"], report["different"]) == (against, "server", 0)
            assert report["entities"] == 3 and report["reads"] > 20 and {each["feature"] for each in report["features"]} == {"flow_mean", "events", "modes"}
        text = headrace(binary, "parity", "--project", station, server=server)
        assert text.returncode == 0 and re.search(r"unexplained +0", text.stdout)
        assert not log_files(station), "what parity reads is not logged"
        server.process.kill()
        server.process.wait()
    stored = parity(binary, station)
    assert stored["served_from"] == "store" and stored["different"] == 0


def test_one_feature_of_a_sample(binary, station):
    with served(binary, station, rows()) as server:
        report = parity(binary, station, "--feature", "events", "--sample", "50%", server=server)
        assert [each["feature"] for each in report["features"]] == ["events"] and report["entities"] < 3
        assert parity(binary, station, "--feature", "events", "--sample", "50%", server=server) == report
        none = headrace(binary, "parity", "--project", station, "--sample", "0.0001%", server=server)
        assert none.returncode == 2 and "no entity is in a sample" in none.stderr
        for arguments, said in [(("--sample", "2"), "such as 1%"), (("--feature", "flow_maen"), "flow_mean"), (("--allow", "unexplained"), "late"),
                                (("--served", "log"), "no feature log"), (("--data", "nowhere"), "no server's store")]:
            refused = headrace(binary, "parity", "--project", station, *arguments, server=server)
            assert refused.returncode == 2 and said in refused.stderr, refused.stderr


FAULTS = {
    "missing in stream": lambda events: events[:40] + events[41:],
    "missing in batch": lambda events: events[:40] + [row(40, flow=77.5) | {"mode": "extra", "at": "2024-03-01T00:40:30Z"}] + events[40:],
    "duplicate": lambda events: events[:41] + [events[40]] + events[41:],
    "shifted time": lambda events: events[:40] + [events[40] | {"at": "2024-03-01T00:39:21Z"}] + events[41:],
    "changed value": lambda events: events[:40] + [events[40] | {"flow": 9.5}] + events[41:],
    "late": lambda events: events[:40] + events[41:60] + [events[40]] + events[60:],
    "bad row": lambda events: events[:40] + [json.dumps(events[40] | {"at": "yesterday"})] + events[41:],
}


@pytest.mark.parametrize("cause", FAULTS)
def test_a_fault_of_the_stream_is_named(binary, station, cause):
    with served(binary, station, FAULTS[cause](rows())) as server:
        report = parity(binary, station, "--against", "batch", server=server, code=1)
        assert set(causes(report)) == {cause}, report["causes"]
        for each in report["differences"]:
            assert each["causes"] == [cause] and each["served"] != each["computed"]
            assert each["key"] == {"pump_id": "p1"} and each["source"] == "telemetry" and "2024-03-01T00:40" in each["event"]
        assert {each["feature"] for each in report["differences"]} >= {"flow_mean" if cause == "changed value" else "modes"}
        assert parity(binary, station, "--against", "batch", "--allow", cause, server=server)["different"] > 0
        # The server computes rightly what it got.
        assert parity(binary, station, server=server)["different"] == 0
        text = headrace(binary, "parity", "--project", station, "--against", "batch", server=server)
        assert text.returncode == 1 and cause in text.stdout and re.search(r"unexplained +0", text.stdout)


def test_a_cell_that_cannot_be_read_is_a_bad_row(binary, station):
    events = rows()
    events[40] = events[40] | {"flow": "high"}
    with served(binary, station, events) as server:
        report = parity(binary, station, "--against", "batch", server=server, code=1)
        assert set(causes(report)) == {"bad row"}


def test_faults_of_the_files_are_named(binary, station):
    events = rows()
    with served(binary, station, events) as server:
        for cause, files in [("missing in batch", events[:40] + events[41:]), ("duplicate", events[:41] + events[40:]),
                             ("missing in stream", [*events, row(41, pump="p1", flow=3.25) | {"mode": "extra"}])]:
            write_files(station, files)
            report = parity(binary, station, "--against", "batch", server=server, code=1)
            assert set(causes(report)) == {cause}, report["causes"]
        write_files(station, events[:40] + [events[40] | {"at": "yesterday"}] + events[41:])
        report = parity(binary, station, "--against", "batch", server=server, code=1)
        assert set(causes(report)) == {"bad row"}


def test_several_faults_are_each_named(binary, station):
    events = rows()
    for cause in ("late", "duplicate"):
        events = FAULTS[cause](events)
    events[64] = events[64] | {"flow": 123.0}
    with served(binary, station, events) as server:
        report = parity(binary, station, "--against", "batch", server=server, code=1)
        assert report["unexplained"] == 0
        assert {cause for each in report["combinations"] for cause in each["causes"]} == {"late", "duplicate", "changed value"}
        # All causes of a value must be allowed.
        allow = ["--allow", "duplicate", "--allow", "changed value"]
        parity(binary, station, "--against", "batch", *allow, server=server, code=1)
        parity(binary, station, "--against", "batch", *allow, "--allow", "late", server=server)


def test_the_feature_log_keeps_what_was_served(binary, station):
    with served(binary, station, rows()) as server:
        answers = [read(server, stamp(minute)) for minute in (30, 60, 89)]
        read(server, pumps=["p1"], features=["events"])
        log = wait_for_log(server, 10)
        assert log["dropped"] == 0 and log["problem"] == ""
        assert "headrace_feature_log_rows_total 10" in server.get("/metrics")[1]
        assert "10 reads in" in headrace(binary, "status", server=server).stdout
        assert server.stop() == 0
    files = log_files(station)
    assert files and all(re.fullmatch(r"log_day=\d{4}-\d\d-\d\d", each.parent.name) and each.parent.parent.name == "pump" for each in files)
    table = parquet.read_table(station / ".headrace/feature-log/pump", partitioning=None)
    logged = {(each["pump_id"], each["as_of"].strftime("%Y-%m-%dT%H:%M:%SZ")): each for each in table.to_pylist()}
    for answer in answers:
        for told in answer["rows"]:
            each = logged[told["entity"]["pump_id"], answer["as_of"]]
            assert [each["flow_mean"], each["events"], each["modes"]] == [value["value"] for value in told["values"]]
            assert each["position"] == answer["position"] == 9 and each["flow_mean.version"] == "1.0" and each["read_at"].year > 2024
    lone = [each for each in table.to_pylist() if each["as_of"].year > 2024]
    assert len(lone) == 1 and lone[0]["events.version"] == "1.0" and lone[0]["modes"] is None
    # The server is stopped, and the files are there.
    report = parity(binary, station)
    assert (report["served_from"], report["different"], report["reads"]) == ("feature log", 0, 10)
    assert parity(binary, station, "--against", "batch")["different"] == 0


@pytest.fixture
def logged(binary, station):
    """A stopped server with a log of reads at two instants."""
    with served(binary, station, rows()) as server:
        for minute in (45, 60):
            read(server, stamp(minute))
        wait_for_log(server, 6)
        assert server.stop() == 0
    return station


def edit(folder, column, change):
    for file in log_files(folder):
        table = parquet.read_table(file, partitioning=None)
        values = [change(each) for each in table.to_pylist()]
        place = table.schema.get_field_index(column)
        parquet.write_table(table.set_column(place, table.schema.field(place), pyarrow.array(values, table.schema.field(place).type)), file)


def test_a_stale_value_is_named(binary, logged):
    earlier = {(each["pump_id"], each["as_of"].minute): each["flow_mean"] for file in log_files(logged) for each in parquet.read_table(file, partitioning=None).to_pylist()}
    edit(logged, "flow_mean", lambda each: earlier[each["pump_id"], 45])
    report = parity(binary, logged, code=1)
    assert causes(report) == {"stale value": 3}
    assert all("it is the value of 2024-03-01T00:4" in each["note"] for each in report["differences"])


def test_a_value_from_nowhere_is_unexplained(binary, logged):
    edit(logged, "flow_mean", lambda each: 1234.5)
    report = parity(binary, logged, code=1)
    assert causes(report) == {"unexplained": report["unexplained"]} and report["unexplained"] == 6
    edit(logged, "flow_mean", lambda each: None)
    assert parity(binary, logged, "--against", "batch", code=1)["different"] == 6


def test_another_version_is_named(binary, logged):
    write_station(logged, factor="* 2", version="2.0")
    report = parity(binary, logged, code=1)
    assert causes(report) == {"other version": 6} and "version 1.0" in report["differences"][0]["note"]
    # Without a raise it shows by its meaning.
    write_station(logged, factor="* 2")
    assert causes(parity(binary, logged, code=1)) == {"other version": 6}
    assert parity(binary, logged, "--feature", "events")["different"] == 0


def test_what_came_after_a_read_is_late_for_it(binary, station):
    events = rows()
    with served(binary, station, events[:85] + events[86:]) as server:
        read(server, stamp(88))
        push(binary, server, [events[85]])
        read(server, stamp(88))
        wait_for_log(server, 6)
        for against in ("log", "batch"):
            report = parity(binary, station, "--against", against, server=server, code=1)
            assert causes(report) == {"late": 3} and report["differences"][0]["note"] == "it came after the value was served"
        assert parity(binary, station, "--served", "reads", server=server)["different"] == 0


def test_a_killed_server_leaves_no_half_file(binary, station):
    write_station(station, log=", rows_max: 5")
    with served(binary, station, rows()) as server:
        for minute in range(30, 90):
            read(server, stamp(minute))
        wait_for_log(server, 5)
        server.process.kill()
        server.process.wait()
    for file in log_files(station):
        assert parquet.read_table(file, partitioning=None).num_rows > 0
    day = station / ".headrace/feature-log/pump" / log_files(station)[0].parent.name
    (day / ".left.parquet.new").write_text("half")
    with running(binary, station, "--listen", "127.0.0.1:0"):
        assert not (day / ".left.parquet.new").exists()


def test_old_days_and_too_many_bytes_go(binary, logged):
    file = log_files(logged)[0]
    old = file.parent.parent / "log_day=2001-01-01"
    old.mkdir()
    shutil.copy(file, old / file.name)
    other = file.parent.parent / "notes.txt"
    other.write_text("of somebody else")
    write_station(logged, log=", keep: 30d")
    with running(binary, logged, "--listen", "127.0.0.1:0"):
        assert not old.exists() and file.exists() and other.exists()
    write_station(logged, log=", bytes_max: 1")
    with running(binary, logged, "--listen", "127.0.0.1:0"):
        assert not log_files(logged) and other.exists()


def test_pushes_are_told_to_admins_only(binary, station, tmp_path):
    tokens = {}
    lines = []
    for role in ("read", "write", "admin"):
        tokens[role], line = new_token(binary, "--role", role)
        lines.append(line)
    (tmp_path / "tokens.txt").write_text("\n".join(lines) + "\n")
    with running(binary, station, "--listen", "127.0.0.1:0", "--tokens", tmp_path / "tokens.txt") as server:
        text = "\n".join(json.dumps(each) for each in rows()) + "\nnonsense"
        fields = {"Content-Type": "application/x-ndjson"}
        assert server.get("/v1/sources/telemetry/events", tokens["write"], "POST", headers=fields, body=text)[0] == 200
        path = "/v1/sources/telemetry/pushes"
        assert [server.get(path, tokens[role])[0] for role in ("read", "write", "admin")] == [403, 403, 200] and server.get(path)[0] == 401
        page = server.get(path, tokens["admin"])[1]
        assert [each["position"] for each in page["pushes"]] == [0] and page["pushes"][0]["events"] == text and (page["next"], page["end"]) == (1, 1)
        assert server.get(path + "?from=1", tokens["admin"])[1]["pushes"] == []
        assert server.get(path + "?from=-1", tokens["admin"])[0] == 400
        refused = headrace(binary, "parity", "--project", station, server=server)
        assert refused.returncode == 2 and "token" in refused.stderr
        (tmp_path / "token").write_text(tokens["admin"])
        assert parity(binary, station, "--token-file", tmp_path / "token", server=server)["different"] == 0


def test_a_replay_is_equal_and_its_late_events_are_named(binary, station):
    events = rows()
    events.insert(60, events.pop(20))
    with open(station / "telemetry.csv", "a") as file:
        file.write("p1,never,1.0,m\n")
    with running(binary, station, "--listen", "127.0.0.1:0", "--replay", station) as server:
        server.wait_for("reads go on")
        for against in ("log", "batch"):
            assert parity(binary, station, "--against", against, server=server)["different"] == 0
        refused = server.get("/v1/sources/telemetry/pushes")
        assert refused[0] == 409 and "replays" in refused[1]["message"]
        assert server.stop() == 0


def test_what_is_no_longer_kept_is_not_compared(binary, station):
    with running(binary, station, "--listen", "127.0.0.1:0", "--keep", "1s", "--checkpoint-every", "1s", "--history", "20m") as server:
        end = time.monotonic() + PATIENCE
        forgotten = None
        for minute in range(100_000):
            push(binary, server, [row(minute)])
            forgotten = server.get("/v1/sources/telemetry/pushes")[1]["forgotten_to"]
            if forgotten and time.monotonic() < end:
                break
            assert time.monotonic() < end
        push(binary, server, [row(later) for later in range(minute + 1, minute + 200)])
        report = parity(binary, station, server=server)
        assert report["different"] == 0 and report["not_comparable"] > 0
        assert {each["feature"] for each in report["features"]} == {"flow_mean", "events"}, "of a lifetime all events are needed"
        only = headrace(binary, "parity", "--project", station, "--feature", "modes", server=server)
        assert only.returncode == 2 and "no longer kept" in only.stderr


TWO_KEYS = """project: {name: shop}
---
entity: {name: item, key: [shop, item]}
---
source: {name: sales, entity: item, event_time: at, id: sale, columns: {amount: double, sale: int64}, batch: {format: ndjson, path: sales.ndjson}, allowed_lateness: 1h}
---
source: {name: prices, entity: item, event_time: at, columns: {price: double}, batch: {format: ndjson, path: prices.ndjson}, allowed_lateness: 1h}
---
feature: {name: sold, owner: o, version: "1.0", description: d, source: sales, source_features: [amount], formula: amount, aggregation: sum, window: 1h}
---
feature: {name: last_price, owner: o, version: "1.0", description: d, source: prices, source_features: [price], formula: price, aggregation: last, window: lifetime}
---
feature: {name: turnover, owner: o, version: "1.0", description: d, source: sales, source_features: [sold, last_price], formula: sold * last_price}
"""


def test_keys_of_two_columns_and_two_sources(binary, tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "project.yaml").write_text(TWO_KEYS)
    sales = [{"shop": i % 2, "item": f"i{i % 3}", "at": stamp(i), "amount": 0.1 * i, "sale": i} for i in range(80)]
    prices = [{"shop": i % 2, "item": f"i{i % 3}", "at": stamp(i * 5), "price": 1.1 + i} for i in range(16)]
    (folder / "sales.ndjson").write_text("\n".join(map(json.dumps, sales)))
    (folder / "prices.ndjson").write_text("\n".join(map(json.dumps, prices)))
    # The same sale at another time, one that comes twice and is one by its id, and a price that never came.
    sales[30] |= {"at": "2024-03-01T00:31:30Z"}
    sales.insert(50, sales[50])
    del prices[9]
    with running(binary, folder, "--listen", "127.0.0.1:0") as server:
        for name, events in (("prices", prices), ("sales", sales)):
            assert headrace(binary, "push", name, "-", server=server, given="\n".join(map(json.dumps, events))).returncode == 0
        assert parity(binary, folder, server=server)["different"] == 0
        report = parity(binary, folder, "--against", "batch", server=server, code=1)
        assert set(causes(report)) == {"shifted time", "missing in stream"}, report["causes"]
        assert {each["source"] for each in report["differences"]} == {"sales", "prices"}
        assert {tuple(each["key"].values()) for each in report["differences"] if each["cause"] == "shifted time"} == {("0", "i0")}


def test_a_sample_of_reads_is_logged(binary, station):
    (station / "environments.yaml").write_text("dev: {feature_log: {sample: 25%, every: 1s, folder: kept}}\n")
    asked = [(stamp(minute), pump) for minute in range(30, 90) for pump in ("p0", "p1", "p2")]
    with served(binary, station, rows()) as server:
        for minute in range(30, 90):
            read(server, stamp(minute))
            read(server, stamp(minute))
        body = {"features": ["events"], "entities": [{"pump_id": "p1"}], "log": False}
        assert server.get("/v1/features:read", method="POST", headers={"Content-Type": "application/json"}, body=json.dumps(body))[0] == 200
        assert server.stop() == 0
    logged = [(each["as_of"].strftime("%Y-%m-%dT%H:%M:%SZ"), each["pump_id"]) for each in parquet.read_table(station / "kept/pump", partitioning=None).to_pylist()]
    assert set(logged) < set(asked) and 20 < len(set(logged)) < 70 and sorted(logged) == sorted(2 * list(set(logged))), "the same question is in or out"
    assert parity(binary, station)["served_from"] == "feature log"


def test_a_name_of_the_log_is_refused(binary, station):
    text = (station / "project.yaml").read_text()
    (station / "project.yaml").write_text(text.replace("name: events", "name: position"))
    done = headrace(binary, "serve", "--project", station, "--listen", "127.0.0.1:0")
    assert done.returncode == 2 and "`position`" in done.stderr
