#!/usr/bin/env python3
"""Input files with changed bytes, read by the program: it ends in time, without a crash, and never with a wrong value.

    tests/fuzz/mutated_files.py --count 10000 --seed 1 [--binary build/headrace] [--keep FOLDER]

Each file is a small CSV, NDJSON or Parquet file, changed at some bytes, shortened or lengthened. What must hold:
  - whether bad rows stop the run or are skipped: exit code 0, 1 or 3 within DEADLINE_S, in at most MEMORY_MAX bytes; an error is told in words;
  - a page whose checksum does not fit gives no value: the run ends with an error;
  - a file of an offline store that is read as a source gives the right values or an error.

A failure leaves its project in --keep; the seed and the number of the file make it again.
"""
from __future__ import annotations

import argparse
import gzip
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

DEADLINE_S = 20
MEMORY_MAX = 1 << 30
ROWS = 60
FEATURES = ["x", "s", "n", "b"]
PROJECT = """\
project: {{name: mutated}}
---
entity: {{name: thing, key: id}}
---
source: {{name: events, entity: thing, event_time: {time}, columns: {{x: double, s: string, n: int64, b: bool}}, batch: {{format: {form}, path: "{path}"}}}}
---
"""
FEATURE = "feature: {{name: last_{0}, description: d, owner: o, version: '1.0', aggregation: last, window: lifetime, source_features: [{0}]}}\n"
INTERESTING = [b"\x00", b"\xff", b"\x7f", b"\x80", b"\n", b'"', b",", b"\\", b"}", b"null", b"NaN", b"1e400", b"-9223372036854775808", b"\xff\xff\xff\x7f", b"PAR1"]


def rows():
    chance = random.Random(7)
    for i in range(ROWS):
        x = None if i % 11 == 0 else chance.choice([chance.gauss(0, 1e3), i * 0.25, 1e300, -0.0])
        yield {"id": f"k{i % 7}", "at": f"2024-03-01T{i // 60:02}:{i % 60:02}:00Z", "x": x, "s": None if i % 13 == 0 else chance.choice(["a", "b,c", 'q"q', "ü", "line\nend"]), "n": i * i, "b": i % 3 == 0}


def csv_bytes():
    def cell(value):
        text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\n') else text

    return "\n".join([",".join(["id", "at", *FEATURES]), *(",".join(cell(value) for value in row.values()) for row in rows())]).encode() + b"\n"


def ndjson_bytes():
    import json

    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows()).encode()


def parquet_bytes(**options):
    table = pa.Table.from_pylist([row | {"at": None} for row in rows()])
    times = pa.array([1_709_251_200_000_000 + i * 60_000_000 for i in range(ROWS)], pa.timestamp("us", "UTC"))
    sink = pa.BufferOutputStream()
    pq.write_table(table.set_column(table.schema.get_field_index("at"), "at", times), sink, row_group_size=25, **options)
    return sink.getvalue().to_pybytes()


PARQUET_FORMS = {
    "parquet": {},
    "parquet-checked": {"write_page_checksum": True},
    "parquet-checked-v2": {"write_page_checksum": True, "data_page_version": "2.0", "compression": "zstd"},
    "parquet-checked-plain": {"write_page_checksum": True, "use_dictionary": False, "compression": "none"},
    "parquet-small-pages": {"data_page_size": 64, "compression": "gzip", "write_page_index": True},
}


def varint(data, at):
    value, shift = 0, 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def skip_struct(data, at):
    """The place behind a struct of Thrift's compact protocol, and its integers by field number."""
    number, found = 0, {}
    while data[at] != 0:
        kind, delta = data[at] & 15, data[at] >> 4
        at += 1
        if delta:
            number += delta
        else:
            zigzag, at = varint(data, at)
            number = (zigzag >> 1) ^ -(zigzag & 1)
        if kind in (4, 5, 6):
            zigzag, at = varint(data, at)
            found[number] = (zigzag >> 1) ^ -(zigzag & 1)
        elif kind == 8:
            length, at = varint(data, at)
            at += length
        elif kind == 12:
            at, _ = skip_struct(data, at)
        elif kind not in (1, 2):
            raise ValueError(f"kind {kind} in the header of a page")
    return at + 1, found


