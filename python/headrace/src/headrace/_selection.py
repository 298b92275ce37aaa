"""Which features are meant, in the forms in which people name them."""

from __future__ import annotations

from collections.abc import Iterable

from ._errors import UsageError
from ._features import Feature

FeatureNames = str | Feature | Iterable[str | Feature] | None
"""A feature, a selector as on the command line (`paid_*`, `tag:churn`, `owner:risk`, `+name`, `name+`), or several."""


def names_of(features: FeatureNames) -> list[str]:
    if features is None:
        return []
    if isinstance(features, (str, Feature)):
        features = [features]
    try:
        return [_name(each) for each in features]
    except TypeError:
        raise UsageError(f"{features!r} names no features", "give a name, or a list of names and selectors") from None


def _name(feature: object) -> str:
    if isinstance(feature, Feature):
        return feature.name
    if isinstance(feature, str):
        return feature
    raise UsageError(f"{feature!r} names no feature", "give a name or a selector, as text")
