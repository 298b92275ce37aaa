"""Rows and late events of a stream as records with keys, so that a replay overwrites what it wrote before.

A row's key is the JSON array [project, entity, [key..], event time, versions]; `versions` is a digest of the features'
names and versions, so rows of other definitions stand beside it. In a compacted topic the newest record of a key is left:
the final row.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam

from headrace_runtime.formulas import string_of_time
from headrace_runtime.histories import Key, Source
from headrace_runtime.messages import Message
from headrace_runtime.streams import StreamRow


def digest_of_versions(versions: Mapping[str, str]) -> str:
    text = "\n".join(f"{name}@{version}" for name, version in sorted(versions.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def to_bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def to_plain(value: Any, kind: str | None) -> Any:
    """A value as JSON says it: times are RFC 3339 text."""
    if value is None or kind is None or "timestamp" not in kind:
        return value
    return [string_of_time(each) for each in value] if isinstance(value, (list, tuple)) else string_of_time(value)


class RowRecords(beam.DoFn):
    """From (key, (kind, time, values)) to the record (bytes, bytes)."""

    def __init__(
        self,
        project: str,
        entity: str,
        key: Sequence[str],
        features: Sequence[tuple[str, str]],
        versions: Mapping[str, str],
    ) -> None:
        self.project, self.entity, self.key = project, entity, tuple(key)
        self.features, self.versions = tuple(features), dict(versions)
        self.digest = digest_of_versions(versions)

    def process(self, element: tuple[Key, StreamRow]) -> Iterator[tuple[bytes, bytes]]:
        key, (kind, time, values) = element
        at = string_of_time(time)
        pairs = zip(self.features, values, strict=True)
        record = {
            "project": self.project,
            "entity": self.entity,
            "key": dict(zip(self.key, key, strict=True)),
            "event_time": at,
            "kind": kind,
            "features": {name: to_plain(value, type_) for (name, type_), value in pairs},
            "versions": self.versions,
        }
        yield to_bytes([self.project, self.entity, list(key), at, self.digest]), to_bytes(record)


class LateRecords(beam.DoFn):
    """From a late message to the record (bytes, bytes): what came and changed nothing."""

    def __init__(self, project: str, entity: str, key: Sequence[str], sources: Sequence[Source]) -> None:
        self.project, self.entity, self.key = project, entity, tuple(key)
        self.kinds = {source.name: dict(source.columns) for source in sources}

    def process(self, late: Message) -> Iterator[tuple[bytes, bytes]]:
        record = self.record_of(late)
        place = [record["event_time"], late.source, *late.arrival]
        yield to_bytes([self.project, self.entity, list(late.key), *place]), to_bytes(record)

    def record_of(self, late: Message) -> dict[str, Any]:
        at, kinds = string_of_time(late.time), self.kinds[late.source]
        return {
            "project": self.project,
            "entity": self.entity,
            "key": dict(zip(self.key, late.key, strict=True)),
            "event_time": at,
            "source": late.source,
            "arrival": list(late.arrival),
            "columns": {name: to_plain(value, kinds.get(name)) for name, value in late.values.items()},
        }
