"""Writes a row into Redis as the options say, and reads it back: redis_login.py RUNTIME_FOLDER OPTION .. prints `written`, or
the problem."""
import sys

sys.path.insert(0, sys.argv[1])

import redis  # noqa: E402
from headrace_runtime import command_line  # noqa: E402
from headrace_runtime.histories import Key  # noqa: E402
from headrace_runtime.redis_store import WriteRedis, entity_key  # noqa: E402

options, _ = command_line.parse(["--mode=stream", *sys.argv[2:]])
sink = WriteRedis(options.redis_server, "project", "view", ["id"], [("x", "double")], None)
assert options.redis_server.password is None or options.redis_server.password not in repr(options.redis_server)
try:
    sink.setup()
    sink.start_bundle()
    sink.process((Key(("a",)), ("final", 1_000_000, [1.5])))
    sink.finish_bundle()
    print("written" if sink.client.exists(entity_key(["id"], ("a",), "project")) else "nothing")
except redis.RedisError as error:
    print(type(error).__name__, error)
sink.teardown()
