"""A file of values beside the server: what programs read there in process is what the server answers, through pushes, windows
that let go, new definitions and kills."""
import http.client
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from live_events import event, push, until
from running_server import running
from values_reader import (
    CHANGED,
    EXPIRED,
    HOLDS,
    IS_OVER,
    NO_END,
    NO_EVENTS,
    NO_FILE,
    NO_TIME,
    OK,
    STALE,
    Reader,
    ReaderError,
)

HERE = Path(__file__).parent
DEFINITIONS = """project: {name: pumping-station, defaults: {source: telemetry}}
---
entity: {name: pump, key: pump_id}
---
source: {name: telemetry, entity: pump, event_time: at, columns: {pump_id: string, flow: double}, allowed_lateness: 1m}
---
entity: {name: site, key: [country, number]}
---
source: {name: visits, entity: site, event_time: at, columns: {country: string, number: int64, note: string}}
---
feature: {name: visits, source: visits, owner: o, version: "1.0", description: d, source_features: [], aggregation: count, window: 1h}
---
feature: {name: note, source: visits, owner: o, version: "1.0", description: d, source_features: [note], formula: note, aggregation: last, window: lifetime}
"""
FEATURE = """---
feature: {{name: {name}, owner: o, version: "{version}", description: d, source_features: {inputs}, {rest}}}
"""
FEATURES = {
    "flow_mean": ("[flow]", "formula: flow, aggregation: mean, window: 1h"),
    "brief": ("[]", "aggregation: count, window: 3s"),
    "ever": ("[]", "aggregation: count, window: lifetime"),
    "total": ("[flow]", "formula: flow, aggregation: sum, window: lifetime"),
    "recent": ("[flow]", "formula: flow, aggregation: last_k, params: {k: 3}, window: 1h"),
    "last_at": ("[]", "formula: event_time(), aggregation: last, window: 1h"),
    "weighted": ("[flow]", "formula: flow, aggregation: time_weighted_mean, window: 1h"),
    "share": ("[brief, ever]", "formula: brief / ever"),
    "moving": ("[weighted]", "formula: weighted + 1"),
}
ALL = tuple(FEATURES)


def write(folder, values, *features, versions=None, extra=""):
    folder.mkdir(exist_ok=True)
    text = "".join(FEATURE.format(name=name, inputs=FEATURES[name][0], rest=FEATURES[name][1], version=(versions or {}).get(name, "1.0")) for name in features)
    (folder / "project.yaml").write_text(DEFINITIONS + text)
    (folder / "environments.yaml").write_text(f"dev: {{listen: 127.0.0.1:0, values_file: {{path: '{values}', refresh: 20ms}}{extra}}}\n")


def micros(text):
    return NO_TIME if text is None else round(datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=UTC).timestamp() * 1e6)


def ask(server, features, entities, as_of=None):
    """(instant, rows of (value, event time)) over HTTP."""
    body = {"features": list(features), "entities": entities} | ({"as_of": as_of} if as_of else {})
    status, answer = server.get("/v1/features:read", method="POST", headers={"Content-Type": "application/json"}, body=json.dumps(body))
    assert status == 200, answer
    return micros(answer["as_of"]), [[(value["value"], micros(value["event_time"])) for value in row["values"]] for row in answer["rows"]]


def opened(binary, path, **options):
    """The reader of a file, once it is there."""

    def try_it():
        try:
            return Reader(binary, path, **options)
        except ReaderError as error:
            assert error.status == NO_FILE
            return None

    return until(try_it)


def wait_until_current(reader, query, key="-"):
    """Until what had happened by now is in the file."""
    begun = time.time() * 1e6

    def is_current():
        query.read(key)  # follows to a file that took over
        return reader.file().current_to_us >= begun

    until(is_current)


def same(of_file, of_server):
    value, event_time = of_server
    if isinstance(value, list):
        value = json.dumps(value)
    if isinstance(value, str) and isinstance(of_file.value, int):
        value = micros(value)
    assert of_file.value == value and of_file.event_time == event_time, (of_file, of_server)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "station"


