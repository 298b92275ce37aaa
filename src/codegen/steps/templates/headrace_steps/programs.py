"""Runs a program, shows what it says, and tells from its exit code whether another try could end better."""

from __future__ import annotations

import json
import logging
import os
import shlex
import subprocess
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

log = logging.getLogger(__name__)

# Exit codes of headrace. 3 says that something outside is missing; a program that was killed has a negative one.
FINE = 0
PROBLEMS = 1
USAGE = 2


class Rejected(Exception):
    """Definitions, data or settings are wrong. The next try would end in the same way, so there should be none."""


class Interrupted(Exception):
    """Something outside was missing or the program was killed. The next try may do better."""


@dataclass(frozen=True)
class Finished:
    code: int
    out: str
    complaint: str
    """The line of stderr that says what is wrong; empty where there is none."""


def run(
    command: Sequence[str],
    final_codes: Collection[int] = (PROBLEMS, USAGE),
    environment: dict[str, str] | None = None,
) -> None:
    """Runs to the end; what it says goes to the log. Exit codes of `final_codes` raise Rejected, others Interrupted."""
    done = _run(command, environment or {})
    for line in done.out.splitlines():
        log.info("%s", line)
    if done.code != FINE:
        raise _failure(command, done, final_codes)


def run_for_report(command: Sequence[str]) -> dict[str, Any]:
    """What headrace reports with `--format json`: also when it found problems and has a report about them."""
    done = _run(command, {})
    if done.code == FINE or (done.code == PROBLEMS and done.out):
        return _object(done.out)
    raise _failure(command, done, (PROBLEMS, USAGE))


def _run(command: Sequence[str], environment: dict[str, str]) -> Finished:
    log.info("$ %s", shlex.join(command))
    with tempfile.TemporaryFile() as out:
        try:
            process = subprocess.Popen(
                command,
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",  # plugins of other programs write what they like
            )
        except OSError as error:
            raise Interrupted(f"`{command[0]}` cannot be started: {error}") from error
        complaint = _follow(process)
        out.seek(0)
        return Finished(process.returncode, out.read().decode(errors="replace"), complaint)


def _follow(process: subprocess.Popen[str]) -> str:
    """Logs stderr until the end; gives the last line that begins with `error`, else the last line."""
    last, error = "", ""
    try:
        for line in process.stderr or ():
            line = line.rstrip()
            if line:
                log.info("%s", line)
                last = line
                error = line if line.startswith("error") else error
        process.wait()
    except BaseException:
        # A step that is stopped must not leave the program behind: it holds the lock of the store.
        process.terminate()
        process.wait()
        raise
    return error or last


def _failure(command: Sequence[str], done: Finished, final_codes: Collection[int]) -> Exception:
    complaint = f": {done.complaint}" if done.complaint else ""
    text = f"`{shlex.join(command)}` ended with exit code {done.code}{complaint}"
    return Rejected(text) if done.code in final_codes else Interrupted(text)


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Rejected(f"the report is no JSON ({error}): {text[:200]!r}") from error
    if not isinstance(found, dict):
        raise Rejected(f"the report is not an object: {text[:200]!r}")
    return found
