/// The laws of aggregate.h, for every aggregate with every type of values.
///
/// A case tells how to make the aggregate, how to draw a value, and what may be read. A new aggregate adds a case.

#include "compute/aggregates/bool_counts.h"
#include "compute/aggregates/count.h"
#include "compute/aggregates/distinct.h"
#include "compute/aggregates/ewma.h"
#include "compute/aggregates/extremes.h"
#include "compute/aggregates/histogram.h"
#include "compute/aggregates/hyper_log_log.h"
#include "compute/aggregates/log_buckets.h"
#include "compute/aggregates/moments.h"
#include "compute/aggregates/ordered.h"
#include "compute/aggregates/pair_moments.h"
#include "compute/aggregates/power_moments.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <string>
#include <utility>

namespace headrace {
namespace {

using Random = std::mt19937_64;

/// What may be read from a state.
struct Reading {
  Aggregation which;
  AggregationParams params = {};
};

TextPool& texts() {
  static TextPool pool;
  return pool;
}

/// Mostly ties and small numbers, some of any magnitude.
template <typename T>
T draw(Random& random) {
  const uint64_t kind = random() % 8;
  const auto small = static_cast<int64_t>(random() % 7) - 3;
  if constexpr (std::same_as<T, bool>) {
    return kind < 4;
  } else if constexpr (std::same_as<T, Text>) {
    return texts().intern(std::string(random() % 3, static_cast<char>('a' + random() % 5)));
  } else if constexpr (std::integral<T>) {
    return static_cast<T>(kind < 5 ? small : static_cast<int64_t>(random()) >> (random() % 64));
  } else {
    if (kind < 4) return static_cast<double>(small) * 0.5;
    const double fraction = static_cast<double>(static_cast<int64_t>(random()) >> 11) * 0x1p-52;
    return kind < 7 ? fraction : std::ldexp(fraction, static_cast<int>(random() % 600) - 300) + 0.0;
  }
}

template <typename T>
struct Draw {
  static T from(Random& random) { return draw<T>(random); }
};
template <typename X, typename Y>
struct Draw<std::pair<X, Y>> {
  static std::pair<X, Y> from(Random& random) { return {draw<X>(random), draw<Y>(random)}; }
};

template <typename A>
struct CaseOf {
  using Algebra = A;
  static constexpr bool kHasEqualBits = true;
  static A make() { return A(); }
};

struct CountCase : CaseOf<CountAggregate> {
  static std::vector<Reading> readings() { return {{Aggregation::kCount}}; }
};
struct BoolCountsCase : CaseOf<BoolCountsAggregate> {
  static std::vector<Reading> readings() { return {{Aggregation::kAny}, {Aggregation::kAll}}; }
};
template <typename T>
struct ExtremesCase : CaseOf<ExtremesAggregate<T>> {
  static std::vector<Reading> readings() {
    if constexpr (std::same_as<T, Text>) return {{Aggregation::kMin}, {Aggregation::kMax}};
    return {{Aggregation::kMin}, {Aggregation::kMax}, {Aggregation::kRange}};
  }
};
template <typename T>
struct OrderedCase : CaseOf<OrderedAggregate<T>> {
  static std::vector<Reading> readings() {
    return {{Aggregation::kMedian}, {Aggregation::kPercentile, {.p = 0.0}}, {Aggregation::kPercentile, {.p = 0.3}}};
  }
};
template <typename T>
struct DistinctCase : CaseOf<DistinctAggregate<T>> {
  static DistinctAggregate<T> make() { return DistinctAggregate<T>(Ranking::kByCount); }
  static std::vector<Reading> readings() {
    return {{Aggregation::kCountDistinct}, {Aggregation::kMode}, {Aggregation::kTopK, {.k = 3}}};
  }
};
template <typename T>
struct HistogramCase : CaseOf<HistogramAggregate<T>> {
  static HistogramAggregate<T> make() { return HistogramAggregate<T>({-1e9, -1.0, 0.5, 1.0, 2.0}); }
  static std::vector<Reading> readings() { return {{Aggregation::kHistogram}}; }
};
template <typename T>
struct EwmaCase : CaseOf<EwmaAggregate<T>> {
  static constexpr bool kHasEqualBits = false;
  static EwmaAggregate<T> make() { return EwmaAggregate<T>(Duration{7}); }
  static std::vector<Reading> readings() { return {{Aggregation::kEwma}}; }
};
template <typename T>
struct HyperLogLogCase : CaseOf<HyperLogLogAggregate<T>> {
  static std::vector<Reading> readings() { return {{Aggregation::kApproxCountDistinct}}; }
};
template <typename T>
struct LifetimeHyperLogLogCase : CaseOf<LifetimeHyperLogLogAggregate<T>> {
  static std::vector<Reading> readings() { return {{Aggregation::kApproxCountDistinct}}; }
};
template <typename T>
struct LogBucketsCase : CaseOf<LogBucketsAggregate<T>> {
  static std::vector<Reading> readings() {
    return {{Aggregation::kApproxPercentile, {.p = 0.5}}, {Aggregation::kApproxPercentile, {.p = 0.99}}};
  }
};
template <typename T>
struct SumCase : CaseOf<SumAggregate<T>> {
  static std::vector<Reading> readings() { return {{Aggregation::kCount}, {Aggregation::kSum}, {Aggregation::kMean}}; }
};
template <typename T>
struct MomentsCase : CaseOf<MomentsAggregate<T>> {
  static std::vector<Reading> readings() {
    return {{Aggregation::kCount},    {Aggregation::kSum},         {Aggregation::kMean},
            {Aggregation::kVariance}, {Aggregation::kVariancePop}, {Aggregation::kStddev}};
  }
};
template <typename T>
struct PowerMomentsCase : CaseOf<PowerMomentsAggregate<T>> {
  static std::vector<Reading> readings() { return {{Aggregation::kSkewness}, {Aggregation::kKurtosis}}; }
};
template <typename X, typename Y>
struct PairMomentsCase : CaseOf<PairMomentsAggregate<X, Y>> {
  static std::vector<Reading> readings() { return {{Aggregation::kCovariance}, {Aggregation::kCorrelation}}; }
};

using Written = std::vector<std::optional<std::vector<Slot>>>;

template <typename Case>
class AggregateLawsTest : public testing::Test {
 protected:
  using A = typename Case::Algebra;
  using State = typename A::State;
  using Input = typename A::Input;
  struct Event {
    Input value;
    EventTime time;
  };

