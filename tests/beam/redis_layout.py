"""The bytes in Redis are those of Feast 0.67 (helpers.py, key_encoding_utils.py, its protobuf classes): run with the folder
of the runtime's package as argument."""
import struct
import sys

sys.path.insert(0, sys.argv[1])

from headrace_runtime.redis_store import entity_key, feast_project, murmur3, time_of, to_timestamp, to_value  # noqa: E402

KEYS = [
    (["id"], ("a",), "010000000200000002000000696402000000010000006170726f6a"),
    (
        ["site_id", "pump"],
        (7, "é"),
        "02000000020000000400000070756d700200000007000000736974655f69640200000002000000c3a90400000008000000070000000000000070726f6a",
    ),
    (["b", "a"], ("x", -5), "020000000200000001000000610200000001000000620400000008000000fbffffffffffffff02000000010000007870726f6a"),
]
HASHES = [("", "00000000"), ("a", "b269253c"), ("abcd", "6a67ed43"), ("pump:flow", "23f0288e"), ("view:é", "632b00a8")]
TIMES = [(0, ""), (1709291640123456, "08f8f086af06108094ef3a"), (-1, "08ffffffffffffffffff0110988cebdc03")]
VALUES = [
    (1.5, "double", "29000000000000f83f"),
    (0.0, "double", "290000000000000000"),
    (-3, "int64", "20fdffffffffffffffff01"),
    (False, "bool", "3800"),
    ("", "string", "1200"),
    ("é", "string", "1202c3a9"),
    (1500000, "timestamp", "4001"),
    (None, "double", ""),
    ([1.0, 2.5], "list of double", "7a120a10000000000000f03f0000000000000440"),
    ([], "list of int64", "7200"),
    (["a", ""], "list of string", "62050a01610a00"),
    ([1, -2], "list of int64", "720d0a0b01feffffffffffffffff01"),
    ([True, False], "list of bool", "8a01040a020100"),
    ([5000000], "list of timestamp", "9201030a0105"),
]

# As `headrace generate feast` names them (src/codegen/feast/feast_test.cc).
PROJECTS = [("pumping-station", "pumping_station"), ("a_-b", "a__b"), ("a -- b.", "a_b_"), ("Süd 2", "S_d_2"), ("__x", "x"), ("--", "features"), ("", "features")]

for name, expected in PROJECTS:
    assert feast_project(name) == expected, name
for names, key, expected in KEYS:
    assert entity_key(names, key, "proj").hex() == expected, names
for text, expected in HASHES:
    assert struct.pack("<I", murmur3(text.encode())).hex() == expected, text
for time, expected in TIMES:
    assert to_timestamp(time).hex() == expected and time_of(bytes.fromhex(expected)) == time, time
for value, kind, expected in VALUES:
    assert to_value(value, kind).hex() == expected, (value, kind)