@pytest.fixture
def values(tmp_path):
    return tmp_path / "values"


@pytest.mark.parametrize("seed", range(3))
def test_values_are_those_of_the_server(binary, folder, values, seed):
    random.seed(seed)
    write(folder, values, *ALL)
    held = over = 0
    with running(binary, folder) as server, opened(binary, values) as reader:
        query = reader.query("pump", *ALL)
        assert query.read("p0")[0] in (NO_EVENTS, EXPIRED)  # `weighted` is of no instant but its own
        for _ in range(12):
            push(server, *(event(f"p{random.randrange(3)}", random.choice([None, 1.5, -2.25, random.random()]), random.random() * 30) for _ in range(random.randrange(1, 4))))
            wait_until_current(reader, query)
            keys = [f"p{i}" for i in range(4)]
            at, rows = ask(server, ALL, [{"pump_id": key} for key in keys])
            for key, row in zip(keys, rows, strict=True):
                status, read = query.read(key, at=at)
                assert status in (OK, NO_EVENTS, EXPIRED)
                for name, mine, theirs in zip(ALL, read, row, strict=True):
                    if mine.state == HOLDS:
                        same(mine, theirs)
                        held += 1
                    else:
                        assert mine.state == IS_OVER and mine.holds_until <= max(at, reader.file().current_to_us)
                        over += name not in ("weighted", "moving")
                by_name = dict(zip(ALL, read, strict=True))
                assert by_name["weighted"].state == by_name["moving"].state == IS_OVER
                assert by_name["ever"].holds_until == by_name["total"].holds_until == NO_END
        assert server.stop() == 0
    assert held > 150 > over


def test_a_value_is_over_when_a_window_lets_go(binary, folder, values):
    write(folder, values, "brief", "ever", "share")
    with running(binary, folder) as server, opened(binary, values) as reader:
        query = reader.query("pump", "brief", "ever", "share")
        push(server, event("p1"))
        wait_until_current(reader, query)
        status, (brief, ever, share) = query.read("p1")
        assert (status, brief.value, ever.value, share.value) == (OK, 1, 1, 1.0)
        assert brief.holds_until == share.holds_until == brief.event_time + 3_000_000
        assert ever.holds_until == NO_END
        status, (later, ever, _) = query.read("p1", at=brief.holds_until)
        assert status in (EXPIRED, STALE) and later.state == IS_OVER and later.value == 1 and ever.state != IS_OVER
        until(lambda: query.read("p1")[1][0].value == 0)
        assert query.read("p1")[0] == OK
        _, rows = ask(server, ["brief"], [{"pump_id": "p1"}])
        assert rows[0][0][0] == 0


def test_an_event_ahead_ends_what_holds_until_then(binary, folder, values):
    write(folder, values, "ever")
    with running(binary, folder) as server, opened(binary, values) as reader:
        query = reader.query("pump", "ever")
        push(server, event("p1"), event("p1", ago=-2))
        wait_until_current(reader, query)
        _, (ever,) = query.read("p1")
        assert ever.value == 1 and ever.holds_until < NO_END
        until(lambda: query.read("p1")[1][0].value == 2)
        assert query.read("p1")[1][0].holds_until == NO_END


def test_entities_of_several_keys(binary, folder, values):
    write(folder, values)
    with running(binary, folder) as server, opened(binary, values) as reader:
        at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        push(server, *(json.dumps({"country": country, "number": 7, "at": at, "note": "ü" * length}) + "\n" for country, length in (("NL", 3), ("D" * 90, 500))), source="visits")
        query = reader.query("site", "visits", "note")
        until(lambda: query.read("NL", 7)[0] == OK)
        assert [value.value for value in query.read("NL", 7)[1]] == [1, "üüü"]
        assert [value.value for value in query.read("D" * 90, 7)[1]] == [1, "ü" * 500]
        assert query.read("NL", 8)[0] == NO_EVENTS


