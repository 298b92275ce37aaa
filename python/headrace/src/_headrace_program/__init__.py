"""The command `headrace` of a terminal: this process becomes the native program that lies inside the package.

So arguments, streams, exit codes and Ctrl-C are the program's own. A package of its own, because importing `headrace`
imports pyarrow too, which takes longer than many commands.
"""

from __future__ import annotations

import os
import signal
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

_EXIT_ENVIRONMENT = 3


def main() -> NoReturn:
    program = _folder_of("headrace") / "bin" / "headrace"
    # Python ignores these from its start on, and what is ignored stays so in the program.
    for name in ("SIGPIPE", "SIGXFSZ"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    try:
        os.execve(program, ["headrace", *sys.argv[1:]], _environment(program))
    except OSError as error:
        _fail(f"{program} cannot be run: {error.strerror}", "install headrace anew")


def _folder_of(package: str) -> Path:
    """Where a package lies; it is not imported."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        _fail(f"the package {package} is not installed for {sys.executable}", f"pip install {package}")
    return Path(spec.origin).parent


def _environment(program: Path) -> dict[str, str]:
    """The program looks for Arrow's libraries in the pyarrow that lies beside the package. A pyarrow may also lie in
    another folder of sys.path, as that of the system does for packages of a user."""
    environment = dict(os.environ)
    folder = _folder_of("pyarrow")
    if folder != program.parents[2] / "pyarrow":
        had = environment.get("LD_LIBRARY_PATH")
        environment["LD_LIBRARY_PATH"] = f"{folder}:{had}" if had else str(folder)
    return environment


def _fail(message: str, remedy: str) -> NoReturn:
    print(f"error: {message}\nhelp: {remedy}", file=sys.stderr)
    sys.exit(_EXIT_ENVIRONMENT)
