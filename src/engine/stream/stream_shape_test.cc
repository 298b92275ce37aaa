/// Streams that share their shape: the values of streams with one of their own, and scratch memory once.

#include "engine/stream/stream_shape.h"

#include "engine/stream/entity_stream.h"
#include "language/load_repository.h"
#include "plan/make_plan.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

constexpr std::string_view kGauges = R"yaml(
entity: {name: gauge, key: id}
---
source: {name: readings, entity: gauge, event_time: at, columns: {id: int64, x: double}, allowed_lateness: 1s}
---
feature: {name: m, description: d, aggregation: [mean, max], window: [10s, lifetime], source_features: [x], formula: x * 2, filter: x > 1, owner: t, version: "1.0"}
---
feature: {name: ratio, description: d, formula: m_mean_10s / m_max_lifetime, source_features: [m_mean_10s, m_max_lifetime], owner: t, version: "1.0"}
)yaml";

/// One stream with one key, and what it said.
struct Gauge {
  std::unique_ptr<EntityStream> stream;
  std::string said;

  void take(int64_t id, int64_t time, double value) {
    Batch batch;
    batch.rows = 1;
    batch.columns = {make_column(ScalarType::kInt64, {id}), make_column(ScalarType::kTimestamp, {time}),
                     make_column(std::vector<double>{value})};
    ASSERT_TRUE(stream->push(0, 0, batch, time).ok());
    ASSERT_TRUE(stream->advance(time, [](const TimeStep&) { return Status(); }).ok());

    Observations place;
    place.keys = {make_column(ScalarType::kInt64, {id})};
    place.times = make_column(ScalarType::kTimestamp, {time});
    const auto columns = stream->read(place);
    ASSERT_TRUE(columns.ok());
    for (const Column& column : columns.value()) said += to_json(column.value_at(0)) + " ";
  }
};

TEST(StreamShape, StreamsInTurnsShareScratchMemory) {
  const Plan plan = make_plan(load_repository({{"test.yaml", std::string(kGauges)}}).repository);
  std::vector<size_t> features;
  for (size_t f = 0; f < plan.features.size(); ++f) features.push_back(f);
  StreamOptions own, shared;
  shared.shape = std::make_shared<StreamShape>(plan, 0, features);

  constexpr int64_t kGaugeCount = 5;
  std::vector<Gauge> alone, together;
  for (int64_t id = 0; id < kGaugeCount; ++id) {
    alone.push_back({std::make_unique<EntityStream>(plan, 0, features, own), ""});
    together.push_back({std::make_unique<EntityStream>(plan, 0, features, shared), ""});
  }
  for (int64_t i = 1; i <= 400; ++i) {
    const int64_t id = i * 7 % kGaugeCount;
    for (auto* gauges : {&alone, &together}) {
      (*gauges)[static_cast<size_t>(id)].take(id, i * 300'000, static_cast<double>(i % 13));
    }
  }

  for (size_t id = 0; id < alone.size(); ++id) EXPECT_EQ(together[id].said, alone[id].said);
  EXPECT_NE(together[0].said, together[1].said);
  EXPECT_EQ(shared.shape->workspace_count(), 1u);
}

TEST(StreamShape, EachBorrowerHasScratchMemoryOfItsOwn) {
  const Plan plan = make_plan(load_repository({{"test.yaml", std::string(kGauges)}}).repository);
  StreamShape shape(plan, 0, {0});
  {
    const StreamShape::Borrowed one = shape.borrow({});
    const StreamShape::Borrowed other = shape.borrow({});
    EXPECT_NE(one.get(), other.get());
  }
  shape.borrow({});
  EXPECT_EQ(shape.workspace_count(), 2u);
}

}  // namespace
}  // namespace headrace
