"""Events that are given when a repository is opened: tables in memory, or other files than the definitions name."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ._errors import UsageError
from ._tables import arrow_table


class GivenSources:
    """Where sources lie, by name. A table becomes a Parquet file in a temporary folder, which goes when this does: events are
    read several times, by several threads, and only the columns and row groups that are needed.
    """

    def __init__(self, sources: Mapping[str, Any]) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.places = [f"{name}={self._path_of(name, given)}" for name, given in sources.items()]

    def _path_of(self, name: str, given: Any) -> str:
        if isinstance(given, (str, os.PathLike)):
            path = os.fspath(given)
            return path if isinstance(path, str) else os.fsdecode(path)
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="headrace-")
        path = Path(self._folder.name) / f"{name}.parquet"
        if path.parent != Path(self._folder.name):
            raise UsageError(f"`{name}` is no name of a source", "name a source of the repository")
        try:
            pq.write_table(arrow_table(given, f"source `{name}`"), path)
        except (pa.ArrowException, OSError) as error:
            raise UsageError(
                f"source `{name}`: the table cannot be kept as Parquet: {error}", "give other types"
            ) from None
        return str(path)
