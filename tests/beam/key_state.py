"""The state and the timers of one key as plain Python, for tests that decide about the order of calls, which no runner lets a
test choose, or about what an earlier pipeline left.
"""
from headrace_runtime.messages import MessageCoder


class Bag(list):
    """Elements as the bytes that a runner keeps."""

    def add(self, element):
        self.append(MessageCoder().encode(element))

    def read(self):
        return [MessageCoder().decode(each) for each in self]


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


class KeyState:
    """One key on its way through a KeepHistory; another one may take over."""

    def __init__(self, key):
        self.key, self.events, self.timers = key, Bag(), Timers()
        self.final_until, self.newest_row, self.kept_for, self.windows = Cell(), Cell(), Cell(), Cell()

    def arrive(self, keep, message):
        return list(keep.process((self.key, message), self.events, *self.cells(), self.timers))

    def cells(self):
        return self.final_until, self.newest_row, self.kept_for, self.windows

    def watermark(self, keep, time):
        """The histories of all timers that are due."""
        out = []
        for tag, _ in self.timers.due_at(time):
            out += keep.look(self.key, tag, self.events, *self.cells(), self.timers)
        return out
