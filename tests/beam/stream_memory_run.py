"""How much memory the working states of keys take, by the native kernel: stream_memory_run.py PROJECT_FOLDER KEYS

Prints JSON: `bytes`, as the system says it, a state; `room`, what the pipeline believes of one.
"""
import json
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])

from headrace_runtime import native_jobs  # noqa: E402
from headrace_runtime.histories import Key  # noqa: E402
from headrace_runtime.key_state import Head  # noqa: E402
from headrace_runtime.windows import Event  # noqa: E402
from pipeline import PROJECT  # noqa: E402

START = 1_700_000_000_000_000
(entity,) = PROJECT.entities
states = native_jobs.states_of_stream(PROJECT, entity, entity.features)
states.open()


def used():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def make(number):
    key = Key(f"k{number}" for _ in entity.key)
    events = [Event(START, ("", 0), source.name, (None,) * len(source.columns)) for source in entity.sources]
    state = states.make(key, frozenset(source.name for source in entity.sources), events, Head(width=1), None)
    state.row("first", START)
    return state


kept = [make(number) for number in range(20)]  # the room to work in is there after these
before, count = used(), int(sys.argv[2])
kept += [make(number) for number in range(20, 20 + count)]
print(json.dumps({"bytes": (used() - before) / count, "room": kept[-1].memory_bytes()}))
