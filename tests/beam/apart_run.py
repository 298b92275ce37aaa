"""Runs a generated pipeline with a shuffle after each step of a feature, so that histories travel as bytes between all of
them: apart_run.py PROJECT_FOLDER [OPTION ..].
"""
import functools
import operator
import sys

sys.path.insert(0, sys.argv[1])

import apache_beam as beam  # noqa: E402
from headrace_runtime import histories, jobs  # noqa: E402
from pipeline import PROJECT  # noqa: E402


def apart(kind):
    step = getattr(histories.Steps, kind)

    def step_and_shuffle(given, name, *arguments, **options):
        return step(given, name, *arguments, **options) | f"{name}: {kind} apart" >> beam.Reshuffle()

    setattr(histories.Steps, kind, staticmethod(step_and_shuffle))


for each in ("values", "window", "formula"):
    apart(each)
histories.Steps.together = staticmethod(lambda given, features: functools.reduce(operator.or_, features, given))
jobs.run(PROJECT, sys.argv[2:])
