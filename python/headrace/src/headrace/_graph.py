"""What depends on what, in the forms in which people look at it."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from ._errors import EnvironmentError, UsageError
from ._reports import View


class Graph(View):
    """The dependency graph: a picture in a notebook, text when printed, `to_dict()` for programs.

    Attributes:
        mermaid: a flowchart as GitHub and many wikis draw it.
    """

    def __init__(self, form: Callable[[str], str]) -> None:
        """`form` gives the graph as "text", "json", "mermaid" or "svg"."""
        super().__init__(form("text"), form("json"))
        self._form = form

    @cached_property
    def mermaid(self) -> str:
        return self._form("mermaid")

    @cached_property
    def _picture(self) -> str:
        return self._form("svg")

    def svg(self) -> str:
        """The picture, as the text of an SVG document."""
        return self._picture

    def save(self, file: str | os.PathLike[str]) -> Path:
        """Writes the picture (.svg), the flowchart (.mmd), the dict (.json) or the text (.txt), by the file's extension.

        Raises:
            UsageError: another extension; EnvironmentError: the file cannot be written.
        """
        path = Path(file)
        forms = {".svg": "svg", ".mmd": "mermaid", ".json": "json", ".txt": "text"}
        if path.suffix not in forms:
            raise UsageError(f"{path} has no extension of a form of graphs", f"take one of {', '.join(forms)}")
        try:
            path.write_text(self._form(forms[path.suffix]), encoding="utf-8")
        except OSError as error:
            raise EnvironmentError(f"{path} cannot be written: {error.strerror}") from None
        return path

    def _repr_html_(self) -> str:
        return f'<div style="overflow:auto;max-height:80vh">{self._picture}</div>'
