"""The operators and functions of formulas. They never raise, and None is null.

A value is a bool, an int (64 bits), a float (finite, never -0.0) or a str; timestamps and durations are ints that count
microseconds. What leaves these ranges becomes None.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable
from typing import Any

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
TIME_MIN, TIME_MAX = -62_135_596_800_000_000, 253_402_300_799_999_999  # the years 1 to 9999
TEXT_BYTES_MAX = 1 << 20
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
WHITE_SPACE = " \t\n\v\f\r"
DAY = 86_400_000_000

DOUBLE_TEXT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
INT_TEXT = re.compile(r"[+-]?\d+", re.ASCII)


def number(value: Any) -> Any:
    """The number if it may leave an operation, else None."""
    if isinstance(value, float):
        return value + 0.0 if math.isfinite(value) else None
    return value if INT_MIN <= value <= INT_MAX else None


# Logic, three-valued.


def or_(a: Any, b: Any) -> Any:
    if a is True or b is True:
        return True
    return None if a is None or b is None else False


def and_(a: Any, b: Any) -> Any:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def not_(a: Any) -> Any:
    return None if a is None else not a


def is_null(a: Any) -> Any:
    return a is None


# Comparison. Both sides have one type; strings compare by code points, which is the order of their UTF-8 bytes.


def equal(a: Any, b: Any) -> Any:
    return None if a is None or b is None else a == b


def not_equal(a: Any, b: Any) -> Any:
    return None if a is None or b is None else a != b


def less(a: Any, b: Any) -> Any:
    return None if a is None or b is None else a < b


def less_equal(a: Any, b: Any) -> Any:
    return None if a is None or b is None else a <= b


def greater(a: Any, b: Any) -> Any:
    return None if a is None or b is None else a > b


def greater_equal(a: Any, b: Any) -> Any:
    return None if a is None or b is None else a >= b


def in_(a: Any, *items: Any) -> Any:
    if a is None:
        return None
    if a in items:
        return True
    return None if None in items else False


# Arithmetic.


def add(a: Any, b: Any) -> Any:
    return None if a is None or b is None else number(a + b)


def subtract(a: Any, b: Any) -> Any:
    return None if a is None or b is None else number(a - b)


def add_time(a: Any, b: Any) -> Any:
    """timestamp + duration, in either order."""
    if a is None or b is None:
        return None
    return a + b if TIME_MIN <= a + b <= TIME_MAX else None


def subtract_time(a: Any, b: Any) -> Any:
    """timestamp - duration."""
    if a is None or b is None:
        return None
    return a - b if TIME_MIN <= a - b <= TIME_MAX else None


def multiply(a: Any, b: Any) -> Any:
    return None if a is None or b is None else number(a * b)


def divide(a: Any, b: Any) -> Any:
    return None if a is None or b is None or b == 0 else number(float(a) / float(b))


def modulo(a: Any, b: Any) -> Any:
    return None if a is None or b is None or b == 0 else number(a % b)


def negate(a: Any) -> Any:
    return None if a is None else number(-a)


def absolute(a: Any) -> Any:
    return None if a is None else number(abs(a))


def sign(a: Any) -> Any:
    if a is None:
        return None
    return (a > 0) - (a < 0) if isinstance(a, int) else float((a > 0) - (a < 0))


def floor(a: Any) -> Any:
    return a if a is None or isinstance(a, int) else float(math.floor(a))


def ceil(a: Any) -> Any:
    return a if a is None or isinstance(a, int) else float(math.ceil(a)) + 0.0


def round_(a: Any, digits: int = 0) -> Any:
    """Half away from zero; from 2**52 on a float has no fraction. The fraction is compared: 0.49999999999999994 + 0.5 is 1."""
    if a is None or isinstance(a, int):
        return a
    scale = 10.0**digits
    scaled = abs(a) * scale
    if scaled >= 2**52:
        return a
    whole = math.floor(scaled)
    return number(math.copysign(whole + (scaled - whole >= 0.5), a) / scale)


def _mathematical(function: Callable[..., float]) -> Callable[..., Any]:
    def guarded(*arguments: Any) -> Any:
        if None in arguments:
            return None
        try:
            return number(function(*arguments))
        except (OverflowError, ValueError):
            return None

    return guarded


sqrt = _mathematical(math.sqrt)
exp = _mathematical(math.exp)
ln = _mathematical(math.log)
log10 = _mathematical(math.log10)
log2 = _mathematical(math.log2)
pow_ = _mathematical(math.pow)


def least(*values: Any) -> Any:
    return min((v for v in values if v is not None), default=None)


def greatest(*values: Any) -> Any:
    return max((v for v in values if v is not None), default=None)


def clip(a: Any, low: Any, high: Any) -> Any:
    return None if a is None or low is None or high is None else min(max(a, low), high)


# Choice.


def coalesce(*values: Any) -> Any:
    return next((v for v in values if v is not None), None)


def if_(condition: Any, a: Any, b: Any) -> Any:
    return a if condition is True else b


def nullif(a: Any, b: Any) -> Any:
    if a is None or b is None:
        return a
    if isinstance(a, float) or isinstance(b, float):
        return None if float(a) == float(b) else a
    return None if a == b else a


# Text.


def _bounded(text: str) -> str | None:
    if len(text) <= TEXT_BYTES_MAX // 4 or len(text.encode()) <= TEXT_BYTES_MAX:
        return text
    return None


def lower(a: Any) -> Any:
    if a is None or a.isascii():
        return a if a is None or _bounded(a) is None else a.lower()
    return _simple_case(a, str.lower)


def upper(a: Any) -> Any:
    if a is None or a.isascii():
        return a if a is None or _bounded(a) is None else a.upper()
    return _simple_case(a, str.upper)


def _simple_case(text: str, mapping: Callable[[str], str]) -> str | None:
    """Maps each code point by itself; one that would become several stays."""
    if _bounded(text) is None:
        return None
    return "".join(mapped if len(mapped := mapping(c)) == 1 else c for c in text)


def length(a: Any) -> Any:
    return None if a is None else len(a)


def trim(a: Any) -> Any:
    return None if a is None else a.strip(WHITE_SPACE)


def concat(*values: Any) -> Any:
    return None if None in values else _bounded("".join(values))


def contains(a: Any, part: Any) -> Any:
    return None if a is None or part is None else part in a


def starts_with(a: Any, part: Any) -> Any:
    return None if a is None or part is None else a.startswith(part)


def ends_with(a: Any, part: Any) -> Any:
    return None if a is None or part is None else a.endswith(part)


def substr(a: Any, start: Any, count: Any) -> Any:
    """What exists of the positions start to start + count - 1, counted from 1."""
    if a is None or start is None or count is None or count < 0:
        return None
    return a[max(start - 1, 0) : max(start - 1 + count, 0)]


def replace(a: Any, wanted: Any, other: Any) -> Any:
    if a is None or wanted is None or other is None:
        return None
    if not wanted:
        return a
    occurrences = a.count(wanted)
    if occurrences == 0:
        return a
    size = len(a.encode()) + occurrences * (len(other.encode()) - len(wanted.encode()))
    return a.replace(wanted, other) if size <= TEXT_BYTES_MAX else None


# Time.


def _moment(time: int) -> datetime.datetime:
    return EPOCH + datetime.timedelta(microseconds=time)


def hour(time: Any) -> Any:
    return None if time is None else time % DAY // 3_600_000_000


def minute(time: Any) -> Any:
    return None if time is None else time % 3_600_000_000 // 60_000_000


def day_of_week(time: Any) -> Any:
    return None if time is None else _moment(time).isoweekday()


def day_of_month(time: Any) -> Any:
    return None if time is None else _moment(time).day


def month(time: Any) -> Any:
    return None if time is None else _moment(time).month


def year(time: Any) -> Any:
    return None if time is None else _moment(time).year


STEPS = {"second": 1_000_000, "minute": 60_000_000, "hour": 3_600_000_000, "day": DAY}


def date_trunc(unit: str, time: Any) -> Any:
    if time is None:
        return None
    if unit in STEPS:
        return time // STEPS[unit] * STEPS[unit]
    day = time // DAY
    if unit == "week":
        return (day - (day + 3) % 7) * DAY  # the epoch is a Thursday
    moment = _moment(time)
    first = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return micros(first if unit == "month" else first.replace(month=1))


def micros(moment: datetime.datetime) -> int:
    return (moment - EPOCH) // datetime.timedelta(microseconds=1)


def seconds(duration: Any) -> Any:
    return None if duration is None else duration / 1_000_000


# Conversion.


def double(a: Any) -> Any:
    if a is None:
        return None
    if isinstance(a, str):
        return number(float(a)) if DOUBLE_TEXT.fullmatch(a) else None
    return float(a)


def integer(a: Any) -> Any:
    if isinstance(a, str):
        return number(_int_of_text(a)) if INT_TEXT.fullmatch(a) else None
    return None if a is None else number(int(a))


def _int_of_text(text: str) -> int:
    digits = text.lstrip("+-").lstrip("0") or "0"
    if len(digits) > 20:
        return INT_MAX + 1
    return -int(digits) if text.startswith("-") else int(digits)


def string(a: Any) -> Any:
    if a is None:
        return None
    if isinstance(a, bool):
        return "true" if a else "false"
    return repr(a) if isinstance(a, float) else str(a)


def string_of_time(time: Any) -> Any:
    return None if time is None else _moment(time).isoformat().replace("+00:00", "Z")


def boolean(a: Any) -> Any:
    if isinstance(a, str):
        return {"true": True, "false": False}.get(a)
    return None if a is None else a != 0
