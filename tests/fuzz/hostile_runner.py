"""Runs the streaming steps of an entity in the most hostile order of calls that Beam allows, with no runner between.

Elements of a source come in any order. The watermark lags behind those of the sources, and never passes the timestamp of an
element to come; it may be that timestamp. What comes with one advance of the watermark reaches the keys together: a worker may
be handed the timers before the elements. Timers that those set come later, in order of time.
"""
import random
import sys
from pathlib import Path

import apache_beam as beam

sys.path.append(str(Path(__file__).resolve().parent.parent / "beam"))

EVER, HOUR = 1 << 62, 3_600_000_000


class FoundSteps:
    """Stands for the histories of a pipeline and finds the functions that they go through."""

    def __init__(self):
        self.functions = []

    def __or__(self, step):
        step = getattr(step, "transform", step)
        if not isinstance(step, beam.ParDo):
            return step.expand(self)
        self.functions.append(step.fn)
        return self


class HostileRunner:
    """Of one entity. `behind` has [SOURCE, NUMBER, TIME] for each element: how far the watermark was when its key took it."""

    def __init__(self, entity, seed, native=None):
        from headrace_runtime.lateness import to_timestamp
        from headrace_runtime.streams import HistoryStates, KeyStates, RowsOfStream
        from plain_state import PlainState, started

        self.chance, self.to_timestamp = random.Random(seed), to_timestamp
        self.lateness = {source.name: source.allowed_lateness for source in entity.sources}
        driving = {feature.source for feature in entity.features}
        states = native or HistoryStates(entity.sources, entity.kept())
        self.keep = started(KeyStates(states, entity.sources, entity.windows, driving, max(self.lateness.values())))
        steps = FoundSteps()
        entity.transform().expand(steps)
        rows = RowsOfStream([feature.name for feature in entity.features])
        self.functions = [] if native else [*steps.functions, rows]
        self.make_state = PlainState
        self.forgetful = self.chance.choice([0, 0.1, 1])
        self.states, self.to_come, self.rows, self.late, self.behind = {}, [], [], [], []
        self.sources, self.watermark = dict.fromkeys(self.lateness, -EVER), -EVER
        self.overtaking = self.chance.choice([0, 0.5, 1])
        self.haste = self.chance.choice([0.2, 0.7, 1])

    def arrive(self, source, elements):
        """`elements`: (number, message), none of them late."""
        for number, message in elements:
            timestamp = self.to_timestamp(message.time + self.lateness[source]).micros
            self.states.setdefault(message.key, self.make_state())
            self.to_come.append((timestamp, number, message))
        self.perhaps_advance()

    def advance(self, source, watermark):
        self.sources[source] = watermark
        self.perhaps_advance()

    def end(self):
        self.sources = dict.fromkeys(self.sources, EVER)
        while self.to_come:
            self.bundle()
        self.watermark = EVER
        for key in self.states:
            self.fire(key, all_rounds=True)

    def forgets(self):
        """Whether nothing is left of bounded windows, after the end."""
        return bool(self.keep.for_ever) or not any(state.times() for state in self.states.values())

    def perhaps_advance(self):
        if self.chance.random() < self.haste:
            self.bundle()

    def bundle(self):
        """Some elements, and the watermark as far as the others let it."""
        together = {key: [] for key in self.states}
        left = []
        for each in self.to_come:
            if self.chance.random() < 0.6:
                together[each[2].key].append(each)
            else:
                left.append(each)
        self.to_come = left
        before = self.watermark
        limit = min([*self.sources.values(), *(timestamp for timestamp, *_ in left)])
        lag = self.chance.choice([0, 0, self.chance.randrange(HOUR) // 1_000 * 1_000]) if limit < EVER else 0
        self.watermark = max(before, limit - lag)
        for key in self.chance.sample(list(together), len(together)):
            self.chance.shuffle(together[key])
            if self.chance.random() < self.overtaking:
                self.fire(key, all_rounds=False)
            for element in together[key]:
                self.take(*element)
            if self.chance.random() < 0.8:
                self.fire(key, all_rounds=True)

    def take(self, _, number, message):
        self.perhaps_forget()
        newest_row = self.states[message.key].newest_row()
        self.behind.append([message.source, number, max(self.watermark, message.time if newest_row is None else newest_row)])
        histories, late = self.states[message.key].process(self.keep, (message.key, message))
        self.late += [[each.source, number] for each in late]
        for history in histories:
            self.give(history)

    def fire(self, key, all_rounds):
        """The timers of a key that are due, and if asked those that they set."""
        while True:
            self.perhaps_forget()
            histories = self.states[key].fire(self.keep, key, self.watermark)
            for history in histories or ():
                self.give(history)
            if histories is None or not all_rounds:
                return

    def perhaps_forget(self):
        """Another worker: nothing is remembered but what the runner keeps."""
        if self.chance.random() < self.forgetful:
            self.keep.setup()

    def give(self, element):
        for function in self.functions:
            (element,) = function.process(element)
        key, row = element
        self.rows.append([list(key), list(row)])
