"""What a generated pipeline says of itself: a project with its entities and features, and what a command line makes of it."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import apache_beam as beam

from headrace_runtime.big_query import is_table
from headrace_runtime.command_line import OptionError, named
from headrace_runtime.files import format_of, key_kinds, list_files
from headrace_runtime.histories import Source
from headrace_runtime.windows import Window


@dataclass(frozen=True)
class Feature:
    name: str
    kind: str  # "double", "list of double", ...
    source: str  # that drives it
    version: str = ""
    further_sources: tuple[str, ...] = ()  # that it or what it uses reads
    depends_on_arrival: bool = False  # the order of events of equal time matters to it


@dataclass(frozen=True)
class Reach:
    """How long before an instant an event of a source can matter to features that look back a bounded time, in microseconds, and
    whether it matters to others for ever."""

    source: str
    bounded: int
    for_ever: bool = False


@dataclass(frozen=True)
class Entity:
    """An entity's features and the transform that adds their values to histories."""

    name: str
    key: tuple[str, ...]
    key_types: tuple[str | None, ...]
    sources: tuple[Source, ...]
    features: tuple[Feature, ...]
    transform: Callable[[], beam.PTransform]
    windows: tuple[Window, ...] = ()  # that age: a stream renews values when their edges pass an event
    reach: tuple[Reach, ...] = ()  # of its sources

    def kept(self) -> dict[str, int | None]:
        """How far back a stream keeps the events of each source; None: for ever."""
        names = {source.name for source in self.sources}
        return {each.source: None if each.for_ever else each.bounded for each in self.reach if each.source in names}

    def kept_beside_partials(self) -> dict[str, int | None]:
        """The same where partials are kept of what matters for ever."""
        return {name: each.bounded for name in self.kept() for each in self.reach if each.source == name}


@dataclass(frozen=True)
class Project:
    name: str
    entities: tuple[Entity, ...]
    definitions: Path  # the folder of the YAML files, for --kernel native


def located(source: Source, options: argparse.Namespace) -> Source:
    """The source with the path that it is read from and the types of its keys."""
    path, kind = source.path, source.format
    is_elsewhere = "://" in path or path.startswith("/")
    if options.base and not is_elsewhere:
        path = options.base.rstrip("/") + "/" + path
    for text in options.source:
        name, _, given = text.partition("=")
        if name == source.name:
            path, kind = given, format_of(given) or kind
    if not path:
        raise OptionError(f"source `{source.name}` has no files: say --source {source.name}=PATH")
    if is_table(path):
        if None in source.key_types:
            raise ValueError(f"say the type of the key in the columns of `{source.name}`: a table is not asked for it")
        return dataclasses.replace(source, path=path, format="bigquery")
    kinds = key_kinds(source.key, source.key_types, path, kind)
    return dataclasses.replace(source, path=path, format=kind, key_types=kinds)


def chosen(project: Project, options: argparse.Namespace) -> list[tuple[Entity, list[Feature]]]:
    """The entities to compute, with the sources that are needed, and the features to write of each."""
    wanted = set(options.features.split(",")) if options.features else None
    if wanted:
        unknown = wanted - {feature.name for entity in project.entities for feature in entity.features}
        if unknown:
            there = named(feature.name for entity in project.entities for feature in entity.features)
            raise OptionError(f"there is no feature {', '.join(sorted(unknown))}: there are {there}")
    entities = [entity.name for entity in project.entities]
    if options.entity not in (None, *entities):
        raise OptionError(f"there is no entity `{options.entity}`: there are {named(entities)}")
    out = []
    for entity in project.entities:
        features = [f for f in entity.features if wanted is None or f.name in wanted]
        if features and options.entity in (None, entity.name):
            needed = {source for feature in features for source in (feature.source, *feature.further_sources)}
            sources = tuple(source for source in entity.sources if source.name in needed)
            out.append((dataclasses.replace(entity, sources=sources), features))
    if not out:
        raise OptionError(f"the entity `{options.entity}` has none of the features {options.features}")
    if options.mode == "dataset" and len(out) > 1:
        names = ", ".join(entity.name for entity, _ in out)
        raise OptionError(f"observations are of one entity: say --entity with one of {names}")
    return out


def one_key_type(found: dict[str, tuple[str | None, ...]], entity: Entity) -> tuple[str | None, ...]:
    """The types of the entity's keys, which all of its sources must share: else nothing would meet."""
    out: list[str | None] = []
    for i, name in enumerate(entity.key):
        kinds = {place: kinds[i] for place, kinds in found.items() if kinds[i] is not None}
        if len(set(kinds.values())) > 1:
            text = ", ".join(f"{kind} in {place}" for place, kind in kinds.items())
            raise ValueError(f"the key `{name}` of `{entity.name}` has several types: {text}")
        out.append(next(iter(kinds.values()), None))
    return tuple(out)


def file_of_observations(path: str) -> tuple[str, str]:
    """The one file that a path or a glob stands for, and its format."""
    kind = format_of(path)
    if kind is None:
        raise OptionError(f"{path} is no .parquet, .csv or .ndjson file")
    found = list_files(path, kind)
    if len(found) > 1:
        raise OptionError(f"{path} stands for {len(found)} files; observations are one file")
    return found[0], kind


def require_order(features: Sequence[Feature], unordered: Sequence[str], what: str) -> None:
    """Where arrival has no order, features that need one need an `arrival` column."""
    needing = [feature.name for feature in features if feature.depends_on_arrival]
    if unordered and needing:
        raise OptionError(
            f"G005: {', '.join(needing)} tell events of equal time apart, but {what} has no order:"
            f" say `arrival: COLUMN` in {', '.join(unordered)}, or leave them out with --features"
        )
