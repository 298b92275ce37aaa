"""Prints which events of two sources are late, on the way to the state of their keys: lateness_run.py RUNTIME_FOLDER.

`slow` allows an hour and has two lanes, `quick` allows nothing. No key has a state that could tell: each event has its own.
"""
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, sys.argv[1])

import apache_beam as beam  # noqa: E402
from apache_beam.testing.test_stream import TestStream  # noqa: E402
from apache_beam.transforms.window import TimestampedValue  # noqa: E402
from apache_beam.utils.timestamp import Timestamp  # noqa: E402
from headrace_runtime.histories import Key, Source  # noqa: E402
from headrace_runtime.lateness import LateApart  # noqa: E402
from headrace_runtime.messages import Message, MessageCoder  # noqa: E402

RUNNER = "apache_beam.runners.direct.direct_runner.BundleBasedDirectRunner"
HOUR = 3_600_000_000
START = 1_700_000_000_000_000
RESULTS = Path(tempfile.mkdtemp())
LATENESS = {"slow": HOUR, "quick": 0}
# A source and its lane, and (name, hours after START) of an event or (None, hours) of the source's watermark.
ARRIVALS = [
    ("slow 0", "first", 0),
    ("slow 1", "first of the other lane", 100),
    ("slow 1", "behind its lane, and the other one is slower", 50),
    ("slow 0", "newest", 100),
    ("slow", None, 100),
    ("slow 0", "at the edge", 99),
    ("slow 0", "a millisecond late", 99 - 0.001 / 3600),
    ("slow 0", "hours late", 95),
    ("slow 0", "months late", -2000),
    ("slow 2", "first of a new lane", 20),
    ("quick 0", "behind the other source", 50),
    ("quick 0", "minutes after", 60),
    ("quick", None, 90),
    ("quick 0", "behind the clock, in order", 61),
    ("quick 0", "tied, behind the clock", 61),
    ("quick 0", "a minute late", 61 - 1 / 60),
    ("slow", None, 200),
    ("slow 0", "at the edge, behind the clock", 99),
    ("slow 0", "newer", 101),
    ("slow 0", "no longer at the edge", 99),
    ("slow 0", "from the future", 10_000_000),
    ("slow 0", "in time, whatever comes from the future", 101),
]


class Remember(beam.DoFn):
    def __init__(self, name):
        self.path = str(RESULTS / name)

    def process(self, element, timestamp=beam.DoFn.TimestampParam, window=beam.DoFn.WindowParam):
        event = element if self.path.endswith("late") else element[1]
        last_in_time = event.time + LATENESS[event.source]
        assert type(window).__name__ == "GlobalWindow" and (event is element or abs(timestamp.micros - last_in_time) < 1000), event
        with open(self.path, "a") as file:
            file.write(json.dumps(event.key[0]) + "\n")


stream = TestStream(coder=MessageCoder(), output_tags=set(LATENESS))
for number, (place, name, hours) in enumerate(ARRIVALS):
    source, _, lane = place.partition(" ")
    time = START + round(hours * HOUR)
    if name is None:
        stream = stream.advance_watermark_to(Timestamp(micros=time), tag=source)
    else:
        event = Message(source, lane, Key((name,)), time, (lane, number), {})
        stream = stream.add_elements([TimestampedValue(event, Timestamp(micros=time))], tag=source)
for source in LATENESS:
    stream = stream.advance_watermark_to_infinity(tag=source)

with beam.Pipeline(runner=RUNNER, argv=["--streaming"]) as pipeline:
    streams = pipeline | stream
    for name, lateness in LATENESS.items():
        source = Source(name, ("id",), ("string",), "at", None, None, (), "ndjson", "", lateness)
        events = streams[name] | f"{name} typed" >> beam.Map(lambda each: each).with_output_types(Message)
        in_time, late = events | name >> LateApart(source)
        _ = in_time | f"{name} remember" >> beam.ParDo(Remember("in time"))
        _ = late | f"{name} remember late" >> beam.ParDo(Remember("late"))

print(json.dumps({name: sorted(json.loads(line) for line in (RESULTS / name).read_text().splitlines()) for name in ("in time", "late")}))
