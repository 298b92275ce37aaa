"""Random events: profiles of values that have hurt engines before, times that meet on window edges, ties, late rows."""
import datetime as dt
import math

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
SECOND = 10**6
HOUR = 3600 * SECOND
DAY = 24 * HOUR

WORDS = ["red", "blue", "green", "", "a", "B", " padded ", "\tx\n", "é", "ΑΩ", "naïve", "😀", "12", "-7", "+3.5", " 8", "1e3", "true", "false", "it's", "a\\b", "z" * 40]
SPECIAL_DOUBLES = [0.0, -0.0, math.nan, math.inf, -math.inf, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -1.7976931348623157e308, 1.0, 0.1]
SPECIAL_INTS = [0, 1, -1, 2**63 - 1, -(2**63), 2**53, 2**53 + 1, -(2**53) - 1, 2**62, 10**18]

STARTS = ["2024-03-01T00:00:00", "1969-12-31T22:00:00", "1970-01-01T00:00:00", "2000-02-28T23:30:00", "1950-06-15T12:00:00"]


def text_of(us):
    """RFC 3339 with Z, as short as the instant allows."""
    return (EPOCH + dt.timedelta(microseconds=us)).isoformat().replace("+00:00", "Z")


def start_of(random):
    return (dt.datetime.fromisoformat(random.choice(STARTS)).replace(tzinfo=dt.timezone.utc) - EPOCH) // dt.timedelta(microseconds=1)


class Values:
    """Makes the values of one column in one profile, a part of them null."""

    PROFILES = {
        "double": ["plain", "plain", "whole", "few", "cancel", "wide", "tiny", "special"],
        "int64": ["small", "small", "few", "special"],
        "string": ["few", "words"],
        "bool": ["even", "even", "rare"],
        "timestamp": ["near", "near", "far"],
    }

    def __init__(self, random, kind, start):
        self.random, self.kind, self.start = random, kind, start
        self.profile = random.choice(self.PROFILES[kind])
        self.nulls = random.choice([0.0, 0.05, 0.2, 0.6])

    def one(self):
        return None if self.random.random() < self.nulls else getattr(self, f"{self.kind}_{self.profile}")()

    def double_plain(self): return round(self.random.uniform(-100, 100), self.random.randrange(1, 6))
    def double_whole(self): return self.random.randrange(-50, 50)  # written without a point: read as a double all the same
    def double_few(self): return self.random.choice([0.1, 0.2, 0.3, -1.5, 7.0])
    def double_cancel(self): return self.random.choice([1e16, -1e16, 1.0, -1.0, 1e-16, 3.5, 1e100, -1e100])
    def double_wide(self): return self.random.uniform(-1, 1) * 10.0 ** self.random.randrange(-300, 300)
    def double_tiny(self): return self.random.choice([1, -1]) * self.random.randrange(1, 1 << 30) * 5e-324
    def double_special(self): return self.random.choice(SPECIAL_DOUBLES)
    def int64_small(self): return self.random.randrange(-20, 100)
    def int64_few(self): return self.random.randrange(3)
    def int64_special(self): return self.random.choice(SPECIAL_INTS)
    def string_few(self): return self.random.choice(["red", "blue", "green"])
    def string_words(self): return self.random.choice(WORDS)
    def bool_even(self): return self.random.random() < 0.5
    def bool_rare(self): return self.random.random() < 0.1
    def timestamp_near(self): return text_of(self.start + self.random.randrange(-DAY, DAY))
    def timestamp_far(self): return text_of(self.start + self.random.randrange(-3000, 3000) * DAY + self.random.randrange(2) * 1234)


def times(random, start, count):
    """Event times: steps of one grid, so that windows of whole steps have events on their edges, and some ties."""
    step = random.choice([SECOND, 60 * SECOND, 600 * SECOND, 1800 * SECOND, HOUR, 6 * HOUR])
    out, now = [], start
    for _ in range(count):
        out.append(now)
        kind = random.random()
        now += 0 if kind < 0.15 else 1 if kind < 0.2 else step * random.choice([1, 1, 1, 2, 3, 10]) + (0 if kind < 0.85 else random.randrange(-step, step) // 2)
        now = max(now, out[-1])
    return out


def put_late(random, rows):
    """Rows as they may arrive: in order, a few late, or in any order at all."""
    kind = random.random()
    if kind < 0.4:
        return rows
    if kind < 0.8:
        for _ in range(random.randrange(1, 6)):
            rows.insert(min(len(rows), (i := random.randrange(len(rows))) + random.randrange(1, 10)), rows.pop(i))
        return rows
    random.shuffle(rows)
    return rows
