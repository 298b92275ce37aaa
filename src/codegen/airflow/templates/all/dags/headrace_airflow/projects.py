"""A project as Airflow knows it: where it is set up, who is told, and what its tasks may take.

What Airflow needs while it parses a DAG comes from the environment of its processes, all else when a task runs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from airflow.sdk import Asset, Connection, Context, Variable
from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference
from airflow.sdk.exceptions import AirflowFailException, AirflowNotFoundException

from headrace_steps import notices
from headrace_steps.programs import Rejected
from headrace_steps.settings import Set

Found = TypeVar("Found", bound=Set)


@contextmanager
def no_retry_when_rejected() -> Iterator[None]:
    """Wrong definitions, data or settings fail the task at once; whatever else goes wrong is tried again."""
    try:
        yield
    except Rejected as error:
        raise AirflowFailException(str(error)) from error


@dataclass(frozen=True)
class Project:
    name: str
    id: str
    """Of the DAG and of the Variable with the settings."""
    environment: str
    """What the names of environment variables begin with."""
    owners: Sequence[str]
    entities: Sequence[str]

    def settings(self, kind: type[Found]) -> Found:
        return kind.parse(Variable.get(self.id, default=None), f"Airflow's Variable `{self.id}`")

    def webhook(self) -> str:
        """The password of a Connection, which Airflow encrypts and masks; empty: there is none."""
        try:
            return Connection.get(f"{self.id}_webhook").password or ""
        except AirflowNotFoundException:
            return ""

    def assets(self, where: str) -> list[Asset]:
        """What a run brings up to date: other DAGs may be scheduled by it, such as the training of a model."""
        names = [f"{self.id}/{entity}/{where}" for entity in self.entities]
        return [Asset(name=name, uri=f"x-headrace://{name}") for name in names]

    def task_arguments(self) -> dict[str, Any]:
        """What all tasks have."""
        return {
            "owner": ", ".join(self.owners),
            "pool": self._set("POOL", "default_pool"),
            "max_active_tis_per_dag": 1,  # also where `airflow backfill` starts several runs
            "retries": 3,
            "retry_delay": timedelta(minutes=5),
            "retry_exponential_backoff": 2.0,
            "max_retry_delay": timedelta(hours=1),
            "execution_timeout": timedelta(hours=12),
            "on_failure_callback": self.tell_failure,
        }

    def resources(self) -> dict[str, Any]:
        """Of the pod that computes, where the KubernetesExecutor runs it and something is set."""
        asked = {"cpu": self._set("CPU", ""), "memory": self._set("MEMORY", "")}
        requests = {name: amount for name, amount in asked.items() if amount}
        if not requests:
            return {}
        from kubernetes.client import models as k8s  # it comes with Airflow's provider of Kubernetes

        # A limit of memory alone: a pod that wants more is ended, one that wants more processors only waits.
        limits = {name: amount for name, amount in requests.items() if name == "memory"}
        container = k8s.V1Container(name="base", resources=k8s.V1ResourceRequirements(requests=requests, limits=limits))
        return {"pod_override": k8s.V1Pod(spec=k8s.V1PodSpec(containers=[container]))}

    def deadline(self, missed: Callable[..., None]) -> DeadlineAlert | None:
        """Where hours are set: `missed` is called once when a run is not done so long after it was queued. It stands in the
        DAG's module, because that is what an executor can find."""
        hours = float(self._set("DEADLINE_HOURS", "0"))
        if not hours:
            return None
        return DeadlineAlert(
            name="features of a day",
            reference=DeadlineReference.DAGRUN_QUEUED_AT,
            interval=timedelta(hours=hours),
            callback=SyncCallback(missed),
        )

    def tell_failure(self, context: Context) -> None:
        """Runs when a task has failed for good. Whatever happens here must not hide why it did."""
        run, instance = context["dag_run"], context["task_instance"]
        reason = context.get("exception") or "no reason was given"
        text = f"{self.name}: {run.run_id} failed at `{instance.task_id}`: {reason}"
        try:
            notices.tell(text, self.webhook())
        except Exception:
            notices.log.exception("nobody was told that the run has failed")

    def tell_late(self, context: dict[str, Any]) -> None:
        """Runs when a deadline was missed; the run goes on."""
        run, deadline = context["dag_run"], context["deadline"]
        notices.tell(
            f"{self.name}: {run['dag_run_id']} is not done, its deadline was {deadline['deadline_time']}",
            self.webhook(),
        )

    def _set(self, name: str, default: str) -> str:
        return os.environ.get(f"{self.environment}_{name}") or default
