"""Hands the stream's state step a timer before an event that came earlier, as Beam's Python worker does when a runner sends
both at once: overtaken_run.py RUNTIME_FOLDER. Prints what the final rows saw, and what was late.

What matters is the order of calls, and no runner lets a test choose that.
"""
import json
import sys

sys.path.insert(0, sys.argv[1])

from headrace_runtime.histories import Key, Source  # noqa: E402
from headrace_runtime.messages import Message  # noqa: E402
from headrace_runtime.streams import HistoryStates, KeyStates  # noqa: E402
from headrace_runtime.windows import Rolling  # noqa: E402
from plain_state import PlainState, started  # noqa: E402

MINUTE = 60_000_000
MILLISECOND = 1 / 60_000  # of a minute
KEY = Key(("a",))
READINGS = Source("readings", ("id",), ("string",), "at", None, None, (), "ndjson", "")


class Stream:
    """The state's step of one key, with what came out."""

    def __init__(self):
        self.state, self.newest, self.finals, self.late = PlainState(), [], [], []
        states = HistoryStates([READINGS], {"readings": 60 * MINUTE})
        self.keep = started(KeyStates(states, [READINGS], [Rolling(60 * MINUTE)], ["readings"], 10 * MINUTE))

    def arrive(self, minute):
        message = Message("readings", "0", KEY, round(minute * MINUTE), ("0", 0), {})
        histories, late = self.state.process(self.keep, (KEY, message))
        self.late += [each.time // MINUTE for each in late]
        self.take(histories)

    def watermark(self, minute):
        """Timers that timers set come only with the next call."""
        self.take(self.state.fire(self.keep, KEY, round(minute * MINUTE)) or [])

    def end(self, minute):
        while (histories := self.state.fire(self.keep, KEY, round(minute * MINUTE))) is not None:
            self.take(histories)

    def take(self, histories):
        for history in histories:
            kind, time = history.instants[0].arrival[0], history.instants[0].time // MINUTE
            if kind == "final":
                self.finals.append([time, sorted(event.time // MINUTE for event in history.events["readings"])])
            else:
                self.newest.append(time)

    def seen(self):
        return {"finals": self.finals, "late": self.late}


def accepted():
    stream = Stream()
    stream.arrive(30)
    stream.watermark(41)  # The row of 30 is final as soon as nothing can be overtaken any more.
    stream.arrive(25)  # Came before that, and was overtaken.
    stream.watermark(42)
    stream.arrive(24)  # Came too late.
    stream.end(43)
    return stream.seen()


def sees_all_of_its_window():
    stream = Stream()
    for minute in (0, 58, 65):
        stream.arrive(minute)
    stream.watermark(81)  # No window of 65 or later sees 0, whose own timers have come too.
    stream.arrive(55)  # Came before that; its window sees 0.
    stream.end(85)
    return stream.seen() | {"kept": [time // MINUTE for time in stream.state.times()]}


def in_one_millisecond():
    """The watermark may be the timestamp of an event to come, and timestamps are whole milliseconds."""
    stream = Stream()
    stream.arrive(30 + 0.4 * MILLISECOND)
    stream.watermark(40 + MILLISECOND)
    stream.watermark(42)
    stream.arrive(30 + 0.4 * MILLISECOND)  # Came before that.
    stream.end(43)
    return stream.seen()


def around_the_epoch():
    stream = Stream()
    stream.arrive(0)
    stream.watermark(0)
    stream.arrive(-5)
    stream.watermark(0)
    return stream.newest


scenes = (accepted, sees_all_of_its_window, in_one_millisecond, around_the_epoch)
print(json.dumps({scene.__name__.replace("_", " "): scene() for scene in scenes}))
