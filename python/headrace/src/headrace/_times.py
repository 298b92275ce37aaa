"""Instants and spans of time as people have them, to microseconds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from . import _native
from ._errors import UsageError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def time_us(value: Any) -> int:
    """Text in RFC 3339, datetime, date, pandas.Timestamp or numpy.datetime64; without a zone it is UTC."""
    if isinstance(value, str):
        return _native.time_us(value)
    if type(value).__module__ == "numpy" and hasattr(value, "astype"):
        return int(value.astype("datetime64[us]").astype("int64"))
    if isinstance(value, datetime):  # pandas.Timestamp is one too
        aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        return (aware - _EPOCH) // _MICROSECOND
    if isinstance(value, date):
        return (datetime(value.year, value.month, value.day, tzinfo=UTC) - _EPOCH) // _MICROSECOND
    raise UsageError(f"{value!r} is not a time", "give a datetime, or text as 2024-03-01T12:00:00Z")


def duration_us(value: Any) -> int:
    """Text as "15m" or "24h", timedelta or numpy.timedelta64."""
    if isinstance(value, str):
        return _native.duration_us(value)
    if type(value).__module__ == "numpy" and hasattr(value, "astype"):
        return int(value.astype("timedelta64[us]").astype("int64"))
    if isinstance(value, timedelta):
        return value // _MICROSECOND
    raise UsageError(f"{value!r} is not a span of time", "give a timedelta, or text as 15m, 24h, 7d")


def key_text(value: Any) -> str:
    """A key as the command line takes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime, date)):
        return (_EPOCH + timedelta(microseconds=time_us(value))).isoformat()
    return str(value)
