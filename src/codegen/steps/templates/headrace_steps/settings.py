"""Where a project's things are. They are set in the orchestrator, so that the generated code is the same everywhere.

A set of settings is a frozen dataclass: a field without a default must be set, and a field's type says what it takes: a
text, a list of texts (a tuple), yes or no, or an object (a mapping).
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Self

from headrace_steps.programs import Rejected

KINDS = {
    "str": "a text",
    "tuple[str, ...]": "a list of texts",
    "bool": "true or false",
    "Mapping[str, Any]": "an object",
}


@dataclass(frozen=True)
class Set:
    """Settings that somebody has set as JSON."""

    @classmethod
    def parse(cls, text: str | None, place: str) -> Self:
        """Reads JSON; None where nobody has set it."""
        try:
            return cls.read(json.loads(text) if text else None, place)
        except ValueError as error:
            raise Rejected(f"{place} is no JSON: {error}") from error

    @classmethod
    def read(cls, values: object, place: str) -> Self:
        """Checks what somebody has set. `place` is where, for messages."""
        kinds = {field.name: str(field.type) for field in fields(cls)}
        required = [
            field.name for field in fields(cls) if field.default is MISSING and field.default_factory is MISSING
        ]
        if not isinstance(values, Mapping):
            names = [f"`{name}`" for name in required]
            listed = ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)
            raise Rejected(f"{place} is not set to an object" + (f" with {listed}" if listed else ""))
        for name in values:
            if name not in kinds:
                near = difflib.get_close_matches(str(name), kinds, 1)
                raise Rejected(f"{place} has no `{name}`" + (f"; did you mean `{near[0]}`?" if near else ""))
        missing = [name for name in required if not values.get(name)]
        if missing:
            raise Rejected(f"{place} lacks " + ", ".join(f"`{name}`" for name in missing))
        read = cls(**{name: _value(value, kinds[name], name, place) for name, value in values.items()})
        if problem := read.problem():
            raise Rejected(f"{place}: {problem}")
        return read

    def problem(self) -> str:
        """What does not fit together; empty where all does."""
        return ""


@dataclass(frozen=True)
class Settings(Set):
    """Where the program itself computes."""

    repository: str
    """Folder of the feature repository."""
    store: str
    """The offline store: a folder, gs:// or s3://."""
    generated: str
    """Folder for the code of other runtimes."""
    targets: tuple[str, ...] = ()
    """What to generate, each as it stands behind `headrace generate`: "beam", "sql --dialect bigquery"."""
    headrace: str = "headrace"
    """The program, by name or path."""
    feast: str = ""
    """Feast's program, by name or path; empty: nothing is put online."""
    backfill_options: tuple[str, ...] = ()
    """More options of `headrace backfill`: "--memory", "8GB"."""
    feast_options: tuple[str, ...] = ()
    """More options of Feast: "-f", "/etc/feast/production.yaml"."""

    def wanted_targets(self) -> tuple[str, ...]:
        return self.targets or (("feast",) if self.feast else ("beam",))

    def problem(self) -> str:
        has_repository = "feast" in [target.split()[0] for target in self.wanted_targets() if target.strip()]
        if self.feast and not has_repository:
            return "`feast` is set, but `targets` does not have it: there is no Feast repository to apply"
        return ""


def _value(value: object, kind: str, name: str, place: str) -> Any:
    if kind == "str" and isinstance(value, str):
        return value
    if kind == "bool" and isinstance(value, bool):
        return value
    if kind == "Mapping[str, Any]" and isinstance(value, Mapping):
        return dict(value)
    is_list = kind == "tuple[str, ...]" and isinstance(value, (list, tuple))
    if is_list and all(isinstance(each, str) for each in value):  # type: ignore[attr-defined]
        return tuple(value)  # type: ignore[arg-type]
    raise Rejected(f"`{name}` in {place} must be {KINDS[kind]}")