def checked_pages(data):
    """[start, end) of the bytes of each page that has a checksum."""
    found = []
    metadata = pq.read_metadata(pa.BufferReader(data))
    for group in range(metadata.num_row_groups):
        for column in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(column)
            at = chunk.dictionary_page_offset if chunk.has_dictionary_page else chunk.data_page_offset
            end = at + chunk.total_compressed_size
            while at < end:
                body, header = skip_struct(data, at)
                at = body + header[3]
                if 4 in header:
                    found.append((body, at))
    return found


@dataclass
class Seed:
    """A file as it should be, in a project that reads it."""

    name: str
    form: str
    file: str  # from the project's folder
    data: bytes
    source: str  # the path in the definition
    time: str = "at"
    beside: Path | None = None  # a folder with the other files of the project
    pages: tuple = ()
    has_digests: bool = False
    right: bytes = b""


def write_project(folder, seed, data):
    if seed.beside is not None:
        shutil.copytree(seed.beside, folder, dirs_exist_ok=True)
    path = folder / seed.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    text = PROJECT.format(time=seed.time, form=seed.form, path=seed.source) + "---\n".join(FEATURE.format(name) for name in FEATURES)
    (folder / "project.yaml").write_text(text)


def read(binary, folder, *options):
    """(exit code or signal, seconds, bytes of peak memory, stdout, stderr)."""
    start = time.monotonic()
    with open(folder / "out", "wb") as out, open(folder / "err", "wb") as err:
        process = subprocess.Popen([binary, "backfill", "--project", folder, "--output", "-", "--threads", "1", "-q", *options], stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        is_late = threading.Event()
        timer = threading.Timer(DEADLINE_S, lambda: (is_late.set(), process.kill()))
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)  # for the memory of this child alone
        timer.cancel()
        process.returncode = 0  # it has been waited for
    if is_late.is_set():
        return "late", DEADLINE_S, usage.ru_maxrss * 1024, b"", b""
    code = os.waitstatus_to_exitcode(status)
    return code, time.monotonic() - start, usage.ru_maxrss * 1024, (folder / "out").read_bytes(), (folder / "err").read_bytes()


def make_seeds(binary, folder):
    plain = [
        Seed("csv", "csv", "in.csv", csv_bytes(), "in.csv"),
        Seed("csv-gzip", "csv", "in.csv.gz", gzip.compress(csv_bytes(), mtime=0), "in.csv.gz"),
        Seed("ndjson", "ndjson", "in.ndjson", ndjson_bytes(), "in.ndjson"),
    ]
    for name, options in PARQUET_FORMS.items():
        data = parquet_bytes(**options)
        plain.append(Seed(name, "parquet", "in.parquet", data, "in.parquet", pages=tuple(checked_pages(data))))

    # A store of the program's own as the source of another project.
    maker = folder / "maker"
    write_project(maker, plain[0], plain[0].data)
    store = folder / "beside" / "store"
    renamed = (maker / "project.yaml").read_text()
    for name in FEATURES:
        renamed = renamed.replace(f"name: last_{name},", f"name: {name},").replace(f"source_features: [{name}]", f"source_features: [raw_{name}]")
    renamed = renamed.replace("columns: {x: double, s: string, n: int64, b: bool}", "columns: {raw_x: double, raw_s: string, raw_n: int64, raw_b: bool}")
    (maker / "project.yaml").write_text(renamed)
    (maker / "in.csv").write_bytes(plain[0].data.replace(b"id,at,x,s,n,b", b"id,at,raw_x,raw_s,raw_n,raw_b"))
    subprocess.run([binary, "backfill", "--project", maker, "--output", store, "-q"], check=True, stdout=subprocess.DEVNULL)
    part = next(path.relative_to(folder / "beside") for path in store.rglob("part-0.parquet"))
    for name, file in (("store", part), ("store-manifest", Path("store/manifest.json"))):
        plain.append(Seed(name, "parquet", str(file), (folder / "beside" / file).read_bytes(), "store/thing", "event_time", folder / "beside", has_digests=True))

    for seed in plain:
        project = folder / f"right-{seed.name}"
        write_project(project, seed, seed.data)
        code, _, _, seed.right, err = read(binary, project)
        assert code == 0 and seed.right.count(b"\n") >= ROWS, f"{seed.name}: {err.decode()}"
    return plain


