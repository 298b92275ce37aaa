"""Headrace's engine alone: features over Arrow batches in memory.

    from headrace_kernel import Kernel

    kernel = Kernel.open("station")                     # or Kernel({"features.yaml": text})
    values = kernel.dataset({"telemetry": events}, observations)

No files, no Arrow library, no dependency: for workers whose pyarrow is another one than that of `headrace`. Tables come
and go by the Arrow PyCapsule interface, so anything of pyarrow, Polars, nanoarrow or DuckDB can be given, and
`pyarrow.record_batch(values)` or `polars.DataFrame(values)` takes the result, without copying.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ._errors import DefinitionError, HeadraceError
from ._kernel import ArrowBatch, NativeKernel
from ._kernel import version as __version__
from ._stream import LeftOut, Pushed, Stream
from ._times import micros_between, micros_since_epoch

__all__ = [
    "ArrowBatch",
    "DefinitionError",
    "HeadraceError",
    "Kernel",
    "LeftOut",
    "Pushed",
    "Stream",
    "__version__",
]

_MEMORY = 1 << 30


class Kernel:
    """Definitions, compiled. Immutable, usable from several threads, and can be pickled.

    Args:
        definitions: the YAML of a repository: one text, or texts by file name.
        features: which to compute, and in which order; default: all.

    Raises:
        DefinitionError: the definitions have errors.
        HeadraceError: there is no such feature.
    """

    def __init__(self, definitions: str | Mapping[str, str], features: Iterable[str] | None = None) -> None:
        texts = {"definitions.yaml": definitions} if isinstance(definitions, str) else dict(definitions)
        self._texts, self._asked = texts, list(features or [])
        self._native = NativeKernel.make(list(texts.items()), self._asked)

    @classmethod
    def open(cls, folder: str | os.PathLike[str], features: Iterable[str] | None = None) -> Kernel:
        """Reads project.yaml and features/**/*.yaml of a folder."""
        root = Path(folder)
        found = [*root.glob("features/**/*.yaml"), *root.glob("features/**/*.yml")]
        shown = sorted(each for each in found if not any(part.startswith(".") for part in each.relative_to(root).parts))
        return cls({str(each): each.read_text(encoding="utf-8") for each in [root / "project.yaml", *shown]}, features)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._texts, self._asked)

    @property
    def features(self) -> list[str]:
        """Names, in the order of the columns."""
        return self._native.features

    @property
    def types(self) -> dict[str, str]:
        """By feature: "double", "int64", "bool", "string", "timestamp" or "list of ..."."""
        return self._native.types

    @property
    def digests(self) -> dict[str, str]:
        """By feature: SHA-256 of what the definition means."""
        return self._native.digests

    @property
    def columns(self) -> dict[str, list[str]]:
        """By source that must be given: the columns that are read; key columns, then the event time, come first."""
        return self._native.columns

    def dataset(
        self,
        events: Mapping[str, object],
        observations: object,
        *,
        time_column: str | None = None,
        threads: int = 1,
        memory: int = _MEMORY,
        skip_bad_rows: bool = False,
    ) -> ArrowBatch:
        """The features as they were known at each observation.

        Args:
            events: for each source in `columns` a table (`__arrow_c_stream__`, `__arrow_c_array__` or a stream's
                capsule) whose rows are in order of arrival. Numbers widen without loss, timestamps have any unit and
                zone, text may be dictionary-encoded.
            observations: a table with the entities' keys and a time; n rows. Null keys and times give null features.
            time_column: default: the event time of a source, `event_time` or `event_timestamp`.
            memory: bytes that the engine may hold; beyond it spills to the temporary folder.
            skip_bad_rows: leave events out that have no key or time or cannot be read, instead of failing;
                `statistics["bad_rows"]` counts them.

        Returns:
            n rows with a column for each feature and no others, in the observations' order. `statistics["rows_read"]`
            is the number of events that the engine took.
        """
        return self._native.dataset(dict(events), observations, time_column or "", threads, memory, skip_bad_rows)

    def backfill(
        self,
        events: Mapping[str, object],
        *,
        entity: str | None = None,
        start: datetime | int | None = None,
        end: datetime | int | None = None,
        every: timedelta | int | None = None,
        threads: int = 1,
        memory: int = _MEMORY,
        skip_bad_rows: bool = False,
    ) -> ArrowBatch:
        """The features of one entity at every instant at which something happened.

        Args:
            entity: needed when the features are of several.
            start, end: first instant (inclusive) and end (exclusive); whole numbers are microseconds since 1970.
            every: rows on a grid instead of at events.

        Returns:
            Key columns, event_time, features; a row for each distinct (key, time), sorted by (time, key).
        """
        return self._native.backfill(
            dict(events),
            entity or "",
            micros_since_epoch(start),
            micros_since_epoch(end),
            micros_between(every),
            threads,
            memory,
            skip_bad_rows,
        )

    def stream(
        self,
        *,
        entity: str | None = None,
        allowed_lateness: timedelta | int | None = None,
        idle_after: timedelta | int | None = None,
        max_ahead: timedelta | int | None = None,
        history: timedelta | int = 0,
        restored: bytes | None = None,
    ) -> Stream:
        """The features of one entity over events that never end.

        Args:
            entity: needed when the features are of several.
            allowed_lateness: how far behind its source's newest event one may come; default: as the definitions say.
            idle_after: after how long without events a source that was read to its end does not hold the others up;
                default: never.
            max_ahead: how far ahead of the clock an event may be; default: as far as it likes.
            history: how far before `settled_to` values can be read.
            restored: what `Stream.store` of a stream of the same definitions and options returned; the new one goes on
                from there. Whole numbers are microseconds everywhere.

        Raises:
            HeadraceError: `restored` is damaged, or of other definitions.
        """
        native = self._native.stream(
            entity or "",
            micros_between(allowed_lateness),
            micros_between(idle_after),
            micros_between(max_ahead),
            micros_between(history) or 0,
        )
        if restored is not None:
            native.restore(restored)
        return Stream(native)
