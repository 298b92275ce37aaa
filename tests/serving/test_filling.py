"""Values that begin with files and go on with a stream are those of a batch run over both: through kills, reloads and refusals."""
import json
import random
import signal
import subprocess
import threading
from datetime import datetime, timedelta, timezone

import pytest
from running_server import PATIENCE, running

DEFINITIONS = """project: {name: station}
---
entity: {name: pump, key: pump_id}
---
source: {name: telemetry, entity: pump, event_time: at, allowed_lateness: 1h, columns: {pump_id: string, flow: double}, batch: {format: csv, path: telemetry}}
---
source: {name: repairs, entity: pump, event_time: at, id: job, allowed_lateness: 1h, columns: {pump_id: string, job: int64, cost: double}, batch: {format: csv, path: repairs}}
"""
FEATURES = """feature: {name: flow_2h, owner: o, version: "1.0", description: d, source: telemetry, source_features: [flow], formula: flow, aggregation: [mean, max, stddev], window: 2h}
---
feature: {name: flow_ever, owner: o, version: "1.0", description: d, source: telemetry, source_features: [flow], formula: flow, aggregation: [sum, median, count], window: lifetime}
---
feature: {name: cost_ever, owner: o, version: "1.0", description: d, source: repairs, source_features: [cost], formula: cost, aggregation: [sum, count], window: lifetime}
"""
LONGER = """---
feature: {name: flow_30d, owner: o, version: "1.0", description: d, source: telemetry, source_features: [flow], formula: flow, aggregation: [mean, count], window: 30d}
---
feature: {name: flow_since, owner: o, version: "1.0", description: d, source: telemetry, source_features: [flow], formula: flow, aggregation: mean, window: lifetime}
"""
COLUMNS = {"telemetry": ["pump_id", "at", "flow"], "repairs": ["pump_id", "at", "job", "cost"]}
PUMPS = ["p1", "p2", "p3"]
FREE = ("--listen", "127.0.0.1:0")


def shown(time):
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")


