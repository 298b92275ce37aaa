"""The end of the pumps' demo: a server with a replay, in the foreground on a terminal, asked once without one."""
import json
import os
import pty
import re
import subprocess
import sys
import time

import pytest
from test_examples import copied, run

PATIENCE = 60


@pytest.fixture(scope="module")
def station(root, tmp_path_factory):
    project = copied(root, "pumps", tmp_path_factory.mktemp("live"))
    run(sys.executable, "generate.py", "--small", cwd=project)
    return project


def test_without_a_terminal_it_is_asked_once_and_ends(binary, station):
    done = subprocess.run([station / "live.sh"], capture_output=True, text=True, timeout=PATIENCE * 4, env=os.environ | {"HEADRACE": str(binary)})
    assert done.returncode == 0, done.stderr
    assert re.search(r"^http://127\.0\.0\.1:\d+$", done.stdout, re.M)
    assert re.search(r"^pump_efficiency_rolling_24h +0\.\d+", done.stdout, re.M) and "pump_telemetry" in done.stdout


def test_on_a_terminal_it_serves_until_ctrl_c(binary, station):
    environment = {name: value for name, value in os.environ.items() if name != "CI"} | {"HEADRACE": str(binary)}
    ours, theirs = pty.openpty()
    server = subprocess.Popen([station / "live.sh"], stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True,
                              preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0))
    os.close(theirs)
    try:
        said, end, is_asked = b"", time.monotonic() + PATIENCE, False
        while time.monotonic() < end:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # the other side is closed
                break
            said += piece
            if not is_asked and b"Ctrl-C stops" in said:
                os.write(ours, b"\x03")
                is_asked = True
        assert server.wait(PATIENCE) == 0, said
        assert re.search(rb"^http://127\.0\.0\.1:\d+\r$", said, re.M), said
    finally:
        if server.poll() is None:
            server.kill()
        os.close(ours)


def test_what_is_served_is_what_a_batch_run_computes(binary, station):
    server = subprocess.Popen([binary, "serve", "--listen", "127.0.0.1:0", "--replay", "data"], cwd=station, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        address = server.stdout.readline().strip()
        assert any("reads go on" in line for line in server.stderr)
        for against in ("log", "batch"):
            done = subprocess.run([binary, "parity", "--against", against, "--server", address, "--format", "json"], cwd=station, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
            report = json.loads(done.stdout)
            assert report["different"] == 0 and report["compared"] == report["equal"] > 5_000 and len(report["features"]) == 32
    finally:
        server.kill()
        server.wait()
