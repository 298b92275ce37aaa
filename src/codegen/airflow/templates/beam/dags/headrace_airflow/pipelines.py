"""The generated Beam pipeline as a task."""

from __future__ import annotations

from typing import Any

from airflow.providers.apache.beam.operators.beam import BeamRunPythonPipelineOperator
from airflow.providers.google.cloud.operators.dataflow import DataflowConfiguration
from airflow.sdk import Context

from headrace_airflow.projects import Project, no_retry_when_rejected
from headrace_steps import days
from headrace_steps.pipelines import BeamSettings, options_of

DATAFLOW = "DataflowRunner"


class RunPipeline(BeamRunPythonPipelineOperator):
    """Computes the days of a run where the Variable says, and holds no slot of a worker while it waits.

    Dataflow: the worker submits the job, then the triggerer asks for its state. Other runners: the triggerer runs the
    program that submits the pipeline and waits for it, so that `python` of the settings must be there too.
    """

    def __init__(self, *, project: Project, **arguments: Any) -> None:
        super().__init__(deferrable=True, **arguments)
        self.project = project

    def execute(self, context: Context) -> Any:
        with no_retry_when_rejected():
            settings = self.project.settings(BeamSettings)
            done = days.days_of(context.get("data_interval_start"), context.get("data_interval_end"))
        options = options_of(settings, done)
        self.runner = settings.runner
        self.py_interpreter = settings.python
        if settings.runner == DATAFLOW:
            # The provider gives both to the pipeline, and asks Dataflow with them.
            place = {"project_id": options.pop("project", None), "location": options.pop("region", None)}
            self.dataflow_config = DataflowConfiguration(
                job_name=self.project.id.replace("_", "-"),
                **{name: value for name, value in place.items() if value},
            )
        self.pipeline_options = options
        return super().execute(context)
