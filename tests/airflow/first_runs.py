"""Prints the data intervals of the first runs that a scheduler would start: first_runs.py DAGS_FOLDER."""
import importlib
import sys
from pathlib import Path

from airflow.serialization.encoders import coerce_to_core_timetable
from airflow.timetables.base import TimeRestriction

folder = Path(sys.argv[1])
sys.path.insert(0, str(folder))
(name,) = [path.stem for path in folder.glob("*.py")]
dag = importlib.import_module(name).features_of_a_day()
timetable = coerce_to_core_timetable(dag.timetable)
restriction = TimeRestriction(earliest=dag.start_date, latest=None, catchup=dag.catchup)
interval = None
for _ in range(3):
    interval = timetable.next_dagrun_info(last_automated_data_interval=interval, restriction=restriction).data_interval
    print(interval.start.isoformat(), interval.end.isoformat())
