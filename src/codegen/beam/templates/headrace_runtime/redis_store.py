"""Writes rows into Redis as Feast's own Redis store keeps them (entity keys of version 3), so that a Feast client reads
them.

One hash for each entity key: the field `_ts:VIEW` is the row's time (a protobuf Timestamp), and for each feature the hash
of `VIEW:FEATURE` is its value (a protobuf feast.types.Value; a null is empty). A write never replaces a newer time and may
repeat an equal one, so replays overwrite themselves. Feast keeps times in values as whole seconds.
"""

from __future__ import annotations

import dataclasses
import re
import struct
from collections.abc import Iterable, Sequence
from typing import Any

import apache_beam as beam

from headrace_runtime.histories import Key
from headrace_runtime.streams import StreamRow

MASK = 2**32 - 1
STRING, INT64, BOOL = 2, 4, 7
KEYS_A_WRITE = 500
SCALAR_FIELDS = {"string": 2, "int64": 4, "double": 5, "bool": 7, "timestamp": 8}

ADDRESS = re.compile(r"(?:(rediss?)://)?([^\s:/@\[\]]+|\[[0-9a-fA-F:.]+\])(?::(\d{1,5}))?/?")

Rows = dict[bytes, tuple[int, list[Any]]]  # time and values, by the names of hashes


@dataclasses.dataclass(frozen=True)
class Server:
    """Where a Redis is, and who we are there. Without a user it is Redis's default one."""

    host: str
    port: int = 6379
    has_tls: bool = False
    user: str | None = None
    password: str | None = dataclasses.field(default=None, repr=False)


def server_of(address: str, user: str | None = None, password: str | None = None) -> Server:
    """A server by HOST:PORT, or rediss://HOST:PORT for TLS."""
    found = ADDRESS.fullmatch(address)
    if found is None:
        raise ValueError("is HOST:PORT, or rediss://HOST:PORT for TLS; user and password have options of their own")
    scheme, host, port = found.groups()
    return Server(host.strip("[]"), int(port or 6379), scheme == "rediss", user, password)


def murmur3(data: bytes) -> int:
    """MurmurHash3, 32 bits, seed 0."""

    def scrambled(word: int) -> int:
        word = word * 0xCC9E2D51 & MASK
        return (word << 15 | word >> 17) * 0x1B873593 & MASK

    state = 0
    whole = len(data) // 4 * 4
    for (word,) in struct.iter_unpack("<I", data[:whole]):
        state ^= scrambled(word)
        state = ((state << 13 | state >> 19) * 5 + 0xE6546B64) & MASK
    if whole < len(data):
        state ^= scrambled(int.from_bytes(data[whole:], "little"))
    state ^= len(data)
    for multiplier, shift in ((0x85EBCA6B, 16), (0xC2B2AE35, 13)):
        state = (state ^ state >> shift) * multiplier & MASK
    return state ^ state >> 16


def varint(value: int) -> bytes:
    value &= 2**64 - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def tagged(field: int, data: bytes) -> bytes:
    """A field of bytes."""
    return varint(field << 3 | 2) + varint(len(data)) + data


def to_timestamp(time: int) -> bytes:
    """google.protobuf.Timestamp of microseconds."""
    seconds, micros = divmod(time, 1_000_000)
    out = b"\x08" + varint(seconds) if seconds else b""
    return out + (b"\x10" + varint(micros * 1000) if micros else b"")


def time_of(timestamp: bytes) -> int:
    """The microseconds of a google.protobuf.Timestamp."""
    fields = {1: 0, 2: 0}
    at = 0
    while at < len(timestamp):
        field = timestamp[at] >> 3
        at, shift, value = at + 1, 0, 0
        while True:
            byte = timestamp[at]
            value |= (byte & 127) << shift
            at, shift = at + 1, shift + 7
            if byte < 128:
                break
        fields[field] = value - 2**64 if value >> 63 else value
    return fields[1] * 1_000_000 + fields[2] // 1000


def to_value(value: Any, kind: str) -> bytes:
    """feast.types.Value."""
    if value is None:
        return b""
    if kind.startswith("list of "):
        kind = kind.removeprefix("list of ")
        if kind == "string":
            items = b"".join(tagged(1, item.encode()) for item in value)
        else:
            packed = b"".join(_number(item, kind) for item in value)
            items = tagged(1, packed) if packed else b""
        return tagged(SCALAR_FIELDS[kind] + 10, items)
    if kind == "string":
        return tagged(2, value.encode())
    return varint(SCALAR_FIELDS[kind] << 3 | (1 if kind == "double" else 0)) + _number(value, kind)


