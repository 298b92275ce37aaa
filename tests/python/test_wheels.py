"""Several test runs may build at once: each gets a whole wheel, and it is made once."""
import multiprocessing
import sys
from pathlib import Path

import pytest
import wheels  # noqa: F401  (finds tools/wheels)
import make_wheels
from wheel_build import made_once


def make_slowly(private):
    with open(private.parent / "times-made", "a") as made:
        made.write("x")
    for i in range(20):
        (private / f"part-{i}").write_text("x")


def ask(root, answers):
    folder = made_once(Path(root) / "wheels-p-1", Path(root) / "wheels-p.lock", make_slowly)
    answers.put(len(list(folder.iterdir())))


def test_runs_at_once_make_it_once_and_see_it_whole(tmp_path):
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
    answers = context.Queue()
    runs = [context.Process(target=ask, args=(str(tmp_path), answers)) for _ in range(6)]
    for each in runs:
        each.start()
    assert [answers.get(timeout=60) for _ in runs] == [20] * 6
    for each in runs:
        each.join()
    assert (tmp_path / "times-made").read_text() == "x"
    assert not list(tmp_path.glob("making-*"))


def test_one_that_fails_leaves_nothing(tmp_path):
    def make(private):
        (private / "half").write_text("x")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made_once(tmp_path / "wheels-p-1", tmp_path / "lock", make)
    assert [each.name for each in tmp_path.iterdir()] == ["lock"]
    made_once(tmp_path / "wheels-p-1", tmp_path / "lock", make_slowly)
    assert len(list((tmp_path / "wheels-p-1").iterdir())) == 20


SOUND = {"version": [3, 12], "full": "3.12.1", "kind": "cpython", "lock": True, "headers": True, "is_venv": False}


@pytest.mark.parametrize("changed, reason", [
    ({}, ""),
    ({"version": [3, 10], "full": "3.10.13"}, "is 3.10.13, and 3.11 is the least"),
    ({"headers": False}, "has no headers"),
    ({"kind": "pypy"}, "is no CPython with the interpreter's lock"),
    ({"lock": False}, "is no CPython with the interpreter's lock"),
])
def test_wheels_are_made_for_what_can_build_them(changed, reason):
    assert make_wheels.why_not({**SOUND, **changed}).startswith(reason)
    assert bool(make_wheels.why_not({**SOUND, **changed})) == bool(reason)


def test_one_interpreter_of_each_version(monkeypatch):
    found = {"a/python3": [3, 12], "b/python3": [3, 11], "c/python3.12": [3, 12], "d/python3": [3, 9], "e/python3": [3, 13]}
    monkeypatch.setattr(make_wheels, "candidates", lambda: map(Path, found))
    monkeypatch.setattr(make_wheels, "describe", lambda python: {
        **SOUND, "version": found[str(python)], "full": str(python), "is_venv": str(python) == "e/python3"})
    assert [full for _, full in make_wheels.interpreters([])] == ["b/python3", "a/python3"]
    with pytest.raises(SystemExit):
        make_wheels.interpreters(["d/python3"])


def test_this_interpreter_is_described():
    found = make_wheels.describe(sys.executable)
    assert found["kind"] == "cpython" and found["version"] == list(sys.version_info[:2])
    assert make_wheels.describe("nowhere/python3") is None and make_wheels.why_not(None) == "does not run"
