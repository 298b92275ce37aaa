"""The unit of systemd: it is one, it is as tight as it says, and its command is one of the program's."""
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).resolve().parents[2] / "deploy" / "headrace.service"
SECTIONS = ("Unit", "Service", "Install")
HARDENING = {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes", "RestrictNamespaces": "yes",
             "MemoryDenyWriteExecute": "yes", "CapabilityBoundingSet": "", "UMask": "0077", "User": "headrace"}


def settings():
    """{section: {key: the values in their order}}: what systemd.syntax(7) says of a file without continued lines."""
    found, section = {}, None
    for line in UNIT.read_text().splitlines():
        if not line or line[0] in "#;":
            continue
        if header := re.fullmatch(r"\[(\w+)\]", line):
            section = found.setdefault(header[1], {})
            continue
        key, equals, value = line.partition("=")
        assert equals and section is not None and re.fullmatch(r"[A-Z]\w+", key) and value == value.strip(), line
        section.setdefault(key, []).append(value)
    return found


def test_it_is_a_unit_and_tight():
    found = settings()
    assert tuple(found) == SECTIONS
    for key, value in HARDENING.items():
        assert found["Service"][key] == [value], key
    assert found["Service"]["SystemCallFilter"][0] == "@system-service"


def test_its_command_is_one_of_the_program(binary, project, tmp_path):
    command = shlex.split(settings()["Service"]["ExecStart"][0])
    assert command[0] == "/usr/bin/headrace"
    places = {"/etc/headrace/project": str(project), "/var/lib/headrace/store": str(tmp_path / "store")}
    done = subprocess.run([binary, *(places.get(word, word) for word in command[1:])], capture_output=True, text=True, timeout=60)
    # The test's project has no environment of that name, and that is all that is wrong with it.
    assert done.returncode == 2 and "no environment `prod`" in done.stderr, done


def test_systemd_accepts_it(binary, tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd-analyze here")
    unit = tmp_path / UNIT.name
    # A program that is not there would be a mistake of the unit.
    unit.write_text(UNIT.read_text().replace("/usr/bin/headrace", str(Path(binary).resolve())))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit], capture_output=True, text=True)
    said = [line for line in done.stderr.splitlines() if "headrace" in line]
    assert done.returncode == 0 and not said, done.stderr
