#!/usr/bin/env python3
"""The oracle in a process of its own: reads the names of case files, one a line, and answers each with a line of JSON.

The answer is {"expect": [..]} or, where the oracle cannot judge the case, {"error": ".."}. The meaning is the oracle's
alone; this adds a memory of what has been computed, a time limit, and the order of arrival where a column gives it.
"""
import functools
import json
import signal
import sys
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "oracle"))
import oracle  # noqa: E402

SECONDS_MAX = 20


class RememberingRepository(oracle.Repository):
    """The oracle's repository, asking nothing twice."""

    def __init__(self, text, events):
        super().__init__(text, events)
        for name in ("meaning", "driving", "value"):
            setattr(self, name, functools.cache(getattr(self, name)))
        self.kind = functools.cache(self.kind)


oracle.Repository = RememberingRepository


def in_order_of_arrival(case):
    """The oracle takes rows in order of arrival; a source with `arrival` names the column that has it."""
    for document in filter(None, yaml.safe_load_all(case["repository"])):
        source = document.get("source", {})
        if "arrival" in source:
            case["events"][source["name"]].sort(key=lambda row: row[source["arrival"]])


def answer(path):
    case = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    in_order_of_arrival(case)
    return oracle.answers(case)


def out_of_time(_signal, _frame):
    raise TimeoutError(f"more than {SECONDS_MAX} s")


def main():
    signal.signal(signal.SIGALRM, out_of_time)
    for line in sys.stdin:
        signal.alarm(SECONDS_MAX)
        try:
            reply = {"expect": answer(line.rstrip("\n"))}
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        signal.alarm(0)
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
