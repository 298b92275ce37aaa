/// One feature is asked at every event, the others now and then: meanwhile the settled states go past what those had seen,
/// and let go of events that they would still need.

#include "engine/batch/batch.h"
#include "engine/stream/entity_stream.h"
#include "language/load_repository.h"
#include "plan/make_plan.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace headrace {
namespace {

constexpr std::string_view kMeters = R"yaml(
entity: {name: meter, key: id}
---
source: {name: readings, entity: meter, event_time: at, columns: {x: double}, allowed_lateness: 5s}
---
feature: {name: m, description: d, aggregation: [max, min, mean, stddev, median, first], window: [10s, 1m], source_features: [x], owner: t, version: "1.0"}
---
feature: {name: smooth, description: d, aggregation: ewma, params: {half_life: 5s}, window: 30s, source_features: [x], owner: t, version: "1.0"}
---
feature: {name: visit, description: d, aggregation: sum, window: {session: 3s}, source_features: [x], owner: t, version: "1.0"}
---
feature: {name: ratio, description: d, formula: "m_max_1m / m_mean_10s", source_features: [m_max_1m, m_mean_10s], owner: t, version: "1.0"}
)yaml";

/// Of the one meter.
Batch readings_of(const std::vector<int64_t>& times, const std::vector<double>& values) {
  Batch batch;
  batch.rows = static_cast<int64_t>(times.size());
  batch.columns = {make_column(ScalarType::kInt64, std::vector<int64_t>(times.size(), 1)),
                   make_column(ScalarType::kTimestamp, times), make_column(values)};
  return batch;
}

std::string line_of(const std::vector<Column>& columns) {
  std::string line;
  for (const Column& column : columns) line += to_json(column.value_at(0)) + " ";
  return line;
}

TEST(ReadsOfSome, CatchUpWithWhatWasSettled) {
  const Plan plan = make_plan(load_repository({{"test.yaml", std::string(kMeters)}}).repository);
  std::vector<size_t> features;
  for (size_t f = 0; f < plan.features.size(); ++f) features.push_back(f);
  const std::vector<size_t> often = {features.front()};
  StreamOptions options;
  options.history = Duration{0};
  EntityStream stream(plan, 0, features, options);

  std::vector<int64_t> times;
  std::vector<double> values;
  int64_t memory = 0;
  for (int64_t i = 1; i <= 6000; ++i) {
    times.push_back(i * 100'000 + i / 50 * 4'000'000);  // sessions end now and then
    values.push_back(static_cast<double>(i % 977));
    ASSERT_TRUE(stream.push(0, 0, readings_of({times.back()}, {values.back()}), times.back()).ok());
    ASSERT_TRUE(stream.advance(times.back(), [](const TimeStep&) { return Status(); }).ok());

    Observations place;
    place.keys = {make_column(ScalarType::kInt64, {1})};
    place.times = make_column(ScalarType::kTimestamp, {times.back()});
    ASSERT_TRUE(stream.read(place, often).ok());
    if (i == 2000) memory = stream.memory_bytes();
    if (i % 251 != 0) continue;  // shorter than a window, and with it longer than the ring
    MemorySource source({readings_of(times, values)});
    const auto expected = dataset(plan, 0, features, place, {{"readings", &source}}, {}).value().features;
    ASSERT_EQ(line_of(stream.read(place).value()), line_of(expected)) << "at event " << i;
  }
  EXPECT_LE(stream.memory_bytes(), memory)
      << "what no window needs is let go of, also where each event is read at once";
}

}  // namespace
}  // namespace headrace