def mutate(data, chance, pages):
    """(what was done, the new bytes). "page": only bytes of one page that has a checksum."""
    if pages and chance.random() < 0.3:
        start, end = chance.choice([page for page in pages if page[1] > page[0]])
        changed = bytearray(data)
        for _ in range(chance.choice([1, 1, 2, 8])):
            changed[chance.randrange(start, end)] ^= chance.randrange(1, 256)
        return ("page", bytes(changed)) if changed != data else ("same", data)
    changed = bytearray(data)
    for _ in range(chance.choice([1, 1, 1, 2, 4, 16])):
        at = chance.randrange(len(changed) + 1) if len(changed) else 0
        length = min(chance.choice([1, 2, 4, 16, 200]), len(changed) - at)
        match chance.randrange(8):
            case 0 | 1 if at < len(changed):
                changed[at] ^= 1 << chance.randrange(8)
            case 2 if at < len(changed):
                changed[at] = chance.randrange(256)
            case 3:
                value = chance.choice(INTERESTING)
                changed[at : at + len(value)] = value
            case 4:
                del changed[at : at + length]
            case 5:
                changed[at:at] = changed[at : at + length]
            case 6:
                changed[at:at] = chance.randbytes(length)
            case 7 if chance.random() < 0.5:
                del changed[at:]
    return "same" if changed == data else "any", bytes(changed)


def fault_of(seed, how, code, memory, out, err):
    """What must not be; empty where all is well."""
    if code == "late":
        return f"no end within {DEADLINE_S} s"
    if code not in (0, 1, 3):
        return f"exit code {code}"
    if code != 0 and b"error" not in err:
        return "an error without words"
    if memory > MEMORY_MAX:
        return f"{memory >> 20} MiB of memory"
    if code == 0 and how == "page" and out != seed.right:
        return "a value of a page whose checksum does not fit"
    if code == 0 and how == "page":
        return "a page was read whose checksum does not fit"
    if code == 0 and seed.has_digests and out != seed.right:
        return "a wrong value of a store"
    return ""


def run_one(binary, seeds, master, number, keep):
    chance = random.Random(f"{master} {number}")
    seed = seeds[number % len(seeds)]
    how, data = mutate(seed.data, chance, seed.pages)
    folder = Path(tempfile.mkdtemp(prefix=f"mutated-{number}-"))
    try:
        write_project(folder, seed, data)
        options = ["--on-bad-row", "skip"] if chance.random() < 0.5 else []
        code, seconds, memory, out, err = read(binary, folder, *options)
        fault = fault_of(seed, how, code, memory, out, err)
        if how == "same":
            fault = "" if out == seed.right else "other values of the same bytes"
        if fault and keep:
            shutil.copytree(folder, keep / f"{master}-{number}", dirs_exist_ok=True)
        return seed.name, how, code, seconds, memory, f"seed {master}, file {number} ({seed.name}, {how}): {fault}: {err.decode(errors='replace')[-300:]}" if fault else ""
    finally:
        shutil.rmtree(folder)


def run_some(arguments):
    return [run_one(*arguments[:3], number, arguments[4]) for number in arguments[3]]


def main(args=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--binary", type=Path, default=Path("build/headrace"))
    parser.add_argument("--keep", type=Path, help="a folder for the projects of failures")
    options = parser.parse_args(args)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    start, binary = time.monotonic(), options.binary.resolve()
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(options.jobs) as pool:
        seeds = make_seeds(binary, Path(folder))
        pieces = [range(at, min(at + 50, options.count)) for at in range(0, options.count, 50)]
        found = [each for piece in pool.map(run_some, [(binary, seeds, options.seed, piece, options.keep) for piece in pieces]) for each in piece]

    faults = [each[5] for each in found if each[5]]
    for fault in faults[:20]:
        print(fault)
    outcomes = Counter((name, "read" if code == 0 else "refused" if code in (1, 3) else "failed") for name, _, code, *_ in found)
    for name in dict.fromkeys(each[0] for each in found):
        print(f"  {name:22} {outcomes[name, 'read']:6} read {outcomes[name, 'refused']:6} refused")
    pages = sum(each[1] == "page" for each in found)
    print(f"mutated_files: {len(found)} files, {pages} with a page that does not fit its checksum, {len(faults)} failures, slowest {max(each[3] for each in found):.1f} s, most memory {max(each[4] for each in found) >> 20} MiB, in {time.monotonic() - start:.0f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
