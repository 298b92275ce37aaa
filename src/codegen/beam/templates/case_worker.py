"""Answers cases: one JSON request a line on stdin, one JSON answer a line on stdout.

    {"project": FOLDER, "entity": .., "keys": [{"name": .., "type": ..}], "features": [..],
     "sources": {NAME: events.ndjson}, "observations": observations.ndjson}
    -> {"values": {FEATURE: [one value for each observation]}} or {"error": TEXT}

With "kernel": "native" our compiled kernel computes, and the answer says in "kernel_rows_read" how many events it took.

The case runs through the project's own pipeline.py in this process, as `--mode dataset`. The runtime modules are taken
from the first project and serve all: they are the same in every one.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import json
import os
import sys
import tempfile
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

ANSWERS = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # whatever prints goes to stderr

import apache_beam as beam  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"


def load_pipeline(project: str, number: int) -> ModuleType:
    """The project's pipeline.py as a module of its own name, so that several can be loaded."""
    name = f"pipeline_of_case_{number}"
    spec = importlib.util.spec_from_file_location(name, Path(project) / "pipeline.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"no pipeline.py in {project}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def plain(values: pa.ChunkedArray) -> list[Any]:
    """Timestamps as microseconds, all else as Python has it."""
    if pa.types.is_timestamp(values.type):
        values = values.cast(pa.int64())
    elif pa.types.is_list(values.type) and pa.types.is_timestamp(values.type.value_type):
        values = values.cast(pa.list_(pa.int64()))
    return list(values.to_pylist())


def with_keys(source: Any, request: dict[str, Any]) -> Any:
    """Types of keys that only the case knows."""
    kinds = {key["name"]: key["type"] for key in request["keys"]}
    types = [known or kinds.get(name) for name, known in zip(source.key, source.key_types, strict=True)]
    return dataclasses.replace(source, key_types=tuple(types))


def answer(request: dict[str, Any], number: int) -> dict[str, Any]:
    if request["project"] not in sys.path:
        sys.path.insert(0, request["project"])
    jobs = importlib.import_module("headrace_runtime.jobs")
    project = load_pipeline(request["project"], number).PROJECT
    (entity,) = (e for e in project.entities if e.name == request["entity"])
    sources = tuple(with_keys(source, request) for source in entity.sources)
    kinds = {key["name"]: key["type"] for key in request["keys"]}
    entity = dataclasses.replace(entity, sources=sources, key_types=tuple(kinds[name] for name in entity.key))
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["--mode=dataset", f"--output={folder}", f"--observations={request['observations']}"]
        arguments += ["--features=" + ",".join(request["features"]), f"--entity={entity.name}"]
        arguments.append(f"--kernel={request.get('kernel', 'python')}")
        for source in sources:
            path = request["sources"].get(source.name)
            if path is None:
                path = os.path.join(folder, f"{source.name}.ndjson")
                Path(path).touch()
            arguments.append(f"--source={source.name}={path}")
        options, others = jobs.parse(arguments)
        with beam.Pipeline(runner=RUNNER, argv=others) as pipeline:
            jobs.build(dataclasses.replace(project, entities=(entity,)), options, pipeline)
        tables = [pq.read_table(path) for path in sorted(Path(folder).glob("part-*.parquet"))]
    counters = jobs.counters_of(pipeline.result)
    out: dict[str, Any] = {name: counters[name] for name in ("kernel_rows_read",) if name in counters}
    if not tables:
        return out | {"values": {feature: [] for feature in request["features"]}}
    table = pa.concat_tables(tables)
    return out | {"values": {feature: plain(table.column(feature)) for feature in request["features"]}}


def main() -> None:
    for number, line in enumerate(sys.stdin):
        reply: dict[str, Any]
        try:
            reply = answer(json.loads(line), number)
        except Exception as error:  # an answer for each request, whatever happens
            traceback.print_exc()
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=ANSWERS, flush=True)


if __name__ == "__main__":
    main()
