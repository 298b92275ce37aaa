"""Runs the stream mode of a generated Beam project into Redis, with messages from files in the place of a broker's.

    fill_redis.py PROJECT_FOLDER SEED PORT ENTITY EVENTS.ndjson

Run by a Python with apache-beam. Events come in a disorder that the seed decides, within the allowed lateness. Everything
behind the reading of messages is the pipeline's own, with the defaults of its options.
"""
import random
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
from headrace_runtime.stream_sources import to_message  # noqa: E402
from pipeline import PROJECT  # noqa: E402

RUNNER = "apache_beam.runners.direct.direct_runner.BundleBasedDirectRunner"  # it knows TestStream
_, _, seed, port, entity, path = sys.argv
beam.coders.registry.register_coder(Key, KeyCoder)


class ReadFile(beam.PTransform):
    def __init__(self, source, *_):
        super().__init__()
        self.source = source

    def expand(self, begin):
        chance, lateness = random.Random(int(seed)), max(self.source.allowed_lateness, 1)
        lines = Path(path).read_text(encoding="utf-8").splitlines()
        events = [to_message(self.source, line.encode(), "0", number) for number, line in enumerate(lines)]
        stream = TestStream(coder=MessageCoder())
        newest = None
        for event in sorted(events, key=lambda event: event.time + chance.randrange(lateness)):
            stream = stream.add_elements([TimestampedValue(event, Timestamp(micros=event.time))])
            if newest is None or event.time > newest:
                newest = event.time
                stream = stream.advance_watermark_to(Timestamp(micros=newest))
        messages = begin | stream.advance_watermark_to_infinity()
        return messages | beam.Map(lambda event: event).with_output_types(Message)


jobs.ReadStream = ReadFile
options, _ = jobs.parse(["--mode=stream", f"--redis=127.0.0.1:{port}", f"--entity={entity}"])
with beam.Pipeline(runner=RUNNER, argv=["--streaming"]) as pipeline:
    jobs.build_stream(PROJECT, options, pipeline)
