"""Headrace: a feature has one value, and this package computes it.

    import headrace as hr

    repo = hr.open(".")                      # a folder with project.yaml
    repo.check()                             # what is wrong with the definitions; empty: nothing
    repo.features                            # a table in a notebook
    repo.show("flow_mean", "p7")             # the last values
    train = repo.dataset(labels)             # pandas, Polars, PyArrow in; the same kind out
    repo.backfill("offline")                 # features of the past, for every entity
    repo.explain("flow_mean", "p7", "2024-03-01T12:00:00Z")

Times are UTC with microseconds; a time without a zone is taken as UTC. Everything is computed by the same engine as on
the command line, with the same bits.
"""

from ._client import AsyncClient, Change, Client, Pushed
from ._errors import (
    ConflictError,
    DataError,
    DefinitionError,
    EnvironmentError,
    HeadraceError,
    NotFoundError,
    Problem,
    Problems,
    RefusedError,
    StoppedError,
    UnavailableError,
    UnknownFeatureError,
    UsageError,
)
from ._features import Feature, Features
from ._graph import Graph
from ._native import version as __version__
from ._progress import Progress
from ._reports import BackfillReport, DatasetReport, Explanation, GenerateReport, View
from ._repository import HeadraceWarning, Repository, init, open
from ._shown import Shown

__all__ = [
    "AsyncClient",
    "BackfillReport",
    "Change",
    "Client",
    "ConflictError",
    "DataError",
    "DatasetReport",
    "DefinitionError",
    "EnvironmentError",
    "Explanation",
    "Feature",
    "Features",
    "GenerateReport",
    "Graph",
    "HeadraceError",
    "HeadraceWarning",
    "NotFoundError",
    "Problem",
    "Problems",
    "Progress",
    "Pushed",
    "RefusedError",
    "Repository",
    "Shown",
    "StoppedError",
    "UnavailableError",
    "UnknownFeatureError",
    "UsageError",
    "View",
    "__version__",
    "init",
    "open",
]
