"""Served values against batch runs: all equal where nothing is wrong, and each planted fault named."""
import base64
import json
import re
import time

import pytest
from parity_station import causes, headrace, log_files, parity, push, row, rows, served, stamp, station, write_files  # noqa: F401
from running_server import PATIENCE, new_token, running

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


def test_bytes_that_are_no_text_are_judged_as_they_came(binary, station):
    events = [json.dumps(each).encode() for each in rows()]
    events[40] = events[40].replace(b"m40", b"m\xff")
    events[50] = events[50].replace(b"p2", b"p\xfe")
    with running(binary, station, "--listen", "127.0.0.1:0") as server:
        fields = {"Content-Type": "application/x-ndjson"}
        answer = server.get("/v1/sources/telemetry/events", method="POST", headers=fields, body=b"\n".join(events))[1]
        page = server.get("/v1/sources/telemetry/pushes")[1]["pushes"][0]
        assert page["events"] == "" and base64.b64decode(page["events_base64"]) == b"\n".join(events)
        assert parity(binary, station, server=server)["different"] == 0
        report = parity(binary, station, "--against", "batch", server=server, code=1)
        assert set(causes(report)) == {"bad row"} and answer["unreadable"] > 0


def test_a_replay_is_equal(binary, station):
    with open(station / "telemetry.csv", "a") as file:
        file.write("p1,never,1.0,m\n")
    with running(binary, station, "--listen", "127.0.0.1:0", "--replay", station) as server:
        server.wait_for("reads go on")
        for against in ("log", "batch"):
            assert parity(binary, station, "--against", against, server=server)["different"] == 0
        refused = server.get("/v1/sources/telemetry/pushes")
        assert refused[0] == 409 and "replays" in refused[1]["message"]
        assert server.stop() == 0


def test_late_rows_of_a_replay_are_named(binary, station):
    text = (station / "project.yaml").read_text()
    (station / "project.yaml").write_text(text.replace("event_time: at,", "event_time: at, arrival: seq,"))
    events = rows()
    events.insert(60, events.pop(40))  # behind the watermark
    events.insert(75, events.pop(70))  # in time, after events that are later
    lines = ["pump_id,at,flow,mode,seq", *(f"{e['pump_id']},{e['at']},{e['flow']!r},{e['mode']},{seq}" for seq, e in enumerate(events))]
    (station / "telemetry.csv").write_text("\n".join(lines) + "\n")
    with running(binary, station, "--listen", "127.0.0.1:0", "--replay", station) as server:
        server.wait_for("reads go on")
        assert parity(binary, station, server=server)["different"] == 0
        report = parity(binary, station, "--against", "batch", server=server, code=1)
        assert set(causes(report)) == {"late"} and {each["event"][:20] for each in report["differences"]} == {"2024-03-01T00:40:00Z"}


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
