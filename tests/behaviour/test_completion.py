"""Completion of commands, options and the names of a repository, as shells ask for it."""
import os
import shutil
import subprocess

import pytest
from command import Command
from conftest import ROOT


@pytest.fixture
def station(binary, tmp_path):
    return Command(binary, shutil.copytree(ROOT / "tests" / "golden" / "station", tmp_path / "station"))


def completed(station, *words, folder=None):
    """What bash offers for the last of the words."""
    script = 'source <(headrace completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _headrace; printf "%s\\n" "${COMPREPLY[@]}"'
    environment = {**os.environ, "PATH": f"{station.binary.parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script, "-", "headrace", *words], cwd=folder or station.folder, env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


def test_names_of_features(station):
    assert completed(station, "backfill", "--features", "eff") == ["efficiency_3h", "efficiency_before", "efficiency_change"]
    assert completed(station, "backfill", "--features", "modes,power_m") == ["modes,power_max_1d", "modes,power_max_2h"]
    assert completed(station, "dataset", "--exclude", "power") == ["power", "power_max_1d", "power_max_2h", "power_stddev_1d", "power_stddev_2h"]
    assert completed(station, "explain", "mo") == ["modes"]
    assert completed(station, "show", "modes", "last") == ["last_visit_cost"]
    assert completed(station, "version", "raise", "mo") == ["modes"]


def test_keys_and_sources(station):
    assert completed(station, "explain", "modes", "--key", "p") == ["pump_id="]
    assert completed(station, "show", "--source", "") == ["telemetry=", "visits="]


def test_options_and_choices_as_before(station):
    assert completed(station, "gra") == ["graph"]
    assert completed(station, "check", "--format", "s") == ["sarif"]
    assert "--features" in completed(station, "plan", "--")


def test_names_from_below_and_without_a_repository(station, tmp_path):
    assert completed(station, "explain", "mo", folder=station.folder / "features") == ["modes"]
    assert completed(station, "explain", "mo", folder=tmp_path) == []
    assert Command(station.binary, tmp_path)("completion", "features").out == ""


def test_names_while_a_definition_is_wrong(station):
    (station.folder / "features" / "wrong.yaml").write_text("feature: {name: f, descripton: d\n")
    assert completed(station, "explain", "mo") == ["modes"]


def test_selectors(station):
    words = station("completion", "selectors").out.split("\n")
    assert {"modes", "owner:maintenance", "entity:pump", "source:visits"} <= set(words)


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_scripts_of_other_shells_ask_for_names(station, shell):
    script = station("completion", shell).out
    assert "headrace completion" in script and "selectors" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n", "/dev/stdin"], input=script, text=True, check=True)