def _number(value: Any, kind: str) -> bytes:
    if kind == "double":
        return struct.pack("<d", value)
    return varint(value // 1_000_000 if kind == "timestamp" else int(value))


def feast_project(name: str) -> str:
    """The name under which Feast knows a project; it refuses hyphens and most other characters."""
    return re.sub(r"[^A-Za-z0-9_]+", "_", name).lstrip("_") or "features"


def entity_key(names: Sequence[str], key: Key, project: str) -> bytes:
    """The name of an entity's hash."""
    pairs = sorted(zip(names, key, strict=True))
    out = [struct.pack("<I", len(pairs))]
    for name, _ in pairs:
        out.append(struct.pack("<II", STRING, len(name.encode())) + name.encode())
    for _, value in pairs:
        if isinstance(value, str):
            kind, data = STRING, value.encode()
        elif isinstance(value, int) and not isinstance(value, bool):
            kind, data = INT64, struct.pack("<q", value)
        else:
            raise ValueError(f"a key of Feast is text or an integer, not {value!r}")
        out.append(struct.pack("<II", kind, len(data)) + data)
    return b"".join(out) + project.encode()


class WriteRedis(beam.DoFn):
    """Writes (key, (kind, time, values)), many keys at a time, never over a newer row.

    `ttl_s`: an entity without rows for so long is forgotten; None: never.
    """

    def __init__(
        self,
        server: str | Server,
        project: str,
        view: str,
        key: Sequence[str],
        features: Sequence[tuple[str, str]],
        ttl_s: int | None,
    ) -> None:
        self.server = server_of(server) if isinstance(server, str) else server
        self.project, self.view, self.ttl_s = project, view, ttl_s
        self.key = tuple(key)
        self.time_field = f"_ts:{view}".encode()
        self.features = [(struct.pack("<I", murmur3(f"{view}:{name}".encode())), kind) for name, kind in features]
        self.client: Any = None
        self.waiting: Rows = {}

    def setup(self) -> None:
        import redis

        server = self.server
        self.client = redis.Redis(
            host=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            ssl=server.has_tls,
        )

    def start_bundle(self) -> None:
        self.waiting = {}

    def process(self, element: tuple[Key, StreamRow]) -> None:
        key, (_, time, values) = element
        name = entity_key(self.key, key, self.project)
        if name in self.waiting and self.waiting[name][0] > time:
            return
        self.waiting[name] = (time, values)
        if len(self.waiting) >= KEYS_A_WRITE:
            self.finish_bundle()

    def finish_bundle(self) -> None:
        self.write(self.waiting)
        self.waiting = {}

    def write(self, rows: Rows) -> None:
        """One transaction; where somebody else wrote one of the keys meanwhile, two of half the size."""
        import redis

        if not rows:
            return
        with self.client.pipeline() as transaction:
            try:
                transaction.watch(*rows)
                there = self.times_of(rows)
                transaction.multi()
                for name, (time, values) in rows.items():
                    if name in there and there[name] > time:
                        continue
                    transaction.hset(name, mapping=self.fields_of(time, values))
                    if self.ttl_s is not None:
                        transaction.expire(name, self.ttl_s)
                transaction.execute()
                return
            except redis.WatchError:
                pass
        names = list(rows)
        middle = (len(names) + 1) // 2
        for half in (names[:middle], names[middle:]):
            self.write({name: rows[name] for name in half})

    def times_of(self, names: Iterable[bytes]) -> dict[bytes, int]:
        """The times of the rows that are there."""
        names = list(names)
        with self.client.pipeline(transaction=False) as reads:
            for name in names:
                reads.hget(name, self.time_field)
            found = zip(names, reads.execute(), strict=True)
        return {name: time_of(text) for name, text in found if text is not None}

    def fields_of(self, time: int, values: Sequence[Any]) -> dict[bytes, bytes]:
        fields = {self.time_field: to_timestamp(time)}
        for (field, kind), value in zip(self.features, values, strict=True):
            fields[field] = to_value(value, kind)
        return fields

    def teardown(self) -> None:
        if self.client is not None:
            self.client.close()
