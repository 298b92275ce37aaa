"""Builds the pipelines that read and write BigQuery and prints their steps and schemas: table_steps.py FOLDER.

Nothing runs: there is no server of BigQuery to be had. What is checked is that Beam accepts the graph.
"""
import json
import sys

sys.path.insert(0, sys.argv[1])

import apache_beam as beam  # noqa: E402
from apache_beam.options.pipeline_options import PipelineOptions  # noqa: E402
from headrace_runtime import big_query, jobs  # noqa: E402
from headrace_runtime.histories import Key  # noqa: E402
from pipeline import PROJECT  # noqa: E402

CLOUD = ["--project=project-1", "--temp_location=gs://bucket/temporary"]


def labels_of(arguments):
    options, others = jobs.parse(arguments)
    pipeline = beam.Pipeline(options=PipelineOptions([*others, *CLOUD]))
    jobs.build(PROJECT, options, pipeline)
    pipeline.to_runner_api()
    out = []

    class Collect(beam.pipeline.PipelineVisitor):
        def visit_transform(self, node):
            out.append(node.full_label)

        def enter_composite_transform(self, node):
            out.append(node.full_label)

    pipeline.visit(Collect())
    return sorted(out)


(entity,) = PROJECT.entities
(source,) = entity.sources
key = list(zip(entity.key, entity.key_types, strict=True))
features = [(feature.name, feature.kind) for feature in entity.features]
versions = {feature.name: feature.version for feature in entity.features}
columns = big_query.stream_columns(key, features)
row = (Key(("a",)), ("final", 1_709_291_640_123_456, [None for _ in features]))
(table_row,) = big_query.StreamRows(columns, versions).process(row)
(event,) = big_query.EventsOfTable(source).process(json.loads(sys.argv[2]))
print(json.dumps({
    "batch": labels_of(["--mode=backfill", "--output=bigquery://project-1.features", "--source=readings=bigquery://project-1.raw.readings"]),
    "stream": labels_of(["--mode=stream", "--bigquery=bigquery://project-1.features", "--late=bigquery://project-1.late"]),
    "schema": big_query.schema_of(columns),
    "row": table_row,
    "event": [list(event[0]), *event[1]],
    "partition": big_query.day_partition("project-1:features.sensor", "2024-03-01"),
    "view": big_query.view_statement("bigquery://project-1.features.sensor_stream", entity.key),
}))
