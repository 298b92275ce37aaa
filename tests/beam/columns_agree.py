"""Columns converted by Arrow have the values of `cells`, text by text: columns_agree.py FOLDER_OF_THE_RUNTIME.

Each text is converted alone and among usual ones, because one odd text sends all of its column another way."""
import struct
import sys

sys.path.insert(0, sys.argv[1])

import pyarrow as pa  # noqa: E402
from headrace_runtime.cells import from_text, time_of_epoch  # noqa: E402
from headrace_runtime.columns import from_arrow, of_text  # noqa: E402

TEXTS = {
    "double": [
        "0.1", "-0.0", "-0", "1e400", "-1e400", "1e-400", "5e-324", "2.2250738585072011e-308", "123456789012345", "1234567890123456",
        "9007199254740993", "9007199254740992", "12345678901234567890123.5", "0.1000000000000000055511151231257827021181583404541015625",
        "+1.5", " 1.5 ", "1.", ".5", "1e5", "1E5", "007", "nan", "-inf", "Infinity", "1_0", "0x1p3", "", "abc", "1,5", "179769313486231580793e289",
    ],
    "int64": ["0", "-0", "007", "+5", " 5 ", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1.0", "1e3", "", "1_0", "٣"],
    "bool": ["true", "FALSE", " True ", "1", "yes", ""],
    "timestamp": [
        "2024-03-01T12:00:00Z", "2024-03-01 12:00:00Z", "2024-03-01T12:00:00.5Z", "2024-03-01T12:00:00.123456Z", "2024-03-01T12:00:00.1234567Z",
        "2024-03-01T12:00:00", "2024-03-01", "2024-03-01T12:00:00+05:30", "2024-03-01t12:00:00z", "0001-01-01T00:00:00Z", "0000-12-31T00:00:00Z",
        "9999-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z", "2024-02-30T00:00:00Z", "2024-03-01T24:00:00Z", "2024-03-01T23:59:60Z",
        " 2024-03-01T12:00:00Z ", "1709294400", "-5", "2024-03-01T12:00Z", "", "now", "9999-12-31T23:59:59+00:00", "10000-01-01T00:00:00Z",
    ],
}  # fmt: skip
USUAL = {"double": "2.5", "int64": "7", "bool": "true", "timestamp": "2024-01-01T00:00:00Z"}


def bits(value):
    return struct.pack("<d", value) if isinstance(value, float) else value


def plain(column):
    return [bits(v) for v in (column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column).to_pylist()]


def result(convert):
    try:
        return convert()
    except ValueError:
        return "refused"


for kind, texts in TEXTS.items():
    for unit in (None, "s", "ns") if kind == "timestamp" else (None,):
        for text in texts:
            for before in ([], [USUAL[kind], None]):
                column = pa.array([*before, text], pa.string())
                wanted = [None if t is None else result(lambda t=t: bits(from_text(t, kind, unit))) for t in column.to_pylist()]  # noqa: B023
                expected = "refused" if "refused" in wanted else wanted
                found = result(lambda: plain(of_text(column, kind, unit)))  # noqa: B023
                assert found == expected, (kind, unit, column.to_pylist(), found, expected)

COUNTS = [0, -1, 999, -999, -1000, -1001, 1_709_294_400_123_456_789, -1_709_294_400_123_456_789, 253_402_300_799, 253_402_300_800, 2**63 - 1, -(2**63)]
for unit in ("s", "ms", "us", "ns"):
    for count in COUNTS:
        expected = result(lambda: [time_of_epoch(count, unit)])  # noqa: B023
        assert result(lambda: from_arrow(pa.array([count]), "timestamp", unit)) == expected, (unit, count)  # noqa: B023
        stamps = pa.array([count, None]).cast(pa.timestamp(unit))
        expected = "refused" if expected == "refused" else [*expected, None]
        assert result(lambda: from_arrow(stamps, "timestamp", None)) == expected, (unit, count)  # noqa: B023

DOUBLES = [1.5, None, float("nan"), float("inf"), -0.0]
assert [bits(v) for v in from_arrow(pa.array(DOUBLES), "double", None)] == [bits(v) for v in (1.5, None, None, None, 0.0)]
assert from_arrow(pa.array([1, None], pa.int8()), "double", None) == [1.0, None]
assert result(lambda: from_arrow(pa.array([2**53 + 1]), "double", None)) == "refused"
assert from_arrow(pa.array([2**64 - 1], pa.uint64()).cast(pa.uint64())[:0], "int64", None) == []
assert result(lambda: from_arrow(pa.array([2**64 - 1], pa.uint64()), "int64", None)) == "refused"
assert from_arrow(pa.array(["a", None, "a"]).dictionary_encode(), "string", None) == ["a", None, "a"]
