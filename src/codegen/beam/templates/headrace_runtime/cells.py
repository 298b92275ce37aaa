"""Values of files as values of the language: text and JSON. What does not fit is a ValueError."""

from __future__ import annotations

import datetime
import decimal
import json
import math
import re
from collections.abc import Sequence
from typing import Any

from headrace_runtime.formulas import DOUBLE_TEXT, INT_MAX, INT_MIN, INT_TEXT, TIME_MAX, TIME_MIN, micros

UNIT_NANOSECONDS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
TIME_TEXT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?(?: ?(Z|z|UTC|[+-]\d\d(?::?\d\d)?))?)?", re.ASCII
)
DECIMAL_TEXT = re.compile(r"[+-]?(?=\.?\d)\d*\.?\d*(?:[eE][+-]?\d{1,3})?", re.ASCII)
NOT_A_NUMBER = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
PLAIN_INT = re.compile(r"-?(0|[1-9]\d*)", re.ASCII)
BLANKS = " \t\r\n\v\f"


def checked_time(time: int) -> int:
    if not TIME_MIN <= time <= TIME_MAX:
        raise ValueError("is outside the years 1 to 9999")
    return time


def time_of_epoch(text: str, unit: str, is_instant: bool = False) -> int:
    """Microseconds of a number. What lies between two is rounded up: no event is seen before it happened. An instant at
    which something is asked is floored: it sees nothing that happened later."""
    number = decimal.Decimal(text)
    exact = decimal.Context(prec=1000)
    micros = exact.multiply(number, decimal.Decimal(UNIT_NANOSECONDS[unit]).scaleb(-3))
    rounding = decimal.ROUND_FLOOR if is_instant else decimal.ROUND_CEILING
    return checked_time(int(micros.to_integral_value(rounding, exact)))


def time_of_text(text: str, is_instant: bool = False) -> int:
    """RFC 3339; no zone is UTC. Fractions past microseconds as in `time_of_epoch`."""
    match = TIME_TEXT.fullmatch(text.strip(BLANKS))
    if match is None:
        raise ValueError(f"{text!r} is not a timestamp")
    date, clock, fraction, zone = match.groups()
    zone = "+00:00" if zone in (None, "Z", "z", "UTC") else zone
    moment = datetime.datetime.fromisoformat(f"{date}T{clock or '00:00:00'}{zone}")
    digits = (fraction or "0") + "00000"
    past = 1 if digits[6:].strip("0") and not is_instant else 0
    return checked_time(micros(moment) + int(digits[:6]) + past)


def checked_int(value: int) -> int:
    if not INT_MIN <= value <= INT_MAX:
        raise ValueError(f"{value} is past 64 bits")
    return value


def double_of_int(value: int) -> float:
    """Of a typed column, where a whole number must not lose digits; a text is the nearest double."""
    if int(float(value)) != value:
        raise ValueError(f"{value} would lose digits as a double")
    return float(value)


def clean_double(value: float) -> float | None:
    return value + 0.0 if math.isfinite(value) else None


def from_text(text: str, kind: str, unit: str | None) -> Any:
    """A field of a CSV file. Kind "instant" is a timestamp at which something is asked."""
    if kind in ("string", "id"):
        return text
    plain = text.strip(BLANKS)
    if kind in ("timestamp", "instant"):
        if unit and DECIMAL_TEXT.fullmatch(plain):
            return time_of_epoch(plain, unit, kind == "instant")
        return time_of_text(plain, kind == "instant")
    if kind == "int64" and INT_TEXT.fullmatch(plain):
        return checked_int(int(plain))
    if kind == "double" and DOUBLE_TEXT.fullmatch(plain):
        return clean_double(float(plain))
    if kind == "double" and NOT_A_NUMBER.fullmatch(plain):
        return None
    if kind == "bool" and plain.lower() in ("true", "false"):
        return plain.lower() == "true"
    raise ValueError(f"{text!r} is not of type {kind}")


class Repeated(dict[str, Any]):
    """An object with a field that is there twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        names = [name for name, _ in pairs]
        self.twice = {name for name in names if names.count(name) > 1}


def _object_of_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    return record if len(record) == len(pairs) else Repeated(pairs)


def object_of(text: str | bytes, names: Sequence[str]) -> dict[str, Any]:
    """A JSON object in which each of the names is at most once."""
    record = json.loads(text, object_pairs_hook=_object_of_pairs)
    if not isinstance(record, dict):
        raise ValueError("is not a JSON object")
    twice = record.twice if isinstance(record, Repeated) else set()
    for name in names:
        if name in twice:
            raise ValueError(f"has `{name}` twice")
    return record


def from_json(value: Any, kind: str | None, unit: str | None) -> Any:
    """A value of an NDJSON file; kind None takes it as it is (keys)."""
    if value is None:
        return None
    if kind is None and isinstance(value, (str, int)):
        return value
    is_int = isinstance(value, int) and not isinstance(value, bool)
    if kind == "id" and (is_int or isinstance(value, str)):
        return str(value)
    if kind == "string" and isinstance(value, str) or kind == "bool" and isinstance(value, bool):
        return value
    if kind == "int64" and is_int:
        return checked_int(value)
    if kind == "double" and is_int:
        return clean_double(float(str(value)))  # past all doubles it is infinite, as in a file
    if kind == "double" and isinstance(value, float):
        return clean_double(value)
    if kind == "double" and isinstance(value, str) and NOT_A_NUMBER.fullmatch(value):
        return None
    if kind in ("timestamp", "instant") and isinstance(value, str):
        return time_of_text(value, kind == "instant")
    if kind in ("timestamp", "instant") and unit and (is_int or isinstance(value, float) and math.isfinite(value)):
        return time_of_epoch(repr(value), unit, kind == "instant")
    raise ValueError(f"{value!r} is not of type {kind}")
