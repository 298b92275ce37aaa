"""Prints the labels of a generated pipeline's steps and their coders, one a line: steps_of.py FOLDER BASE
batch|stream [OPTION ..].

A stream's are those between the source and the sinks: what reads Kafka is expanded by a Java service, which is not here.
"""
import sys

sys.path.insert(0, sys.argv[1])

import apache_beam as beam  # noqa: E402
from headrace_runtime import jobs  # noqa: E402
from headrace_runtime.messages import Message  # noqa: E402
from headrace_runtime.stream_sinks import WriteRows  # noqa: E402
from headrace_runtime.streams import LATE  # noqa: E402
from pipeline import PROJECT  # noqa: E402

pipeline = beam.Pipeline()
if sys.argv[3] == "batch":
    options, _ = jobs.parse(["--mode=backfill", "--output=out", f"--base={sys.argv[2]}", *sys.argv[4:]])
    jobs.build(PROJECT, options, pipeline)
else:
    options, _ = jobs.parse(["--mode=stream", "--redis=localhost:6379"])
    for entity in PROJECT.entities:
        messages = {
            source.name: pipeline | f"{source.name}: messages" >> beam.Create([]).with_output_types(Message)
            for source in entity.sources
        }
        streams = messages | entity.name >> jobs.EntityStream(entity, entity.features)
        kinds = [(feature.name, feature.kind) for feature in entity.features]
        key = list(zip(entity.key, entity.key_types, strict=True))
        sinks = WriteRows(options, PROJECT.name, entity.name, key, kinds, {}, entity.sources)
        _ = (streams["rows"], streams[LATE]) | f"{entity.name}: sinks" >> sinks
lines = []


class Collect(beam.pipeline.PipelineVisitor):
    def visit_transform(self, node):
        coders = {str(beam.coders.registry.get_coder(out.element_type)) for out in node.outputs.values()}
        lines.append(f"{node.full_label} -> {', '.join(sorted(coders)) or 'nothing'}")


pipeline.visit(Collect())
print("\n".join(sorted(lines)))
