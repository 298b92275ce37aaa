#include "compute/aggregates/hyper_log_log.h"

#include <gtest/gtest.h>

#include <cmath>

namespace headrace {
namespace {

using Window = HyperLogLogAggregate<int64_t>;
using Lifetime = LifetimeHyperLogLogAggregate<int64_t>;

/// The estimate for the values start .. end - 1.
template <typename Algebra>
int64_t estimate(int64_t start, int64_t end) {
  auto state = Algebra().identity();
  for (int64_t value = start; value < end; ++value) Algebra().update(state, value, EventTime{0});
  return state.estimate();
}

TEST(HyperLogLogTest, ExactUpToTheLimit) {
  for (const int64_t count : {0, 1, 2, 1000, 4095, 4096}) {
    EXPECT_EQ(estimate<Window>(0, count), count);
    EXPECT_EQ(estimate<Lifetime>(0, count), count);
  }
}

TEST(HyperLogLogTest, ErrorBeyondTheLimit) {
  for (const int64_t count : {4097, 5000, 20'000, 100'000, 1'000'000, 5'000'000}) {
    const auto error = static_cast<double>(estimate<Lifetime>(0, count) - count) / static_cast<double>(count);
    EXPECT_LT(std::abs(error), 3 * 0.0081) << count;
  }
}

TEST(HyperLogLogTest, BothAggregatesAgree) {
  for (const int64_t count : {4097, 10'000, 100'000}) {
    EXPECT_EQ(estimate<Window>(7, count), estimate<Lifetime>(7, count));
  }
}

TEST(HyperLogLogTest, WindowsForgetTheirPast) {
  const Window algebra;
  auto state = algebra.identity();
  int64_t start = 0;
  int64_t end = 0;
  for (const int64_t size : {100, 4097, 30'000, 5000, 4096, 3000, 2000, 4200, 0, 10}) {
    const int64_t next_end = std::max(end, start + size) + 500;
    while (end < next_end) algebra.update(state, end++, EventTime{0});
    while (start < end - size) algebra.retract(state, start++, EventTime{0});
    EXPECT_EQ(state.estimate(), estimate<Window>(start, end)) << size;
  }
}

TEST(HyperLogLogTest, RepetitionsCountOnce) {
  const Window algebra;
  auto state = algebra.identity();
  for (int64_t value = 0; value < 30'000; ++value) algebra.update(state, value % 5000, EventTime{0});
  EXPECT_EQ(state.estimate(), estimate<Window>(0, 5000));
  for (int64_t value = 0; value < 25'000; ++value) algebra.retract(state, value % 5000, EventTime{0});
  EXPECT_EQ(state.estimate(), estimate<Window>(0, 5000));
}

TEST(HyperLogLogTest, MergesOverTheLimit) {
  for (const int64_t middle : {100, 4000, 5000, 9000}) {
    Lifetime::State lifetime;
    Window::State window;
    for (const auto& [start, end] : {std::pair<int64_t, int64_t>{0, middle}, {middle - 50, 9500}}) {
      Lifetime::State part;
      Window::State window_part;
      for (int64_t value = start; value < end; ++value) {
        Lifetime().update(part, value, EventTime{0});
        Window().update(window_part, value, EventTime{0});
      }
      Lifetime().merge(lifetime, part);
      Window().merge(window, window_part);
    }
    EXPECT_EQ(lifetime.estimate(), estimate<Lifetime>(0, 9500));
    EXPECT_EQ(window.estimate(), estimate<Lifetime>(0, 9500));
  }
}

TEST(HyperLogLogTest, TextsHashByTheirBytes) {
  TextPool pool;
  TextPool other;
  EXPECT_EQ(stable_hash(pool.intern("pump-7")), stable_hash(other.intern("pump-7")));
}

TEST(HyperLogLogTest, RanksCountTheZeros) {
  const struct {
    uint64_t hash;
    uint32_t index;
    int rank;
  } facts[] = {
      {~uint64_t{0}, 16383, 1},   {0, 0, 51}, {1, 0, 50}, {uint64_t{1} << 49, 0, 1}, {uint64_t{1} << 48, 0, 2},
      {uint64_t{1} << 50, 1, 51},
  };
  for (const auto& fact : facts) {
    const RegisterRank where(fact.hash);
    EXPECT_EQ(where.index, fact.index);
    EXPECT_EQ(where.rank, fact.rank);
  }
}

}  // namespace
}  // namespace headrace
