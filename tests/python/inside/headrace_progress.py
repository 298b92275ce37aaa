"""How far a computation is: a function, a bar on a terminal, a bar in a notebook, nothing in a script."""
import os
import pty
import signal
import subprocess
import sys
import types

import headrace as hr
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from headrace import _progress


@pytest.fixture(scope="module")
def folder():
    return os.environ["HEADRACE_PUMPS"]


@pytest.fixture(scope="module")
def repo(folder):
    """With so many pumps that the engine takes long enough to tell of itself."""
    readings = pq.read_table(f"{folder}/data/telemetry")
    place = readings.column_names.index("pump_id")
    copies = [readings.set_column(place, "pump_id", pc.binary_join_element_wise(readings["pump_id"].cast(pa.string()), str(n), "-")) for n in range(100)]
    return hr.open(folder, sources={"pump_telemetry": pa.concat_tables(copies)})


def until_told(call):
    """Calls until the engine took long enough to tell of itself."""
    told = []
    for _ in range(20):
        call(told.append)
        if told:
            return told
    raise AssertionError("nothing was told")


def test_a_function_is_told(repo, folder):
    labels = pq.read_table(f"{folder}/labels.parquet")
    for call in (
        lambda tell: repo.backfill(None, progress=tell, threads=1),
        lambda tell: repo.dataset(labels, progress=tell, threads=1),
        lambda tell: repo.show(last=1, progress=tell, threads=1),
    ):
        told = until_told(call)
        assert any(each.noun == "events" for each in told)
        for each in told:
            assert isinstance(each, hr.Progress) and each.stage and each.count >= 0 and each.seconds > 0
            assert each.share is None or 0 <= each.share <= 1
            assert str(each).startswith(each.stage)


def test_what_a_function_raises_stops_the_work(repo):
    class Enough(Exception):
        pass

    def stop(progress):
        raise Enough(progress.stage)

    with pytest.raises(Enough):
        for _ in range(20):
            repo.backfill(None, progress=stop, threads=1)
    assert repo.backfill(None, "readings_1h").rows > 0


PROGRAM = """
import headrace as hr
import headrace._progress
headrace._progress._SECONDS_BEFORE_DRAWING = 0.0
repo = hr.open('.')
for _ in range(5): repo.backfill(None, threads=1{more})
"""


def stderr_of(folder, more, is_terminal):
    """What a program writes to stderr, which is a terminal or a pipe."""
    reader, writer = pty.openpty() if is_terminal else os.pipe()
    process = subprocess.Popen([sys.executable, "-c", PROGRAM.format(more=more)], cwd=folder, stderr=writer, stdout=subprocess.PIPE)
    os.close(writer)
    text = b""
    while True:
        try:
            part = os.read(reader, 4096)
        except OSError:  # the other end of a terminal is closed
            break
        if not part:
            break
        text += part
    os.close(reader)
    assert process.stdout.read() == b"" and process.wait() == 0, text
    return text.decode()


def test_a_bar_where_stderr_is_a_terminal(folder):
    text = stderr_of(folder, "", True)
    assert "pump" in text and "events" in text and text.endswith("\r\x1b[K"), text
    assert stderr_of(folder, ", progress=False", True) == ""


def test_scripts_are_silent(folder):
    assert stderr_of(folder, "", False) == ""
    assert "pump" in stderr_of(folder, ", progress=True", False)


def test_a_bar_in_a_notebook(repo, monkeypatch):
    shown = []

    class Handle:
        def update(self, data, raw):
            shown.append(data["text/html"])

    def display(data, raw, display_id):
        shown.append(data["text/html"])
        return Handle()

    notebook = types.SimpleNamespace(
        get_ipython=lambda: types.SimpleNamespace(kernel=object()), display=types.SimpleNamespace(display=display)
    )
    monkeypatch.setitem(sys.modules, "IPython", notebook)
    monkeypatch.setattr(_progress, "_SECONDS_BEFORE_DRAWING", 0.0)
    for _ in range(200):
        repo.backfill(None, threads=1)
        if shown:
            break
    assert shown[0].startswith("<progress") and "pump" in shown[0] and shown[-1] == ""


def test_interrupt_with_a_listener(folder):
    """Ctrl-C while a function is told ends the run with KeyboardInterrupt."""
    program = (
        "import headrace as hr, signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "repo = hr.open('.')\n"
        "try:\n"
        "    print('ready', flush=True)\n"
        "    for _ in range(10_000): repo.backfill(None, progress=lambda p: None)\n"
        "except KeyboardInterrupt:\n"
        "    sys.exit(7)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], cwd=folder, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 7
