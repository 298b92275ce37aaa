/// Kernels that take windows in blocks give, bit for bit, what the aggregate gives over each window's events alone.

#include "compute/aggregates/extremes.h"
#include "compute/aggregates/moments.h"
#include "compute/windows/ends_aggregate.h"
#include "compute/windows/ends_kernel.h"
#include "compute/windows/recompute_kernel.h"
#include "compute/windows/retract_kernel.h"
#include "compute/windows/suffix_extremes_kernel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

namespace headrace {
namespace {

struct Event {
  int64_t time;
  Slot value;
};

/// Runs a kernel over one key in steps of some instants, with the ring dropped and grown as the engine does, and
/// compares each value with that of a new state over the window's events.
template <typename A, typename Kernel>
void expect_values(const std::vector<Event>& events, const std::vector<int64_t>& instants, const WindowSpec& window,
                   const A& aggregate, Kernel& kernel, const std::vector<Aggregation>& which, size_t step) {
  using Input = typename A::Input;
  const AggregationParams params;
  RingSet rings(false);
  rings.resize(1);
  kernel.resize(1);
  size_t pushed = 0;
  for (size_t begin = 0; begin < instants.size(); begin += step) {
    const size_t count = std::min(step, instants.size() - begin);
    const int64_t* times = instants.data() + begin;
    for (; pushed < events.size() && events[pushed].time <= times[count - 1]; ++pushed) {
      if (rings[0].is_full()) {
        rings.drop_before(rings[0], kernel.first_needed(0));
        if (rings[0].is_full()) rings.grow(rings[0]);
      }
      rings.push(rings[0], RingEvent::make(events[pushed].time, true, events[pushed].value));
    }
    std::vector<uint32_t> positions(count);
    std::iota(positions.begin(), positions.end(), 0u);
    const std::vector<uint32_t> ids(count, 0);
    std::vector<std::vector<Slot>> values(which.size(), std::vector<Slot>(count));
    std::vector<std::vector<uint8_t>> valid(which.size(), std::vector<uint8_t>(count));
    std::vector<KernelOutput> outputs;
    for (size_t i = 0; i < which.size(); ++i) {
      outputs.push_back({which[i], &params, values[i].data(), valid[i].data(), nullptr});
    }
    const KeyGroup group{0, 0, static_cast<uint32_t>(count)};
    WindowEdges edges;
    edges.at.resize(count);
    kernel.run({positions, positions, {&group, 1}, times, ids.data(), 0, &edges, &rings, nullptr}, outputs);
    for (size_t i = 0; i < count; ++i) {
      typename A::State state = aggregate.identity();
      bool any = false;
      const Bounds bounds = bounds_at(window, times[i]);
      for (const Event& event : events) {
        if (event.time < bounds.start || event.time >= bounds.end) continue;
        aggregate.update(state, from_slot<Input>(event.value), EventTime{event.time});
        any = true;
      }
      for (size_t output = 0; output < which.size(); ++output) {
        Slot wanted = 0;
        const bool has_value =
            (any || which[output] == Aggregation::kCount) && aggregate.write(state, which[output], params, wanted);
        ASSERT_EQ(valid[output][i] != 0, has_value) << "instant " << begin + i << " output " << output;
        ASSERT_EQ(has_value ? values[output][i] : 0, has_value ? wanted : 0)
            << "instant " << begin + i << " output " << output;
      }
      if constexpr (requires { aggregate.reset(state); }) aggregate.reset(state);
    }
  }
}

/// Events in bursts and pauses; now and then several at one time.
template <typename Draw>
std::vector<Event> draw_events(std::mt19937_64& random, size_t count, Draw&& draw) {
  std::vector<Event> events;
  int64_t time = 1000;
  for (size_t i = 0; i < count; ++i) {
    const uint64_t kind = random() % 50;
    time += kind == 0 ? 400 : kind < 10 ? 0 : static_cast<int64_t>(random() % 4);
    events.push_back({time, to_slot(draw())});
  }
  return events;
}

std::vector<int64_t> every_nth_time(const std::vector<Event>& events, size_t n) {
  std::vector<int64_t> times;
  for (size_t i = 0; i < events.size(); i += n) {
    if (times.empty() || events[i].time > times.back()) times.push_back(events[i].time);
  }
  return times;
}

template <typename T, typename Draw>
void expect_all(uint64_t seed, Draw&& draw) {
  constexpr ScalarType kType = std::is_same_v<T, double> ? ScalarType::kDouble : ScalarType::kInt64;
  std::mt19937_64 random(seed);
  const auto events = draw_events(random, 900, [&] { return draw(random); });
  const std::vector<Aggregation> moments = {Aggregation::kMean,        Aggregation::kStddev,    Aggregation::kVariance,
                                            Aggregation::kVariancePop, Aggregation::kStddevPop, Aggregation::kSum,
                                            Aggregation::kCount};
  const std::vector<Aggregation> some_sums = {Aggregation::kMean, Aggregation::kSum, Aggregation::kCount};
  const std::vector<Aggregation> all_ends = {Aggregation::kCount, Aggregation::kFirst, Aggregation::kLast,
                                             Aggregation::kDelta, Aggregation::kRate};
  for (const int64_t size : {1, 7, 150, 600}) {
    WindowSpec window;
    window.kind = WindowSpec::Kind::kSize;
    window.size = Duration{size};
    for (const size_t every : {1, 5, 300}) {
      const std::vector<int64_t> instants = every_nth_time(events, every);
      for (const size_t step : {3, 64, 250}) {
        RetractKernel<MomentsAggregate<T>, WindowSpec::Kind::kSize> full({}, window);
        expect_values(events, instants, window, MomentsAggregate<T>(), full, moments, step);
        RetractKernel<SumAggregate<T>, WindowSpec::Kind::kSize> sums({}, window);
        expect_values(events, instants, window, SumAggregate<T>(), sums, some_sums, step);
        SuffixExtremesKernel<T, WindowSpec::Kind::kSize> extremes(window);
        expect_values(events, instants, window, ExtremesAggregate<T>(), extremes,
                      {Aggregation::kMin, Aggregation::kMax, Aggregation::kRange}, step);
        EndsKernel<WindowSpec::Kind::kSize> ends(kType, window);
        expect_values(events, instants, window, EndsAggregate(kType), ends, all_ends, step);
        RecomputeKernel<MomentsAggregate<T>> anew({}, window);
        expect_values(events, instants, window, MomentsAggregate<T>(), anew, moments, step);
      }
    }
  }
}

TEST(Blocks, AreTheWindowsOfOrdinaryValues) {
  expect_all<double>(1, [](std::mt19937_64& random) { return static_cast<double>(random() % 100000) / 64 - 300; });
  expect_all<double>(2, [](std::mt19937_64& random) { return 0.5 + static_cast<double>(random() >> 11) * 0x1p-53; });
}

TEST(Blocks, AreTheWindowsOfValuesThatDoNotFit) {
  // Exponents that make sums wide, lower their units, or leave the range of a block; zeros among them.
  expect_all<double>(3, [](std::mt19937_64& random) {
    if (random() % 8 == 0) return 0.0;
    const int exponent = static_cast<int>(random() % 30) * (random() % 20 == 0 ? 30 : 2) - 300;
    return std::ldexp(static_cast<double>(random() >> 11), exponent) * (random() % 2 == 0 ? 1 : -1);
  });
  expect_all<double>(4, [](std::mt19937_64& random) {
    return random() % 9 == 0 ? 1e300 : random() % 5 == 0 ? 5e-324 : 0.0;
  });
}

TEST(Blocks, AreTheWindowsOfIntegers) {
  expect_all<int64_t>(5, [](std::mt19937_64& random) { return static_cast<int64_t>(random() % 1000) - 500; });
  expect_all<int64_t>(6, [](std::mt19937_64& random) { return static_cast<int64_t>(random()); });
}

}  // namespace
}  // namespace headrace