def test_new_definitions_take_over(binary, folder, values):
    write(folder, values, "ever", "total")
    with running(binary, folder) as server, opened(binary, values) as reader:
        push(server, event("p1", 2.0))
        kept, changed = reader.query("pump", "ever"), reader.query("pump", "total")
        until(lambda: kept.read("p1")[0] == changed.read("p1")[0] == OK)
        write(folder, values, "brief", "total", "ever", versions={"total": "1.1"})
        server.send(signal.SIGHUP)
        server.wait_for("reloaded")
        until(lambda: changed.read("p1")[0] == CHANGED)
        assert kept.read("p1")[0] == OK and kept.read("p1")[1][0].value == 1
        anew = reader.query("pump", "brief", "total")
        assert anew.read("p1")[1][1].value == 2.0


def test_what_the_server_says_of_it(binary, folder, values):
    write(folder, values, "ever")
    with running(binary, folder) as server, opened(binary, values) as reader:
        push(server, event("p1"), event("p2"))
        query = reader.query("pump", "ever")
        wait_until_current(reader, query)
        told = until(lambda: (told := server.get("/v1/sources")[1]["values_file"])["waiting"] == 0 and told)
        assert (told["name"], told["address"], told["problem"]) == ("values file", str(values), "") and told["writes"] >= 2
        assert 'headrace_online_store_up{store="values file"} 1' in server.get("/metrics")[1]
        status = subprocess.run([binary, "status"], env=os.environ | {"HEADRACE_SERVER": server.address}, capture_output=True, text=True, check=True).stdout
        assert f"values file {values}: " in status
        assert (values.stat().st_mode & 0o137) == 0
        watermarks = {(entity := reader.entity(number)).name: entity.watermark_us for number in range(reader.file().entities)}
        assert watermarks[b"site"] == NO_TIME < watermarks[b"pump"] < time.time() * 1e6


def test_what_cannot_be_a_values_file(binary, folder, values):
    write(folder, values, "ever")
    serve = [binary, "serve", "--project", folder]
    values.write_text("precious")
    done = subprocess.run(serve, capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "is no file of values" in done.stderr and values.read_text() == "precious"
    values.unlink()
    with running(binary, folder):
        done = subprocess.run([*serve, "--data", folder / "other"], capture_output=True, text=True, check=False)
        assert done.returncode != 0 and f"another server keeps {values}" in done.stderr
    write(folder, folder / "nowhere" / "values", "ever")
    done = subprocess.run(serve, capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "nowhere" in done.stderr


def watch_rows(binary, path, pumps, stop):
    """Of a process of its own: rows are whole and never go back, whatever happens to the server. Prints how many it read."""
    reads, counts = 0, dict.fromkeys(pumps, 0)
    with opened(binary, path, stale_after=0.5) as reader:
        query = reader.query("pump", "ever", "total")
        while not os.path.exists(stop):
            for pump in pumps:
                status, values = query.read(pump)
                assert status in (OK, NO_EVENTS, STALE), status
                if values[0].event_time == NO_TIME:
                    assert counts[pump] == 0, "an entity is gone"
                    continue
                ever, total = (value.value for value in values)
                assert ever == total, "a row is torn"
                assert ever >= counts[pump], "a value went back"
                counts[pump] = ever
                reads += 1
    print(reads)


def test_readers_see_whole_rows_through_kills(binary, folder, values, tmp_path):
    random.seed(5)
    pumps = [f"p{i}" for i in range(20)]
    write(folder, values, "ever", "total")
    with running(binary, folder):
        opened(binary, values)
    stop = tmp_path / "stop"
    command = [sys.executable, __file__, str(binary), str(values), str(stop), *pumps]
    watching = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE) for _ in range(2)]
    acknowledged = dict.fromkeys(pumps, 0)
    with ExitStack() as ends:
        ends.callback(lambda: [each.kill() for each in watching])
        for _ in range(8):
            with running(binary, folder) as server:
                killing = threading.Timer(random.uniform(0.1, 0.8), server.process.kill)
                killing.start()
                while True:
                    sent = [random.choice(pumps) for _ in range(random.randrange(1, 30))]
                    try:
                        push(server, *(event(pump, 1.0) for pump in sent))
                    except (OSError, ValueError, http.client.HTTPException):
                        break
                    for pump in sent:
                        acknowledged[pump] += 1
                killing.join()
                server.wait()
        with running(binary, folder) as server, opened(binary, values) as reader:
            query = reader.query("pump", "ever", "total")
            wait_until_current(reader, query)
            _, rows = ask(server, ["ever"], [{"pump_id": pump} for pump in pumps])
            for pump, row in zip(pumps, rows, strict=True):
                status, (ever, _) = query.read(pump)
                assert status == OK and ever.value == row[0][0] >= acknowledged[pump]
        assert sum(acknowledged.values()) > 100
        stop.write_text("")
        for each in watching:
            assert int(each.communicate()[0]) > 1000 and each.returncode == 0


