"""An Airflow with settings and a database of its own."""
import json
import os
import sqlite3
import subprocess

DAG = "headrace_pumping_station"


class Airflow:
    """Runs Airflow's own commands on the DAGs of one generated project."""

    def __init__(self, python, home, dags):
        self.python, self.home = python, home
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "HEADRACE", "PYTHONPATH"))} | {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "HEADRACE_PUMPING_STATION_START_DATE": "2024-01-03",
            "PATH": f"{python.parent}:{os.environ['PATH']}",
        }

    def run(self, *command, settings=None, webhook=None):
        """`airflow COMMAND`: exit code and everything that it said."""
        environment = dict(self.environment)
        if settings:
            environment[f"AIRFLOW_VAR_{DAG.upper()}"] = json.dumps(settings)
        if webhook:
            environment[f"AIRFLOW_CONN_{DAG.upper()}_WEBHOOK"] = json.dumps({"conn_type": "generic", "password": webhook})
        done = subprocess.run([str(self.python.parent / "airflow"), *command], env=environment, capture_output=True, text=True, timeout=300)
        return done.returncode, done.stdout + done.stderr

    def states(self, date):
        """State and number of tries of each task of the run of a logical date."""
        query = ("select task_instance.task_id, task_instance.state, task_instance.try_number from task_instance"
                 " join dag_run on task_instance.run_id = dag_run.run_id where date(dag_run.logical_date) = ?")
        with sqlite3.connect(self.home / "airflow.db") as database:
            return {task: (state, tries) for task, state, tries in database.execute(query, [date])}
