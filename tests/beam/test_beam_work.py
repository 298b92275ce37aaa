"""What an event of a stream costs does not grow with what is kept of its key: counted in work, not in time."""
import json
import os
import subprocess
from pathlib import Path

import pytest

EVENTS = 100


@pytest.fixture(scope="module")
def work_of(pumps, beam_python, kernel_folder):
    def work_of(kernel, kept):
        command = [str(beam_python), str(Path(__file__).parent / "work_run.py"), "beam", kernel, str(kept), str(EVENTS)]
        environment = os.environ | {"PYTHONPATH": str(kernel_folder)}
        done = subprocess.run(command, cwd=pumps, capture_output=True, text=True, timeout=300, env=environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return work_of


def touched(work):
    return work["events_read"] + work["pushed"]


@pytest.mark.parametrize("kernel", ["native", "python"])
def test_an_event_costs_what_it_changes(work_of, kernel):
    few, many = work_of(kernel, 1_000), work_of(kernel, 100_000)
    assert few["rows"] > EVENTS and many["rows"] > EVENTS
    assert touched(many) <= 2 * max(touched(few), EVENTS)
    assert many["bags_read"] <= 2 * max(few["bags_read"], 1)
    if kernel == "native":
        assert touched(many) <= 2 * EVENTS  # each event once, and again where it is late and tied


def test_a_remembered_key_takes_what_the_pipeline_believes(pumps, beam_python, kernel_folder):
    command = [str(beam_python), str(Path(__file__).parent / "stream_memory_run.py"), "beam", "300"]
    environment = os.environ | {"PYTHONPATH": str(kernel_folder)}
    done = subprocess.run(command, cwd=pumps, capture_output=True, text=True, timeout=100, env=environment)
    assert done.returncode == 0, done.stderr
    taken = json.loads(done.stdout)
    assert taken["bytes"] < 400_000, "streams share the room to work in"
    assert 0.5 * taken["bytes"] < taken["room"] < 2 * taken["bytes"]


def test_a_worker_that_remembers_nothing_reads_each_kept_event_once(work_of):
    for kept in (1_000, 100_000):
        first = work_of("native", kept)["first"]
        assert first["events_read"] == kept and first["bags_read"] <= 9
        assert first["pushed"] == kept + 1
