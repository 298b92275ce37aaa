#!/usr/bin/env python3
"""Writes seeds for the libFuzzer targets: definitions of the case files, formulas of theirs for *formula*, files of a source
in each format for *source*, requests for *api*, messages for *avro* and *protobuf*.

    seed_corpus.py FOLDER        makes FOLDER/foo_fuzzer/ for each src/**/foo_fuzzer.cc

Which seeds a target gets follows from its name; a target may also have files of its own in tests/fuzz/corpus/foo_fuzzer/.
"""
import hashlib
import io
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent


def repositories():
    for path in sorted((ROOT / "tests" / "cases").glob("*.yaml")):
        case = yaml.safe_load(path.read_text(encoding="utf-8"))
        if "repository" in case:
            yield case["repository"]


def formulas():
    for text in repositories():
        for document in filter(None, yaml.safe_load_all(text)):
            body = document.get("feature", {})
            made = body.get("formula", [])
            yield from (str(f) for f in (made if isinstance(made, list) else [made]))
            if "filter" in body:
                yield str(body["filter"])


def case_files():
    for path in sorted((ROOT / "tests" / "cases").glob("*.yaml")):
        yield path.read_text(encoding="utf-8")


CSV = '''id,at,x,y,n
a,2024-03-01T00:00:00Z,1.5,run,1
"b, c",2024-03-01 00:00:00.123456789+01:00,,"say ""so""",-2
a,1709251200,nan,,x
d,2024-02-30T00:00:00Z,1e400,\xff,3
'''
NDJSON = """{"id": "a", "at": "2024-03-01T00:00:00Z", "x": 1.5, "y": "run", "n": 1}
{"id": "b", "at": "2024-03-01T00:00:00.123456789Z", "x": null, "y": "\\ud83d\\ude00", "n": 2.0, "z": {"a": [1]}}
{"id": 5, "at": null, "x": "1"}
[]
"""


def parquet(**options):
    times = [datetime(2024, 3, 1, 0, minute, tzinfo=UTC) for minute in range(4)]
    table = pa.table({"id": list("abba"), "at": times, "x": [1.5, None, float("nan"), -0.0], "y": ["run", None, "", "stop"], "n": [1, 2, None, 4]})
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


def source_files():
    """The first byte names the format, as src/io/open_source_fuzzer.cc reads it."""
    yield b"\0" + CSV.encode("latin-1")
    yield b"\1" + NDJSON.encode()
    yield b"\2" + parquet()
    yield b"\2" + parquet(compression="none", use_dictionary=False, write_page_checksum=True, data_page_version="2.0")


READ = '{"features": ["flow_mean", "cost_sum"], "entities": [{"pump_id": "p1"}, {"pump_id": 7}], "as_of": "2024-03-01T00:00:00Z"}'
FEAST = '{"features": ["pump:flow_mean"], "entities": {"pump_id": ["p1", 2, null]}, "full_feature_names": true}'


def requests():
    """Method and target, content type, body, as src/serving/api/feature_api_fuzzer.cc reads them."""
    for target in ("/healthz", "/metrics", "/openapi.json", "/v1/features?tag=live&owner=a%20b", "/v1/features/flow_mean", "/v1/sources"):
        yield f"GET {target}\n\n"
    yield f"POST /v1/features:read\napplication/json\n{READ}"
    yield f"POST /get-online-features\n\n{FEAST}"
    yield "POST /v1/sources/telemetry/events\napplication/x-ndjson\n{}\n{}"
    yield "DELETE /v1/features\n\n"


AVRO = """{"type": "record", "name": "t", "fields": [{"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
 {"name": "x", "type": ["null", "double", "string"]}, {"name": "n", "type": {"type": "map", "values": {"type": "array", "items": "t"}}},
 {"name": "d", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
 {"name": "e", "type": {"type": "enum", "name": "e", "symbols": ["A", "B"]}}, {"name": "f", "type": {"type": "fixed", "name": "f", "size": 2}}]}"""


def avro_messages():
    """A schema on a line, then a message, as src/brokers/messages/avro_value_fuzzer.cc reads them."""
    schema = AVRO.replace("\n", "").encode() + b"\n"
    yield schema + bytes.fromhex("80b0a5f8d2b6840602000000000000f83f00040039300200ffff")[:-1]
    yield schema + bytes.fromhex("0104026101016b010001000203000100ffff00")
    yield b'{"type": "record", "name": "t", "fields": [{"name": "x", "type": {"type": "array", "items": "null"}}]}\n\x04\x00'


def protobuf_messages():
    """The length of a file in two bytes, the file, then a message, as src/brokers/messages/protobuf_decoder_fuzzer.cc reads them."""
    file = b'syntax = "proto3"; message T { string a = 1; repeated T t = 2; map<string, double> m = 3; oneof o { int64 i = 4; } }'
    for message in (b"", b"\x0a\x01x\x12\x03\x0a\x01y", b"\x1a\x0c\x0a\x01k\x11\0\0\0\0\0\0\xf8\x3f\x20\x05"):
        yield len(file).to_bytes(2, "big") + file + message
        yield b"\xff\xff" + message


def seeds_of(target):
    if "avro" in target:
        return avro_messages()
    if "protobuf" in target:
        return protobuf_messages()
    if "api" in target:
        return requests()
    if "source" in target:
        return source_files()
    if "formula" in target or "expression" in target:
        return formulas()
    return case_files() if "case" in target else repositories()


def main(folder):
    for source in sorted((ROOT / "src").rglob("*_fuzzer.cc")):
        place = Path(folder) / source.stem
        place.mkdir(parents=True, exist_ok=True)
        for seed in seeds_of(source.stem):
            data = seed if isinstance(seed, bytes) else seed.encode()
            (place / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


if __name__ == "__main__":
    main(sys.argv[1])
