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
MILLISECOND = 1 / 60_000  # of a minute
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


class State:
    """Of the key, with what came out."""

    def __init__(self):
        self.bag, self.final_until, self.newest_row, self.timers = Bag(), Cell(), Cell(), Timers()
        self.newest, self.finals, self.late = [], [], []
        self.keep = KeepHistory([Rolling(60 * MINUTE)], ["readings"], 10 * MINUTE, 60 * MINUTE)

    def arrive(self, minute):
        event = Event(round(minute * MINUTE), ("0", 0), "readings", (1.0,))
        late = self.keep.process((KEY, event), self.bag, self.final_until, self.timers)
        self.late.extend(out.value[1].time // MINUTE for out in late)

    def watermark(self, minute):
        for tag, _ in self.timers.due_at(round(minute * MINUTE)):
            for history in self.keep.look(KEY, tag, self.bag, self.final_until, self.newest_row, self.timers):
                kind, time = history.instants[0].arrival[0], history.instants[0].time // MINUTE
                if kind == "final":
                    self.finals.append([time, sorted(event.time // MINUTE for event in history.events["readings"])])
                else:
                    self.newest.append(time)

    def seen(self):
        return {"finals": self.finals, "late": self.late}


def accepted():
    state = State()
    state.arrive(30)
    state.watermark(41)  # The row of 30 is final as soon as nothing can be overtaken any more.
    state.arrive(25)  # Came before that, and was overtaken.
    state.watermark(42)
    state.arrive(24)  # Came too late.
    state.watermark(43)
    return state.seen()


def sees_all_of_its_window():
    state = State()
    for minute in (0, 58, 65):
        state.arrive(minute)
    state.watermark(81)  # No window of 65 or later sees 0, whose own timers have come too.
    state.arrive(55)  # Came before that; its window sees 0.
    for minute in (82, 83, 84, 85):
        state.watermark(minute)
    return state.seen() | {"kept": sorted(event.time // MINUTE for event in state.bag)}


def in_one_millisecond():
    """The watermark may be the timestamp of an event to come, and timestamps are whole milliseconds."""
    state = State()
    state.arrive(30 + 0.4 * MILLISECOND)
    state.watermark(40 + MILLISECOND)
    state.watermark(42)
    state.arrive(30 + 0.4 * MILLISECOND)  # Came before that.
    state.watermark(43)
    return state.seen()


def around_the_epoch():
    state = State()
    state.arrive(0)
    state.watermark(0)
    state.arrive(-5)
    state.watermark(0)
    return state.newest


scenes = (accepted, sees_all_of_its_window, in_one_millisecond, around_the_epoch)
print(json.dumps({scene.__name__.replace("_", " "): scene() for scene in scenes}))
