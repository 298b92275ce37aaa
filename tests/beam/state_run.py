"""Prints how many events a key's state holds when it is asked, long after others: state_run.py PROJECT_FOLDER.

The stream has one hour as its reach, ten minutes of lateness, and two keys. `silent` stops early; `lively` goes on.
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
from headrace_runtime.histories import History, Key, Source  # noqa: E402
from headrace_runtime.messages import Message, MessageCoder  # noqa: E402
from headrace_runtime.streams import LATE, HistoryStates, KeyStates  # noqa: E402
from headrace_runtime.windows import Rolling  # noqa: E402

MINUTE = 60_000_000
RESULTS = Path(tempfile.mkdtemp())
READINGS = Source("readings", ("id",), ("string",), "at", None, None, (("x", "double"),), "ndjson", "")


def event(key, minute):
    return Message("readings", "0", Key((key,)), minute * MINUTE, ("0", minute), {"x": 1.0})


def at(minute):
    return Timestamp(micros=minute * MINUTE)


def added(stream, key, minute):
    return stream.add_elements([TimestampedValue(event(key, minute), at(minute))])


class Remember(beam.DoFn):
    def __init__(self, name):
        self.path = str(RESULTS / name)

    def process(self, element):
        if isinstance(element, History):
            kind, time = element.instants[0].arrival[0], element.instants[0].time // MINUTE
            element = [element.key[0], kind, time, sum(map(len, element.events.values()))]
        else:
            element = [element.key[0], element.time // MINUTE]
        with open(self.path, "a") as file:
            file.write(json.dumps(element) + "\n")


stream = TestStream(coder=MessageCoder())
for minute in (0, 5, 10):
    stream = added(added(stream, "silent", minute), "lively", minute).advance_watermark_to(at(minute))
for minute in range(20, 300, 20):
    stream = added(stream, "lively", minute).advance_watermark_to(at(minute))
stream = added(stream, "silent", 289)  # Nine minutes behind what comes next: accepted.
stream = stream.advance_watermark_to(at(300))
stream = added(stream, "silent", 288)  # Eleven minutes behind the newest time that the key knows of: its row of 289 is final.
stream = stream.advance_watermark_to_infinity()

RUNNER = "apache_beam.runners.direct.direct_runner.BundleBasedDirectRunner"
with beam.Pipeline(runner=RUNNER, argv=["--streaming"]) as pipeline:
    states = HistoryStates([READINGS], {"readings": 60 * MINUTE})
    keep = KeyStates(states, [READINGS], [Rolling(60 * MINUTE)], ["readings"], 10 * MINUTE)
    inputs = pipeline | stream | beam.Map(lambda message: (message.key, message)).with_output_types(tuple[Key, Message])
    out = inputs | "state" >> beam.ParDo(keep).with_outputs(LATE, main="histories")
    _ = out["histories"] | "remember histories" >> beam.ParDo(Remember("histories"))
    _ = out[LATE] | "remember late" >> beam.ParDo(Remember("late"))


def remembered(name):
    path = RESULTS / name
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


print(json.dumps({"histories": remembered("histories"), "late": remembered("late")}))
