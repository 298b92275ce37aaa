"""Times and durations as microseconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros_since_epoch(time: datetime | int | None) -> int | None:
    """Times without a zone are UTC."""
    if time is None or isinstance(time, int):
        return time
    if time.tzinfo is None:
        time = time.replace(tzinfo=UTC)
    return (time - _EPOCH) // _MICROSECOND


def micros_between(duration: timedelta | int | None) -> int | None:
    if duration is None or isinstance(duration, int):
        return duration
    return duration // _MICROSECOND


def time_of(micros: int) -> datetime | None:
    """None for what lies beyond the years of datetime: nothing yet, or everything."""
    try:
        return _EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        return None
