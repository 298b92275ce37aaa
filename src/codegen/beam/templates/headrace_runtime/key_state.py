"""What is kept of one key: its events in a ring of bags, a few numbers, and partials of what looks back for ever.

    ring   | part 5 | part 6 | part 7 | part 8 |          of time; each is dropped whole when no row to come can see it
    head   until when rows are final, the newest row, the timer, a nonce ..: rewritten with each event

Only bags and single values are used, because Flink's portable operator has no others.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from headrace_runtime.packed_events import time_of

PARTS = 8  # bags of the ring
PART_MIN = 60_000_000  # microseconds


@dataclass
class Head:
    """Written with every change; the working state that a worker has of the key is right while the nonces agree."""

    nonce: int = 0
    until: int | None = None  # rows up to then are final, and events up to then are late
    newest: int | None = None  # the time of the newest row that was given out
    sure: int | None = None  # the timer after which what the one before it has overtaken has come
    timer: int | None = None  # when it is set for
    kept_for: int | None = None  # how far back is kept; None: nothing was dropped
    dropped: list[str] = field(default_factory=list)  # the sources of which something was
    has_partials: bool = False
    width: int = 0  # of a part of the ring
    parts: list[int] = field(default_factory=list)  # that have events, by number: time // width
    ahead: list[int] = field(default_factory=list)  # times of events that had not come when they arrived
    layouts: list[int] = field(default_factory=list)  # digests of the layouts of the events

    def to_bytes(self) -> bytes:
        return json.dumps(list(vars(self).values()), separators=(",", ":")).encode()

    @staticmethod
    def of_bytes(text: bytes) -> Head:
        return Head(*json.loads(text))

    def renew(self) -> int:
        self.nonce = int.from_bytes(os.urandom(6), "little")
        return self.nonce


class KeyState:
    """The states of one key as Beam hands them to a step. `bags_read` and `events_read` count what was looked at."""

    def __init__(self, head: Any, layouts: Any, partials: Any, lasting: Any, ring: Sequence[Any]) -> None:
        self._head, self._layouts, self._partials = head, layouts, partials
        self._lasting, self._ring = lasting, ring
        self.bags_read = self.events_read = 0

    def head(self) -> Head | None:
        found = self._head.read()
        return None if found is None else Head.of_bytes(found)

    def write(self, head: Head) -> None:
        self._head.write(head.to_bytes())

    def add(self, head: Head, packed: bytes, is_for_ever: bool) -> None:
        if is_for_ever:
            self._lasting.add(packed)
            return
        number = time_of(packed) // head.width
        if number not in head.parts:
            head.parts = sorted([*head.parts, number])
        self._ring[number % PARTS].add(packed)

    def add_layout(self, head: Head, digest: int, layout: str) -> None:
        if digest not in head.layouts:
            head.layouts = [*head.layouts, digest]
            self._layouts.write(json.dumps(self.layouts() | {str(digest): layout}).encode())

    def layouts(self) -> dict[str, str]:
        found = self._layouts.read()
        return {} if found is None else dict(json.loads(found))

    def events(self, head: Head) -> Iterator[bytes]:
        """All that are kept, packed, in no order."""
        bags = [self._ring[place] for place in sorted({number % PARTS for number in head.parts})]
        for bag in [*bags, self._lasting]:
            self.bags_read += 1
            for packed in bag.read():
                self.events_read += 1
                yield packed

    def drop(self, head: Head, number: int) -> None:
        """Drops a part of the ring. Others lie in the same bag where events came from far ahead: those stay."""
        bag = self._ring[number % PARTS]
        head.parts = [each for each in head.parts if each != number]
        left: list[bytes] = []
        if any(each % PARTS == number % PARTS for each in head.parts):
            self.bags_read += 1
            left = [packed for packed in bag.read() if time_of(packed) // head.width != number]
        bag.clear()
        for packed in left:
            bag.add(packed)

    def divide(self, head: Head, width: int) -> None:
        """Gives the parts another width: of a pipeline that looks back another time."""
        kept = [packed for number in {n % PARTS for n in head.parts} for packed in self._ring[number].read()]
        for number in {n % PARTS for n in head.parts}:
            self._ring[number].clear()
        head.parts, head.width = [], width
        for packed in kept:
            self.add(head, packed, False)

    def partials(self, head: Head) -> bytes | None:
        return bytes(self._partials.read()) if head.has_partials else None

    def keep_partials(self, head: Head, partials: bytes) -> None:
        self._partials.write(partials)
        head.has_partials = True
