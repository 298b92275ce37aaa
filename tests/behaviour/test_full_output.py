"""A full output device: whoever asked for data and did not get it is told, whatever the command."""
import os
import subprocess

import pytest
from command import Command
from conftest import ROOT

STATION = ROOT / "tests" / "golden" / "station"
COMMANDS = [
    ["--help"], ["--version"], ["version"], ["help"], ["help", "check"], ["backfill", "--help"], ["schema", "--of", "definitions"],
    ["completion", "bash"], ["check", "--format", "json"], ["check", "--format", "sarif"], ["graph"],
    ["graph", "--format", "json"], ["plan"], ["plan", "--format", "json"], ["test"], ["test", "--format", "json"],
    ["backfill", "--output", "null:", "--checksum"], ["backfill", "--output", "null:", "--format", "json"],
    ["dataset", "--observations", "observations.csv", "--output", "null:"],
    ["explain", "efficiency_3h", "--key", "pump_id=p1", "--at", "2024-03-01T12:00:00Z"],
    ["init", "made"], ["generate", "sql", "--output", "sql"],
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_full_device(binary, tmp_path, arguments):
    command = Command(binary, tmp_path if arguments[0] == "init" else STATION)
    arguments = [str(tmp_path / "sql") if each == "sql" and arguments[0] == "generate" and i > 1 else each for i, each in enumerate(arguments)]
    with open("/dev/full", "wb") as full:
        process = command.start(*arguments, stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE)
        _, err = process.communicate()
    assert process.returncode == 3, err
    assert b"error: cannot write to the standard output: No space left on device" in err


def test_a_pipe_that_is_closed_ends_the_program_as_others(binary):
    reading, writing = os.pipe()
    os.close(reading)
    process = Command(binary, STATION).start("schema", "--of", "definitions", stdin=subprocess.DEVNULL, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    _, err = process.communicate()
    assert process.returncode < 0 and err == b""
