"""Runs a generated pipeline with kfp's local runner: run_locally.py FOLDER ROOT PARAMETERS_AS_JSON."""
import json
import sys

from kfp import local

folder, root, parameters = sys.argv[1:]
sys.path.insert(0, folder)

import pipeline  # noqa: E402

local.init(runner=local.SubprocessRunner(use_venv=False), pipeline_root=root)
pipeline.features_of_a_day(**json.loads(parameters))
