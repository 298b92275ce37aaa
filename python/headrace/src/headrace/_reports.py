"""What work gives back: texts for people, dicts for programs, tables for notebooks."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from ._html import escape, pre, table


class View:
    """Something in two forms: `text` for people, `to_dict()` for programs (keys as `headrace schema` describes them)."""

    def __init__(self, text: str, as_json: str) -> None:
        self.text = text
        self._json = as_json

    def to_dict(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._json)
        return found

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return pre(self.text)


class _Report:
    def __init__(self, as_json: str) -> None:
        self._found: dict[str, Any] = json.loads(as_json)

    def to_dict(self) -> dict[str, Any]:
        return self._found

    @property
    def warnings(self) -> list[str]:
        """What should be looked at: bad rows, observations without a key."""
        return list(self._found["warnings"])

    @property
    def statistics(self) -> dict[str, int]:
        """Events and rows read and written, bytes of memory: whole numbers by name."""
        return dict(self._found["statistics"])


class DatasetReport(_Report):
    """How a training set came about: `features`, `rows`, `time_column`, `warnings`, `statistics`."""

    @property
    def features(self) -> list[str]:
        return list(self._found["features"])

    @property
    def rows(self) -> int:
        return int(self._found["rows"])

    @property
    def incomplete_rows(self) -> int:
        """Observations without a key or a time; their features are null."""
        return int(self._found["incomplete_rows"])

    @property
    def time_column(self) -> str:
        return str(self._found["time_column"])

    def __repr__(self) -> str:
        return f"<{self.rows} observations with {len(self.features)} features as of `{self.time_column}`>"


class BackfillReport(_Report):
    """The tables that a backfill made, and the verdicts of the quality checks."""

    @property
    def output(self) -> str | None:
        return None if self._found["output"] is None else str(self._found["output"])

    @property
    def entities(self) -> list[dict[str, Any]]:
        """For each entity: `features`, `rows`, `partitions_written`, `partitions_reused`, `bytes`, `reused`."""
        return list(self._found["entities"])

    @property
    def rows(self) -> int:
        """Of all entities."""
        return sum(int(each["rows"]) for each in self.entities)

    @property
    def quality(self) -> dict[str, Any]:
        """`checks` has one result for each check of each feature: numbers, `verdict`, the worst rows."""
        return dict(self._found["quality"])

    @property
    def failed_checks(self) -> list[dict[str, Any]]:
        """Those that do not hold, as errors or as warnings."""
        return [each for each in self.quality["checks"] if each["verdict"] in ("fail", "warn")]

    def _remarks(self) -> list[str]:
        failed = [
            f"{each['feature']}: check `{each['check']}` failed ({each['severity']})" for each in self.failed_checks
        ]
        return failed + [f"warning: {each}" for each in self.warnings]

    def _rows(self) -> list[tuple[object, ...]]:
        return [
            (
                each["entity"],
                len(each["features"]),
                f"{each['rows']:,}",
                each["partitions_written"] + each["partitions_reused"],
                "reused" if each["reused"] else each["reason"],
            )
            for each in self.entities
        ]

    def __repr__(self) -> str:
        lines = [f"{entity}: {features} features, {rows} rows" for entity, features, rows, *_ in self._rows()]
        return "\n".join(lines + self._remarks())

    def _repr_html_(self) -> str:
        caption = "computed only" if self.output is None else self.output
        remarks = "".join(f"<p>{escape(each)}</p>" for each in self._remarks())
        return table(caption, ("entity", "features", "rows", "days", "note"), self._rows()) + remarks


class Explanation(View):
    """Why a feature has its value: the window, the events in and around it, and the steps from them to the value."""

    def __init__(self, text: str, as_json: str, notes: list[str]) -> None:
        super().__init__(text, as_json)
        self.notes = notes
        self._found = super().to_dict()

    def to_dict(self) -> dict[str, Any]:
        return self._found

    @property
    def value(self) -> Any:
        """None, bool, int, float, str, datetime (UTC), or a list of them."""
        return _read_value(self._found["value"], str(self._found["type"]))

    @property
    def events(self) -> list[dict[str, Any]]:
        """Events in and around the window, in order; none for a feature that is a formula over others."""
        return list(self._found.get("events", []))

    @property
    def steps(self) -> list[str]:
        return list(self._found["steps"])

    def _repr_html_(self) -> str:
        found = self._found
        key = ", ".join(f"{name} = {value}" for name, value in found["key"].items())
        head = f"<p><b>{escape(found['feature'])}</b> of {escape(key)} at {escape(found['at'])}: <b>{escape(found['value'])}</b>"
        head += f"<br>{escape(found['definition'])}</p>"
        steps = "".join(f"<li>{escape(step)}</li>" for step in found["steps"])
        body = f"<ul>{steps}</ul>" if steps else ""
        if self.events:
            headings = ["time", "place", *found["inputs"], *found["formulas"], ""]
            rows = [
                [
                    each["time"],
                    each["place"],
                    *each["inputs"],
                    *(each["values"] or [""] * len(found["formulas"])),
                    _fate(each),
                ]
                for each in self.events
            ]
            hidden = f", {found['events_hidden']} more not shown" if found.get("events_hidden") else ""
            body += table(f"window {found['window']['text']}{hidden}", headings, rows)
        uses = "".join(Explanation("", json.dumps(each), [])._repr_html_() for each in found.get("uses", []))
        return head + body + (f'<div style="margin-left:2em">{uses}</div>' if uses else "")


def _fate(event: dict[str, Any]) -> str:
    if event["superseded"] or event["deleted"]:
        return "superseded" if event["superseded"] else "deleted"
    return "dropped by the filter" if event["filtered"] else "null" if event["null"] else ""


def _read_value(value: Any, type_name: str) -> Any:
    if isinstance(value, list):
        return [_read_value(each, type_name.removeprefix("list of ")) for each in value]
    if value is not None and type_name == "timestamp":
        return datetime.fromisoformat(value)
    return value


class GenerateReport:
    """The files of generated code: `files` by path with what became of them, `features` in it, `refusals` left out."""

    def __init__(self, as_json: str) -> None:
        found = json.loads(as_json)
        self.output: str = found["output"]
        self.files: dict[str, str] = {each["path"]: each["change"] for each in found["files"]}
        self.features: list[str] = found["features"]
        self.refusals: list[dict[str, Any]] = found["refusals"]

    def __repr__(self) -> str:
        return "\n".join(f"{change:9} {self.output}/{path}" for path, change in self.files.items())

    def _repr_html_(self) -> str:
        return table(self.output, ("file", ""), list(self.files.items()))
