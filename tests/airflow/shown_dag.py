"""Prints what Airflow knows of a DAG after it has been written to its database and read back: shown_dag.py DAGS_FOLDER."""
import importlib
import json
import sys
from pathlib import Path

from airflow.serialization.serialized_objects import DagSerialization

folder = Path(sys.argv[1])
sys.path.insert(0, str(folder))
(name,) = [path.stem for path in folder.glob("*.py")]
made = importlib.import_module(name).features_of_a_day()
dag = DagSerialization.from_dict(DagSerialization.to_dict(made))


def pod(task):
    override = made.task_dict[task.task_id].executor_config.get("pod_override")
    return override.to_dict()["spec"]["containers"][0]["resources"] if override else None


tasks = {task.task_id: {"pool": task.pool, "owner": task.owner, "retries": task.retries, "pod": pod(task)} for task in dag.tasks}
alert = made.deadline[0] if isinstance(made.deadline, list) else made.deadline
print(json.dumps({"tags": sorted(dag.tags), "tasks": tasks, "deadline_s": alert.interval.total_seconds(), "callback": alert.callback.path}))
