"""What a stream's steps do with brokers, which stand-ins take the place of: broker_steps.py PROJECT_FOLDER OUT OPTION ..

Prints the clients' configurations, and what became of messages that cannot be read. Run by a Python with apache-beam.
"""
import json
import sys
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, sys.argv[1])

import apache_beam as beam  # noqa: E402
from apache_beam.io import kafka  # noqa: E402
from headrace_runtime import jobs, stream_sources  # noqa: E402
from pipeline import PROJECT  # noqa: E402

OUT = Path(sys.argv[2])
CONFIGURATIONS = {}


class Record(NamedTuple):
    partition: int
    offset: int
    value: bytes | None


RECORDS = [
    Record(0, 0, b'{"id": "a", "at": "2024-03-01T01:00:00Z", "x": 1}'),
    Record(0, 1, None),
    Record(0, 2, b'{"id": "a", "at": "2024-03-01T01:00:00Z", "x": "one"}'),
    Record(1, 0, b"\xff{"),
    Record(1, 1, b"[" * 5_000),
    Record(1, 2, b'{"id": null, "at": "2024-03-01T01:00:00Z", "x": 1}'),
    Record(1, 3, b'{"id": "a", "x": 1}'),
    Record(1, 4, b'{"id": "\\ud800", "at": "2024-03-01T01:00:00Z", "x": 1}'),
    Record(2, 0, b'{"id": "b", "at": "2024-03-01T02:00:00Z", "x": 2}'),
]


class Read(beam.PTransform):
    create_time_policy = "create time"

    def __init__(self, consumer_config, topics, **_):
        super().__init__()
        CONFIGURATIONS[topics[0]] = consumer_config

    def expand(self, begin):
        return begin | beam.Create(RECORDS, reshuffle=False)


def keep(record, name):
    with open(OUT / name, "a", encoding="utf-8") as file:
        file.write(json.dumps([part.decode() for part in record]) + "\n")


class Write(beam.PTransform):
    def __init__(self, producer_config, topic, **_):
        super().__init__()
        CONFIGURATIONS[topic], self.topic = producer_config, topic

    def expand(self, records):
        return records | beam.Map(keep, self.topic)


kafka.ReadFromKafka, kafka.WriteToKafka = Read, Write
options, _ = jobs.parse(["--mode=stream", *sys.argv[3:]])
(entity,) = PROJECT.entities
(source,) = entity.sources
problem = None
try:
    with beam.Pipeline() as pipeline:
        events = pipeline | stream_sources.ReadStream(source, options, PROJECT.name)
        _ = events | beam.Map(lambda event: keep([repr(event).encode()], "events"))
except Exception as error:  # noqa: BLE001
    problem = str(error)
counters = jobs.counters_of(pipeline.result) if problem is None else {}
jobs.build_stream(PROJECT, options, beam.Pipeline())
print(json.dumps({"configurations": CONFIGURATIONS, "problem": problem, "counters": counters}))
