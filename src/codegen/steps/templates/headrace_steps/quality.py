"""The verdicts of quality checks, as `headrace backfill --format json` reports them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

HEADINGS = ("about", "check", "severity", "verdict", "looked at", "failed", "condition")


def checks_of(report: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    checks: Sequence[Mapping[str, Any]] = report["quality"]["checks"]
    return checks


def about(check: Mapping[str, Any]) -> str:
    """The feature, or the source and its column."""
    if "source" not in check:
        return str(check["feature"])
    return f"source {check['source']}" + (f".{check['column']}" if "column" in check else "")


def failures(report: Mapping[str, Any]) -> list[str]:
    """The checks of severity `error` that do not hold."""
    return [f"{about(check)}: {check['check']}" for check in checks_of(report) if check["verdict"] == "fail"]


def counts(report: Mapping[str, Any]) -> str:
    """ "12 pass, 1 warn": how many checks ended how."""
    found = Counter(check["verdict"] for check in checks_of(report))
    return ", ".join(f"{count} {verdict}" for verdict, count in sorted(found.items())) or "no checks"


def table(report: Mapping[str, Any]) -> str:
    """A line for each check, and the worst rows of those that do not hold."""
    rows = [HEADINGS, *(_row(check) for check in checks_of(report))]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    for check in checks_of(report):
        for row in check["offenders"] if check["verdict"] in ("warn", "fail") else ():
            entity = f"{row['entity']} " if row["entity"] else ""
            lines.append(f"{about(check)}, {check['check']}: {entity}at {row['time']}: {row['value']}")
    return "\n".join(lines)


def markdown(report: Mapping[str, Any]) -> str:
    rows = [HEADINGS, ("---",) * len(HEADINGS), *(_row(check) for check in checks_of(report))]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows) + "\n"


def _row(check: Mapping[str, Any]) -> tuple[str, ...]:
    reason = f" ({check['reason']})" if check.get("reason") else ""
    return (
        about(check),
        check["check"],
        check["severity"],
        check["verdict"],
        str(check["looked_at"]),
        str(check["failed"]),
        check["condition"] + reason,
    )
