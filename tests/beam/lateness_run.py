"""Prints which events of two sources are late, on the way to the state of their entity: lateness_run.py RUNTIME_FOLDER.

`slow` allows an hour, `quick` nothing. Each source has a watermark of its own; no key has a state that could tell.
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
from headrace_runtime.histories import EventCoder, Key, KeyCoder, Source  # noqa: E402
from headrace_runtime.lateness import LateApart  # noqa: E402
from headrace_runtime.windows import Event  # noqa: E402

RUNNER = "apache_beam.runners.direct.direct_runner.BundleBasedDirectRunner"
HOUR = 3_600_000_000
START = 1_700_000_000_000_000
RESULTS = Path(tempfile.mkdtemp())
LATENESS = {"slow": HOUR, "quick": 0}
# A source, and (name, hours after START) of an event or (None, hours) of the source's watermark.
ARRIVALS = [
    ("slow", "first", 0),
    ("slow", None, 100),
    ("slow", "at the edge", 99),
    ("slow", "a millisecond late", 99 - 0.001 / 3600),
    ("slow", "hours late", 95),
    ("slow", "months late", -2000),
    ("slow", "newest", 100),
    ("quick", "behind the other source", 50),
    ("quick", None, 60),
    ("quick", "tied", 60),
    ("quick", "a minute late", 60 - 1 / 60),
    ("quick", "ahead", 70),
    ("slow", None, 101),
    ("slow", "was at the edge", 99),
    ("slow", "still in time", 100.5),
]


class Remember(beam.DoFn):
    def __init__(self, name):
        self.path = str(RESULTS / name)

    def process(self, element, timestamp=beam.DoFn.TimestampParam, window=beam.DoFn.WindowParam):
        key, event = element
        due = event.time + LATENESS[event.source]
        assert type(window).__name__ == "GlobalWindow" and (self.path.endswith("late") or abs(timestamp.micros - due) < 1000), (key, timestamp)
        with open(self.path, "a") as file:
            file.write(json.dumps(key[0]) + "\n")


stream = TestStream(coder=beam.coders.TupleCoder((KeyCoder(), EventCoder())), output_tags=set(LATENESS))
for number, (source, name, hours) in enumerate(ARRIVALS):
    time = START + round(hours * HOUR)
    if name is None:
        stream = stream.advance_watermark_to(Timestamp(micros=time), tag=source)
    else:
        event = Key((name,)), Event(time, ("0", number), source, ())
        stream = stream.add_elements([TimestampedValue(event, Timestamp(micros=time))], tag=source)
for source in LATENESS:
    stream = stream.advance_watermark_to_infinity(tag=source)

with beam.Pipeline(runner=RUNNER, argv=["--streaming"]) as pipeline:
    streams = pipeline | stream
    for name, lateness in LATENESS.items():
        source = Source(name, ("id",), ("string",), "at", None, None, (), "ndjson", "", lateness)
        events = streams[name] | f"{name} typed" >> beam.Map(lambda each: each).with_output_types(tuple[Key, Event])
        in_time, late = events | name >> LateApart(source)
        _ = in_time | f"{name} remember" >> beam.ParDo(Remember("in time"))
        _ = late | f"{name} remember late" >> beam.ParDo(Remember("late"))

print(json.dumps({name: sorted(json.loads(line) for line in (RESULTS / name).read_text().splitlines()) for name in ("in time", "late")}))
