"""An event of a stream as it travels and is kept: its values by the names of columns.

A running job can be updated to a pipeline whose features read other columns, and finds what it kept before by name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from apache_beam import coders

from headrace_runtime.histories import Key, Source
from headrace_runtime.windows import Event


class Message(NamedTuple):
    source: str
    lane: str  # the partition, or whatever else has an order of arrival of its own
    key: Key
    time: int
    arrival: tuple[str, int]
    values: Mapping[str, Any]

    def event_of(self, source: Source) -> Event:
        """The event with the columns that the source has now."""
        try:
            values = tuple(self.values[name] for name, _ in source.columns)
        except KeyError as column:
            raise ValueError(
                f"{self.source}: events were kept without the column {column}, which a feature now reads:"
                " drain this job and start one that reads the source from its beginning"
            ) from None
        return Event(self.time, self.arrival, self.source, values)


class MessageCoder(coders.Coder):
    """A JSON array [source, lane, [key..], time, file, row, {column: value}]."""

    def encode(self, value: Message) -> bytes:
        array = [value.source, value.lane, list(value.key), value.time, *value.arrival, value.values]
        return json.dumps(array, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()

    def decode(self, encoded: bytes) -> Message:
        source, lane, key, time, place, number, values = json.loads(encoded)
        return Message(source, lane, Key(key), time, (place, number), values)

    def is_deterministic(self) -> bool:
        return True


coders.registry.register_coder(Message, MessageCoder)
