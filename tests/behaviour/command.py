"""Runs the program as a user does, and keeps what it said."""
import json
import os
import subprocess
from dataclasses import dataclass


@dataclass
class Done:
    code: int
    out: str
    err: str
    peak_bytes: int

    def json(self):
        return json.loads(self.out)


class Command:
    """The program in a working folder, without a terminal and with a clean environment."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder

    def start(self, *arguments, **options):
        environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE")}
        environment |= options.pop("environment", {})
        return subprocess.Popen([str(self.binary), *map(str, arguments)], cwd=self.folder, env=environment, **options)

    def __call__(self, *arguments, code=0, environment=None):
        """Runs to the end; fails when the exit code is another one. `code=None` takes any."""
        with open(self.folder / "stdout", "w+b") as out, open(self.folder / "stderr", "w+b") as err:
            process = self.start(*arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=err, environment=environment or {})
            _, status, usage = os.wait4(process.pid, 0)
            out.seek(0), err.seek(0)
            done = Done(os.waitstatus_to_exitcode(status), out.read().decode(), err.read().decode(), usage.ru_maxrss * 1024)
        for name in ("stdout", "stderr"):
            (self.folder / name).unlink()
        assert code is None or done.code == code, f"headrace {' '.join(map(str, arguments))}\nexit code {done.code}\n{done.out}{done.err}"
        return done
