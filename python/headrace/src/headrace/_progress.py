"""How far a computation is: for a function of the caller, for a notebook, or for a terminal."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ._errors import UsageError
from ._html import escape

_SECONDS_BEFORE_DRAWING = 0.5  # what is done by then needs no bar
_BAR_WIDTH = 24


@dataclass(frozen=True)
class Progress:
    """What a computation does at a moment.

    Attributes:
        stage: in words: "pump: reading". Each stage counts anew.
        share: of this stage, from 0 to 1; None where it is not known.
        count: what was done in this stage so far.
        total: as many as there will be, or None where nobody knows.
        noun: what is counted: "events", "files"; empty where nothing is.
        seconds: since the call.
    """

    stage: str
    share: float | None
    count: int
    total: int | None
    noun: str
    seconds: float

    def __str__(self) -> str:
        text = self.stage
        if self.share is not None:
            filled = int(self.share * _BAR_WIDTH)
            text += f"  [{'#' * filled}{'.' * (_BAR_WIDTH - filled)}]  {self.share * 100:3.0f} %"
        return f"{text}  {_counted(self)}" if self.count else text


def _counted(progress: Progress) -> str:
    of_total = "" if progress.total is None else f" of {progress.total:,}"
    return f"{progress.count:,}{of_total} {progress.noun}"


ProgressChoice = bool | Callable[[Progress], object] | None
NativeListener = Callable[[str, float | None, int, int | None, str], None] | None


@contextmanager
def listening(choice: ProgressChoice) -> Iterator[NativeListener]:
    """What the engine calls ten times a second while it works: a function of the caller, something that draws, or None.

    None as the choice draws in a notebook and where stderr is a terminal.
    """
    if not (choice is None or isinstance(choice, bool) or callable(choice)):
        raise UsageError(f"progress={choice!r} is no function", "give True, False or a function of one Progress")
    if choice is False or (choice is None and not (_is_notebook() or _is_terminal())):
        yield None
        return
    drawn = _Silent() if callable(choice) else _Notebook() if _is_notebook() else _Terminal()
    tell: Callable[[Progress], object] = choice if callable(choice) else drawn.draw
    start = time.monotonic()

    def listen(stage: str, share: float | None, count: int, total: int | None, noun: str) -> None:
        tell(Progress(stage, share, count, total, noun, time.monotonic() - start))

    try:
        yield listen
    finally:
        drawn.wipe()


def _is_notebook() -> bool:
    """Whether a kernel of Jupyter, or of what speaks its protocol, runs us; IPython in a terminal has none."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


def _is_terminal() -> bool:
    try:
        return sys.stderr is not None and sys.stderr.isatty()
    except ValueError:  # it is closed
        return False


class _Silent:
    """Nothing is drawn."""

    def draw(self, progress: Progress) -> None:
        pass

    def wipe(self) -> None:
        pass


class _Terminal(_Silent):
    """One line on stderr, gone at the end."""

    def __init__(self) -> None:
        self._is_drawn = False

    def draw(self, progress: Progress) -> None:
        if progress.seconds < _SECONDS_BEFORE_DRAWING:
            return
        width = shutil.get_terminal_size().columns - 1
        self._is_drawn = True
        sys.stderr.write(f"\r{str(progress)[:width]}\x1b[K")
        sys.stderr.flush()

    def wipe(self) -> None:
        if self._is_drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


class _Notebook(_Silent):
    """A bar below the cell, gone at the end."""

    def __init__(self) -> None:
        self._handle: Any = None

    def draw(self, progress: Progress) -> None:
        if progress.seconds >= _SECONDS_BEFORE_DRAWING:
            self._show(_bar(progress))

    def wipe(self) -> None:
        if self._handle is not None:
            self._show("")

    def _show(self, html: str) -> None:
        display = sys.modules["IPython"].display
        data = {"text/html": html, "text/plain": ""}
        if self._handle is None:
            self._handle = display.display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)


def _bar(progress: Progress) -> str:
    value = "" if progress.share is None else f' max="1" value="{progress.share:.3f}"'
    count = f", {_counted(progress)}" if progress.count else ""
    return f"<progress{value}></progress> {escape(progress.stage + count)}, {progress.seconds:.0f} s"
