"""What a store holds that `headrace backfill --output` wrote: which file has which day, and what its columns mean.

Only files that the manifest lists are trusted. A day's `run` is the digest of all that its rows follow from: a day with
the same run has the same rows, so a table that holds it need not load it again.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyarrow import fs  # type: ignore[import-untyped]

HERE = Path(__file__).resolve().parent
DATA, ENVIRONMENT = 1, 3
# As `headrace backfill` names its files: pump/day=2024-03-01/part-0.parquet. Others may mean something in SQL or in a path.
FILE = re.compile(r"(?!.*(^|/)\.\.?(/|$))[\w.=-]+(/[\w.=-]+)*", re.ASCII)


class LoadError(Exception):
    """What somebody has to do something about, and the exit code that says so: 1 the data, 3 the environment."""

    def __init__(self, message: str, exit_code: int = DATA) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclass(frozen=True)
class Day:
    """One file of a table: the rows of a day of UTC."""

    day: dt.date
    file: str
    rows: int
    bytes: int
    run: str


@dataclass(frozen=True)
class Table:
    """A table of offline_tables.sql: where the rows of an entity go."""

    name: str
    entity: str
    columns: dict[str, dict[str, str]]


def generated_tables(entities: Sequence[str]) -> tuple[list[Table], str]:
    """The tables of the named entities (none named: all), and the name of the table that keeps what was loaded."""
    listed = json.loads((HERE / "offline_tables.json").read_text(encoding="utf-8"))
    tables = [Table(each["table"], each["entity"], columns_of(each)) for each in listed["tables"]]
    known = {table.entity for table in tables}
    if unknown := [name for name in entities if name not in known]:
        raise LoadError(f"there is no entity `{unknown[0]}`; there is {', '.join(sorted(known))}", 2)
    return [table for table in tables if not entities or table.entity in entities], listed["log"]


def columns_of(entity: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Columns by name, with all that must agree between the table and the store."""
    return {column["name"]: column for column in [*entity["keys"], *entity["features"]]}


class Store:
    """An offline store on a disk, in Cloud Storage or in S3."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.scheme = url.partition("://")[0] if "://" in url else "file"
        try:
            self.files, self.root = self._open()
            if self._is_there("commit.json"):
                raise LoadError(
                    f"{self.url} is being written, or a run was killed then: let `headrace backfill` finish it first",
                    ENVIRONMENT,
                )
            if not self._is_there("manifest.json"):
                raise LoadError(
                    f"{self.url} has no manifest.json: name what `headrace backfill --output` wrote", ENVIRONMENT
                )
            self.text = self._read_manifest()
            self.manifest: dict[str, Any] = json.loads(self.text)
        except OSError as error:
            raise LoadError(f"cannot read {self.url}: {error}", ENVIRONMENT) from error
        except ValueError as error:
            raise LoadError(f"{self.url}/manifest.json is not JSON: {error}") from error
        if self.manifest.get("format_version") != 2:
            raise LoadError(f"{self.url}/manifest.json has a format that this program does not know: generate it again")
        if self.manifest.get("dev"):
            raise LoadError(f"{self.url} is a store for exploring: backfill another one without --dev")

    def _open(self) -> tuple[fs.FileSystem, str]:
        if self.scheme == "file":
            return fs.LocalFileSystem(), str(self.local_path())
        emulator = os.environ.get("STORAGE_EMULATOR_HOST")
        if self.scheme == "gs" and emulator:
            host = emulator.removeprefix("http://").rstrip("/")
            files = fs.GcsFileSystem(anonymous=True, scheme="http", endpoint_override=host)
            return files, self.url.removeprefix("gs://")
        files, root = fs.FileSystem.from_uri(self.url)
        return files, root

    def _read_manifest(self) -> bytes:
        with self.files.open_input_stream(f"{self.root}/manifest.json") as stream:
            return bytes(stream.read())

    def _is_there(self, name: str) -> bool:
        return bool(self.files.get_file_info(f"{self.root}/{name}").type == fs.FileType.File)

    def local_path(self, file: str = "") -> Path:
        """REQUIRES: the store is on a disk."""
        return Path(self.url.removeprefix("file://")).resolve() / file

    def days(self, table: Table, first: dt.date | None, end: dt.date | None) -> list[Day]:
        """The days of a table's entity from `first` until before `end`, after a look at the columns' meaning."""
        entity = next((each for each in self.manifest["entities"] if each["name"] == table.entity), None)
        if entity is None:
            raise LoadError(f"{self.url} has no entity `{table.entity}`: backfill it, or load others with --entity")
        if entity["format"] != "parquet":
            raise LoadError(f"`{table.entity}` is kept as {entity['format']}: backfill it as Parquet")
        if (partition := entity.get("partition", "day")) != "day":
            raise LoadError(
                f"`{table.entity}` in {self.url} has a file for each {partition}, and a load replaces single days: "
                "backfill it with --partition day --replace"
            )
        if differences := list(differing(table.columns, columns_of(entity))):
            raise LoadError(
                f"`{table.entity}` in {self.url} is not what {table.name} was generated for: {'; '.join(differences)}; "
                "backfill or generate again, so that both come of the same definitions"
            )
        if wrong := [each["file"] for each in entity["partitions"] if not FILE.fullmatch(each["file"])]:
            raise LoadError(f"{self.url}/manifest.json names a file that no backfill writes: {ascii(wrong[0])}")
        days = [
            Day(dt.date.fromisoformat(each["day"]), each["file"], each["rows"], each["bytes"], each["run"])
            for each in entity["partitions"]
        ]
        return [day for day in days if (not first or day.day >= first) and (not end or day.day < end)]

    def check_files(self, days: Sequence[Day]) -> None:
        """Raises where a file is not the one that the manifest lists, because somebody writes to the store."""
        infos = self.files.get_file_info([f"{self.root}/{day.file}" for day in days])
        for day, info in zip(days, infos, strict=True):
            if info.type != fs.FileType.File or info.size != day.bytes:
                raise LoadError(f"{self.url}/{day.file} is not as the manifest lists it: load again", ENVIRONMENT)

    def check_unchanged(self) -> None:
        """Raises where somebody has begun to write to the store since it was opened: files of one size may differ."""
        try:
            is_same = not self._is_there("commit.json") and self._read_manifest() == self.text
        except OSError as error:
            raise LoadError(f"cannot read {self.url}: {error}", ENVIRONMENT) from error
        if not is_same:
            raise LoadError(f"{self.url} has changed while it was loaded: load again", ENVIRONMENT)


def differing(wanted: dict[str, dict[str, str]], found: dict[str, dict[str, str]]) -> Iterable[str]:
    """Why columns of a store are not those of a table, column by column."""
    for name in wanted.keys() | found.keys():
        if name not in found:
            yield f"it has no `{name}`"
        elif name not in wanted:
            yield f"the table has no `{name}`"
        else:
            for what in ("type", "version", "digest"):
                if wanted[name].get(what) != found[name].get(what):
                    yield f"{what} of `{name}` is {found[name].get(what)}, not {wanted[name].get(what)}"
                    break
