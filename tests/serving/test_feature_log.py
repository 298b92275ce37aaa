"""What was served, as files: whole, bounded, of a sample; and held against batch runs."""
import json
import re
import shutil

import pyarrow
import pyarrow.parquet as parquet
import pytest
from parity_station import causes, headrace, log_files, parity, push, read, rows, served, stamp, station, wait_for_log, write_station  # noqa: F401
from running_server import running



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
