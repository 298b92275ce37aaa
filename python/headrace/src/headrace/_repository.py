"""An opened feature repository."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from . import _native
from ._errors import Problems, RefusedError, UsageError
from ._features import Feature, Features
from ._graph import Graph
from ._html import escape
from ._progress import ProgressChoice, listening
from ._reports import BackfillReport, DatasetReport, Explanation, GenerateReport, View
from ._selection import FeatureNames, names_of
from ._shown import Shown
from ._sources import GivenSources
from ._tables import attach
from ._times import duration_us, key_text, time_us

_NO_OUTPUT = "null:"


class HeadraceWarning(UserWarning):
    """A result is right but should be looked at: rows were left out, observations lack keys."""


def open(folder: str | os.PathLike[str] = ".", *, sources: Mapping[str, Any] | None = None) -> Repository:
    """Opens the repository (the nearest folder with project.yaml) that the folder lies in.

    Mistakes in definitions are no error here: `check()` gives them. Files are read once; `reload()` after a change.

    Args:
        sources: where events come from instead of where the definitions say, by name of source: a table (as for
            `Repository.dataset`), whose order of rows is the order of arrival, or the path of a file or folder.

    Raises:
        EnvironmentError: there is no project.yaml, or a file cannot be read.
        NotFoundError: a name that is no source.
    """
    return Repository._open(os.fspath(folder), GivenSources(sources or {}))


def init(folder: str | os.PathLike[str]) -> Repository:
    """Writes a first repository with data and a test into a folder, as `headrace init` does, and opens it.

    Raises:
        ConflictError: one of its files is there already; nothing is overwritten.
    """
    _native.init(os.fspath(folder))
    return open(folder)


class Repository:
    """Definitions of features, ready to be computed. Made by `headrace.open`; immutable; usable from several threads.

    Methods that compute release the interpreter's lock, use all processors that the process may use (`threads`), at
    most half of its memory (`memory`, bytes), and stop at Ctrl-C. They raise DefinitionError when definitions have
    errors, and HeadraceError for what cannot be read or asked.

    `features` and `exclude` take names, Features and selectors: `paid_*`, `tag:churn`, `owner:risk`, `entity:pump`,
    `source:clicks`, `+name` with all that it uses, `name+` with all that use it.

    `progress` is a function that is given a Progress some ten times a second, True for a bar, or False; by default there
    is a bar in notebooks and where stderr is a terminal. What the function raises stops the work.
    """

    def __init__(self, native: _native.OpenRepository, sources: GivenSources) -> None:
        self._native = native
        self._sources = sources  # kept: they hold the files of tables
        self.last_report: DatasetReport | BackfillReport | None = None

    @classmethod
    def _open(cls, folder: str, sources: GivenSources) -> Repository:
        return cls(_native.OpenRepository.open(folder, sources.places), sources)

    def reload(self) -> Repository:
        """The repository with its definitions as they are now, over the same sources; this one stays as it is."""
        return Repository._open(self.folder, self._sources)

    @property
    def folder(self) -> str:
        return self._native.folder

    @property
    def name(self) -> str:
        return self._native.project_name

    def check(self) -> Problems:
        """All problems of the definitions, with code, place and help; empty when there is none."""
        native = self._native
        return Problems._read(native.problems_json(), native.problems_text(), native.problems_summary())

    @cached_property
    def features(self) -> Features:
        """Features by name: `repo.features["flow_mean"].window`. Those that have mistakes are not among them."""
        return Features(self._native.features())

    def dataset(
        self,
        observations: Any,
        features: FeatureNames = None,
        time_column: str | None = None,
        *,
        exclude: FeatureNames = None,
        progress: ProgressChoice = None,
        skip_bad_rows: bool = False,
        bad_rows: str | os.PathLike[str] | None = None,
        threads: int = 0,
        memory: int = 0,
    ) -> Any:
        """Attaches to each observation the features as they were known at its time.

        Args:
            observations: a table with an entity's key columns and a time column: pandas.DataFrame, polars.DataFrame
                or LazyFrame, pyarrow.Table, RecordBatch or RecordBatchReader, or anything with `__arrow_c_stream__`.
            features: which, and in which order; default: all of every entity whose key columns are there.
            exclude: which not.
            time_column: default: the event time of a source, `event_time` or `event_timestamp`. Timestamps of any
                unit and zone, dates, RFC 3339 text, or integers in the unit of the source.
            skip_bad_rows: instead of failing, leave events out whose key, time or syntax cannot be read, and take other
                values that cannot be read as null.
            bad_rows: file for what could not be read, with the whole rows (.csv or .ndjson).
            threads, memory: 0 is what the process may use, and half of it (bytes).

        Returns:
            A table of the same kind (of pyarrow.Table for other Arrow objects) with all n rows in their order, all
            their columns, and one column for each feature: double, int64, bool, utf8, timestamp[us, UTC] or lists of
            them, null where there is no value. In pandas these are float64 (NaN for null), Int64, boolean, str,
            datetime64[us, UTC] and ArrowDtype lists. Where the observations' times have no zone, those of features have
            none either; both are UTC. Existing columns are not copied. `repo.last_report` says more.

        Raises:
            DefinitionError: the definitions have errors.
            UsageError: no time column; NotFoundError: an unknown feature.
            DataError: missing keys, a clash of names, or rows that cannot be used.
            EnvironmentError: files that cannot be read.
        """
        names, excluded = names_of(features), names_of(exclude)

        def compute(table: object) -> tuple[_native.ArrowBatch, str]:
            with listening(progress) as listener:
                as_json, columns = self._native.dataset(
                    table,
                    names,
                    excluded,
                    time_column or "",
                    skip_bad_rows,
                    _path(bad_rows),
                    threads,
                    memory,
                    listener,
                )
            report = self.last_report = DatasetReport(as_json)
            return columns, report.time_column

        needed = {*self._native.key_and_time_columns(), *([time_column] if time_column else [])}
        done = attach(observations, compute, needed)
        _warn(self.last_report)
        return done

    def backfill(
        self,
        output: str | os.PathLike[str] | None,
        features: FeatureNames = None,
        start: Any = None,
        end: Any = None,
        every: Any = None,
        *,
        exclude: FeatureNames = None,
        progress: ProgressChoice = None,
        format: str = "parquet",
        skip_bad_rows: bool = False,
        bad_rows: str | os.PathLike[str] | None = None,
        replace: bool = False,
        dev: bool = False,
        partition: str | None = None,
        threads: int = 0,
        memory: int = 0,
    ) -> BackfillReport:
        """Computes features of the past for every entity, one row for each distinct (key, time) of an event.

        Args:
            output: folder of the offline store, where what has not changed is reused; None computes and checks only.
            start, end: first instant (inclusive) and end (exclusive): datetime or RFC 3339 text; default: all.
            every: rows on a grid ("1h", timedelta) instead of at events.
            format: "parquet", "csv" or "ndjson".
            skip_bad_rows, bad_rows: as in `dataset`.
            replace: replace tables also where columns, a grid, days or the partitioning would be lost.
            dev: a store for exploring, overwritten also where meanings change and versions do not.
            partition: a file for each "day", "month" or "year"; default: as the stored table has it, else "day".

        Returns:
            A report with rows and partitions of each entity and the verdicts of the quality checks.
        """
        names, excluded = names_of(features), names_of(exclude)
        with listening(progress) as listener:
            as_json = self._native.backfill(
                _NO_OUTPUT if output is None else os.fspath(output),
                names,
                excluded,
                None if start is None else time_us(start),
                None if end is None else time_us(end),
                None if every is None else duration_us(every),
                format,
                skip_bad_rows,
                _path(bad_rows),
                replace,
                dev,
                partition or "",
                threads,
                memory,
                listener,
            )
        report = BackfillReport(as_json)
        self.last_report = report
        _warn(report)
        return report

    def explain(
        self,
        feature: str | Feature,
        key: Any,
        at: Any,
        *,
        events: int = 20,
        skip_bad_rows: bool = False,
        bad_rows: str | os.PathLike[str] | None = None,
    ) -> Explanation:
        """Why the feature has its value for a key at an instant.

        Args:
            key: the key, or a dict of key columns: `{"carrier": "AA", "origin": "JFK"}`.
            at: datetime or RFC 3339 text.
            events: how many to show in and around the window at most; 0: all.
            skip_bad_rows: instead of failing, leave events out whose key, time or syntax cannot be read, and take other
                values that cannot be read as null.
            bad_rows: file for what could not be read, with the whole rows (.csv or .ndjson).

        Returns:
            An Explanation: `.value`, `.text`, `.to_dict()`, and a page in a notebook.
        """
        keys = self._key_texts(key, names_of(feature))
        as_json, text, notes, left_out = self._native.explain(
            names_of(feature)[0], keys, time_us(at), events, skip_bad_rows, _path(bad_rows)
        )
        for each in left_out:
            warnings.warn(each, HeadraceWarning, stacklevel=2)
        return Explanation(text, as_json, notes)

    def show(
        self,
        features: FeatureNames = None,
        key: Any = None,
        at: Any = None,
        *,
        last: int | None = None,
        every: Any = None,
        exclude: FeatureNames = None,
        progress: ProgressChoice = None,
        skip_bad_rows: bool = False,
        bad_rows: str | os.PathLike[str] | None = None,
        threads: int = 0,
        memory: int = 0,
    ) -> Shown:
        """Computes values to look at, the last ones or those of one instant, and writes nothing.

        Args:
            features: which, in the order of the columns; default: all of every entity that has the key.
            key: only rows of this key: a value, or a dict of key columns, of which some may be left out.
            at: the values as of this instant, also between events; datetime or RFC 3339 text.
            last: the last so many rows (default: 5); with `at` the first so many keys (default: 20).
            every: rows at the points of a grid ("1h", timedelta) instead of at each event.
            skip_bad_rows, bad_rows: as in `dataset`.

        Returns:
            Shown: a table when printed and in a notebook; `to_pandas()`, `to_polars()`, `to_arrow()`, and `tables` with a
            pyarrow.Table for each entity.
        """
        names, excluded = names_of(features), names_of(exclude)
        with listening(progress) as listener:
            as_json, found, notes, left_out = self._native.show(
                names,
                excluded,
                [] if key is None else self._key_texts(key, names),
                None if at is None else time_us(at),
                last,
                None if every is None else duration_us(every),
                skip_bad_rows,
                _path(bad_rows),
                threads,
                memory,
                listener,
            )
        for each in left_out:
            warnings.warn(each, HeadraceWarning, stacklevel=2)
        if at is not None:
            notes += [
                f"{len(rows):,} of {total:,} keys of {entity}; last=N shows more, key= one"
                for entity, _, rows, total in found
                if len(rows) < total
            ]
        return Shown(as_json, found, notes)

    def generate(
        self,
        target: str,
        output: str | os.PathLike[str],
        *,
        dialect: str | None = None,
        engine: str | None = None,
        offline: str | None = None,
        views: str | None = None,
        features: FeatureNames = None,
        exclude: FeatureNames = None,
        skip_refused: bool = False,
        overwrite: bool = False,
    ) -> GenerateReport:
        """Writes code that computes the features elsewhere: target "beam", "sql" and "dbt" (in a dialect), "feast", "airflow" or "kubeflow".

        Args:
            output: a folder; files of ours in it are renewed, edited ones are kept unless `overwrite`.
            engine: what "airflow" and "kubeflow" start: "native" (this program), "beam", or "sql" (in a dialect).
            offline: where "feast" reads rows: "file", "bigquery" or "snowflake".
            views: how "feast" groups features: "entity", or "owner" (and time to live).
            skip_refused: leave features out that the target cannot say exactly, instead of failing.

        Raises:
            RefusedError: some features cannot be said; nothing was written.
        """
        as_json, is_refused, text, summary = self._native.generate(
            target,
            dialect or "",
            engine or "",
            offline or "",
            views or "",
            names_of(features),
            names_of(exclude),
            os.fspath(output),
            skip_refused,
            overwrite,
        )
        report = GenerateReport(as_json)
        if is_refused:
            heading = f"`{target}` cannot compute some features exactly; skip_refused=True leaves them out"
            raise RefusedError(heading, Problems._from_found(report.refusals, text, summary))
        return report

    def plan(self, features: FeatureNames = None, *, exclude: FeatureNames = None) -> View:
        """What is computed for the features, with shared work: as text, and as the canonical JSON in `to_dict()`."""
        names, excluded = names_of(features), names_of(exclude)
        return View(self._native.plan_text(names, excluded), self._native.plan_json(names, excluded))

    def graph(self, features: FeatureNames = None, *, exclude: FeatureNames = None) -> Graph:
        """What depends on what, from columns to features: a picture in a notebook, text when printed, `svg()`,
        `save("graph.svg")`, `mermaid` and `to_dict()`."""
        names, excluded = names_of(features), names_of(exclude)
        return Graph(lambda form: self._native.graph(names, excluded, form))

    def _key_texts(self, key: Any, names: list[str]) -> list[str]:
        """A key as the command line takes it."""
        if isinstance(key, Mapping):
            return [f"{name}={key_text(value)}" for name, value in key.items()]
        text = key_text(key)
        return [f"{self._only_key(names)}={text}" if "=" in text else text]

    def _only_key(self, names: list[str]) -> str:
        """A key with `=` in it must be told from `column=value`: the plan knows the column's name."""
        plan = self.plan(names).to_dict()
        chosen = {each["entity"] for each in plan["features"]}
        keys = [key["name"] for each in plan["entities"] if each["name"] in chosen for key in each["keys"]]
        if len(set(keys)) != 1:
            raise UsageError("a key with `=` in it needs the name of its column", 'give a dict: key={"COLUMN": VALUE}')
        return str(keys[0])

    def __repr__(self) -> str:
        problems = self._native.problems_summary()
        return f"<headrace repository {self.name!r} in {self.folder!r}: {len(self.features)} features, {problems}>"

    def _repr_html_(self) -> str:
        head = f"<p><b>{escape(self.name)}</b> ({escape(self.folder)}): {escape(self._native.problems_summary())}</p>"
        return head + self.features._repr_html_()


def _path(file: str | os.PathLike[str] | None) -> str:
    return "" if file is None else os.fspath(file)


def _warn(report: DatasetReport | BackfillReport | None) -> None:
    for text in report.warnings if report else []:
        warnings.warn(text, HeadraceWarning, stacklevel=3)
