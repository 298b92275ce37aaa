"""Streams cases through generated pipelines: one JSON request a line on stdin, one JSON answer a line on stdout.

    {"project": FOLDER, "kernel": "python" or "native", "messages": {SOURCE: {NUMBER: TEXT}},
     "arrivals": [[SOURCE, [NUMBER, ..]] or [SOURCE, WATERMARK], ..]}
    -> {"entities": {NAME: {"sources": [..], "features": [..], "rows": [[KEY, [KIND, TIME, VALUES]], ..]}},
        "late": [[SOURCE, NUMBER], ..]} or {"error": TEXT}

Arrivals are those of arrivals.py. Rows are in the order in which they were given out.
"""
import dataclasses
import json
import sys
import tempfile
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src" / "codegen" / "beam" / "templates"))
from case_worker import ANSWERS, load_pipeline  # noqa: E402

import apache_beam as beam  # noqa: E402
from apache_beam.testing.test_stream import TestStream  # noqa: E402
from apache_beam.transforms.window import TimestampedValue  # noqa: E402
from apache_beam.utils.timestamp import Timestamp  # noqa: E402

sys.path.pop(0)  # The runtime is that of the first project.
RUNNER = "apache_beam.runners.direct.direct_runner.BundleBasedDirectRunner"  # it knows TestStream


class Remember(beam.DoFn):
    """Appends elements to a file."""

    def __init__(self, path):
        self.path = str(path)

    def process(self, element):
        with open(self.path, "a") as file:
            file.write(json.dumps(element) + "\n")


def remembered(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def events_of(request, sources):
    """(key, event) by source and number."""
    from headrace_runtime.stream_sources import to_event

    return {
        (source.name, int(number)): to_event(source, text.encode(), ("0", int(number)))
        for source in sources
        for number, text in request["messages"][source.name].items()
    }


def stream_of(request, names, events):
    """The arrivals as a TestStream."""
    from headrace_runtime.histories import EventCoder, KeyCoder

    stream = TestStream(coder=beam.coders.TupleCoder((KeyCoder(), EventCoder())), output_tags=names)
    for name, said in request["arrivals"]:
        if name in names and isinstance(said, int):
            stream = stream.advance_watermark_to(Timestamp(micros=said), tag=name)
        elif name in names:
            there = [events[name, number] for number in said if (name, number) in events]
            if there:
                stream = stream.add_elements([TimestampedValue(e, Timestamp(micros=e[1].time)) for e in there], tag=name)
    for name in sorted(names):
        stream = stream.advance_watermark_to_infinity(tag=name)
    return stream


def native_rows(project, entity, events):
    """The compiled kernel in the place of the features' steps; the types of keys are those of the events."""
    from headrace_runtime import native_jobs
    from headrace_runtime.files import kind_of

    names = [source.name for source in entity.sources]
    columns = zip(*(key for (name, _), (key, _) in events.items() if name in names), strict=True)
    typed = dataclasses.replace(entity, key_types=tuple(kind_of(column, False) for column in columns))
    return native_jobs.rows_of_stream(project, typed, typed.features)


def answer(request, number, folder):
    if not any(name.startswith("headrace_runtime") for name in sys.modules):
        sys.path.insert(0, request["project"])
    from headrace_runtime import jobs
    from headrace_runtime.histories import Key, KeyCoder
    from headrace_runtime.streams import LATE
    from headrace_runtime.windows import Event

    beam.coders.registry.register_coder(Key, KeyCoder)
    project = load_pipeline(request["project"], number).PROJECT
    entities = project.entities
    sources = [source for entity in entities for source in entity.sources]
    events = events_of(request, sources)
    stream = stream_of(request, {source.name for source in sources}, events)
    numbers = {(event.source, event.arrival): number for (_, number), (_, event) in events.items()}
    with beam.Pipeline(runner=RUNNER, argv=["--streaming"]) as pipeline:
        delivered = pipeline | stream
        for entity in entities:
            native = native_rows(project, entity, events) if request["kernel"] == "native" else None
            inputs = {
                source.name: delivered[source.name]
                | f"{source.name}: events" >> beam.Map(lambda each: each).with_output_types(tuple[Key, Event])
                for source in entity.sources
            }
            out = inputs | entity.name >> jobs.EntityStream(entity, entity.features, native)
            _ = out["rows"] | f"{entity.name}: remember rows" >> beam.ParDo(Remember(folder / entity.name))
            _ = out[LATE] | f"{entity.name}: remember late" >> beam.ParDo(Remember(folder / "late events"))
    late = [(name, tuple(arrival)) for _, (_, arrival, name, _) in remembered(folder / "late events")]
    return {
        "entities": {
            entity.name: {
                "sources": [source.name for source in entity.sources],
                "features": [feature.name for feature in entity.features],
                "rows": remembered(folder / entity.name),
            }
            for entity in entities
        },
        "late": [[name, numbers[name, arrival]] for name, arrival in late],
    }


def main():
    for number, line in enumerate(sys.stdin):
        try:
            with tempfile.TemporaryDirectory() as folder:
                reply = answer(json.loads(line), number, Path(folder))
        except Exception:  # an answer for each request, whatever happens
            reply = {"error": traceback.format_exc()}
        print(json.dumps(reply), file=ANSWERS, flush=True)


if __name__ == "__main__":
    main()
