"""Compares the rows of a stream with the tables that the program makes of the same events."""
import random
import struct

import arrivals
import offline
from repositories import QUOTED

EWMA_TOLERANCE = 1e-12
ASKED_MAX = 4_000
MONTH = 30 * arrivals.DAY


def base_of(case, name):
    """The definition of a feature; one with lists stands for several."""
    return next(body for body in offline.bodies(case, "feature") if name == body["name"] or name.startswith(body["name"] + "_"))


def used_by(body):
    """The names in `source_features` as those of features would be."""
    return [name.removeprefix("feature.") for name in body.get("source_features", [])]


def is_moving(case, body):
    """Whether the value depends on the time itself: it changes without an event or the edge of a window."""
    if "aggregation" in body:
        return body["aggregation"] == "time_weighted_mean"
    bodies = {each["name"]: each for each in offline.bodies(case, "feature")}
    if any(name not in bodies for name in used_by(body)):
        return False  # the last value of columns
    return "event_time()" in QUOTED.sub("", body.get("formula", "")) or any(is_moving(case, bodies[name]) for name in used_by(body))


def is_same(expected, got, tolerance):
    if isinstance(expected, list) and isinstance(got, list):
        return len(expected) == len(got) and all(is_same(e, g, tolerance) for e, g in zip(expected, got, strict=True))
    if isinstance(expected, float) and type(got) in (int, float):
        return struct.pack("<d", expected) == struct.pack("<d", got) or abs(expected - got) <= tolerance
    return type(expected) is type(got) and expected == got


class Comparison:
    """Of one entity: `rows` are [key, [kind, time, values]] in the order in which they were given out."""

    def __init__(self, case, entity, features, rows):
        self.case, self.keys, self.features = case, offline.keys_of(case)[entity], features
        self.rows = [(tuple(key), *row) for key, row in rows]
        self.bases = {name: base_of(case, name) for name in features}
        self.problems = []

    def finals(self, table):
        """Final rows are those of the backfill."""
        final = {}
        for key, kind, time, values in self.rows:
            if kind == "final":
                if repr(final.setdefault((key, time), values)) != repr(values):
                    self.problems.append(f"{key} at {time} was final twice with other values")
        expected = {self.place(row): row for row in table}
        for place in expected.keys() - final.keys():
            self.problems.append(f"{place} was never final")
        for place in final.keys() - expected.keys():
            self.problems.append(f"{place} was final, but is not in the backfill")
        both = sorted(expected.keys() & final.keys())
        self.compare("final", [(place, expected[place], final[place]) for place in both], self.features)

    def questions(self, seed, behind):
        """Places to ask at, with the row that somebody who looks there has. `behind`: see arrivals.py.

        A row that an event brings at once may overtake those that edges of windows would have brought before it.
        """
        chance, out, shown, at_once = random.Random(seed), [], {}, set()
        for key, kind, time, values in self.rows:
            if kind != "final":  # those come later and would hide what was shown before
                if kind == "first" and time not in shown.get(key, {}):
                    at_once.add((key, time))
                shown.setdefault(key, {})[time] = values
        spans = list(self.spans(behind))
        for key, rows in shown.items():
            times = sorted(rows)
            for time, following in zip(times, [*times[1:], times[-1] + MONTH], strict=True):
                # Of rows in one millisecond a runner may give the newest first, and then no other.
                until = max(time, following - 2 * arrivals.MILLISECOND - 1)
                if (key, following) in at_once:
                    until = time
                for instant in {time, until, chance.randrange(time, until + 1)}:
                    if not any(key == other and start <= instant < end for other, start, end in spans):
                        out.append((key, instant, time, rows[time]))
        return chance.sample(out, min(len(out), ASKED_MAX))

    def spans(self, behind):
        """(key, start, end) where rows may be out that do not know of an event, because a newer row told of it."""
        sources = {source["name"]: source for source in offline.bodies(self.case, "source")}
        rows = {(name, row["number"]): row for name, rows in self.case["events"].items() for row in rows}
        for name, number, until in behind:
            row = rows[name, number]
            yield tuple(row.get(key) for key in self.keys), offline.time_of(sources[name], row), until

    def looks(self, questions, table):
        """What the newest row says is the value at the instant."""
        still = [name for name in self.features if not is_moving(self.case, self.bases[name])]
        found = [((key, instant, time), row, values) for (key, instant, time, values), row in zip(questions, table, strict=True)]
        self.compare("the row", [each for each in found if each[0][1] == each[0][2]], self.features)
        self.compare("looked at (key, instant, time of the newest row)", [each for each in found if each[0][1] > each[0][2]], still)

    def place(self, row):
        return tuple(row[name] for name in self.keys), row["event_time"]

    def compare(self, what, found, names):
        """`found`: (place, row of a table, values of a stream)."""
        for name in names:
            index, tolerance = self.features.index(name), 0.0
            if self.bases[name].get("aggregation") == "ewma":
                tolerance = EWMA_TOLERANCE * max((abs(row[name] or 0.0) for _, row, _ in found), default=0.0)
            for place, row, values in found:
                if not is_same(row[name], values[index], tolerance):
                    self.problems.append(f"{what} {place}: {name} is {values[index]!r}, expected {row[name]!r}")
