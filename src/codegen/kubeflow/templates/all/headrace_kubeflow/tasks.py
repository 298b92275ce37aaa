"""How tasks of all projects behave: never from a cache, tried again or not, with resources, a deadline and secrets.

What may be set comes from the environment of whoever compiles: HEADRACE_CPU, HEADRACE_MEMORY, HEADRACE_DEADLINE_HOURS.
"""

from __future__ import annotations

import os

from kfp import dsl, kubernetes

STORE_KEYS = {"aws_access_key_id": "AWS_ACCESS_KEY_ID", "aws_secret_access_key": "AWS_SECRET_ACCESS_KEY"}
WEBHOOK_KEY = {"webhook": "HEADRACE_WEBHOOK"}
HOUR_S = 3600


def always(task: dsl.PipelineTask) -> dsl.PipelineTask:
    """Runs the task even if it has run with the same parameters before: the data may have changed."""
    return task.set_caching_options(False)


def retried(task: dsl.PipelineTask) -> dsl.PipelineTask:
    """For steps that depend on what is outside: disks, stores, servers. Kubeflow tries again whatever fails, so such a step
    does not fail for what another try cannot mend: it hands that on, and a step that is not tried again fails with it."""
    return task.set_retry(num_retries=3, backoff_duration="60s", backoff_factor=2, backoff_max_duration="3600s")


def computing(task: dsl.PipelineTask) -> dsl.PipelineTask:
    """A step that computes: what it asks for and may take, where that is set, and when it is ended."""
    cpu, memory = os.environ.get("HEADRACE_CPU"), os.environ.get("HEADRACE_MEMORY")
    if cpu:
        task.set_cpu_request(cpu)
    if memory:
        # A pod that wants more memory is ended; one that wants more processors only waits.
        task.set_memory_request(memory)
        task.set_memory_limit(memory)
    return kubernetes.set_timeout(task, round(float(os.environ.get("HEADRACE_DEADLINE_HOURS") or 12) * HOUR_S))


def with_keys(task: dsl.PipelineTask, secret: str, keys: dict[str, str]) -> dsl.PipelineTask:
    """Keys of a Secret of the namespace as environment; each of them may be missing."""
    return kubernetes.use_secret_as_env(task, secret, keys, optional=True)
