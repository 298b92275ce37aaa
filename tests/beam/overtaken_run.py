"""Hands the stream's state step a timer before an event that came earlier, as Beam's Python worker does when a runner sends
both at once: overtaken_run.py RUNTIME_FOLDER. Prints what the final rows saw, and what was late.
"""
import json
import sys

sys.path.insert(0, sys.argv[1])

from apache_beam.pvalue import TaggedOutput  # noqa: E402
from headrace_runtime.histories import Key, Source  # noqa: E402
from headrace_runtime.messages import Message  # noqa: E402
from headrace_runtime.streams import KeepHistory  # noqa: E402
from headrace_runtime.windows import Rolling  # noqa: E402
from key_state import KeyState  # noqa: E402

MINUTE = 60_000_000
KEY = Key(("a",))


READINGS = Source("readings", ("id",), ("string",), "at", None, None, (), "ndjson", "")
state = KeyState(KEY)
keep = KeepHistory([READINGS], [Rolling(60 * MINUTE)], ["readings"], 10 * MINUTE, 60 * MINUTE)
finals, late = [], []


def kind_of(history):
    return history.instants[0].arrival[0]


def arrive(minute):
    out = state.arrive(keep, Message("readings", "0", KEY, minute * MINUTE, ("0", minute), {}))
    late.extend(each.value.time // MINUTE for each in out if isinstance(each, TaggedOutput))


def watermark(minute):
    for history in state.watermark(keep, minute * MINUTE):
        if kind_of(history) == "final":
            times = sorted(event.time // MINUTE for event in history.events["readings"])
            finals.append([history.instants[0].time // MINUTE, times])


arrive(30)
watermark(41)  # The row of 30 is final as soon as nothing can be overtaken any more.
arrive(25)  # Came before that, and was overtaken.
watermark(42)
arrive(24)  # Came too late.
watermark(43)
print(json.dumps({"finals": finals, "late": late}))
