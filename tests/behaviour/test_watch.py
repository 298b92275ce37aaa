"""--watch: a verb runs again at each save."""
import shutil
import signal
import subprocess
import threading
from contextlib import contextmanager

import pytest
from command import PATIENCE, Command
from conftest import ROOT

WAITING = "note: waiting for a save; Ctrl-C ends\n"


@pytest.fixture
def station(binary, tmp_path):
    return Command(binary, shutil.copytree(ROOT / "tests" / "golden" / "station", tmp_path / "station"))


def until_it_says(process, text):
    """Until a run has said this and waits for a save. A save that takes its time may be seen in the middle, and again at its end."""
    said = []
    while True:
        run = []
        while not run or run[-1] != WAITING:
            line = process.stdout.readline().decode()
            assert line, said + run
            run.append(line)
        said += run
        if any(text in line for line in run):
            return


@contextmanager
def watched(station, *arguments):
    process = station.start(*arguments, "--watch", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    patience = threading.Timer(PATIENCE, process.kill)
    patience.start()
    try:
        yield process
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
    finally:
        patience.cancel()
        process.kill()
        process.wait()
        process.stdout.close()


def test_values_change_with_the_definition(station):
    with watched(station, "show", "power_max_1d", "--key", "p1", "--last", "1") as process:
        until_it_says(process, "5.0")
        path = next(path for path in (station.folder / "features").iterdir() if "name: power\n" in path.read_text())
        path.write_text(path.read_text().replace("source_features: [power]", "source_features: [power]\n  formula: power * 3", 1))
        until_it_says(process, "15.0")
        other = path.with_suffix(".new")
        other.write_text(path.read_text().replace("power * 3", "power * pwer"))
        other.rename(path)
        until_it_says(process, "did you mean `power`?")
        path.write_text(path.read_text().replace("pwer", "2"))
        until_it_says(process, "10.0")


def test_check_and_new_folders(station):
    with watched(station, "check") as process:
        until_it_says(process, "no problems")
        (station.folder / "features" / "more").mkdir()
        until_it_says(process, "no problems")
        (station.folder / "features" / "more" / "wrong.yaml").write_text("feature: {}\n")
        until_it_says(process, "error[D0")


def test_tests(station):
    with watched(station, "test") as process:
        until_it_says(process, "passed")
        path = next((station.folder / "tests").iterdir())
        path.write_text(path.read_text() + "\n")
        until_it_says(process, "passed")


def test_other_files_do_not_matter(station):
    with watched(station, "check") as process:
        until_it_says(process, "no problems")
        (station.folder / "notes.txt").write_text("x")
        (station.folder / "features" / "x.yaml").write_text("")
        until_it_says(process, "no problems")


def test_without_a_project(binary, tmp_path):
    assert "project.yaml" in Command(binary, tmp_path)("check", "--watch", code=3).err
