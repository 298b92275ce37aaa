"""Runs the streams of a generated Beam project over files of events, SOURCE.ndjson, into a Redis for each of several instants.

    beam_rows.py PROJECT_FOLDER PORT=INSTANT_US ..

Run by a Python with apache-beam. Events come in their file's order, and the watermark follows the newest of them. Each Redis gets
the rows up to its instant, by the project's own sink: what the pipeline would have written by then.
"""
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])

import apache_beam as beam  # noqa: E402
from apache_beam.testing.test_stream import TestStream  # noqa: E402
from apache_beam.transforms.window import TimestampedValue  # noqa: E402
from apache_beam.utils.timestamp import Timestamp  # noqa: E402
from headrace_runtime import jobs  # noqa: E402
from headrace_runtime.histories import Key, KeyCoder  # noqa: E402
from headrace_runtime.messages import Message, MessageCoder  # noqa: E402
from headrace_runtime.redis_store import WriteRedis, feast_project  # noqa: E402
from headrace_runtime.stream_sources import to_message  # noqa: E402
from pipeline import PROJECT  # noqa: E402

RUNNER = "apache_beam.runners.direct.direct_runner.BundleBasedDirectRunner"  # it knows TestStream
beam.coders.registry.register_coder(Key, KeyCoder)


class UpTo(beam.DoFn):
    def __init__(self, instant):
        self.instant = instant

    def process(self, element):
        _, (_, time, _) = element
        if time <= self.instant:
            yield element


def stream_of(source):
    """The events of its file, in their order."""
    stream, newest = TestStream(coder=MessageCoder()), None
    for number, line in enumerate(Path(f"{source.name}.ndjson").read_text(encoding="utf-8").splitlines()):
        event = to_message(source, line.encode(), "0", number)
        stream = stream.add_elements([TimestampedValue(event, Timestamp(micros=event.time))])
        if newest is None or event.time > newest:
            newest = event.time
            stream = stream.advance_watermark_to(Timestamp(micros=newest // 1000 * 1000))  # a watermark has milliseconds
    return stream.advance_watermark_to_infinity()


def run(entity):
    """One pipeline a source and entity: this runner takes one TestStream."""
    (source,) = entity.sources
    kinds = [(feature.name, feature.kind) for feature in entity.features]
    with beam.Pipeline(runner=RUNNER, argv=["--streaming"]) as pipeline:
        messages = pipeline | stream_of(source) | beam.Map(lambda event: event).with_output_types(Message)
        rows = ({source.name: messages} | jobs.EntityStream(entity, entity.features))["rows"]
        for word in sys.argv[2:]:
            port, instant = word.split("=")
            sink = WriteRedis(f"127.0.0.1:{port}", feast_project(PROJECT.name), entity.name, entity.key, kinds, None)
            _ = rows | f"up to {word}" >> beam.ParDo(UpTo(int(instant))) | f"redis {word}" >> beam.ParDo(sink)


for each in PROJECT.entities:
    run(each)
