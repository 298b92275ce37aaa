"""Topics that are written while they are read, with the reader waiting for records most of the time.

Its watermark then follows the clock. Events that are as old as the clock says, or much older, are late only if newer ones came
before them.
"""
import datetime
import json
import random
import threading

import confluent_kafka
import pytest
import servers
import station
from test_stream import Stream, Topic, produce

SECONDS = 45
DEFINITIONS = """
project: {name: live}
---
entity: {name: clock, key: id}
---
entity: {name: replay, key: id}
---
source:
  name: in_order
  entity: clock
  event_time: at
  columns: {id: string, x: double}
  stream: {kafka: {brokers: "BROKERS", topic: in-order}, format: json}
---
source:
  name: an_hour_back
  entity: replay
  event_time: at
  allowed_lateness: 20s
  columns: {id: string, x: double}
  stream: {kafka: {brokers: "BROKERS", topic: an-hour-back}, format: json}
---
feature: {name: now_sum, description: d, owner: t, version: "1.0", source: in_order, aggregation: sum, window: 10s, source_features: [x]}
---
feature: {name: then_sum, description: d, owner: t, version: "1.0", source: an_hour_back, aggregation: sum, window: 10s, source_features: [x]}
"""


class Writer(threading.Thread):
    """Writes an event now and then: in order as of now, and an hour back at most fifteen seconds behind the newest."""

    def __init__(self, broker):
        super().__init__(daemon=True)
        self.broker, self.stopped, self.written = broker, threading.Event(), {"in-order": [], "an-hour-back": []}
        self.producer = confluent_kafka.Producer({"bootstrap.servers": broker.address})

    def run(self):
        chance = random.Random(2)
        while not self.stopped.wait(chance.uniform(0.05, 0.5)):
            now = datetime.datetime.now(datetime.UTC)
            back = datetime.timedelta(seconds=3600 + chance.uniform(0, 15))
            for topic, at in (("in-order", now), ("an-hour-back", now - back)):
                event = {"id": chance.choice("abc"), "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"), "x": chance.choice([0.1, 2.5, 1e16, -3.7])}
                self.written[topic].append(event)
                self.producer.produce(topic, json.dumps(event).encode(), timestamp=round(at.timestamp() * 1000))
            self.producer.poll(0)
        self.producer.flush(30)


@pytest.fixture
def one_partition(server_folder):
    with servers.KafkaBroker(server_folder, partitions=1) as broker:
        yield broker


def test_nothing_in_order_is_late(tmp_path, binary, python, flink, job_server, expansion_service, one_partition, redis, record):
    (tmp_path / "project.yaml").write_text(DEFINITIONS.replace("BROKERS", one_partition.address))
    station.run([binary, "generate", "beam", "--output", "code", "--quiet"], tmp_path)
    for topic in ("rows", "late"):
        produce(one_partition, topic, [])
    rows, late = Topic(one_partition, "rows"), Topic(one_partition, "late")
    writer = Writer(one_partition)
    writer.start()
    arguments = ["--redis", redis.address, "--kafka", f"{one_partition.address}/rows", "--late", f"{one_partition.address}/late",
                 "--expansion_service", expansion_service.address]

    def finals(entity):
        return {(key[2][0], key[3]): row["features"] for key, row in rows.read() if key[1] == entity and row["kind"] == "final"}

    with Stream(tmp_path, python, flink, job_server, arguments) as stream:
        stream.wait_until(lambda: rows.read(), "the first row")
        servers.pause(SECONDS)
        writer.stopped.set()
        writer.join()
        wanted = {"clock": len(writer.written["in-order"]) - 3, "replay": len(writer.written["an-hour-back"]) // 3}
        for entity, count in wanted.items():
            stream.wait_until(lambda entity=entity, count=count: len(finals(entity)) >= count, f"final rows of {entity}")
        assert late.read() == []
        for topic, entity, name in (("in-order", "clock", "now_sum"), ("an-hour-back", "replay", "then_sum")):
            (tmp_path / f"{topic}.ndjson").write_text("".join(json.dumps(event) + "\n" for event in writer.written[topic]))
            expected = native_rows(tmp_path, binary, topic, entity, name)
            final = finals(entity)
            assert final.items() <= expected.items()
            record(f"final rows of a live topic ({topic.replace('-', ' ')})", len(final))
    rows.close()
    late.close()


def native_rows(folder, binary, topic, entity, name):
    """The backfill of the events that were written."""
    project = folder / f"native-{topic}"
    project.mkdir()
    source = topic.replace("-", "_")
    (project / "project.yaml").write_text(f"""
project: {{name: native, defaults: {{source: {source}}}}}
---
entity: {{name: {entity}, key: id}}
---
source: {{name: {source}, entity: {entity}, event_time: at, columns: {{id: string, x: double}}, batch: {{format: ndjson, path: ../{topic}.ndjson}}}}
---
feature: {{name: {name}, description: d, owner: t, version: "1.0", aggregation: sum, window: 10s, source_features: [x]}}
""")
    station.run([binary, "backfill", "--output", "out", "--output-format", "csv", "--quiet"], project)
    out = {}
    for file in sorted((project / "out" / entity).glob("day=*/part-0.csv")):
        head, *lines = file.read_text().splitlines()
        for line in lines:
            key, at, value = line.split(",")
            out[key, at] = {name: float(value) if value else None}
    return out