class Station:
    """A project with files of two sources, and what the values are to be made of."""

    def __init__(self, binary, folder, seed, copies=1):
        self.binary, self.folder, self.chance, self.jobs, self.copies = binary, folder, random.Random(seed), 0, copies
        self.now = datetime.now(timezone.utc)
        self.counted = {source: [] for source in COLUMNS}
        (folder / "features").mkdir(parents=True)
        (folder / "project.yaml").write_text(DEFINITIONS)
        (folder / "features" / "f.yaml").write_text(FEATURES)

    def event(self, source, time):
        event = {"pump_id": self.chance.choice(PUMPS), "at": shown(time)}
        if source == "repairs":
            self.jobs += 1
            return event | {"job": self.jobs, "cost": self.chance.randrange(10_000) / 64}
        return event | {"flow": self.chance.randrange(10_000) / 64}

    def write(self, source, events):
        lines = [",".join(COLUMNS[source])] + [",".join(str(event[name]) for name in COLUMNS[source]) for event in events]
        (self.folder / source).mkdir(exist_ok=True)
        for copy in range(self.copies if source == "telemetry" else 1):
            (self.folder / source / f"part-{copy:03}.csv").write_text("\n".join(lines) + "\n")

    def between(self, begin, end):
        return begin + (end - begin) * self.chance.random()

    def expected(self, features, at):
        """What the batch engine says of the counted events."""
        for source, events in self.counted.items():
            lines = [",".join(COLUMNS[source])] + [",".join(str(event[name]) for name in COLUMNS[source]) for event in events]
            (self.folder / f"all-{source}.csv").write_text("\n".join(lines) + "\n")
        (self.folder / "asked.csv").write_text("pump_id,asked\n" + "".join(f"{pump},{at}\n" for pump in PUMPS))
        command = [str(self.binary), "dataset", "--project", str(self.folder), "--observations", str(self.folder / "asked.csv"), "--time-column", "asked", "--output", "-",
                   "--output-format", "ndjson", "--features", ",".join(features), "--quiet"]
        for source in COLUMNS:
            command += ["--source", f"{source}={self.folder}/all-{source}.csv"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return [[row[name] for name in features] for row in map(json.loads, done.stdout.splitlines())]

    def feature_names(self, server):
        status, answer = server.get("/v1/features")
        assert status == 200, answer
        return sorted(feature["name"] for feature in answer["features"])

    def read(self, server):
        """The features, their values by pump, and of when they are."""
        features = self.feature_names(server)
        asked = {"features": features, "entities": [{"pump_id": pump} for pump in PUMPS]}
        status, answer = server.get("/v1/features:read", method="POST", headers={"Content-Type": "application/json"}, body=json.dumps(asked))
        assert status == 200, answer
        return features, [[value["value"] for value in row["values"]] for row in answer["rows"]], answer["as_of"]

    def check(self, server):
        features, got, as_of = self.read(server)
        assert got == self.expected(features, as_of)
        return features, got, as_of

    def check_explained(self, server):
        """Of files and of events, as the values are."""
        features, got, as_of = self.check(server)
        for name in features:
            status, told = server.get(f"/v1/features/{name}/explain?key=pump_id={PUMPS[0]}&as_of={as_of}")
            assert status == 200 and told["value"] == got[0][features.index(name)], (name, told)


def push(server, source, event):
    status, answer = server.get(f"/v1/sources/{source}/events", method="POST", headers={"Content-Type": "application/x-ndjson"}, body=json.dumps(event))
    assert status == 200, answer
    return answer


def sources_of(server):
    return {source["name"]: source for source in server.get("/v1/sources")[1]["sources"]}


def wait_until_ready(server):
    for _ in range(100_000):
        status, answer = server.get("/readyz")
        if status == 200:
            return
        assert answer["code"] == "not_ready", answer
        if server.process.poll() is not None:
            pytest.fail("".join(server.said))
    pytest.fail("never ready")


def fill(station, cut, rows):
    """Files up to a little behind the cut of each source, with the options that fill from them."""
    options = []
    for source, at in cut.items():
        events = [station.event(source, station.between(at - timedelta(days=20), at)) for _ in range(rows)]
        events += [station.event(source, station.between(at - timedelta(minutes=50), at)) for _ in range(10)]
        events += [station.event(source, at + timedelta(minutes=1))]
        station.write(source, events)
        station.counted[source] += [event for event in events if event["at"] < shown(at) or source == "repairs"]
        options += ["--fill-before", f"{source}={shown(at)}"]
    return options


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_values_over_files_and_stream_are_those_of_a_batch_run(binary, tmp_path, seed):
    station = Station(binary, tmp_path / "station", seed)
    cut = {source: station.now - timedelta(minutes=station.chance.uniform(20, 90)) for source in COLUMNS}
    options = [*FREE, "--quiet", "--checkpoint-every", "1s", *fill(station, cut, 500)]
    of_files = {source: list(events) for source, events in station.counted.items()}
    covered, clock = dict.fromkeys(COLUMNS, 0), min(cut.values())
    for start in range(5):
        with running(binary, station.folder, *options) as server:
            wait_until_ready(server)
            station.check(server)
            for _ in range(30):
                source = station.chance.choice(list(COLUMNS))
                clock = station.between(clock, clock + (station.now - clock) / 20)
                chance = station.chance.random()
                if chance < 0.15:  # of the other side of the cut, as the files have it
                    event = station.chance.choice(of_files[source][-10:])
                else:
                    event = station.event(source, max(cut[source], clock - timedelta(minutes=station.chance.uniform(0, 70))))
                answer = push(server, source, event)
                covered[source] += answer["covered"]
                if answer["accepted"] and not (source == "repairs" and event in of_files[source]):
                    assert event["at"] >= shown(cut[source])
                    station.counted[source].append(event)
            station.check_explained(server)
            sources = sources_of(server)
            assert {name: sources[name]["covered"] for name in COLUMNS} == covered
            assert all(datetime.fromisoformat(sources[name]["filled_before"]) == cut[name] for name in COLUMNS)
            server.stop(signal.SIGKILL if start % 2 == 0 else signal.SIGTERM)
    assert covered["telemetry"] > 0, "events came of both sides"
    with running(binary, station.folder, *FREE, "--quiet") as server:
        station.check(server)
        assert sources_of(server)["telemetry"]["filled_rows"] == len(of_files["telemetry"])


def test_a_kill_while_files_are_read_begins_anew(binary, tmp_path):
    station = Station(binary, tmp_path / "station", 7, copies=60)
    cut = dict.fromkeys(COLUMNS, station.now - timedelta(hours=1))
    options = [*FREE, "--checkpoint-every", "1s", *fill(station, cut, 20_000)]
    station.counted["telemetry"] *= station.copies
    for attempt in range(3):
        with running(binary, station.folder, *options) as server:
            status, answer = server.get("/readyz")
            assert (status, answer["code"]) == (503, "not_ready"), "it listens while files are read"
            status, answer = server.get("/v1/sources/telemetry/events", method="POST", headers={"Content-Type": "application/x-ndjson"}, body="{}")
            assert (status, answer["code"]) == (503, "not_ready"), answer
            assert server.get("/v1/reload", method="POST")[0] == 503
            assert server.get("/v1/features")[0] == 200
            assert server.stop(signal.SIGKILL if attempt < 2 else signal.SIGTERM) == (-signal.SIGKILL if attempt < 2 else 0)
    with running(binary, station.folder, *options) as server:
        wait_until_ready(server)
        station.check(server)


def test_a_reload_that_reaches_farther_back_is_filled_while_the_server_goes_on(binary, tmp_path):
    station = Station(binary, tmp_path / "station", 8, copies=60)
    definitions = station.folder / "project.yaml"
    definitions.write_text(definitions.read_text().replace("allowed_lateness: 1h", "allowed_lateness: 10m"))
    cut = dict.fromkeys(COLUMNS, station.now - timedelta(hours=3))
    fill(station, cut, 20_000)
    of_files = {source: list(events) for source, events in station.counted.items()}
    station.counted["telemetry"] *= station.copies
    options = [*FREE, "--keep", "1s", "--history", "1m", "--fill-before", shown(cut["telemetry"])]
    of_stream = {source: [] for source in COLUMNS}

    def go_on(server, begin, end):
        for step in range(20):
            for source in COLUMNS:
                event = station.event(source, begin + (end - begin) * step / 20)
                assert push(server, source, event)["accepted"] == 1
                of_stream[source].append(event)
                station.counted[source].append(event)

    # Each end leaves a mark; what the states at the second one have is forgotten.
    for begin, end in ((180, 120), (120, 30)):
        with running(binary, station.folder, *options) as server:
            wait_until_ready(server)
            go_on(server, station.now - timedelta(minutes=begin), station.now - timedelta(minutes=end))
            assert server.stop() == 0

    with running(binary, station.folder, *options) as server:
        wait_until_ready(server)
        assert server.get("/v1/sources/telemetry/pushes")[1]["pushes"][0]["position"] > 0, "pushes were forgotten"
        station.check(server)
        (station.folder / "features" / "f.yaml").write_text(FEATURES + LONGER)
        status, answer = server.get("/v1/reload", method="POST")
        assert (status, answer["code"]) == (409, "conflict") and "events may be missing" in answer["message"], answer
        station.check(server)

        # The files of now: what was before, and what the stream has brought since.
        for source, events in of_stream.items():
            station.write(source, of_files[source])
            lines = [",".join(COLUMNS[source])] + [",".join(str(event[name]) for name in COLUMNS[source]) for event in events]
            (station.folder / source / "part-999.csv").write_text("\n".join(lines) + "\n")
        answers = []
        reload = threading.Thread(target=lambda: answers.append(server.get("/v1/reload", method="POST")))
        reload.start()
        told, moment = set(), station.now - timedelta(minutes=29)
        while reload.is_alive():
            listed = server.get("/v1/sources")[1]
            told.add(listed.get("reload_progress", "").split(",")[0])
            if listed.get("reload_progress"):
                assert "flow_30d_mean" not in station.read(server)[0]
                moment += timedelta(seconds=1)
                event = station.event("telemetry", moment)
                assert push(server, "telemetry", event)["accepted"] == 1
                station.counted["telemetry"].append(event)
        assert answers[0][0] == 200, answers
        assert "pump: reading" in told, told
        station.check(server)
        assert "flow_30d_mean" in station.feature_names(server)
        assert datetime.fromisoformat(sources_of(server)["telemetry"]["filled_before"]) > cut["telemetry"]
        server.stop(signal.SIGKILL)
    with running(binary, station.folder, *options) as server:
        wait_until_ready(server)
        station.check(server)


@pytest.mark.parametrize(("option", "change", "said"), [
    ("2999-01-01", {}, "to be filled up to 2999-01-01T00:00:00Z"),
    ("telemetry=2024-01-02", {}, "`repairs` has none"),
    ("other=2024-01-02", {}, "names a source `other`"),
    ("telemetry=soon", {}, "takes a time"),
    ("2024-01-03", {}, "between the files of `telemetry`, whose newest event is at 2024-01-01T12:00:00Z, and its stream, which begins at 2024-01-03T00:00:00Z"),
    ("2024-01-01T12:00:00Z", {"telemetry": None}, "telemetry"),
    ("2024-01-01T12:00:00Z", {"telemetry": []}, "no events"),
])
def test_what_cannot_be_filled_is_refused(binary, tmp_path, option, change, said):
    station = Station(binary, tmp_path / "station", 9)
    definitions = station.folder / "features" / "f.yaml"
    definitions.write_text(FEATURES)
    noon = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)
    for source in COLUMNS:
        events = change.get(source, [station.event(source, noon)])
        if events is not None:
            station.write(source, events)
    command = [binary, "serve", "--project", station.folder, *FREE, "--fill-before", option]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert refused.returncode not in (0, -signal.SIGABRT) and said in refused.stderr, refused.stderr
    assert "help:" in refused.stderr or "such as" in refused.stderr


