"""The features of a repository, as Python values and as a table."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from ._errors import UnknownFeatureError
from ._html import table


@dataclass(frozen=True)
class Feature:
    """One definition.

    Attributes:
        type: of its values: "double", "int64", "bool", "string", "timestamp", or "list of ..." one of them.
        aggregation, window: None for a feature that is a formula over other features.
        digest: SHA-256 of what the definition means; two definitions with one digest have the same values. None while
            the repository has errors.
        default: the value that stands in for null, or None.
        checks: names of the quality checks.
    """

    name: str
    description: str
    owner: str
    version: str
    tags: tuple[str, ...]
    entity: str
    source: str
    type: str
    aggregation: str | None
    window: str | None
    formula: str | None
    filter: str | None
    default: Any
    checks: tuple[str, ...]
    digest: str | None
    file: str
    line: int

    def to_dict(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def _repr_html_(self) -> str:
        shown = {name: value for name, value in self.to_dict().items() if name not in ("name", "digest")}
        rows = [(name, _text(value)) for name, value in shown.items()]
        return table(self.name, ("", ""), [each for each in rows if each[1]])


class Features(Mapping[str, Feature]):
    """Features by name, none before those that it uses."""

    def __init__(self, found: list[dict[str, Any]]) -> None:
        self._by_name = {each["name"]: _feature(each) for each in found}

    def __getitem__(self, name: str) -> Feature:
        try:
            return self._by_name[name]
        except KeyError:
            near = difflib.get_close_matches(str(name), self._by_name, 1)
            remedy = f"did you mean `{near[0]}`?" if near else "`repo.features` lists them"
            raise UnknownFeatureError(f"there is no feature `{name}`", remedy) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def to_dicts(self) -> list[dict[str, Any]]:
        """A dict for each feature: `pandas.DataFrame(repo.features.to_dicts())`."""
        return [each.to_dict() for each in self._by_name.values()]

    def __repr__(self) -> str:
        width = max(map(len, self._by_name), default=0)
        return "\n".join(f"{f.name:{width}}  {f.type:10}  {f.description}" for f in self._by_name.values())

    def _repr_html_(self) -> str:
        headings = ("feature", "entity", "type", "of", "formula", "where", "window", "description", "owner", "version")
        rows = [
            (
                f.name,
                f.entity,
                f.type,
                f.aggregation or "formula",
                f.formula or "",
                f.filter or "",
                f.window or "",
                f.description,
                f.owner,
                f.version,
            )
            for f in self._by_name.values()
        ]
        return table(f"{len(rows)} features", headings, rows)


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _feature(found: dict[str, Any]) -> Feature:
    found = dict(found)
    found["default"] = json.loads(found.pop("default_json"))
    found["tags"], found["checks"] = tuple(found["tags"]), tuple(found["checks"])
    return Feature(**found)
