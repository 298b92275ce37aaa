"""The command `headrace` that comes with the package is the program itself."""
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

HEADRACE = Path(sys.executable).parent / "headrace"


@pytest.fixture(scope="module")
def folder():
    return os.environ["HEADRACE_PUMPS"]


SERVER_COMMANDS = [
    b"serve", b"push", b"get", b"status", b"meter", b"left-out", b"source", b"entity", b"store", b"parity", b"token",
]


def without_server(said):
    """A package has no server: its commands are not among those of its program."""
    said = b"\n".join(line for line in said.split(b"\n") if line.split()[:1] not in [[command] for command in SERVER_COMMANDS])
    return said.replace(b", ".join(SERVER_COMMANDS) + b", ", b"")


@pytest.mark.parametrize("words", [
    ["--version"], ["--help"], ["check"], ["show", "readings_1h", "--last", "2"], ["graph", "--format", "json"],
    ["plan", "--features", "none_such"], ["frobnicate"], ["show", "--project", "/nowhere"],
])
def test_says_what_the_program_says(folder, words):
    mine = subprocess.run([HEADRACE, *words], cwd=folder, capture_output=True)
    theirs = subprocess.run([os.environ["HEADRACE_BINARY"], *words], cwd=folder, capture_output=True)
    assert (mine.returncode, mine.stdout, mine.stderr) == (theirs.returncode, without_server(theirs.stdout), without_server(theirs.stderr))


def test_exit_codes(folder, tmp_path):
    run = lambda *words, **options: subprocess.run([HEADRACE, *words], capture_output=True, **options).returncode  # noqa: E731
    assert run("check", cwd=folder) == 0
    (tmp_path / "project.yaml").write_text("project: {nam: x}\n")
    assert run("check", cwd=tmp_path) == 1
    assert run("frobnicate") == 2
    assert run("check", cwd="/") == 3


def test_as_a_module(folder):
    command = [sys.executable, "-m", "headrace", "plan", "--features", "mode_before"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0 and "mode_before" in done.stdout and done.stderr == ""


def interrupted(folder):
    """The exit code of a run that is interrupted once it shows its progress, and what the process was."""
    reader, writer = pty.openpty()
    command = [HEADRACE, "backfill", "--output", "null:", "--every", "1m", "--threads", "1"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=writer, env={**os.environ, "TERM": "xterm"})
    os.close(writer)
    os.read(reader, 4096)
    program = Path(f"/proc/{process.pid}/exe").resolve()
    process.send_signal(signal.SIGINT)
    code = process.wait(timeout=60)
    os.close(reader)
    return code, program


def test_the_process_is_the_program(folder):
    """No Python stands before it: signals and their exit code are its own."""
    for _ in range(20):  # a run may end before the signal comes
        code, program = interrupted(folder)
        if code == 130:
            break
    assert code == 130 and program.parts[-3:] == ("headrace", "bin", "headrace")


def test_a_reader_that_goes_away(folder):
    """`headrace .. | head -1` ends as any program does, without a message."""
    command = f"{HEADRACE} backfill --output - --features readings_1h -q | head -1; exit ${{PIPESTATUS[0]}}"
    mine = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True)
    theirs = subprocess.run(["bash", "-c", command.replace(str(HEADRACE), os.environ["HEADRACE_BINARY"])], cwd=folder, capture_output=True, text=True)
    assert (mine.returncode, mine.stdout, mine.stderr) == (theirs.returncode, theirs.stdout, theirs.stderr)


def test_arrow_in_another_folder(folder, tmp_path):
    """A pyarrow of the system beside a package of the user."""
    import headrace
    import pyarrow

    site = tmp_path / "site"
    site.mkdir()
    for name in ("headrace", "_headrace_program"):
        (site / name).symlink_to(Path(headrace.__file__).parents[1] / name)
    copied = tmp_path / "user"
    subprocess.run(["cp", "-rL", site, copied], check=True)
    environment = {**os.environ, "PYTHONPATH": f"{copied}:{Path(pyarrow.__file__).parents[1]}"}
    program = "import sys; sys.argv = ['headrace', '--version']; import _headrace_program as p; print(p.__file__, flush=True); p.main()"
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert done.stdout.startswith(str(copied)) and "0." in done.stdout and done.returncode == 0, done.stderr
    (copied / "headrace" / "bin" / "headrace").chmod(0o644)
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert done.returncode == 3 and "cannot be run: Permission denied" in done.stderr and "help: " in done.stderr
