"""Writes rows of one key out of order into Redis, and prints what stays: redis_order.py RUNTIME_FOLDER PORT."""
import json
import sys

sys.path.insert(0, sys.argv[1])

import redis  # noqa: E402
from headrace_runtime.histories import Key  # noqa: E402
from headrace_runtime.redis_store import WriteRedis, entity_key, murmur3, time_of  # noqa: E402

SECOND = 1_000_000
store = redis.Redis(port=int(sys.argv[2]))
sink = WriteRedis(f"127.0.0.1:{sys.argv[2]}", "project", "view", ["id"], [("x", "double"), ("given", "int64")], None)
sink.setup()
name = entity_key(["id"], ("a",), "project")


def seen():
    fields = store.hgetall(name)
    values = [fields[murmur3(f"view:{feature}".encode()).to_bytes(4, "little")].hex() for feature in ("x", "given")]
    return [time_of(fields[b"_ts:view"]), *values]


out = []
for time, values in ((5 * SECOND + 1, [1.5, 7]), (5 * SECOND, [9.0, 9]), (5 * SECOND + 1, [None, 0]), (9 * SECOND, [2.5, 0])):
    sink.process((Key(("a",)), ("final", time, values)))
    out.append(seen())
sink.teardown()
print(json.dumps({"seen": out, "ttl": store.ttl(name)}))