@pytest.mark.skipif(shutil.which("pkg-config") is None or shutil.which("cc") is None, reason="cc and pkg-config build the program in C")
def test_a_program_in_c(binary, folder, values, tmp_path, root):
    prefix = tmp_path / "prefix"
    build = Path(binary).parent
    subprocess.run(["cmake", "--install", build, "--component", "reader", "--prefix", prefix], check=True, capture_output=True)
    pc = next(prefix.rglob("headrace_reader.pc"))
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "headrace_reader"], env=os.environ | {"PKG_CONFIG_PATH": str(pc.parent)}, capture_output=True, text=True, check=True).stdout.split()
    strict = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wstrict-prototypes", "-Werror"]
    program = tmp_path / "reader_program"
    subprocess.run(["cc", *strict, HERE / "reader_program.c", "-o", program, *flags], check=True)
    static = tmp_path / "reader_program_static"
    subprocess.run(["cc", *strict, HERE / "reader_program.c", "-o", static, f"-I{prefix / 'include'}", next(prefix.rglob("libheadrace_reader.a")), "-lstdc++"], check=True)
    library = next(prefix.rglob("libheadrace_reader.so")).parent
    names = subprocess.run(["nm", "-D", "--defined-only", library / "libheadrace_reader.so"], capture_output=True, text=True, check=True).stdout
    assert all(line.split()[-1].startswith(("headrace_", "HEADRACE_READER_")) for line in names.splitlines()), names

    write(folder, values, "flow_mean", "ever", "recent")

    def run(which, *arguments):
        return subprocess.run([which, *map(str, arguments)], env=os.environ | {"LD_LIBRARY_PATH": str(library)}, capture_output=True, text=True, check=False)

    assert run(program, values, "pump", "p1", "ever").returncode == 100 - NO_FILE
    with running(binary, folder) as server:
        push(server, event("p1", 0.1), event("p1", 0.3))
        reader = opened(binary, values)
        wait_until_current(reader, reader.query("pump", "ever"))
        for which in (program, static):
            done = run(which, values, "pump", "p1", "flow_mean", "ever", "recent")
            assert done.returncode == 0, done
            lines = [line.split(" ", 3) for line in done.stdout.splitlines()]
            assert [line[:3] for line in lines] == [[name, "1.0", "holds"] for name in ("flow_mean", "ever", "recent")]
            assert float.fromhex(lines[0][3].split()[0]) == 0.2 and lines[1][3].startswith("2 ") and lines[2][3].startswith("[0.1, 0.3] ")
        listed = run(program, values, "pump", "p1", "*").stdout.splitlines()
        assert "pump ever 1.0 2" in listed and "site note 1.0 4" in listed
        assert run(program, values, "pump", "p9", "ever").returncode == NO_EVENTS
        assert run(program, values, "pump", "p1", "nothing").returncode == 107
        server.process.kill()
        server.wait()
    until(lambda: run(program, values, "pump", "p1", "ever").returncode == STALE)
    assert run(program, values, "pump", "p1", "ever").stdout.startswith("ever 1.0 stale 2 ")


if __name__ == "__main__":
    watch_rows(sys.argv[1], sys.argv[2], sys.argv[4:], sys.argv[3])
