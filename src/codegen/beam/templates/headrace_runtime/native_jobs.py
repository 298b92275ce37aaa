"""`--kernel native` as the steps of a job: kernel.py computes, this puts it in the place of the Python steps."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from headrace_runtime import kernel
from headrace_runtime.big_query import is_table
from headrace_runtime.cells import time_of_text
from headrace_runtime.command_line import OptionError
from headrace_runtime.kernel_stream import KernelStates
from headrace_runtime.project import Entity, Feature, Project, located, one_key_type
from headrace_runtime.tables import EntityTable


class NativeTable(EntityTable):
    """The table of one entity by the compiled kernel: the same files."""

    def __init__(
        self, entity: Entity, features: Sequence[Feature], options: argparse.Namespace, definitions: Path
    ) -> None:
        super().__init__(entity, features, options)
        self.definitions = definitions

    def expand(self, begin: Any) -> Any:
        entity, options = self.entity, self.options
        is_dataset = options.mode == "dataset"
        sources = [located(source, options) for source in entity.sources]
        self._require_files([*(source.path for source in sources), options.output])
        key_types = one_key_type({source.name: source.key_types for source in sources}, entity)
        observed = None
        if is_dataset:
            file, kind, kinds = self.observed(key_types)
            key_types = one_key_type({"the sources": key_types, "the observations": kinds}, entity)
            observed = (file, kind, options.time_column)
        names = [feature.name for feature in self.features]
        computation = kernel.make_computation(self.definitions, entity.name, entity.key, key_types, names)
        columns = [*zip(entity.key, computation.key_types, strict=True)]
        columns.append((options.time_column if is_dataset else "event_time", "timestamp"))
        columns += [(feature.name, feature.kind) for feature in self.features]
        folder = options.output if is_dataset else options.output.rstrip("/") + "/" + entity.name
        table = self.observations_table(sources) if is_dataset else None
        output = kernel.Output(folder, tuple(columns), len(names), table)
        start, end = (time_of_text(t) if t else None for t in (options.start, options.end))
        steps = kernel.KernelTable(
            computation, sources, options.kernel_shares, output, (start, end, options.every), observed
        )
        return begin | f"{entity.name}: native" >> steps

    def _require_files(self, paths: Sequence[str]) -> None:
        for path in paths:
            if is_table(path) or is_table(path, parts=2):
                raise OptionError(
                    f"G004: --kernel native reads and writes files, and {path} is none:"
                    " leave --kernel out, the values are the same"
                )


def states_of_stream(project: Project, entity: Entity, features: Sequence[Feature]) -> KernelStates:
    """A stream has no rows to look at before it starts: the types of keys must be declared."""
    untyped = [name for name, kind in zip(entity.key, entity.key_types, strict=True) if kind is None]
    if untyped:
        raise OptionError(
            f"--mode stream --kernel native needs the type of {', '.join(untyped)}:"
            f" name it among the `columns` of a source of `{entity.name}`"
        )
    names = [feature.name for feature in features]
    computation = kernel.make_computation(project.definitions, entity.name, entity.key, entity.key_types, names)
    partial = any(each.for_ever for each in entity.reach)
    return KernelStates(computation, entity.sources, entity.kept_beside_partials(), partial)