def test_a_quiet_source_says_so(binary, tmp_path):
    station = Station(binary, tmp_path / "station", 10)
    noon = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)
    for source in COLUMNS:
        station.write(source, [station.event(source, noon)])
    fill = "{fill: {before: 2024-01-01T18:00:00Z, quiet: 6h}}"
    (station.folder / "environments.yaml").write_text(f"dev: {{sources: {{telemetry: {fill}, repairs: {fill}}}}}\n")
    with running(binary, station.folder, *FREE) as server:
        wait_until_ready(server)
        assert sources_of(server)["telemetry"]["files_end"] == "2024-01-01T12:00:00.000001Z"
    (station.folder / "environments.yaml").write_text("dev: {sources: {telemetry: {fill: {before: noon}}, repairs: {fill: {quiet: 1h}}}}\n")
    checked = subprocess.run([binary, "serve", "--project", station.folder, *FREE], capture_output=True, text=True, timeout=PATIENCE)
    assert checked.returncode != 0 and "such as 2026-11-30T00:00:00Z" in checked.stderr and "before" in checked.stderr


def test_an_entity_that_was_filled_is_forgotten(binary, tmp_path):
    """Also its rows of files that no state holds yet, and after starts; the others are as they were."""
    station = Station(binary, tmp_path / "station", 11)
    cut = {"telemetry": station.now - timedelta(minutes=30), "repairs": station.now - timedelta(minutes=90)}
    options = fill(station, cut, 100)
    with running(binary, station.folder, *FREE, *options) as server:
        wait_until_ready(server)
        for _ in range(20):
            event = station.event("telemetry", station.between(cut["telemetry"], station.now))
            push(server, "telemetry", event)
            station.counted["telemetry"].append(event)
        station.check(server)
        status, answer = server.get("/v1/entities:forget", method="POST", headers={"Content-Type": "application/json"}, body=json.dumps({"key": {"pump_id": "p2"}}))
        assert status == 200 and answer["entities"] == ["pump"], answer
        assert any(place.startswith("files of the sources") for place in answer["not_reached"])
        for source, events in station.counted.items():
            station.counted[source] = [event for event in events if event["pump_id"] != "p2"]
        station.check(server)
        server.process.kill()
        server.process.wait()
    with running(binary, station.folder, *FREE, *options) as server:
        wait_until_ready(server)
        station.check(server)
        event = station.event("telemetry", station.now) | {"pump_id": "p2"}
        push(server, "telemetry", event)
        station.counted["telemetry"].append(event)
        station.check(server)
