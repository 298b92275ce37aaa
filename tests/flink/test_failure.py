"""Streams on Flink whose processes are killed, and that are stopped with a savepoint and go on as a changed pipeline.

State lies in RocksDB. Each event counts once: rows are the native engine's over the accepted events, whatever was killed.
"""
import json
import os
import random
import signal
from pathlib import Path

import pytest
import servers
import station
from kernel_wheel import unpack_kernel
from test_stream import Stream, Topic, event, final_rows, produce

PARTS = 3  # of the events: before the worker is killed, before the task manager is, after that
WORKERS = 2
CHANGED = station.BASE.replace('version: "1.0", aggregation: max, window: 1h', 'version: "2.0", aggregation: max, window: 50m')
CHANGED += """---
feature: {name: busy, description: d, owner: t, version: "1.0", aggregation: count_distinct, window: 40m, source_features: [mode]}
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Keeps states in RocksDB, and begins a failed job again from its last checkpoint."""
    folder = tmp_path_factory.mktemp("failing")
    settings = {
        "state.backend.type": "rocksdb", "state.backend.incremental": True,
        "state.checkpoints.dir": f"file://{folder}/checkpoints", "state.savepoints.dir": f"file://{folder}/savepoints",
        "restart-strategy.type": "fixed-delay", "restart-strategy.fixed-delay.attempts": 50, "restart-strategy.fixed-delay.delay": "1 s",
        "heartbeat.interval": 1000, "heartbeat.timeout": 8000,
    }
    with servers.FlinkCluster(folder, slots=WORKERS, settings=settings) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def submission(tmp_path_factory, cluster):
    with servers.JobServer(tmp_path_factory.mktemp("submission"), cluster.address) as server:
        yield server


@pytest.fixture(scope="module")
def projects(tmp_path_factory, binary, kafka):
    """The station with its pipeline, and the same with another window and one more feature."""
    made = {}
    for name, text in (("before", station.BASE), ("after", CHANGED)):
        text = text.replace("topic: readings", "topic: failing")
        made[name] = station.make(tmp_path_factory.mktemp(name), binary, kafka.address, text)
    return made


def children(pid):
    """The processes that a process has started, as Linux tells."""
    out = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(status.read_text().rpartition(")")[2].split()[1]) == pid:
                out.append(int(status.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return out


class Job:
    """What the cluster says of the only job that runs."""

    def __init__(self, cluster):
        self.cluster = cluster
        (self.id,) = cluster.jobs("RUNNING", "CREATED", "RESTARTING")

    def restored(self):
        return self.checkpoints()["counts"]["restored"]

    def checkpoints(self):
        return self.cluster.ask(f"jobs/{self.id}/checkpoints")

    def completed(self):
        return self.checkpoints()["counts"]["completed"]

    def stop_with_savepoint(self):
        """Gives where it is, once it is whole and the job has ended."""
        asked = self.cluster.ask(f"jobs/{self.id}/savepoints", "POST", {"cancel-job": True})["request-id"]
        servers.wait_until(lambda: self.state_of(asked)["status"]["id"] == "COMPLETED", "the savepoint")
        operation = self.state_of(asked)["operation"]
        assert "location" in operation, operation
        servers.wait_until(lambda: not self.cluster.jobs("RUNNING", "CANCELLING"), "the end of the job")
        return operation["location"]

    def state_of(self, asked):
        return self.cluster.ask(f"jobs/{self.id}/savepoints/{asked}")


def parts_of_events():
    """Each has some of each key: no partition is silent for long."""
    events = station.arrivals()
    size = -(-len(events) // PARTS)
    return [events[i * size : (i + 1) * size] for i in range(PARTS)]


def finals_of(rows, start=0):
    return {(key[2][0], key[3]): record["features"] for key, record in rows.read()[start:] if record["kind"] == "final"}


def differing(rows, expected, without=()):
    """Of each feature: how many rows have another value, and one of them."""
    out = {}
    for place, row in rows.items():
        for name, value in expected[place].items():
            if name not in without and row.get(name, "lacks") != value:
                out.setdefault(name, []).append([*place, row.get(name), value])
    return {name: [len(found), found[0]] for name, found in out.items()}


def test_kills_and_a_changed_pipeline(projects, python, cluster, submission, expansion_service, kafka, record, tmp_path):
    first, second, last = parts_of_events()
    produce(kafka, "failing", first)
    rows, late = Topic(kafka, "failing-rows"), Topic(kafka, "failing-late")
    kernel = unpack_kernel(tmp_path)
    expected = final_rows(projects["before"])

    def stream(project, *options):
        with_pool = ["--environment_type=EXTERNAL", f"--environment_config={pool.address}"]
        arguments = ["--kernel=native", "--kafka", f"{kafka.address}/failing-rows", "--late", f"{kafka.address}/failing-late",
                     "--expansion_service", expansion_service.address, *with_pool, *options]
        return Stream(project, python, cluster, submission, arguments, kernel)

    with servers.WorkerPool(tmp_path, python, [projects["before"] / "code", kernel]) as pool, stream(projects["before"]) as running:
        running.wait_until(lambda: len(finals_of(rows)) > 30, "final rows of the first events")
        job = Job(cluster)
        done = job.completed()
        running.wait_until(lambda: job.completed() > done + 1, "a checkpoint that has them")

        worker = random.Random(1).choice(children(pool.process.pid))
        os.kill(worker, signal.SIGKILL)
        produce(kafka, "failing", second)
        running.wait_until(lambda: job.restored() > 0, "the job begun again after a worker was killed")
        before = len(finals_of(rows))
        running.wait_until(lambda: len(finals_of(rows)) > max(before, 150), "final rows of the second events")

        restored, done = job.restored(), job.completed()
        running.wait_until(lambda: job.completed() > done, "a checkpoint before the next kill")
        (manager,) = cluster.task_managers
        manager.process.kill()
        manager.process.wait()
        produce(kafka, "failing", [event("a", station.time_text(3)), *last[: len(last) // 2]])
        manager.start()
        running.wait_until(lambda: job.restored() > restored, "the job begun again after the task manager was killed")
        running.wait_until(lambda: len(finals_of(rows)) > 250, "final rows of the third events")
        running.wait_until(lambda: len(late.read()) == 1, "the late event")
        checkpoint = job.checkpoints()["latest"]["completed"]
        savepoint = job.stop_with_savepoint()
    old = finals_of(rows)
    assert differing(old, expected) == {}
    record("final rows through kills of a worker and the task manager", len(old), parallelism=WORKERS, state_backend="rocksdb",
           checkpoint_bytes_an_event=round(checkpoint["state_size"] / (len(first) + len(second) + len(last) // 2)))

    produce(kafka, "failing", last[len(last) // 2 :])
    start, changed = len(rows.read()), final_rows(projects["after"])
    with servers.WorkerPool(tmp_path, python, [projects["after"] / "code", kernel]) as pool:
        with stream(projects["after"], f"--savepoint_path={savepoint}") as running:
            running.wait_until(lambda: len(old | finals_of(rows, start)) >= len(expected), "final rows of the changed pipeline")
            new = finals_of(rows, start)
            # A known fault: some rows of a feature that came with the update are null (decision 0039).
            assert differing(new, changed, without=["busy"]) == {}
            assert set(old) | set(new) == set(expected)
            assert len(late.read()) == 1
    record("final rows of a changed pipeline that began with a savepoint", len(new), parallelism=WORKERS, state_backend="rocksdb")
    rows.close()
    late.close()
