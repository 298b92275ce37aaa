"""What one event of the pumps costs that meets so many kept ones of its pump: work_run.py PROJECT_FOLDER KERNEL KEPT [EVENTS].

Prints JSON: how many kept events and bags were read while further events came, in order, a few of them late, with the watermark
behind them; how many rows the kernel was given; how many rows came; and the seconds of CPU, which no test looks at. Then the same
numbers of the first of these events, which finds nothing remembered.
"""
import json
import random
import sys
import time

sys.path.insert(0, sys.argv[1])

from headrace_runtime import kernel_stream, native_jobs  # noqa: E402
from headrace_runtime.histories import Key  # noqa: E402
from headrace_runtime.key_state import Head, KeyState  # noqa: E402
from headrace_runtime.messages import Message  # noqa: E402
from headrace_runtime.streams import HistoryStates, KeyStates  # noqa: E402
from pipeline import PROJECT  # noqa: E402
from plain_state import PlainState, started  # noqa: E402

KERNEL, KEPT = sys.argv[2], int(sys.argv[3])
EVENTS = int(sys.argv[4]) if len(sys.argv) > 4 else 100
START, DAYS_29 = 1_700_000_000_000_000, 29 * 86_400_000_000
KEY = Key(("pump-01",))
(entity,) = PROJECT.entities
TELEMETRY = next(source for source in entity.sources if source.name == "pump_telemetry")
chance = random.Random(1)
work = dict.fromkeys(("events_read", "bags_read", "pushed", "rows"), 0)


class CountedState(kernel_stream.KernelState):
    def add(self, event):
        work["pushed"] += 1
        return super().add(event)

    def add_all(self, events):
        events = list(events)
        work["pushed"] += len(events)
        super().add_all(events)


class CountedKept(KeyState):
    def __del__(self):
        work["events_read"] += self.events_read
        work["bags_read"] += self.bags_read


class State(PlainState):
    def kept(self):
        return CountedKept(self.head, self.layouts, self.partials, self.lasting, self.ring)


def value(name, kind):
    if name in TELEMETRY.key:
        return KEY[TELEMETRY.key.index(name)]
    return chance.gauss(10, 2) if kind == "double" else chance.choice(["run", "idle"])


def message(number, at):
    values = {name: value(name, kind) for name, kind in TELEMETRY.columns}
    return Message(TELEMETRY.name, "0", KEY, at, ("0", number), values)


def fill(state, keep):
    """The kept events as they lie there when a worker has just been given the key."""
    kept, packing = state.kept(), keep.packings[TELEMETRY.name]
    head = Head(width=keep.width)
    kept.add_layout(head, packing.digest, packing.layout)
    for number in range(KEPT):
        event = message(number, START + DAYS_29 * number // KEPT)
        kept.add(head, packing.pack(event), TELEMETRY.name in keep.for_ever)
    head.newest = event.time
    head.until = event.time - keep.lateness - 1
    kept.write(head)


def came(state, keep, number, late):
    step = DAYS_29 // KEPT
    newest = START + step * number
    event = message(number, newest - (chance.randrange(keep.lateness) if late else 0))
    rows, _ = state.process(keep, (KEY, event))
    work["rows"] += len(rows)
    while (more := state.fire(keep, KEY, newest)) is not None:
        work["rows"] += len(more)


def measured(numbers, state, keep):
    for name in work:
        work[name] = 0
    before = time.process_time()
    for number in numbers:
        came(state, keep, number, late=number % 20 == 0)
    return dict(work) | {"seconds": time.process_time() - before}


kernel_stream.KernelState = CountedState
states = native_jobs.states_of_stream(PROJECT, entity, entity.features) if KERNEL == "native" else HistoryStates(entity.sources, entity.kept())
driving = {feature.source for feature in entity.features}
keep = started(KeyStates(states, entity.sources, entity.windows, driving, max(source.allowed_lateness for source in entity.sources)))
state = State()
fill(state, keep)
first = measured([KEPT], state, keep)
print(json.dumps(measured(range(KEPT + 1, KEPT + 1 + EVENTS), state, keep) | {"first": first}))
