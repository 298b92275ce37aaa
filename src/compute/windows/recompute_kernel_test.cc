/// Which events a window covers, looked up; and that a kernel which does that keeps what it will need.

#include "compute/windows/recompute_kernel.h"
#include "compute/aggregates/time_weighted.h"
#include "compute/windows/ends_aggregate.h"

#include <gtest/gtest.h>

#include <numeric>

namespace headrace {
namespace {

WindowSpec sized(int64_t size, Closed closed = Closed::kRight, int64_t offset = 0) {
  WindowSpec window;
  window.kind = WindowSpec::Kind::kSize;
  window.size = Duration{size};
  window.closed = closed;
  window.offset = Duration{offset};
  return window;
}

WindowSpec of_kind(WindowSpec::Kind kind, int64_t size, int last = 0) {
  WindowSpec window;
  window.kind = kind;
  window.size = Duration{size};
  window.last = last;
  return window;
}

class Windows : public testing::Test {
 protected:
  void push(const std::vector<int64_t>& times) {
    rings_.resize(1);
    for (int64_t time : times) {
      if (rings_[0].is_full()) rings_.grow(rings_[0]);
      rings_.push(rings_[0], RingEvent::make(time, true, to_slot(time)));
    }
  }

  /// The times that are covered.
  std::vector<int64_t> covered(const WindowSpec& window, int64_t t) const {
    const Cursor cursor = window_at(window, rings_[0], t);
    std::vector<int64_t> times;
    for (Position at = cursor.tail; at != cursor.head; ++at) times.push_back(rings_[0].at(at).time());
    return times;
  }

  RingSet rings_{false};
};

using Times = std::vector<int64_t>;

TEST_F(Windows, OfASizeHaveTheEdgesTheyAreToldTo) {
  push({10, 20, 30, 40});
  EXPECT_EQ(covered(sized(20), 30), (Times{20, 30}));
  EXPECT_EQ(covered(sized(20, Closed::kLeft), 30), (Times{10, 20}));
  EXPECT_EQ(covered(sized(20, Closed::kBoth), 30), (Times{10, 20, 30}));
  EXPECT_EQ(covered(sized(20, Closed::kNeither), 30), (Times{20}));
  EXPECT_EQ(covered(sized(20, Closed::kRight, 10), 40), (Times{20, 30}));
  EXPECT_EQ(covered(sized(5), 39), Times{});
  EXPECT_EQ(covered(sized(5), 9), Times{});
}

TEST_F(Windows, TumblingEndBeforeTheNextBegins) {
  push({0, 9, 10, 19, 20});
  const WindowSpec window = of_kind(WindowSpec::Kind::kTumbling, 10);
  EXPECT_EQ(covered(window, 9), Times{});
  EXPECT_EQ(covered(window, 10), (Times{0, 9}));
  EXPECT_EQ(covered(window, 29), (Times{10, 19}));
  EXPECT_EQ(covered(window, 30), (Times{20}));
}

TEST_F(Windows, OfTheLastEventsCountThem) {
  push({1, 2, 2, 3});
  const WindowSpec window = of_kind(WindowSpec::Kind::kLast, 0, 2);
  EXPECT_EQ(covered(window, 0), Times{});
  EXPECT_EQ(covered(window, 1), (Times{1}));
  EXPECT_EQ(covered(window, 2), (Times{2, 2}));
  EXPECT_EQ(covered(window, 9), (Times{2, 3}));
}

TEST_F(Windows, OfSessionsEndWithTheGap) {
  push({1, 4, 20, 22});
  const WindowSpec window = of_kind(WindowSpec::Kind::kSession, 3);
  EXPECT_EQ(covered(window, 4), (Times{1, 4}));
  EXPECT_EQ(covered(window, 7), (Times{1, 4}));
  EXPECT_EQ(covered(window, 8), Times{});
  EXPECT_EQ(covered(window, 22), (Times{20, 22}));
}

TEST_F(Windows, OfALifetimeHaveAllUpToNow) {
  push({1, 4, 20});
  EXPECT_EQ(covered(of_kind(WindowSpec::Kind::kLifetime, 0), 4), (Times{1, 4}));
}

TEST_F(Windows, NeedTheirFirstEventAndTheValueThatHoldsInto) {
  push({10, 20, 30, 40});
  RecomputeKernel<EndsAggregate> ends(EndsAggregate(ScalarType::kInt64), sized(15));
  ends.resize(1);
  ends.advance(0, rings_[0], 40);
  EXPECT_EQ(ends.first_needed(0), Position{2});

  RecomputeKernel<TimeWeightedAggregate<int64_t>> mean({}, sized(15));
  mean.resize(1);
  mean.advance(0, rings_[0], 40);
  EXPECT_EQ(mean.first_needed(0), Position{1});
}

TEST_F(Windows, WriteWhatTheirEventsGive) {
  push({10, 20, 30, 40});
  RecomputeKernel<TimeWeightedAggregate<int64_t>> mean({}, sized(15));
  mean.resize(1);
  const std::vector<int64_t> times = {5, 20, 40};
  const std::vector<uint32_t> ids(times.size(), 0);
  const std::vector<uint32_t> instants = {0, 1, 2};
  std::vector<Slot> values(times.size());
  std::vector<uint8_t> valid(times.size());
  const AggregationParams params;
  const KernelOutput output{Aggregation::kTimeWeightedMean, &params, values.data(), valid.data(), nullptr};

  KernelRun run;
  run.instants = instants;
  run.times = times.data();
  run.ids = ids.data();
  run.rings = &rings_;
  mean.run(run, {&output, 1});
  EXPECT_EQ(valid, (std::vector<uint8_t>{0, 1, 1}));
  EXPECT_EQ(from_slot<double>(values[1]), 10.0);
  // (25, 40]: 20 for 5, 30 for 10, 40 for no time yet.
  EXPECT_EQ(from_slot<double>(values[2]), (20.0 * 5 + 30.0 * 10) / 15);
}

}  // namespace
}  // namespace headrace
