"""What the DAG's task gives to Dataflow, and what it then waits for: submitted.py DAGS_FOLDER.

The command is a program that writes down its arguments and says what Beam says when a job is made, because there is no Dataflow here.
"""
import importlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from airflow.sdk.exceptions import TaskDeferred

folder = Path(sys.argv[1])
sys.path.insert(0, str(folder))
(name,) = [path.stem for path in folder.glob("*.py")]
task = importlib.import_module(name).features_of_a_day().task_dict["compute"]


class Instance:
    def xcom_push(self, key, value):
        pass


context = {"ti": Instance(), "task_instance": Instance(), "task": task}
context |= {"data_interval_start": datetime(2024, 3, 1, tzinfo=UTC), "data_interval_end": datetime(2024, 3, 2, tzinfo=UTC)}
try:
    task.execute(context)
except TaskDeferred as deferred:
    path, arguments = deferred.trigger.serialize()
    print(json.dumps({"trigger": path, **{key: arguments[key] for key in ("job_id", "project_id", "location")}}))
