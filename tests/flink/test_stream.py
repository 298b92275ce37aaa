"""Streams on a real Flink cluster: from a Kafka broker into Redis and Kafka, with the values of the native engine."""
import datetime
import json
import os
import subprocess
import sys

import confluent_kafka
import pyarrow.parquet as pq
import pytest
import redis as redis_client
import redis_rows
import servers
import station
from kernel_wheel import unpack_kernel

SECONDS_MAX = 240


def produce(broker, topic, events):
    """Records with the events' times, which the reader's watermark follows; all of one key are in one partition.

    Each partition gets some: Kafka's reader waits for the first record of every one before it lets time pass.
    """
    producer = confluent_kafka.Producer({"bootstrap.servers": broker.address, "enable.idempotence": True})
    for each in events:
        partition = station.KEYS.index(each["id"]) % 2 if each["id"] in station.KEYS else 0
        timestamp = redis_rows.microseconds(each["at"]) // 1000
        text = json.dumps(each, ensure_ascii=False)
        producer.produce(topic, text.encode(), key=each["id"].encode(), partition=partition, timestamp=timestamp)
    assert producer.flush(60) == 0


def a_minute_ago():
    return (datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def event(key, at):
    return {"id": key, "at": at, "seq": 10_000, "x": 1e6, "mode": "run"}


def late_events():
    """Hours and some minutes more than the allowed twenty behind the newest: of a key with final rows, and of one never seen."""
    return [event(key, station.time_text(minute)) for key in ("a", "new") for minute in (3, station.MINUTES - 40)]


class Topic:
    """All records of a topic so far, read again and again."""

    def __init__(self, broker, name):
        self.consumer = confluent_kafka.Consumer({"bootstrap.servers": broker.address, "group.id": f"test-{name}", "auto.offset.reset": "earliest"})
        self.consumer.subscribe([name])
        self.records = []

    def read(self):
        while (message := self.consumer.poll(0.5)) is not None:
            if message.error() is None:
                self.records.append((json.loads(message.key()), json.loads(message.value())))
        return self.records

    def close(self):
        self.consumer.close()


class Stream:
    """The project's pipeline in mode stream as a Flink job, cancelled at the end."""

    def __init__(self, folder, python, flink, job_server, arguments, kernel_folder=None):
        self.flink, self.log = flink, open(folder / "client.log", "ab")
        command = [python, "code/pipeline.py", "--mode", "stream", "--runner=PortableRunner", f"--job_endpoint={job_server.address}",
                   "--parallelism=2", "--checkpointing_interval=2000", *arguments]
        if not any("--environment_type" in str(each) for each in arguments):
            command.append("--environment_type=LOOPBACK")
        environment = os.environ | ({"PYTHONPATH": str(kernel_folder)} if kernel_folder else {})
        self.client = subprocess.Popen([str(part) for part in command], cwd=folder, stdout=self.log, stderr=self.log, env=environment)
        self.path = folder / "client.log"

    def wait_until(self, is_true, what):
        try:
            servers.wait_until(is_true, what, self.client, SECONDS_MAX)
        except Exception:
            sys.stderr.write(self.path.read_text(errors="replace")[-6000:])
            raise

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.flink.cancel_jobs()
        self.client.terminate()
        self.client.wait()
        self.log.close()


@pytest.fixture(scope="module")
def streamed(tmp_path_factory, binary, kafka):
    """The station with its events in the broker's topic."""
    folder = station.make(tmp_path_factory.mktemp("streamed"), binary, kafka.address)
    produce(kafka, "readings", station.arrivals())
    return folder


def final_rows(folder):
    """The native backfill: (key, time) to the values as JSON says them."""
    out = {}
    for file in sorted((folder / "native" / "sensor").glob("day=*/part-0.parquet")):
        for row in pq.ParquetFile(file).read().to_pylist():
            key, at = row.pop("id"), row.pop("event_time")
            out[key, at.isoformat().replace("+00:00", "Z")] = json.loads(json.dumps(row))
    return out


def test_with_the_native_kernel(streamed, python, binary, flink, job_server, expansion_service, kafka, record, tmp_path):
    """The engine as the working state of each key, which Flink keeps as bags and values. Before late events are in the topic."""
    arguments = ["--kernel=native", "--kafka", f"{kafka.address}/native-rows", "--expansion_service", expansion_service.address]
    expected, rows = final_rows(streamed), Topic(kafka, "native-rows")

    def finals():
        return {(key[2][0], key[3]): record["features"] for key, record in rows.read() if record["kind"] == "final"}

    with Stream(streamed, python, flink, job_server, arguments, unpack_kernel(tmp_path)) as stream:
        stream.wait_until(lambda: len(finals()) >= len(expected), "final rows")
        assert finals() == expected
        record("final rows from Kafka into Kafka by the native kernel", len(expected), parallelism=2)
    rows.close()


def test_from_kafka_into_redis(streamed, python, binary, flink, job_server, expansion_service, kafka, redis, record):
    store = redis_client.Redis(port=redis.port)
    arguments = ["--redis", redis.address, "--kafka", f"{kafka.address}/rows", "--late", f"{kafka.address}/late",
                 "--expansion_service", expansion_service.address]
    expected, rows, late = final_rows(streamed), Topic(kafka, "rows"), Topic(kafka, "late")

    def finals():
        return {(key[2][0], key[3]): record["features"] for key, record in rows.read() if record["kind"] == "final"}

    with Stream(streamed, python, flink, job_server, arguments) as stream:
        stream.wait_until(lambda: len(finals()) >= len(expected), "final rows")
        assert finals() == expected
        there = redis_rows.settled(store)
        record("final rows from Kafka into Kafka", len(expected), parallelism=2)

        newest = {}
        for _, each in rows.read():
            key = each["key"]["id"]
            newest[key] = max(newest.get(key, ""), each["event_time"])
        assert redis_rows.times_of(streamed, there) == newest
        assert redis_rows.expected(streamed, binary, newest) == there
        record("newest rows from Kafka into Redis", len(there), parallelism=2)
    assert flink.jobs("RUNNING") == []  # The job is cancelled; its client ending would not do that.

    before = len(rows.read())
    with Stream(streamed, python, flink, job_server, arguments) as stream:
        stream.wait_until(lambda: sum(record["kind"] == "final" for _, record in rows.read()[before:]) >= len(expected), "the replay's rows")
        assert redis_rows.settled(store) == there
        record("replay into the same Redis", len(there), parallelism=2)

        produce(kafka, "readings", late_events())
        stream.wait_until(lambda: len(late.read()) >= len(late_events()), "the late events")
        assert sorted(key[2][0] for key, _ in late.records) == ["a", "a", "new", "new"]
        assert redis_rows.hashes(store) == there
        produce(kafka, "readings", [event("in time", a_minute_ago())])
        stream.wait_until(lambda: ["in time"] in [key[2] for key, _ in rows.read()], "the row of a new key")
        assert len(late.read()) == len(late_events())
        record("late events of a silent and a new key to the topic of late events", len(late.records))
    rows.close()
    late.close()
