"""Writes rows out of order into Redis, in bundles, and prints what stays: redis_order.py RUNTIME_FOLDER PORT.

In the last bundle somebody else writes a newer row of one key while the sink has looked and not yet written.
"""
import json
import sys

sys.path.insert(0, sys.argv[1])

import redis  # noqa: E402
from headrace_runtime.histories import Key  # noqa: E402
from headrace_runtime.redis_store import WriteRedis, entity_key, murmur3, time_of  # noqa: E402

SECOND = 1_000_000
store = redis.Redis(port=int(sys.argv[2]))
FEATURES = [("x", "double"), ("given", "int64")]


class Disturbed(WriteRedis):
    """Somebody writes into `c` after the first look."""

    intruder = None

    def times_of(self, names):
        there = super().times_of(names)
        if self.intruder:
            write(self.intruder, [("c", 30 * SECOND, [8.0, 8])])
            self.intruder = None
        return there


def sink_of(kind):
    sink = kind(f"127.0.0.1:{sys.argv[2]}", "project", "view", ["id"], FEATURES, None)
    sink.setup()
    return sink


def write(sink, rows):
    sink.start_bundle()
    for key, time, values in rows:
        sink.process((Key((key,)), ("final", time, values)))
    sink.finish_bundle()


def name_of(key):
    return entity_key(["id"], (key,), "project")


def seen(key):
    fields = store.hgetall(name_of(key))
    values = [fields[murmur3(f"view:{feature}".encode()).to_bytes(4, "little")].hex() for feature, _ in FEATURES]
    return [time_of(fields[b"_ts:view"]), *values]


sink, out = sink_of(WriteRedis), []
for time, values in ((5 * SECOND + 1, [1.5, 7]), (5 * SECOND, [9.0, 9]), (5 * SECOND + 1, [None, 0]), (9 * SECOND, [2.5, 0])):
    write(sink, [("a", time, values)])
    out.append(seen("a"))
write(sink, [("b", 2 * SECOND, [1.0, 1]), ("b", 4 * SECOND, [2.0, 2]), ("b", 3 * SECOND, [3.0, 3]), ("b", 4 * SECOND, [4.0, 4])])
disturbed = sink_of(Disturbed)
disturbed.intruder = sink
write(disturbed, [(key, 20 * SECOND, [2.0, 2]) for key in "cdef"])
for each in (sink, disturbed):
    each.teardown()
print(json.dumps({"seen": out, "together": {key: seen(key) for key in "bcdef"}, "ttl": store.ttl(name_of("a"))}))
