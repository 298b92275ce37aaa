"""Streams cases through generated pipelines: one JSON request a line on stdin, one JSON answer a line on stdout.

    {"project": FOLDER, "runner": "direct" or "hostile", "kernel": "python" or "native", "seed": N,
     "messages": {SOURCE: {NUMBER: [LANE, TEXT]}}, "arrivals": [[SOURCE, [NUMBER, ..]] or [SOURCE, WATERMARK], ..],
     "late": [[SOURCE, NUMBER], ..]}
    -> {"entities": {NAME: {"sources": [..], "features": [..], "rows": [[KEY, [KIND, TIME, VALUES]], ..]}},
        "late": [[SOURCE, NUMBER], ..]} or {"error": TEXT}

Arrivals are those of arrivals.py. Rows are in the order in which they were given out. The hostile runner is told what is late,
and says how far the watermark was when the state took an event: "behind": [[SOURCE, NUMBER, TIME], ..].
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
from hostile_runner import HostileRunner  # noqa: E402

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


def sources_of(project):
    return [(source.name, source) for entity in project.entities for source in entity.sources]


def events_of(request, sources):
    """Messages by source and number."""
    from headrace_runtime.stream_sources import to_message

    return {
        (source.name, int(number)): to_message(source, text.encode(), lane, int(number))
        for source in sources
        for number, (lane, text) in request["messages"][source.name].items()
    }


def stream_of(request, names, events):
    """The arrivals as a TestStream."""
    from headrace_runtime.messages import MessageCoder

    stream = TestStream(coder=MessageCoder(), output_tags=names)
    for name, said in request["arrivals"]:
        if name in names and isinstance(said, int):
            stream = stream.advance_watermark_to(Timestamp(micros=said), tag=name)
        elif name in names:
            there = [events[name, number] for number in said if (name, number) in events]
            if there:
                stream = stream.add_elements([TimestampedValue(e, Timestamp(micros=e.time)) for e in there], tag=name)
    for name in sorted(names):
        stream = stream.advance_watermark_to_infinity(tag=name)
    return stream


def native_states(project, entity, events):
    """The compiled kernel in the place of the features' steps; the types of keys are those of the events."""
    from headrace_runtime import native_jobs
    from headrace_runtime.files import kind_of

    names = [source.name for source in entity.sources]
    columns = zip(*(event.key for (name, _), event in events.items() if name in names), strict=True)
    typed = dataclasses.replace(entity, key_types=tuple(kind_of(column, False) for column in columns))
    return native_jobs.states_of_stream(project, typed, typed.features)


def stream_directly(request, project, events, folder):
    """Through Beam's own runner."""
    from headrace_runtime import jobs
    from headrace_runtime.messages import Message
    from headrace_runtime.streams import LATE

    stream = stream_of(request, {name for name, _ in sources_of(project)}, events)
    with beam.Pipeline(runner=RUNNER, argv=["--streaming"]) as pipeline:
        delivered = pipeline | stream
        for entity in project.entities:
            native = native_states(project, entity, events) if request["kernel"] == "native" else None
            inputs = {
                source.name: delivered[source.name]
                | f"{source.name}: events" >> beam.Map(lambda each: each).with_output_types(Message)
                for source in entity.sources
            }
            out = inputs | entity.name >> jobs.EntityStream(entity, entity.features, native)
            _ = out["rows"] | f"{entity.name}: remember rows" >> beam.ParDo(Remember(folder / entity.name))
            _ = out[LATE] | f"{entity.name}: remember late" >> beam.ParDo(Remember(folder / "late events"))
    numbers = {(event.source, event.arrival): number for (_, number), event in events.items()}
    late = [(name, tuple(arrival)) for name, _, _, _, arrival, _ in remembered(folder / "late events")]
    rows = {entity.name: remembered(folder / entity.name) for entity in project.entities}
    return rows, {"late": [[name, numbers[name, arrival]] for name, arrival in late]}


def stream_hostilely(request, project, events):
    late = [place for place in request["late"] if tuple(place) in events]
    rows, out = {}, {"late": late, "behind": []}
    for entity in project.entities:
        native = native_states(project, entity, events) if request["kernel"] == "native" else None
        runner = HostileRunner(entity, request["seed"], native)
        for name, said in request["arrivals"]:
            if name in runner.sources and isinstance(said, int):
                runner.advance(name, said)
            elif name in runner.sources:
                there = [number for number in said if (name, number) in events and [name, number] not in request["late"]]
                runner.arrive(name, [(number, events[name, number]) for number in there])
        runner.end()
        if not runner.forgets():
            raise RuntimeError(f"the state of {entity.name} keeps events that no row to come can see")
        rows[entity.name] = runner.rows
        out["late"] += runner.late
        out["behind"] += runner.behind
    return rows, out


def answer(request, number, folder):
    if not any(name.startswith("headrace_runtime") for name in sys.modules):
        sys.path.insert(0, request["project"])
    project = load_pipeline(request["project"], number).PROJECT
    events = events_of(request, [source for _, source in sources_of(project)])
    if request["runner"] == "hostile":
        rows, out = stream_hostilely(request, project, events)
    else:
        rows, out = stream_directly(request, project, events, folder)
    entities = {}
    for entity in project.entities:
        names = {"sources": [source.name for source in entity.sources], "features": [feature.name for feature in entity.features]}
        entities[entity.name] = names | {"rows": rows[entity.name]}
    return out | {"entities": entities}


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
