"""Mistakes on the command line of a generated pipeline end in one line and an exit code, before any job starts."""
import re
import subprocess

import pytest

PROJECT = """
project: {name: meters}
---
entity: {name: meter, key: id}
---
source:
  name: readings
  entity: meter
  event_time: at
  columns: {id: string, x: double}
  batch: {format: ndjson, path: readings.ndjson}
---
feature: {name: total, description: d, owner: t, version: "1.0", aggregation: sum, window: 1h, source_features: [x]}
"""
READINGS = """{"id": "a", "at": "2024-03-01T01:00:00Z", "x": 1}
{"id": "a", "at": "2024-03-01T13:00:00Z", "x": 2}
{"id": "a", "at": "2024-03-02T13:00:00Z", "x": 3}
"""
BACKFILL = ["--mode=backfill", "--output=out", "--base=."]
DATASET = ["--mode=dataset", "--output=set", "--base=."]
FLINK = ["--runner=PortableRunner", "--job_endpoint=localhost:1", "--environment_type=LOOPBACK", "--parallelism=2",
         "--checkpointing_interval", "1000", "--experiments=use_deprecated_read"]

STREAM = ["--mode=stream", "--redis=localhost:1"]
KAFKA = ["--mode=stream", "--kafka=localhost:1/rows"]

MISTAKES = {
    "unknown source": ([*BACKFILL, "--source", "foo=bar"], 2, "no source `foo`: there are readings"),
    "source without path": ([*BACKFILL, "--source=readings"], 2, "not NAME=PATH"),
    "mistyped flag": ([*BACKFILL, "--strt", "2024-03-01"], 2, "no option --strt: is it --start?"),
    "unknown flag": ([*BACKFILL, "--quickly"], 2, "neither the pipeline nor Beam has an option --quickly"),
    "mistyped flag of Beam": ([*BACKFILL, "--direct_num_worker=2"], 2, "is it --direct_num_workers?"),
    "mistyped flag with a job server": ([*BACKFILL, *FLINK, "--feature=total"], 2, "no option --feature: is it --features?"),
    "dashes": ([*BACKFILL, "--kernel-shares=0"], 2, "--kernel_shares is at least 1"),
    "unknown feature": ([*BACKFILL, "--features=nope"], 2, "no feature nope: there are total"),
    "unknown entity": ([*BACKFILL, "--entity=nope"], 2, "no entity `nope`: there are meter"),
    "no time": ([*BACKFILL, "--start=yesterday"], 2, "--start yesterday is no time: write 2024-03-01"),
    "no such month": ([*BACKFILL, "--end=2024-13-01"], 2, "--end 2024-13-01 is no time"),
    "nothing between": ([*BACKFILL, "--start=2024-03-02", "--end=2024-03-02"], 2, "--end is not after --start"),
    "no duration": ([*BACKFILL, "--every=1.5h", "--end=2024-03-02"], 2, "'1.5h' is no duration"),
    "a grid without end": ([*BACKFILL, "--every=1h"], 2, "--every is for --mode backfill, and needs --end"),
    "no files": (["--mode=backfill", "--output=out", "--base=/nope"], 3, "no ndjson files at /nope/readings.ndjson"),
    "no observations": ([*DATASET, "--observations=nope.csv"], 3, "no csv files at nope.csv"),
    "several files of observations": ([*DATASET, "--observations=labelled-*.csv"], 2, "labelled-*.csv stands for 2 files; observations are one file"),
    "no time column": ([*DATASET, "--observations=labels.csv"], 2, "`event_time`: name that of the times with --time_column; it has id, labelled_at"),
    "no key": ([*DATASET, "--observations=keyless.csv", "--time-column", "labelled_at"], 1, "no column `id`"),
    "nothing to read": (STREAM, 2, "source `readings` cannot be read by --mode stream: it has no `stream:`"),
    "no settings": ([*KAFKA, "--kafka_config=nope"], 3, "--kafka_config: "),
    "settings of ours": ([*KAFKA, "--kafka_config=ours.properties"], 2, "line 2: `bootstrap.servers` is the pipeline's own"),
    "no setting": ([*KAFKA, "--kafka_config=torn.properties"], 2, "torn.properties: line 1 is not NAME=VALUE"),
    "password on the command line": (["--mode=stream", "--redis=redis://:s3cret@localhost:1"], 2, "--redis: is HOST:PORT, or rediss://HOST:PORT"),
    "no password": ([*STREAM, "--redis_password_file=nope"], 3, "--redis_password_file: "),
    "empty password": ([*STREAM, "--redis_password_file=empty"], 2, "has no password in its first line"),
    "user without password": ([*STREAM, "--redis_user=alice"], 2, "--redis_user needs --redis_password_file"),
    "late into a table": ([*STREAM, "--late=bigquery://project.dataset.table"], 2, "--late is BROKERS/TOPIC"),
    "bad messages into a data set": ([*STREAM, "--bad_messages=bigquery://project.dataset"], 2, "--bad_messages is BROKERS/TOPIC"),
    "no time column in records": ([*DATASET, "--observations=labels.ndjson"], 2, "it has id, labelled_at"),
}


