"""The features of one entity over events that never end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ._kernel import ArrowBatch, NativeStream
from ._times import micros_since_epoch, time_of

_LATEST = 253_402_300_799_999_999  # the end of the year 9999: nothing is ahead of it


@dataclass(frozen=True)
class LeftOut:
    """A row of a push that was not taken.

    Attributes:
        row: its number, from 0, among those that could be read.
        reason: "late" (before the watermark) or "too far ahead" (of the clock).
        bound: the watermark, or the latest time that is taken; None where that is all time.
    """

    row: int
    reason: str
    bound: datetime | None


@dataclass(frozen=True)
class Pushed:
    """What became of the rows of a push: accepted + len(left_out) + bad_rows of them. `ahead` of the accepted ones wait for
    their time."""

    accepted: int
    ahead: int
    bad_rows: int
    left_out: list[LeftOut]


class Stream:
    """Made by `Kernel.stream`. Final rows are those of a backfill over the accepted events; values are those at their time.

    Has no thread, no file and no clock: `now` is the caller's, and a clock that goes back stands still. Calls from several
    threads wait for each other.

        stream = kernel.stream()
        stream.push("telemetry", events, now=now)
        rows = stream.advance(now)               # what has become final
        values = stream.read(places)             # now, with events that may still be joined by late ones
        state = stream.store()                   # ... elsewhere, later: kernel.stream(restored=state)
    """

    def __init__(self, native: NativeStream) -> None:
        self._native = native

    def push(
        self, source: str, events: object, *, now: datetime | int, lane: int = 0, skip_bad_rows: bool = False
    ) -> Pushed:
        """Takes events in their order of arrival.

        Args:
            events: a table as for `Kernel.dataset`.
            lane: of a source that comes in several independent orders, such as a topic's partitions: which one.
        """
        accepted, ahead, bad_rows, left_out = self._native.push(source, events, _instant(now), lane, skip_bad_rows)
        rows = [LeftOut(row, "late" if late else "too far ahead", time_of(bound)) for row, late, bound in left_out]
        return Pushed(accepted, ahead, bad_rows, rows)

    def set_drained(self, source: str, *, now: datetime | int, lane: int = 0, drained: bool = True) -> None:
        """Says that a lane was read to its end, so that `idle_after` counts from its last event on; pushing ends that."""
        self._native.set_drained(source, lane, drained, _instant(now))

    def advance(self, now: datetime | int) -> ArrowBatch:
        """The rows that have become final since the last call: key columns, event_time, features; by (time, key)."""
        return self._native.advance(_instant(now))

    def finish(self) -> ArrowBatch:
        """The same at the end of the events: nothing is accepted after it."""
        return self._native.finish()

    def read(self, places: object, *, time_column: str | None = None) -> ArrowBatch:
        """A column for each feature, a row for each place, from all events that came and whose time has come.

        Args:
            places: a table with the entity's keys and a time, none before `earliest`.
        """
        return self._native.read(places, time_column or "")

    # For a program that decides itself what is late and what is final, with one event at a time: plain values in and out,
    # times as microseconds. Such a stream is opened with an `allowed_lateness` that nothing reaches.

    def settle(self, before: datetime | int) -> ArrowBatch:
        """Like `advance`: settles all before a time, whatever the watermarks say. What comes before it is late from now on."""
        return self._native.settle(_instant(before), _LATEST)

    def push_rows(self, source: str, rows: Sequence[Sequence[Any]]) -> int:
        """Takes rows, in order of arrival, each the values of the columns in `Kernel.columns`; gives how many were late."""
        return self._native.push_rows(source, rows, _LATEST)

    def read_row(self, key: Sequence[Any], time: int) -> list[Any]:
        """The features of one key at a time."""
        return self._native.read_row(key, time)

    def settle_rows(self, before: int) -> list[list[Any]]:
        """`settle` with rows of plain values: the key's, the time, the features'."""
        return self._native.settle_rows(before, _LATEST)

    def store_for_ever(self) -> bytes:
        """Exact partials of what no kept events bring back: `lifetime`, `last: N`, sessions, time-weighted means, and what
        uses them. All else is there again once the events within the reach of its windows are pushed."""
        return self._native.store_for_ever()

    @staticmethod
    def settled_to_of(partials: bytes) -> int:
        """The time before which such partials hold everything."""
        return NativeStream.settled_to_of(partials)

    def adopt(self, partials: bytes) -> None:
        """Takes such partials. The stream is new, has been given the kept events before their time, and is settled to it."""
        self._native.adopt(partials)

    def store(self) -> bytes:
        """All of it, with its own checksum: states of what is settled, and the events since."""
        return self._native.store()

    def watermark(self, source: str) -> datetime | None:
        """Events of the source before it are late; None before its first event."""
        return time_of(self._native.watermark(source))

    @property
    def settled_to(self) -> datetime | None:
        """All rows before it are final; None before the first."""
        return time_of(self._native.settled_to)

    @property
    def earliest(self) -> datetime | None:
        """Values can be read at it and later; None: at any time."""
        return time_of(self._native.earliest)

    @property
    def unsettled_rows(self) -> int:
        """Events that came and are not settled yet."""
        return self._native.unsettled_rows

    @property
    def memory_bytes(self) -> int:
        """What its states and kept events hold."""
        return self._native.memory_bytes


def _instant(now: datetime | int) -> int:
    micros = micros_since_epoch(now)
    assert micros is not None
    return micros
