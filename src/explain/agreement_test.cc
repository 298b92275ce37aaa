#include "explain/explain_testing.h"

namespace headrace {
namespace {

/// explained() fails the test where the engine and the plain steps differ.
TEST(Explain, AgreesWithTheEngine) {
  const std::vector<std::string> windows = {"20s",
                                            "lifetime",
                                            "{size: 20s, closed: left}",
                                            "{size: 15s, offset: 10s}",
                                            "{size: 30s, closed: neither}",
                                            "{last: 2}",
                                            "{tumbling: 20s}",
                                            "{session: 12s}"};
  const std::vector<std::string> aggregations = {"count",
                                                 "sum",
                                                 "mean",
                                                 "variance",
                                                 "stddev_pop",
                                                 "skewness",
                                                 "kurtosis",
                                                 "min",
                                                 "max",
                                                 "range",
                                                 "first",
                                                 "last",
                                                 "median",
                                                 "p95",
                                                 "count_distinct",
                                                 "mode",
                                                 "delta",
                                                 "rate",
                                                 "first_k, params: {k: 2}",
                                                 "last_k, params: {k: 2}",
                                                 "top_k, params: {k: 2}",
                                                 "ewma, params: {half_life: 7s}",
                                                 "histogram, params: {edges: [0, 2, 5]}",
                                                 "approx_count_distinct",
                                                 "approx_percentile, params: {p: 0.9}"};
  int count = 0;
  for (const std::string& window : windows) {
    for (const std::string& aggregation : aggregations) {
      for (const std::string formula : {"flow / power", "n"}) {
        const std::string rest = "source_features: [flow, power, n, mode], formula: " + formula +
                                 ", filter: mode == 'run', aggregation: " + aggregation + ", window: " + window;
        for (const int64_t second : {20, 33, 62}) {
          explained(feature("f", rest), {.second = second});
          ++count;
        }
      }
    }
  }
  EXPECT_EQ(count, 1200);
  for (const std::string aggregation : {"covariance", "correlation"}) {
    for (const std::string& window : windows) {
      explained(feature("f", "source_features: [flow, n], formula: [flow, n], aggregation: " + aggregation +
                                 ", window: " + window),
                {.second = 50});
    }
  }
  for (const std::string window : {"lifetime", "25s", "7s"}) {
    for (const int64_t second : {0, 20, 33, 62}) {
      explained(
          feature("f",
                  "source_features: [flow, power], formula: flow / power, aggregation: time_weighted_mean, window: " +
                      window),
          {.second = second});
    }
  }
}

}  // namespace
}  // namespace headrace
