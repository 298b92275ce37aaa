"""--watch: a verb runs again at each save."""
import shutil
import signal
import subprocess

import pytest
from command import Command
from conftest import ROOT

WAITING = "note: waiting for a save; Ctrl-C ends\n"


@pytest.fixture
def station(binary, tmp_path):
    return Command(binary, shutil.copytree(ROOT / "tests" / "golden" / "station", tmp_path / "station"))


def until_it_waits(process):
    """What is said until it waits for a save."""
    lines = []
    while not lines or lines[-1] != WAITING:
        line = process.stdout.readline().decode()
        assert line, lines
        lines.append(line)
    return "".join(lines[:-1])


def watched(station, *arguments):
    return station.start(*arguments, "--watch", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def end(process):
    process.send_signal(signal.SIGINT)
    process.wait(20)
    process.stdout.close()


def test_values_change_with_the_definition(station):
    process = watched(station, "show", "power_max_1d", "--key", "p1", "--last", "1")
    assert "5.0" in until_it_waits(process)
    path = next(path for path in (station.folder / "features").iterdir() if "name: power\n" in path.read_text())
    path.write_text(path.read_text().replace("source_features: [power]", "source_features: [power]\n  formula: power * 3", 1))
    assert "15.0" in until_it_waits(process)
    other = path.with_suffix(".new")
    other.write_text(path.read_text().replace("power * 3", "power * pwer"))
    other.rename(path)
    assert "did you mean `power`?" in until_it_waits(process)
    path.write_text(path.read_text().replace("pwer", "2"))
    assert "10.0" in until_it_waits(process)
    end(process)


def test_check_and_new_folders(station):
    process = watched(station, "check")
    assert "no problems" in until_it_waits(process)
    (station.folder / "features" / "more").mkdir()
    until_it_waits(process)
    (station.folder / "features" / "more" / "wrong.yaml").write_text("feature: {}\n")
    assert "error[D0" in until_it_waits(process)
    end(process)


def test_tests(station):
    process = watched(station, "test")
    assert "passed" in until_it_waits(process)
    path = next((station.folder / "tests").iterdir())
    path.write_text(path.read_text() + "\n")
    assert "passed" in until_it_waits(process)
    end(process)


def test_other_files_do_not_matter(station):
    process = watched(station, "check")
    until_it_waits(process)
    (station.folder / "notes.txt").write_text("x")
    (station.folder / "features" / "x.yaml").write_text("")
    assert "no problems" in until_it_waits(process)
    end(process)


def test_without_a_project(binary, tmp_path):
    assert "project.yaml" in Command(binary, tmp_path)("check", "--watch", code=3).err
