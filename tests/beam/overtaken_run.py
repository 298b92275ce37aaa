"""Hands the stream's state step a timer before an event that came earlier, as Beam's Python worker does when a runner sends
both at once: overtaken_run.py RUNTIME_FOLDER. Prints what the final rows saw, and what was late.

The state is a plain list and plain cells: what matters is the order of calls, and no runner lets a test choose that.
"""
import json
import sys

sys.path.insert(0, sys.argv[1])

from headrace_runtime.histories import Key  # noqa: E402
from headrace_runtime.streams import KeepHistory  # noqa: E402
from headrace_runtime.windows import Event, Rolling  # noqa: E402

MINUTE = 60_000_000
KEY = Key(("a",))


class Bag(list):
    add = list.append

    def read(self):
        return list(self)


class Cell:
    value = None

    def read(self):
        return self.value

    def write(self, value):
        self.value = value


class Timers(dict):
    """Tags by the time that they are due at."""

    def set(self, timestamp, dynamic_timer_tag):
        self[dynamic_timer_tag] = timestamp.micros

    def due_at(self, time):
        tags = sorted((tag for tag, due in self.items() if due <= time), key=self.get)
        return [(tag, self.pop(tag)) for tag in tags]


bag, final_until, newest_row, timers = Bag(), Cell(), Cell(), Timers()
keep = KeepHistory([Rolling(60 * MINUTE)], ["readings"], 10 * MINUTE, 60 * MINUTE)
finals, late = [], []


def arrive(minute):
    event = Event(minute * MINUTE, ("0", minute), "readings", (1.0,))
    late.extend(out.value[1].time // MINUTE for out in keep.process((KEY, event), bag, final_until, timers))


def watermark(minute):
    for tag, _ in timers.due_at(minute * MINUTE):
        for history in keep.look(KEY, tag, bag, final_until, newest_row, timers):
            kind, time = history.instants[0].arrival[0], history.instants[0].time // MINUTE
            if kind == "final":
                finals.append([time, sorted(event.time // MINUTE for event in history.events["readings"])])


arrive(30)
watermark(41)  # The row of 30 is final as soon as nothing can be overtaken any more.
arrive(25)  # Came before that, and was overtaken.
watermark(42)
arrive(24)  # Came too late.
watermark(43)
print(json.dumps({"finals": finals, "late": late}))
