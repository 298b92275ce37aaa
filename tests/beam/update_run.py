"""Hands the state that one pipeline kept to another one, as an update of a running job does: update_run.py RUNTIME_FOLDER.

Prints, for each pipeline that takes over, the columns that it sees of the events before, or why it stops.
"""
import json
import sys

sys.path.insert(0, sys.argv[1])

from headrace_runtime.histories import Key, Source  # noqa: E402
from headrace_runtime.messages import Message  # noqa: E402
from headrace_runtime.streams import HistoryStates, KeyStates  # noqa: E402
from headrace_runtime.windows import Rolling  # noqa: E402
from plain_state import PlainState, started  # noqa: E402

HOUR = 3_600_000_000
KEY = Key(("a",))


def keep(columns, hours):
    kinds = tuple((name, "double") for name in columns)
    source = Source("readings", ("id",), ("string",), "at", None, None, kinds, "ndjson", "")
    reach = hours and hours * HOUR
    states = HistoryStates([source], {"readings": reach})
    return started(KeyStates(states, [source], [Rolling((hours or 1) * HOUR)], ["readings"], 0))


def message(hour, **values):
    return Message("readings", "0", KEY, hour * HOUR, ("0", hour), values)


def taken_over(columns, hours):
    state, before = PlainState(), keep("ab", 2)
    for hour in range(6):
        state.process(before, (KEY, message(hour, a=1.0, b=float(hour))))
        while state.fire(before, KEY, hour * HOUR + 5_000) is not None:
            pass  # timers set timers
    try:
        (history,), _ = state.process(keep(columns, hours), (KEY, message(6, **{name: 7.0 for name in columns})))
    except ValueError as error:
        return str(error)
    return [list(event.values) for event in history.events["readings"]]


def renewed_after_a_shorter_window():
    """The minutes of the rows that a new window brings of an event from before, though the key stays silent."""
    state, rows = PlainState(), []
    state.process(keep("ab", 2), (KEY, message(0, a=1.0, b=1.0)))
    for hours, time in ((2, HOUR // 4), (1, 3 * HOUR)):
        while (histories := state.fire(keep("ab", hours), KEY, time)) is not None:
            rows += [history.instants[0] for history in histories]
    return [(row.arrival[0], row.time * 60 // HOUR) for row in rows]


asked = [("ab", 2), ("ba", 2), ("b", 1), ("abc", 2), ("ab", 3), ("ab", None)]
out = {f"{columns} {hours}": taken_over(columns, hours) for columns, hours in asked}
print(json.dumps(out | {"renewed": renewed_after_a_shorter_window()}))