@pytest.fixture(scope="module")
def meters(tmp_path_factory, binary):
    folder = tmp_path_factory.mktemp("meters")
    (folder / "project.yaml").write_text(PROJECT)
    (folder / "readings.ndjson").write_text(READINGS)
    (folder / "labels.csv").write_text("id,labelled_at\na,2024-03-02\n")
    for name in "ab":
        (folder / f"labelled-{name}.csv").write_text("id,event_time\na,2024-03-02\n")
    (folder / "keyless.csv").write_text("labelled_at\n2024-03-02\n")
    (folder / "ours.properties").write_text("client.id=a\nbootstrap.servers=s3cret\n")
    (folder / "torn.properties").write_text("s3cret\n")
    (folder / "empty").write_text("")
    (folder / "labels.ndjson").write_text('{"id": "a", "labelled_at": "2024-03-02"}\n')
    subprocess.run([binary, "generate", "beam", "--output", "code", "--quiet"], cwd=folder, check=True, capture_output=True)
    return folder


def run(python, folder, arguments):
    return subprocess.run([python, "code/pipeline.py", *arguments], cwd=folder, capture_output=True, text=True, timeout=300)


def assert_refused(done, code, text):
    assert done.returncode == code, done.stderr
    last = done.stderr.splitlines()[-1]
    assert re.match(r"pipeline\.py: error: ", last) and text in last, done.stderr
    assert "Traceback" not in done.stderr and "s3cret" not in done.stderr


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_one_line(meters, beam_python, mistake):
    arguments, code, text = MISTAKES[mistake]
    assert_refused(run(beam_python, meters, arguments), code, text)
    assert not (meters / "out").exists() and not (meters / "set").exists()


STREAMS = {
    "push": ("{push: {}}", "its `stream:` is `push`, which this pipeline cannot read"),
    "no project": ("{pubsub: {subscription: readings}}", "`readings` is no path of a subscription: say `project`"),
    "no path": ("{pubsub: {project: p, subscription: a/b}}", "`a/b` is no path of a subscription"),
}


@pytest.mark.parametrize("stream", STREAMS)
def test_a_stream_that_cannot_be_read(tmp_path, binary, beam_python, stream):
    written, text = STREAMS[stream]
    (tmp_path / "project.yaml").write_text(PROJECT.replace("batch: {format: ndjson, path: readings.ndjson}", f"stream: {written}"))
    subprocess.run([binary, "generate", "beam", "--output", "code", "--quiet"], cwd=tmp_path, check=True, capture_output=True)
    assert_refused(run(beam_python, tmp_path, STREAM), 2, text)


def test_flags_of_a_job_server_are_kept(meters, beam_python):
    """`--checkpointing_interval` is known to Flink's job server only."""
    script = "import sys; sys.path.insert(0, 'code'); from headrace_runtime import command_line as c; c.require_known(c.parse(sys.argv[1:])[1])"
    done = subprocess.run([beam_python, "-c", script, *BACKFILL, *FLINK], cwd=meters, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def test_dashes_are_underscores(meters, beam_python):
    done = run(beam_python, meters, [*DATASET[:1], "--output=labelled", "--base=.", "--observations=labels.csv", "--time-column", "labelled_at"])
    assert done.returncode == 0, done.stderr
    assert (meters / "labelled" / "part-00000.parquet").exists()


def test_a_stored_day_is_not_cut(meters, beam_python):
    again = ["--mode=backfill", "--output=stored", "--base=."]
    assert run(beam_python, meters, again).returncode == 0
    day = meters / "stored" / "meter" / "day=2024-03-01" / "part-0.parquet"
    before = day.read_bytes()
    assert_refused(run(beam_python, meters, [*again, "--start=2024-03-01T12:00:00Z"]), 2, "say --start 2024-03-01, or another --output")
    assert_refused(run(beam_python, meters, [*again, "--end=2024-03-01T12:00:00Z"]), 2, "say --end 2024-03-02, or another --output")
    assert day.read_bytes() == before
    assert run(beam_python, meters, [*again, "--start=2024-03-01T00:30:00Z", "--end=2024-03-02"]).returncode == 0
    assert run(beam_python, meters, [*again, "--from=2024-03-01T00:30:00Z", "--to=2024-03-02"]).returncode == 0, "earlier names"
    assert day.read_bytes() == before
