"""Whole days of UTC: what the offline store keeps in a file, and what one run writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from headrace_steps.programs import Rejected


@dataclass(frozen=True)
class Days:
    start: datetime
    end: datetime
    """Exclusive."""

    def __str__(self) -> str:
        last = (self.end - timedelta(days=1)).date()
        return str(last) if last == self.start.date() else f"{self.start.date()} to {last}"


def days_of(start: datetime | None, end: datetime | None) -> Days:
    """The days that ended after `start` and not after `end`. An interval from 03:00 to 03:00 has one."""
    if start is None or end is None:
        raise Rejected("this run has no data interval; start it with a logical date")
    first, last = _midnight(start), _midnight(end)
    if first == last:
        raise Rejected(f"no day ends between {start} and {end}; schedule the runs daily or less often")
    return Days(first, last)


def day_named(text: str) -> Days:
    """The day "2024-03-01"."""
    try:
        start = datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError as error:
        raise Rejected(f"`{text}` is not a day: write it as 2024-03-01") from error
    return Days(start, start + timedelta(days=1))


def day_before(instant: str) -> Days:
    """The last day that had ended at an instant of RFC 3339."""
    try:
        end = _midnight(datetime.fromisoformat(instant))
    except ValueError as error:
        raise Rejected(f"`{instant}` is not a time of RFC 3339") from error
    return Days(end - timedelta(days=1), end)


def rfc3339(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _midnight(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise Rejected(f"{instant} has no time zone")
    return datetime.combine(instant.astimezone(UTC).date(), time(), UTC)