  /// Events in order, some of them at the same time.
  std::vector<Event> draw_events(size_t count) {
    std::vector<Event> events;
    for (size_t i = 0; i < count; ++i) {
      time_us_ += static_cast<int64_t>(random_() % 4);
      events.push_back({Draw<Input>::from(random_), EventTime{time_us_}});
    }
    return events;
  }

  State state_of(const std::vector<Event>& events) const {
    State state = algebra_.identity();
    for (const Event& event : events) algebra_.update(state, event.value, event.time);
    return state;
  }

  /// States that own memory elsewhere have their own way to be copied.
  State copy_of(const State& state) const {
    if constexpr (requires { algebra_.clone(state); }) {
      return algebra_.clone(state);
    } else {
      return state;
    }
  }

  State merged(const State& a, const State& b) const {
    State both = copy_of(a);
    algebra_.merge(both, b);
    return both;
  }

  Written written(const State& state) const { return written_by(algebra_, state); }

  static Written written_by(const A& algebra, const State& state) {
    Written results;
    for (const Reading& reading : Case::readings()) {
      std::vector<Slot> slots(1);
      bool is_there = false;
      if (result_type(reading.which, ScalarType::kDouble).is_list) {
        if constexpr (requires { algebra.write_list(state, reading.which, reading.params, slots); }) {
          slots.clear();
          is_there = algebra.write_list(state, reading.which, reading.params, slots);
        }
      } else if constexpr (requires { algebra.write(state, reading.which, reading.params, slots[0]); }) {
        is_there = algebra.write(state, reading.which, reading.params, slots[0]);
      }
      results.push_back(is_there ? std::optional(slots) : std::nullopt);
    }
    return results;
  }

  void expect_same(const State& a, const State& b, const std::vector<Event>& events) const {
    if constexpr (Case::kHasEqualBits) {
      ASSERT_EQ(written(a), written(b));
    } else {
      double largest = 0.0;
      for (const Event& event : events) largest = std::max(largest, std::abs(static_cast<double>(event.value)));
      const Written left = written(a);
      const Written right = written(b);
      for (size_t i = 0; i < left.size(); ++i) {
        ASSERT_EQ(left[i].has_value(), right[i].has_value());
        if (!left[i]) continue;
        ASSERT_NEAR(from_slot<double>(left[i]->at(0)), from_slot<double>(right[i]->at(0)), 1e-14 * largest);
      }
    }
  }

  static std::vector<Event> joined(std::vector<Event> a, const std::vector<Event>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  }

