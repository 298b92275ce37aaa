"""Several test runs may build at once: each gets a whole wheel, and it is made once."""
import multiprocessing
import sys
from pathlib import Path

import pytest
import wheels  # noqa: F401  (finds tools/wheels)
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
