"""What can go wrong."""

from __future__ import annotations

import json
from typing import Any


class HeadraceError(Exception):
    """Something that was asked for cannot be done.

    Attributes:
        message: what is wrong, in one sentence.
        kind: "data" (rows or definitions that cannot be used), "usage" (a wrong argument), "not found" (it names what does
            not exist) or "environment".
        help: what to do about it, or None.
        code: the code of the first problem ("F012"), where the cause is in definitions; else None.
    """

    def __init__(self, message: str, kind: str, help: str | None = None, code: str | None = None) -> None:
        super().__init__(message if not help else f"{message}\nhelp: {help}")
        self.message, self.kind, self.help, self.code = message, kind, help, code

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.kind, self.help, self.code)


class DefinitionError(HeadraceError):
    """The definitions have errors.

    `diagnostics` is a list of dicts with `code`, `severity`, `message`, `file`, `line`, `column`, `end_line`,
    `end_column` (from 1, the end exclusive) and `help`.
    """

    def __init__(self, text: str, diagnostics: list[dict[str, Any]]) -> None:
        first = next(each for each in diagnostics if each["severity"] == "error")
        super().__init__(text, "data", None, first["code"])
        self.diagnostics = diagnostics

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.diagnostics)


def _make_error(message: str, kind: str, help: str) -> HeadraceError:
    return HeadraceError(message, kind, help or None)


def _make_definition_error(as_json: str, text: str, summary: str) -> DefinitionError:
    return DefinitionError(f"the definitions have errors\n\n{text}{summary}", json.loads(as_json))