  A algebra_ = Case::make();
  Random random_{2024};
  int64_t time_us_ = -50;
};

constexpr size_t kSizes[] = {0, 1, 2, 3, 10, 60, 700};

using Cases = testing::Types<
    CountCase, BoolCountsCase, ExtremesCase<double>, ExtremesCase<int64_t>, ExtremesCase<Text>, OrderedCase<double>,
    OrderedCase<int64_t>, DistinctCase<double>, DistinctCase<int64_t>, DistinctCase<Text>, HistogramCase<double>,
    HistogramCase<int64_t>, EwmaCase<double>, EwmaCase<int64_t>, HyperLogLogCase<double>, HyperLogLogCase<int64_t>,
    HyperLogLogCase<Text>, LifetimeHyperLogLogCase<double>, LifetimeHyperLogLogCase<Text>, LogBucketsCase<double>,
    LogBucketsCase<int64_t>, SumCase<double>, SumCase<int64_t>, MomentsCase<double>, MomentsCase<int64_t>,
    PowerMomentsCase<double>, PowerMomentsCase<int64_t>, PairMomentsCase<double, double>,
    PairMomentsCase<int64_t, double>, PairMomentsCase<int64_t, int64_t>>;
TYPED_TEST_SUITE(AggregateLawsTest, Cases);

TYPED_TEST(AggregateLawsTest, IdentityChangesNothing) {
  for (const size_t size : kSizes) {
    const auto events = this->draw_events(size);
    const auto state = this->state_of(events);
    this->expect_same(this->merged(state, this->algebra_.identity()), state, events);
    this->expect_same(this->merged(this->algebra_.identity(), state), state, events);
  }
}

TYPED_TEST(AggregateLawsTest, MergingIsConcatenation) {
  for (const size_t left : kSizes) {
    for (const size_t right : kSizes) {
      const auto a = this->draw_events(left);
      const auto b = this->draw_events(right);
      const auto events = this->joined(a, b);
      this->expect_same(this->merged(this->state_of(a), this->state_of(b)), this->state_of(events), events);
    }
  }
}

TYPED_TEST(AggregateLawsTest, MergingIsAssociativeAndLeavesItsSource) {
  for (const size_t size : kSizes) {
    const auto first = this->draw_events(5);
    const auto second = this->draw_events(size);
    const auto third = this->draw_events(30);
    const auto a = this->state_of(first);
    const auto b = this->state_of(second);
    const auto c = this->state_of(third);
    const auto events = this->joined(this->joined(first, second), third);
    const Written before = this->written(b);
    this->expect_same(this->merged(this->merged(a, b), c), this->merged(a, this->merged(b, c)), events);
    EXPECT_EQ(this->written(b), before);
  }
}

TYPED_TEST(AggregateLawsTest, OrderDoesNotMatter) {
  for (const size_t size : kSizes) {
    const auto events = this->draw_events(size);
    auto shuffled = events;
    std::shuffle(shuffled.begin(), shuffled.end(), this->random_);
    this->expect_same(this->state_of(shuffled), this->state_of(events), events);
  }
}

TYPED_TEST(AggregateLawsTest, RetractingTheOldestForgetsIt) {
  using A = typename TypeParam::Algebra;
  if constexpr (Retractable<A>) {
    for (const size_t window : kSizes) {
      const auto events = this->draw_events(window * 2 + 5);
      auto state = this->algebra_.identity();
      for (size_t end = 0; end < events.size(); ++end) {
        this->algebra_.update(state, events[end].value, events[end].time);
        if (end < window) continue;
        const auto& oldest = events[end - window];
        this->algebra_.retract(state, oldest.value, oldest.time);
        if (end % 64 > 8) continue;
        const std::vector inside(events.begin() + end - window + 1, events.begin() + end + 1);
        this->expect_same(state, this->state_of(inside), inside);
      }
    }
  }
}

/// Through another object, as after a start.
TYPED_TEST(AggregateLawsTest, StoredStatesGoOn) {
  for (const size_t size : kSizes) {
    const auto events = this->draw_events(size);
    auto state = this->state_of(events);
    std::string bytes;
    StateWriter writer(bytes);
    this->algebra_.store(state, writer);

    const auto other = TypeParam::make();
    auto restored = other.identity();
    StateReader reader(bytes, texts());
    other.restore(restored, reader);
    ASSERT_TRUE(reader.ok() && reader.at_end());

    for (const auto& event : this->draw_events(40)) {
      this->algebra_.update(state, event.value, event.time);
      other.update(restored, event.value, event.time);
    }
    using A = typename TypeParam::Algebra;
    if constexpr (Retractable<A>) {
      for (const auto& event : events) {
        this->algebra_.retract(state, event.value, event.time);
        other.retract(restored, event.value, event.time);
      }
    }
    ASSERT_EQ(this->written(state), this->written_by(other, restored));
  }
}

TYPED_TEST(AggregateLawsTest, BytesThatEndEarlyAreNoState) {
  const auto state = this->state_of(this->draw_events(30));
  std::string bytes;
  StateWriter writer(bytes);
  this->algebra_.store(state, writer);
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto other = TypeParam::make();
    auto restored = other.identity();
    StateReader reader(std::string_view(bytes).substr(0, size), texts());
    other.restore(restored, reader);
    ASSERT_FALSE(reader.ok()) << size << " of " << bytes.size();
  }
}

}  // namespace
}  // namespace headrace
