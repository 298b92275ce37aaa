"""The state and the timer of one key as plain Python, so that the order of calls is the caller's, and what an earlier pipeline
left can be handed to another one.
"""
from apache_beam.pvalue import TaggedOutput
from headrace_runtime.key_state import PARTS, KeyState
from headrace_runtime.packed_events import time_of


class Bag(list):
    """Elements as the bytes that a runner keeps."""

    add = list.append

    def read(self):
        return list(self)


class Cell:
    value = None

    def read(self):
        return self.value

    def write(self, value):
        self.value = value


class Timer:
    """One timer, which setting it again moves."""

    due = None

    def set(self, timestamp):
        self.due = timestamp

    def take(self, time):
        """The timer where it is due, which is then no longer set."""
        due, self.due = self.due, None if self.due is not None and self.due.micros <= time else self.due
        return due if self.due is None else None


class PlainState:
    def __init__(self):
        self.head, self.layouts, self.partials = Cell(), Cell(), Cell()
        self.lasting, self.ring = Bag(), [Bag() for _ in range(PARTS)]
        self.timer = Timer()

    def kept(self):
        return KeyState(self.head, self.layouts, self.partials, self.lasting, self.ring)

    def newest_row(self):
        head = self.kept().head()
        return head and head.newest

    def times(self):
        return sorted(time_of(packed) for bag in [*self.ring, self.lasting] for packed in bag)

    def process(self, keep, element):
        """What KeyStates gives for (key, message): what becomes rows, and late messages."""
        out = list(keep.take(*element, self.kept(), self.timer))
        late = [each.value for each in out if isinstance(each, TaggedOutput)]
        return [each for each in out if not isinstance(each, TaggedOutput)], late

    def fire(self, keep, key, watermark):
        """What KeyStates gives when the watermark has come so far, if its timer is due; None: it is not."""
        due = self.timer.take(watermark)
        return None if due is None else list(keep.wake(key, due.micros, self.kept(), self.timer))


def started(keep):
    keep.setup()
    return keep
