"""All aggregations by their names; the modules beside this one have them by kind."""

from headrace_runtime.distributions import All, Any_, CountDistinct, Histogram, Mode, Percentile, TopK
from headrace_runtime.positions import Count, Delta, First, FirstK, Last, LastK, Max, Min, Range, Rate
from headrace_runtime.sketches import ApproxCountDistinct, ApproxPercentile
from headrace_runtime.sliding import SlidingAggregation
from headrace_runtime.sums import Correlation, Covariance, Kurtosis, Mean, Skewness, Stddev, Sum, Variance
from headrace_runtime.time_weights import Ewma, TimeWeightedMean

Aggregation = SlidingAggregation | TimeWeightedMean

__all__ = [
    "Aggregation",
    "All",
    "Any_",
    "ApproxCountDistinct",
    "ApproxPercentile",
    "Correlation",
    "Count",
    "CountDistinct",
    "Covariance",
    "Delta",
    "Ewma",
    "First",
    "FirstK",
    "Histogram",
    "Kurtosis",
    "Last",
    "LastK",
    "Max",
    "Mean",
    "Min",
    "Mode",
    "Percentile",
    "Range",
    "Rate",
    "Skewness",
    "Stddev",
    "Sum",
    "TimeWeightedMean",
    "TopK",
    "Variance",
]
