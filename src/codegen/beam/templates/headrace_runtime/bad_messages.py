"""Messages that cannot be read, as records with keys: what came, from where, and why it is no event.

A record's key is the JSON array [project, source, partition, offset]; a message of Pub/Sub has no partition, and a digest of its
bytes in the place of the offset. The value is a JSON object; the message is text in it, or base64 where it is no UTF-8.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from headrace_runtime.row_records import to_bytes

BAD = "bad"  # the tag of what could not be read


def place_of(source: str, element: Any) -> str:
    """Where a message came from: one of Pub/Sub is bytes, one of Kafka a record with its metadata."""
    if isinstance(element, bytes):
        return source
    return f"{source}: partition {element.partition}, offset {element.offset}"


def bad_record(project: str, source: str, element: Any, reason: str) -> tuple[bytes, bytes]:
    is_bare = isinstance(element, bytes)
    message = element if is_bare else element.value
    partition = None if is_bare else element.partition
    offset = hashlib.sha256(element).hexdigest()[:32] if is_bare else element.offset
    record = {
        "project": project,
        "source": source,
        "partition": partition,
        "offset": offset,
        "reason": reason,
        **fields_of(message),
    }
    return to_bytes([project, source, partition, offset]), to_bytes(record)


def fields_of(message: bytes | None) -> dict[str, str | None]:
    if message is None:
        return {"message": None}
    try:
        return {"message": message.decode()}
    except UnicodeDecodeError:
        return {"message_base64": base64.b64encode(message).decode()}
