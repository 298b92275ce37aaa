"""Prints the labels of a generated pipeline's steps, one a line: steps_of.py FOLDER BASE [OPTION ..]."""
import sys

sys.path.insert(0, sys.argv[1])

import apache_beam as beam  # noqa: E402
from headrace_runtime import jobs  # noqa: E402
from pipeline import PROJECT  # noqa: E402

options, _ = jobs.parse(["--mode=backfill", "--output=out", f"--base={sys.argv[2]}", *sys.argv[3:]])
pipeline = beam.Pipeline()
jobs.build(PROJECT, options, pipeline)
labels = []


class Collect(beam.pipeline.PipelineVisitor):
    def visit_transform(self, node):
        labels.append(node.full_label)


pipeline.visit(Collect())
print("\n".join(sorted(labels)))
