#include "compute/aggregates/time_weighted.h"

#include "testing/number_streams.h"
#include "testing/plain_statistics.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

template <typename T>
std::optional<double> mean_of(const TimeWeightedSum<T>& areas, const ExactState<4>& state, int64_t span) {
  Slot slot = 0;
  if (!areas.write(state, span, slot)) return std::nullopt;
  return from_slot<double>(slot);
}

TEST(TimeWeightedSum, DividesTheAreaByTheSpan) {
  const TimeWeightedSum<double> areas;
  auto state = areas.identity();
  EXPECT_EQ(mean_of(areas, state, 0), std::nullopt);
  EXPECT_EQ(mean_of(areas, state, 5), 0.0);
  areas.add(state, 10.0, 1);
  areas.add(state, 0.0, 2);
  EXPECT_EQ(mean_of(areas, state, 3), 10.0 / 3.0);
  areas.add(state, -10.0, 1);
  EXPECT_EQ(mean_of(areas, state, 4), 0.0);
}

TEST(TimeWeightedSum, SubtractsInPartsWhatWasAddedAsAWhole) {
  const TimeWeightedSum<double> areas;
  auto state = areas.identity();
  areas.add(state, 0.1, 1'000'000);
  areas.add(state, 0.3, 7);
  for (int i = 0; i < 1000; ++i) areas.subtract(state, 0.1, 1000);
  EXPECT_EQ(mean_of(areas, state, 7), 0.3);
}

TEST(TimeWeightedSum, IsNullPastTheLargestDoubleOnly) {
  const TimeWeightedSum<double> areas;
  auto state = areas.identity();
  areas.add(state, 1e308, std::numeric_limits<int64_t>::max());
  EXPECT_EQ(mean_of(areas, state, std::numeric_limits<int64_t>::max()), 1e308);
  EXPECT_EQ(mean_of(areas, state, 1), std::nullopt);
  EXPECT_FALSE(std::signbit(*mean_of(areas, areas.identity(), 1)));
}

TEST(TimeWeightedSum, LetsGoOfAWideBlockWhenTheAreaIsZero) {
  const TimeWeightedSum<double> areas;
  auto state = areas.identity();
  areas.add(state, 1e300, 3);
  areas.add(state, 1e-300, 5);
  EXPECT_EQ(areas.wide_states(), 1u);
  areas.subtract(state, 1e300, 3);
  EXPECT_EQ(mean_of(areas, state, 5), 1e-300);
  areas.subtract(state, 1e-300, 5);
  EXPECT_EQ(areas.wide_states(), 0u);
}

template <typename T>
struct Held {
  T value;
  int64_t duration;
};

template <typename T, typename Draw>
void expect_definition(NumberSource& source, Draw draw) {
  const TimeWeightedSum<T> areas;
  auto state = areas.identity();
  std::vector<Held<T>> held;
  for (int step = 0; step < 200; ++step) {
    held.push_back({draw(), static_cast<int64_t>(source() >> uniform(source, 12, 63))});
    areas.add(state, held.back().value, held.back().duration);
    while (held.size() > 6 || (step % 50 == 49 && !held.empty())) {
      areas.subtract(state, held.front().value, held.front().duration);
      held.erase(held.begin());
    }
    PlainInteger area;
    int64_t span = 0;
    for (const Held<T>& one : held) {
      area = area + plain_units(one.value) * PlainInteger(one.duration);
      span += one.duration;
    }
    const auto expected = span == 0 ? std::nullopt : plain_result({area, PlainInteger(span) * plain_scale(1)});
    ASSERT_EQ(mean_of(areas, state, span), expected);
  }
}

TEST(TimeWeightedSum, EqualsTheDefinition) {
  NumberSource source(51);
  for (const NumberKind kind : kNumberKinds) {
    SCOPED_TRACE(testing::Message() << "seed 51, kind " << static_cast<int>(kind));
    expect_definition<double>(source, [&] { return random_number(kind, source); });
  }
  expect_definition<int64_t>(source, [&] { return random_integer(source); });
}

}  // namespace
}  // namespace headrace
