"""Invented events through the pipeline: modes and kernels agree, and neither shards nor order of reading change a bit."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import random
import sys
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from headrace_runtime import jobs  # noqa: E402
from headrace_runtime.formulas import string_of_time  # noqa: E402
from headrace_runtime.histories import Source  # noqa: E402
from headrace_runtime.project import Entity  # noqa: E402
from pipeline import PROJECT  # noqa: E402

START = 1_700_000_000_000_000
RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"
ENTITIES = list(PROJECT.entities)
HAS_KERNEL = importlib.util.find_spec("headrace_kernel") is not None


def invented(chance: random.Random, kind: str) -> Any:
    if chance.random() < 0.1:
        return None
    return {
        "bool": lambda: chance.random() < 0.5,
        "int64": lambda: chance.randrange(-5, 100),
        "double": lambda: chance.choice([0.1, -2.5, 1e10, 3.0, chance.gauss(10, 5)]),
        "string": lambda: chance.choice(["run", "idle", "a", "é", ""]),
        "id": lambda: f"e{chance.randrange(4)}",
        "timestamp": lambda: string_of_time(START + chance.randrange(10**12)),
    }[kind]()


def key_of(source: Source, number: int) -> dict[str, Any]:
    kinds = zip(source.key, source.key_types, strict=True)
    return {name: {"int64": number, "bool": number % 2 == 0}.get(str(kind), f"k{number}") for name, kind in kinds}


def write_events(folder: Path, source: Source, files: int) -> Path:
    """The same events in one file or several; the split keeps their order of arrival."""
    chance = random.Random(source.name)
    rows = []
    for number in range(120):
        time = START + chance.randrange(0, 40) * 600_000_000 + chance.randrange(2)
        row = {**key_of(source, chance.randrange(3)), **{name: invented(chance, kind) for name, kind in source.columns}}
        row |= {source.event_time: string_of_time(time)}
        if source.arrival:
            row[source.arrival] = number
        rows.append(json.dumps(row))
    out = folder / source.name
    out.mkdir(parents=True, exist_ok=True)
    size = -(-len(rows) // files)
    for i in range(files):
        (out / f"{i}.ndjson").write_text("\n".join(rows[i * size : (i + 1) * size]) + "\n")
    return out


def with_event_time(source: Source) -> Source:
    """Invented event times are text, also where the source's own are numbers."""
    columns = tuple((n, k) for n, k in source.columns)
    return dataclasses.replace(source, format="ndjson", columns=columns)


def run(entity: Entity, arguments: list[str]) -> dict[str, int]:
    """Gives what the steps have counted."""
    options, others = jobs.parse([*arguments, f"--entity={entity.name}"])
    entity = dataclasses.replace(entity, sources=tuple(with_event_time(s) for s in entity.sources))
    with beam.Pipeline(runner=RUNNER, argv=others) as pipeline:
        jobs.build(dataclasses.replace(PROJECT, entities=(entity,)), options, pipeline)
    return jobs.counters_of(pipeline.result)


def backfill(folder: Path, entity: Entity, files: int, kernel: str = "python") -> list[dict[str, Any]]:
    events = folder / f"events-{files}"
    out = folder / f"out-{files}-{kernel}"
    sources = [f"--source={s.name}={write_events(events, s, files)}" for s in entity.sources]
    counters = run(entity, ["--mode=backfill", f"--output={out}", f"--kernel={kernel}", *sources])
    assert (counters.get("kernel_rows_read", 0) > 0) == (kernel == "native")
    rows = []
    for file in sorted((out / entity.name).glob("day=*/part-0.parquet")):
        rows += pq.ParquetFile(file).read().to_pylist()
    assert counters["rows"] == len(rows)
    return rows


def dataset(folder: Path, entity: Entity, observations: Path, kernel: str = "python") -> pa.Table:
    out = folder / f"dataset-{kernel}"
    sources = [f"--source={s.name}={folder / 'events-1' / s.name}" for s in entity.sources]
    asked = ["--mode=dataset", f"--observations={observations}", f"--output={out}", f"--kernel={kernel}"]
    run(entity, [*asked, *sources])
    return pq.read_table(out / "part-00000.parquet")


@pytest.mark.parametrize("entity", ENTITIES, ids=[entity.name for entity in ENTITIES])
def test_modes_agree(entity: Entity, tmp_path: Path) -> None:
    rows = backfill(tmp_path, entity, files=1)
    assert rows
    assert rows == sorted(rows, key=lambda row: row["event_time"])
    assert backfill(tmp_path, entity, files=3) == rows

    chance = random.Random(7)
    chance.shuffle(rows)
    lines = [
        json.dumps({name: row[name] for name in entity.key} | {"event_time": row["event_time"].isoformat()})
        for row in rows
    ]
    observations = tmp_path / "observations.ndjson"
    observations.write_text("\n".join(lines) + "\n")
    table = dataset(tmp_path, entity, observations)
    names = [name for name in rows[0] if name != "event_time"]
    assert table.select(names).to_pylist() == [{name: row[name] for name in names} for row in rows]
    assert table.column("event_time").to_pylist() == [row["event_time"] for row in rows]
    if HAS_KERNEL:
        assert dataset(tmp_path, entity, observations, "native").equals(table)


@pytest.mark.skipif(not HAS_KERNEL, reason="headrace-kernel is not installed: see requirements-native.txt")
@pytest.mark.parametrize("entity", ENTITIES, ids=[entity.name for entity in ENTITIES])
def test_kernels_agree(entity: Entity, tmp_path: Path) -> None:
    assert backfill(tmp_path, entity, 3, "native") == backfill(tmp_path, entity, 3)


def test_steps_are_named() -> None:
    """Labels are what a runner recognises a job's steps by when it is updated."""
    for entity in ENTITIES:
        assert len({feature.name for feature in entity.features}) == len(entity.features)
        assert all(source.name for source in entity.sources)
