"""The ```console blocks of README and tutorial are what a terminal shows.

All blocks of a document are one session in an empty folder: lines with `$ ` are run by sh, and what follows is compared,
stderr included. UPDATE_GOLDEN=1 writes the outputs anew; the reviewer reads the diff.
"""
import os
import re
import subprocess

import pytest
from conftest import ROOT
from test_golden import normal

DOCUMENTS = ["README.md", "docs/tutorial/pumping-station.md"]
BLOCK = re.compile(r"(?<=```console\n).*?(?=^```)", flags=re.S | re.M)


class Terminal:
    """A shell that keeps its folder from command to command."""

    def __init__(self, binary, folder):
        self.folder, self.note = folder, folder.parent / "folder"
        self.environment = {**os.environ, "PATH": f"{binary.parent}{os.pathsep}{os.environ['PATH']}"}

    def show(self, command):
        """The command and what it prints."""
        script = f"{command}\ncode=$?; pwd > {self.note}; exit $code"
        done = subprocess.run(["sh", "-c", script], cwd=self.folder, env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        here = self.note.read_text().strip()
        assert done.returncode in (0, 1), f"{command}\n{done.stdout}"
        self.folder = type(self.folder)(here)
        return f"$ {command}\n{done.stdout}"


def commands_of(block):
    """Lines with `$ `, each with the lines that a backslash joins to it."""
    return [found.removeprefix("$ ") for found in re.findall(r"^\$ (?:.*\\\n)*.*$", block, flags=re.M)]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_blocks_are_what_is_printed(binary, tmp_path, name):
    folder = tmp_path / "work"
    folder.mkdir()
    terminal = Terminal(binary, folder)
    text = (ROOT / name).read_text(encoding="utf-8")
    assert BLOCK.search(text), f"{name} has no console block"

    def printed(match):
        now = "".join(terminal.show(command) for command in commands_of(match.group()))
        return match.group() if normal(now, tmp_path) == normal(match.group(), tmp_path) else now

    now = BLOCK.sub(printed, text)
    if os.environ.get("UPDATE_GOLDEN") == "1":
        (ROOT / name).write_text(now, encoding="utf-8")
        return
    assert now == text, "UPDATE_GOLDEN=1 takes what there is now"
