"""Tables for notebooks: plain HTML that follows the notebook's own style, light or dark."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

_CELL = "text-align:left;vertical-align:top"


def escape(text: object) -> str:
    return html.escape(str(text))


def table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table of plain texts."""
    head = "".join(f'<th style="{_CELL}">{escape(each)}</th>' for each in headings)
    body = "".join(
        "<tr>" + "".join(f'<td style="{_CELL}">{escape(cell)}</td>' for cell in row) + "</tr>" for row in rows
    )
    caption = f'<caption style="text-align:left">{escape(caption)}</caption>' if caption else ""
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def pre(text: str) -> str:
    return f'<pre style="line-height:1.3">{escape(text)}</pre>'
