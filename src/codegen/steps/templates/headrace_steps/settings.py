"""Where a project's things are. They are set in the orchestrator, so that the generated code is the same everywhere."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from headrace_steps.programs import Rejected


@dataclass(frozen=True)
class Settings:
    repository: str
    """Folder of the feature repository."""
    store: str
    """The offline store: a folder, gs:// or s3://."""
    generated: str
    """Folder for the code of other runtimes."""
    targets: tuple[str, ...]
    """What to generate, each as it stands behind `headrace generate`: "beam", "sql --dialect bigquery"."""
    headrace: str = "headrace"
    """The program, by name or path."""
    feast: str = ""
    """Feast's program, by name or path; empty: nothing is put online."""
    backfill_options: tuple[str, ...] = ()
    """More options of `headrace backfill`: "--memory", "8GB"."""
    feast_options: tuple[str, ...] = ()
    """More options of Feast: "-f", "/etc/feast/production.yaml"."""

    @classmethod
    def read(cls, values: object, place: str) -> Settings:
        """Checks what somebody has set. `place` is where, for messages."""
        if not isinstance(values, Mapping):
            raise Rejected(f"{place} is not set to an object with `repository`, `store` and `generated`")
        names = [field.name for field in fields(cls)]
        for name in values:
            if name not in names:
                near = difflib.get_close_matches(str(name), names, 1)
                raise Rejected(f"{place} has no `{name}`" + (f"; did you mean `{near[0]}`?" if near else ""))
        missing = [name for name in ("repository", "store", "generated") if not values.get(name)]
        if missing:
            raise Rejected(f"{place} lacks " + ", ".join(f"`{name}`" for name in missing))
        given: dict[str, Any] = {name: _text(value, name, place) for name, value in values.items()}
        given.setdefault("targets", ("feast",) if given.get("feast") else ("beam",))
        return cls(**given)


def _text(value: object, name: str, place: str) -> str | tuple[str, ...]:
    is_list = name in ("targets", "backfill_options", "feast_options")
    if is_list and isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value):
        return tuple(value)
    if not is_list and isinstance(value, str):
        return value
    raise Rejected(f"`{name}` in {place} must be a {'list of texts' if is_list else 'text'}")
