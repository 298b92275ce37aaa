"""What all Python tests share: where the project and its program are."""
import os
import signal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# A shell starts what it puts into the background with Ctrl-C ignored, and programs inherit that: here it stops them.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def binary():
    """The program under test: HEADRACE_BINARY, else build/headrace."""
    path = Path(os.environ.get("HEADRACE_BINARY", ROOT / "build" / "headrace"))
    if not path.exists():
        pytest.fail(f"{path} is not there: run `make build` first")
    return path
