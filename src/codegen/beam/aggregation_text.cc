#include "codegen/beam/aggregation_text.h"

#include "codegen/python_text.h"

#include <fmt/format.h>

namespace headrace {
namespace {

std::string_view closed_text(Closed closed) {
  switch (closed) {
    case Closed::kRight: return "right";
    case Closed::kLeft: return "left";
    case Closed::kBoth: return "both";
    case Closed::kNeither: return "neither";
  }
  return "right";
}

std::string edges_text(const std::vector<double>& edges) {
  Value::List list;
  for (double edge : edges) list.push_back({edge});
  return python_literal({list});
}

std::string call_text(Aggregation aggregation, const AggregationParams& params, const WindowSpec& window) {
  switch (aggregation) {
    case Aggregation::kCount: return "Count()";
    case Aggregation::kSum: return "Sum()";
    case Aggregation::kMean: return "Mean()";
    case Aggregation::kVariance: return "Variance(1)";
    case Aggregation::kVariancePop: return "Variance(0)";
    case Aggregation::kStddev: return "Stddev(1)";
    case Aggregation::kStddevPop: return "Stddev(0)";
    case Aggregation::kSkewness: return "Skewness()";
    case Aggregation::kKurtosis: return "Kurtosis()";

    case Aggregation::kMin: return "Min()";
    case Aggregation::kMax: return "Max()";
    case Aggregation::kRange: return "Range()";
    case Aggregation::kFirst: return "First()";
    case Aggregation::kLast: return "Last()";
    case Aggregation::kFirstK: return fmt::format("FirstK({})", params.k);
    case Aggregation::kLastK: return fmt::format("LastK({})", params.k);

    case Aggregation::kMedian: return "Percentile(0.5)";
    case Aggregation::kPercentile: return fmt::format("Percentile({})", format_double(params.p));
    case Aggregation::kCountDistinct: return "CountDistinct()";
    case Aggregation::kMode: return "Mode()";
    case Aggregation::kTopK: return fmt::format("TopK({})", params.k);
    case Aggregation::kAny: return "Any_()";
    case Aggregation::kAll: return "All()";

    case Aggregation::kEwma: return fmt::format("Ewma({})", python_int(params.half_life.us));
    case Aggregation::kTimeWeightedMean:
      return window.kind == WindowSpec::Kind::kLifetime
                 ? "TimeWeightedMean(None)"
                 : fmt::format("TimeWeightedMean({})", python_int(window.size.us));
    case Aggregation::kDelta: return "Delta()";
    case Aggregation::kRate: return "Rate()";
    case Aggregation::kCovariance: return "Covariance()";
    case Aggregation::kCorrelation: return "Correlation()";

    case Aggregation::kHistogram: return fmt::format("Histogram({})", edges_text(params.edges));
    case Aggregation::kApproxCountDistinct: return "ApproxCountDistinct()";
    case Aggregation::kApproxPercentile: return fmt::format("ApproxPercentile({})", format_double(params.p));
  }
  return "";
}

}  // namespace

std::string python_aggregation(Aggregation aggregation, const AggregationParams& params, const WindowSpec& window) {
  return "aggregates." + call_text(aggregation, params, window);
}

std::string python_window(const WindowSpec& window) {
  const std::string offset = window.offset.us == 0 ? "" : ", offset=" + python_int(window.offset.us);
  switch (window.kind) {
    case WindowSpec::Kind::kSize: {
      const std::string closed =
          window.closed == Closed::kRight ? "" : fmt::format(", closed=\"{}\"", closed_text(window.closed));
      return fmt::format("windows.Rolling({}{}{})", python_int(window.size.us), closed, offset);
    }
    case WindowSpec::Kind::kLast: return fmt::format("windows.Newest({})", window.last);
    case WindowSpec::Kind::kTumbling: return fmt::format("windows.Tumbling({}{})", python_int(window.size.us), offset);
    case WindowSpec::Kind::kSession: return fmt::format("windows.Session({})", python_int(window.size.us));
    case WindowSpec::Kind::kLifetime: return "windows.Lifetime()";
  }
  return "";
}

}  // namespace headrace
