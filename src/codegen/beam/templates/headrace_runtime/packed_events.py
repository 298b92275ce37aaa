"""Events as a key's state keeps them: packed, without the names of their columns.

    time, layout, number and lane of arrival, which columns have values, values of eight bytes, flags, texts

A layout is a source with its columns. Those of a key are kept beside its events by their digests, so that another pipeline, whose
features read other columns, finds what it needs by name.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from headrace_runtime.histories import Source
from headrace_runtime.messages import Message
from headrace_runtime.windows import Event

HEAD = struct.Struct("<qIqB")
TIME = struct.Struct("<q")
LENGTH = struct.Struct("<I")
CODES = {"double": "d", "int64": "q", "timestamp": "q", "bool": "?"}  # all else is text


class Packing:
    """From messages of one layout to bytes, and from the bytes behind their head to values."""

    def __init__(self, name: str, columns: Iterable[tuple[str, str]]) -> None:
        self.name, self.columns = name, tuple((column, kind) for column, kind in columns)
        self.layout = json.dumps([name, *self.columns])
        self.digest = zlib.crc32(self.layout.encode())
        self.names = [column for column, _ in self.columns]
        self.fixed = [i for i, (_, kind) in enumerate(self.columns) if kind in CODES]
        self.texts = [i for i, (_, kind) in enumerate(self.columns) if kind not in CODES]
        self.bitmap = (len(self.columns) + 7) // 8
        self.values = struct.Struct("<" + "".join(CODES[self.columns[i][1]] for i in self.fixed))

    def pack(self, event: Message) -> bytes:
        lane, number = event.arrival
        values = [event.values[name] for name in self.names]
        there = sum(1 << i for i, value in enumerate(values) if value is not None)
        place = lane.encode()
        parts = [
            HEAD.pack(event.time, self.digest, number, len(place)),
            place,
            there.to_bytes(self.bitmap, "little"),
            self.values.pack(*(values[i] or 0 for i in self.fixed)),
        ]
        for i in self.texts:
            if values[i] is not None:
                text = values[i].encode()
                parts += (LENGTH.pack(len(text)), text)
        return b"".join(parts)

    def unpack(self, packed: bytes, at: int) -> tuple[Any, ...]:
        there = int.from_bytes(packed[at : at + self.bitmap], "little")
        at += self.bitmap
        values: list[Any] = [None] * len(self.columns)
        for i, value in zip(self.fixed, self.values.unpack_from(packed, at), strict=True):
            if there >> i & 1:
                values[i] = value
        at += self.values.size
        for i in self.texts:
            if there >> i & 1:
                (size,) = LENGTH.unpack_from(packed, at)
                at += LENGTH.size
                values[i] = packed[at : at + size].decode()
                at += size
        return tuple(values)


def time_of(packed: bytes) -> int:
    return int(TIME.unpack_from(packed)[0])


class Unpacker:
    """Events of the layouts of one key, with the columns that their sources have now; those of other sources are passed over."""

    def __init__(self, sources: Mapping[str, Source], layouts: Mapping[str, str]) -> None:
        self.sources = sources
        self.of_digest: dict[int, tuple[Source, Packing, Callable[[tuple[Any, ...]], tuple[Any, ...]]] | None] = {}
        for digest, layout in layouts.items():
            name, *columns = json.loads(layout)
            packing = Packing(name, [(column, kind) for column, kind in columns])
            source = sources.get(name)
            self.of_digest[int(digest)] = (source, packing, chooser(source, packing)) if source else None

    def event(self, packed: bytes) -> Event | None:
        time, digest, number, size = HEAD.unpack_from(packed)
        found = self.of_digest[digest]
        if found is None:
            return None
        source, packing, choose = found
        at = HEAD.size + size
        lane = packed[HEAD.size : at].decode()
        return Event(time, (lane, number), source.name, choose(packing.unpack(packed, at)))


def chooser(source: Source, packing: Packing) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """From the values that were kept to those of the source's columns."""
    kept = dict(packing.columns)
    for name, kind in source.columns:
        if name not in kept:
            raise ValueError(
                f"{source.name}: events were kept without the column {name!r}, which a feature now reads:"
                " drain this job and start one that reads the source from its beginning"
            )
        if kept[name] != kind:
            raise ValueError(
                f"{source.name}: the column {name!r} of the kept events is {kept[name]}, and is {kind} now:"
                " drain this job and start one that reads the source from its beginning"
            )
    if tuple(source.columns) == packing.columns:
        return lambda values: values
    places = [packing.names.index(name) for name, _ in source.columns]
    return lambda values: tuple(values[place] for place in places)
