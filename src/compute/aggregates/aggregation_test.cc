#include "compute/aggregates/aggregation.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace headrace {
namespace {

/// The types that an aggregation takes, a letter each: bool, int64, double, string, timestamp.
std::string accepted(Aggregation aggregation) {
  std::string letters;
  if (accepts(aggregation, ScalarType::kBool)) letters += 'b';
  if (accepts(aggregation, ScalarType::kInt64)) letters += 'i';
  if (accepts(aggregation, ScalarType::kDouble)) letters += 'd';
  if (accepts(aggregation, ScalarType::kString)) letters += 's';
  if (accepts(aggregation, ScalarType::kTimestamp)) letters += 't';
  return letters;
}

TEST(AggregationTest, NamesReadBack) {
  std::set<std::string_view> seen;
  for (const std::string_view name : aggregation_names()) {
    AggregationParams params;
    const auto aggregation = aggregation_from_string(name, params);
    ASSERT_TRUE(aggregation.has_value()) << name;
    EXPECT_TRUE(to_string(*aggregation) == name || *aggregation == Aggregation::kPercentile) << name;
    EXPECT_TRUE(seen.insert(name).second) << name;
  }
  EXPECT_EQ(seen.size(), 35u);
}

TEST(AggregationTest, ShortFormsSetP) {
  const struct {
    const char* name;
    double p;
  } facts[] = {{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}, {"percentile", 0.0}};
  for (const auto& fact : facts) {
    AggregationParams params;
    EXPECT_EQ(aggregation_from_string(fact.name, params), Aggregation::kPercentile);
    EXPECT_EQ(params.p, fact.p) << fact.name;
  }
}

TEST(AggregationTest, OtherNamesAreNone) {
  AggregationParams params;
  for (const char* name : {"", "avg", "Mean", "p90", "mean ", "p"}) {
    EXPECT_FALSE(aggregation_from_string(name, params).has_value()) << name;
  }
}

TEST(AggregationTest, InputsAndResults) {
  const std::string same = "same";
  const struct {
    const char* name;
    const char* inputs;
    const char* result;  // "same": the input's type
  } facts[] = {
      {"count", "bidst", "int64"},
      {"sum", "id", "same"},
      {"mean", "id", "double"},
      {"variance", "id", "double"},
      {"variance_pop", "id", "double"},
      {"stddev", "id", "double"},
      {"stddev_pop", "id", "double"},
      {"skewness", "id", "double"},
      {"kurtosis", "id", "double"},
      {"min", "idst", "same"},
      {"max", "idst", "same"},
      {"range", "id", "same"},
      {"first", "bidst", "same"},
      {"last", "bidst", "same"},
      {"first_k", "bidst", "list of same"},
      {"last_k", "bidst", "list of same"},
      {"median", "id", "double"},
      {"percentile", "id", "double"},
      {"count_distinct", "bidst", "int64"},
      {"mode", "bidst", "same"},
      {"top_k", "bidst", "list of same"},
      {"any", "b", "bool"},
      {"all", "b", "bool"},
      {"ewma", "id", "double"},
      {"time_weighted_mean", "id", "double"},
      {"delta", "id", "same"},
      {"rate", "id", "double"},
      {"covariance", "id", "double"},
      {"correlation", "id", "double"},
      {"histogram", "id", "list of int64"},
      {"approx_count_distinct", "id", "int64"},
      {"approx_percentile", "id", "double"},
  };
  for (const auto& fact : facts) {
    AggregationParams params;
    const Aggregation aggregation = *aggregation_from_string(fact.name, params);
    EXPECT_EQ(accepted(aggregation), fact.inputs) << fact.name;
    EXPECT_FALSE(accepts(aggregation, ScalarType::kNull)) << fact.name;
    EXPECT_FALSE(accepts(aggregation, ScalarType::kDuration)) << fact.name;
    for (const ScalarType type :
         {ScalarType::kBool, ScalarType::kInt64, ScalarType::kDouble, ScalarType::kString, ScalarType::kTimestamp}) {
      std::string expected = fact.result;
      if (const size_t at = expected.find(same); at != std::string::npos) {
        expected.replace(at, same.size(), to_string(type));
      }
      EXPECT_EQ(to_string(result_type(aggregation, type)), expected) << fact.name;
    }
  }
}

TEST(AggregationTest, SetsOfAggregations) {
  std::string arrival;
  std::string count_like;
  for (const std::string_view name : aggregation_names()) {
    AggregationParams params;
    const Aggregation aggregation = *aggregation_from_string(name, params);
    if (depends_on_arrival(aggregation)) arrival.append(name).append(" ");
    if (is_count_like(aggregation)) count_like.append(name).append(" ");
  }
  EXPECT_EQ(arrival, "first last first_k last_k time_weighted_mean delta rate ");
  EXPECT_EQ(count_like, "count count_distinct histogram approx_count_distinct ");
}

}  // namespace
}  // namespace headrace
