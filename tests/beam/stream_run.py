"""Runs a generated project's streaming steps over a TestStream and compares its final rows with the backfill.

    stream_run.py PROJECT_FOLDER EVENTS.ndjson SEED [REDIS_PORT | --native]

Events come in a disorder that the seed decides: most within the allowed lateness, a few beyond it; some seeds forget what workers remember. Late must be exactly those
that come behind the watermark, which is the source's, over all keys. Prints JSON: how many rows were final, how many events
were late, and what differed.
"""
import dataclasses
import json
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, sys.argv[1])

import apache_beam as beam  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402
from apache_beam.testing.test_stream import TestStream  # noqa: E402
from apache_beam.transforms.window import TimestampedValue  # noqa: E402
from apache_beam.utils.timestamp import Timestamp  # noqa: E402
from headrace_runtime import jobs, kernel_stream, native_jobs, streams, working_states  # noqa: E402
from headrace_runtime.histories import Key, KeyCoder  # noqa: E402
from headrace_runtime.kernel_stream import KernelState  # noqa: E402
from headrace_runtime.messages import Message, MessageCoder  # noqa: E402
from headrace_runtime.redis_store import WriteRedis  # noqa: E402
from headrace_runtime.stream_sources import to_message  # noqa: E402
from headrace_runtime.streams import FINAL, LATE  # noqa: E402
from pipeline import PROJECT  # noqa: E402

RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"
STREAMING_RUNNER = "apache_beam.runners.direct.direct_runner.BundleBasedDirectRunner"  # it knows TestStream
RESULTS = Path(tempfile.mkdtemp())
beam.coders.registry.register_coder(Key, KeyCoder)

(entity,) = PROJECT.entities
(source,) = entity.sources
chance = random.Random(int(sys.argv[3]))
lines = Path(sys.argv[2]).read_text().splitlines()
events = [to_message(source, line.encode(), "0", number) for number, line in enumerate(lines)]


def delay():
    lateness = source.allowed_lateness
    return chance.randrange(2 * lateness, 4 * lateness) if chance.random() < 0.03 else chance.randrange(lateness)


order = sorted(range(len(events)), key=lambda i: (events[i].time + delay(), i))
stream = TestStream(coder=MessageCoder())
newest = watermark = None
expected_late = set()
for i in order:
    event = events[i]
    if watermark is not None and event.time < watermark - source.allowed_lateness:
        expected_late.add(i)
    stream = stream.add_elements([TimestampedValue(event, Timestamp(micros=event.time))])
    if newest is None or event.time > newest:
        newest = event.time
        if chance.random() < 0.5:  # a watermark may lag
            stream = stream.advance_watermark_to(Timestamp(micros=newest))
            watermark = newest
# This runner drops what reaches a Reshuffle between the parts of an entity after the end of all time.
stream = stream.advance_watermark_to(Timestamp(newest // 1_000_000 + 86_400))
stream = stream.advance_watermark_to_infinity()


class Remember(beam.DoFn):
    """Appends elements to a file: a runner works with copies of whatever stands in this module."""

    def __init__(self, path):
        self.path = str(path)

    def process(self, element):
        with open(self.path, "a") as file:
            file.write(json.dumps(element) + "\n")


class CountedRows(KernelState):
    """Remembers how many events the kernel took: this runner has no counters."""

    def add(self, event):
        Remember(RESULTS / "kernel").process(1)
        return super().add(event)


class Forgetful(working_states.Remembered):
    """Of some seeds: a worker that is often a new one, as after a restart or when a key moves."""

    chance, rate = random.Random(7), int(sys.argv[3]) % 3 * 0.4

    def take(self, key, nonce):
        found = super().take(key, nonce)
        return None if self.chance.random() < self.rate else found


def remembered(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


kernel_stream.KernelState, streams.Remembered = CountedRows, Forgetful
is_native = sys.argv[4:] == ["--native"]
native = native_jobs.states_of_stream(PROJECT, entity, entity.features) if is_native else None
with beam.Pipeline(runner=STREAMING_RUNNER, argv=["--streaming"]) as pipeline:
    inputs = pipeline | stream | beam.Map(lambda e: e).with_output_types(Message)
    out = {source.name: inputs} | jobs.EntityStream(entity, entity.features, native)
    _ = out["rows"] | "remember rows" >> beam.ParDo(Remember(RESULTS / "rows"))
    _ = out[LATE] | "remember late" >> beam.ParDo(Remember(RESULTS / "late"))
    if len(sys.argv) > 4 and not is_native:
        kinds = [(f.name, f.kind) for f in entity.features]
        _ = out["rows"] | beam.ParDo(WriteRedis(f"127.0.0.1:{sys.argv[4]}", PROJECT.name, "view", entity.key, kinds, 3600))

rows = remembered(RESULTS / "rows")
late = {Message(*message).arrival[1] for message in remembered(RESULTS / "late")}
with tempfile.TemporaryDirectory() as folder:
    accepted = Path(folder) / "accepted.ndjson"
    accepted.write_text("".join(line + "\n" for number, line in enumerate(lines) if number not in late))
    arguments = ["--mode=backfill", f"--output={folder}/out", f"--source={source.name}={accepted}"]
    options, _ = jobs.parse(arguments)
    with beam.Pipeline(runner=RUNNER, argv=[]) as pipeline:
        jobs.build(dataclasses.replace(PROJECT, entities=(entity,)), options, pipeline)
    expected = {}
    for file in Path(folder).glob(f"out/{entity.name}/day=*/part-0.parquet"):
        table = pq.ParquetFile(file).read()
        table = table.set_column(len(entity.key), "event_time", table.column("event_time").cast("int64"))
        for row in table.to_pylist():
            values = list(row.values())
            size = len(entity.key)
            expected[(tuple(values[:size]), values[size])] = values[size + 1 :]

final, wrong = {}, []
if late != expected_late:
    wrong.append(f"late but in time: {sorted(late - expected_late)}, in time but late: {sorted(expected_late - late)}")
for key, (kind, time, values) in rows:
    if kind == FINAL:
        place = (tuple(key), time)
        if final.setdefault(place, values) != values:
            wrong.append(f"{place} was final twice with other values")
names = [feature.name for feature in entity.features]
for place in sorted(expected.keys() | final.keys()):
    if expected.get(place) != final.get(place):
        pairs = zip(names, expected.get(place) or [], final.get(place) or [], strict=False)
        wrong.append(f"{place}: {[p for p in pairs if p[1] != p[2]]} {place in expected} {place in final}")
last = {}
for key, (_, time, values) in rows:
    place = tuple(key)
    if place not in last or last[place][0] <= time:
        last[place] = (time, values)
print(json.dumps({
    "final": len(final),
    "rows": len(rows),
    "late": len(late),
    "kernel_rows_read": sum(remembered(RESULTS / "kernel")),
    "wrong": wrong[:5],
    "last": [[list(k), t, v] for k, (t, v) in last.items()],
}))
