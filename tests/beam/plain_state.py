"""The state and the timers of one key as plain Python, so that the order of calls is the caller's."""


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
        """Takes those out that are due, in order of time."""
        tags = sorted((tag for tag, due in self.items() if due <= time), key=self.get)
        for tag in tags:
            del self[tag]
        return tags


class PlainState:
    def __init__(self):
        self.events, self.final_until, self.newest_row, self.timers = Bag(), Cell(), Cell(), Timers()

    def process(self, keep, element):
        """What KeepHistory gives for an element: late ones."""
        return [out.value for out in keep.process(element, self.events, self.final_until, self.timers)]

    def look(self, keep, key, tag):
        """What KeepHistory gives for a timer: histories."""
        return list(keep.look(key, tag, self.events, self.final_until, self.newest_row, self.timers))
