"""The state and the timers of one key as plain Python, so that the order of calls is the caller's, and what an earlier pipeline
left can be handed to another one.
"""
from apache_beam.pvalue import TaggedOutput
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
        """Takes those out that are due, in order of time."""
        tags = sorted((tag for tag, due in self.items() if due <= time), key=self.get)
        for tag in tags:
            del self[tag]
        return tags


class PlainState:
    def __init__(self):
        self.events, self.timers = Bag(), Timers()
        self.cells = [Cell() for _ in ("final_until", "newest_row", "kept_for", "windows")]

    def newest_row(self):
        return self.cells[1].read()

    def process(self, keep, element):
        """What KeepHistory gives for (key, message): histories, and late messages."""
        out = list(keep.process(element, self.events, *self.cells, self.timers))
        late = [each.value for each in out if isinstance(each, TaggedOutput)]
        return [each for each in out if not isinstance(each, TaggedOutput)], late

    def look(self, keep, key, tag):
        """What KeepHistory gives for a timer: histories."""
        return list(keep.look(key, tag, self.events, *self.cells, self.timers))
