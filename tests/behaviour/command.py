"""Runs the program as a user does, and keeps what it said."""
import json
import os
import subprocess
import sys
from dataclasses import dataclass

# The peak of a child counts what its parent held when it started it, so that a small process of its own has to measure.
MEASURE = "import json, resource, subprocess, sys, time; start = time.monotonic(); code = subprocess.call(sys.argv[2:]); " \
    "json.dump([code, time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024], open(sys.argv[1], 'w'))"

PATIENCE = 600  # seconds, for what ends at all


def measured(command, folder, **options):
    """Runs a command: (exit code, seconds, bytes of peak memory)."""
    report = folder / "measured.json"
    subprocess.run([sys.executable, "-I", "-S", "-c", MEASURE, str(report), *map(str, command)], check=True, **options)
    found = json.loads(report.read_text())
    report.unlink()
    return tuple(found)


@dataclass
class Done:
    code: int
    out: str
    err: str

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
        """Runs to the end; fails when the exit code is another one, or when there is no end. `code=None` takes any."""
        process = self.start(*arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, environment=environment or {})
        try:
            out, err = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        done = Done(process.returncode, out.decode(), err.decode())
        assert code is None or done.code == code, f"headrace {' '.join(map(str, arguments))}\nexit code {done.code}\n{done.out}{done.err}"
        return done
