"""What can go wrong: problems in definitions, which have a place, and errors of the world, which have not."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from ._html import escape, table


@dataclass(frozen=True)
class Problem:
    """A mistake in the text of a definition.

    Lines and columns count from 1, columns in code points; the end is exclusive.
    """

    code: str
    severity: str  # "error" or "warning"
    message: str
    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    help: str | None

    def __str__(self) -> str:
        text = f"{self.severity}[{self.code}]: {self.message}\n  --> {self.file}:{self.line}:{self.column}"
        return text if not self.help else f"{text}\n  = help: {self.help}"


class Problems(Sequence[Problem]):
    """Problems in the order of file, line and column. `str()` shows them with their lines, as the command line does."""

    def __init__(self, problems: Iterable[Problem], text: str, summary: str) -> None:
        self._all = tuple(problems)
        self._text, self.summary = text, summary

    @classmethod
    def _read(cls, as_json: str, text: str, summary: str) -> Problems:
        return cls._from_found(json.loads(as_json), text, summary)

    @classmethod
    def _from_found(cls, found: Iterable[dict[str, Any]], text: str, summary: str) -> Problems:
        return cls(map(_problem, found), text, summary)

    @property
    def errors(self) -> list[Problem]:
        """Those that stand in the way of computing."""
        return [each for each in self._all if each.severity == "error"]

    def __getitem__(self, index: Any) -> Any:
        return self._all[index]

    def __len__(self) -> int:
        return len(self._all)

    def __str__(self) -> str:
        return self._text + self.summary

    def __repr__(self) -> str:
        return f"<Problems: {self.summary}>"

    def _repr_html_(self) -> str:
        rows = [(f"{p.file}:{p.line}:{p.column}", f"{p.severity} {p.code}", p.message, p.help or "") for p in self._all]
        return (
            table(self.summary, ("place", "what", "message", "help"), rows)
            if rows
            else f"<p>{escape(self.summary)}</p>"
        )


def _problem(found: dict[str, Any]) -> Problem:
    return Problem(
        code=found["code"],
        severity=found["severity"],
        message=found["message"],
        file=found["file"],
        line=found["line"],
        column=found["column"],
        end_line=found["end_line"],
        end_column=found["end_column"],
        help=found["help"],
    )


class HeadraceError(Exception):
    """Something that was asked for cannot be done. Its class says of what kind the cause is.

    Attributes:
        message: what is wrong, in one sentence.
        kind: "data", "usage", "environment", "not found", "conflict", "unavailable" or "stopped": the class in a word.
        help: what to do about it, or None.
        code: the code of the first problem ("F012"), where the cause is in definitions; else None.
    """

    kind: ClassVar[str]

    def __init__(self, message: str, help: str | None = None, code: str | None = None) -> None:
        super().__init__(message if not help else f"{message}\nhelp: {help}")
        self.message, self.help, self.code = message, help, code

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.help, self.code)

    def _render_traceback_(self) -> list[str]:
        """What IPython and notebooks show: the caller's own lines and the message, without the insides of this package."""
        found = [each for each in traceback.extract_tb(self.__traceback__) if _is_of_caller(each.filename)]
        lines = [line.rstrip("\n") for line in traceback.format_list(found)]
        return [*lines, f"{type(self).__name__}: {self}"]


def _is_of_caller(file: str) -> bool:
    """Whether a line belongs to a cell or a file of the user: not to this package, nor to what runs cells."""
    return not file.startswith(str(Path(__file__).parent)) and not {"IPython", "ipykernel"} & set(Path(file).parts)


class DataError(HeadraceError, ValueError):
    """Rows, definitions or stored files cannot be used as they are."""

    kind = "data"


class UsageError(HeadraceError, ValueError):
    """An argument makes no sense, whatever is there."""

    kind = "usage"


class NotFoundError(UsageError, LookupError):
    """An argument names something that does not exist: a feature, a column, a target."""

    kind = "not found"


class UnknownFeatureError(NotFoundError, KeyError):
    """`repo.features` has no feature of that name."""


class ConflictError(HeadraceError):
    """What is there contradicts the call: edited files, other meanings, days that would be lost."""

    kind = "conflict"


class EnvironmentError(HeadraceError, OSError):
    """The machine stands in the way: a file is missing, a disk is full, a permission is lacking."""

    kind = "environment"


class UnavailableError(EnvironmentError):
    """A server does not answer, or another process is writing; the same call may succeed later."""

    kind = "unavailable"


class StoppedError(HeadraceError):
    """The work was stopped; what was there is as it was."""

    kind = "stopped"


_CLASSES: dict[str, type[HeadraceError]] = {
    each.kind: each
    for each in (
        DataError,
        UsageError,
        NotFoundError,
        ConflictError,
        EnvironmentError,
        UnavailableError,
        StoppedError,
    )
}


class _ProblemsError(DataError):
    def __init__(self, heading: str, diagnostics: Problems) -> None:
        first = next(iter(diagnostics.errors or diagnostics))
        super().__init__(f"{heading}\n\n{diagnostics}", None, first.code)
        self.heading, self.diagnostics = heading, diagnostics

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.heading, self.diagnostics)


class DefinitionError(_ProblemsError):
    """The definitions have errors, so nothing can be computed. `diagnostics` has them with code and place."""


class RefusedError(_ProblemsError):
    """The target cannot say some features exactly, so nothing was generated. `diagnostics` names each and why."""


def _make_error(message: str, kind: str, help: str) -> HeadraceError:
    return _CLASSES[kind](message, help or None)


def _make_definition_error(as_json: str, text: str, summary: str) -> DefinitionError:
    return DefinitionError("the definitions have errors", Problems._read(as_json, text, summary))
