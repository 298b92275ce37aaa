"""The verdicts of quality checks, as `headrace backfill --format json` reports them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

HEADINGS = ("feature", "check", "severity", "verdict", "looked at", "failed", "condition")


def checks_of(report: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    checks: Sequence[Mapping[str, Any]] = report["quality"]["checks"]
    return checks


def failures(report: Mapping[str, Any]) -> list[str]:
    """The checks of severity `error` that do not hold."""
    return [f"{check['feature']}: {check['check']}" for check in checks_of(report) if check["verdict"] == "fail"]


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
            lines.append(f"{check['feature']}, {check['check']}: {row['entity']} at {row['time']}: {row['value']}")
    return "\n".join(lines)


def markdown(report: Mapping[str, Any]) -> str:
    rows = [HEADINGS, ("---",) * len(HEADINGS), *(_row(check) for check in checks_of(report))]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows) + "\n"


def _row(check: Mapping[str, Any]) -> tuple[str, ...]:
    reason = f" ({check['reason']})" if check.get("reason") else ""
    return (
        check["feature"],
        check["check"],
        check["severity"],
        check["verdict"],
        str(check["looked_at"]),
        str(check["failed"]),
        check["condition"] + reason,
    )
