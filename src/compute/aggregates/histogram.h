#pragma once

/// histogram: counts of [edge i, edge i+1), the last one closed; values outside are not counted.

#include "compute/aggregates/state_bytes.h"

#include <algorithm>
#include <cmath>

namespace headrace {

/// Whether value >= edge, exactly: an int64 is not rounded to a double for it.
inline bool is_at_least(double value, double edge) { return value >= edge; }
inline bool is_at_least(int64_t value, double edge) {
  constexpr double kTwoTo63 = 9223372036854775808.0;
  if (edge >= kTwoTo63) return false;
  if (edge <= -kTwoTo63) return true;
  return value >= static_cast<int64_t>(std::ceil(edge));
}

/// T is double or int64_t.
template <typename T>
class HistogramAggregate {
 public:
  using State = std::vector<int64_t>;  // one count a bin
  using Input = T;

  /// REQUIRES: edges rise strictly and are at least two.
  explicit HistogramAggregate(std::vector<double> edges) : edges_(std::move(edges)) {}

  State identity() const { return State(bin_count(), 0); }
  void update(State& state, Input value, EventTime /*time*/) const { add(state, value, 1); }
  void merge(State& state, const State& other) const {
    for (size_t i = 0; i < state.size(); ++i) state[i] += other[i];
  }
  void retract(State& state, Input value, EventTime /*time*/) const { add(state, value, -1); }

  void store(const State& state, StateWriter& writer) const {
    for (const int64_t count : state) writer.value(count);
  }
  void restore(State& state, StateReader& reader) const {
    for (int64_t& count : state) count = reader.number();
  }

  /// Appends the counts; an empty window has zeros.
  bool write_list(const State& state, Aggregation /*which*/, const AggregationParams& /*params*/,
                  std::vector<Slot>& out) const {
    for (const int64_t count : state) out.push_back(to_slot(count));
    return true;
  }

 private:
  size_t bin_count() const { return edges_.size() - 1; }

  void add(State& state, T value, int64_t count) const {
    const auto above =
        std::partition_point(edges_.begin(), edges_.end(), [&](double edge) { return is_at_least(value, edge); });
    if (above == edges_.begin()) return;
    auto bin = static_cast<size_t>(above - edges_.begin()) - 1;
    if (bin == bin_count()) {
      if (!is_last_edge(value)) return;
      --bin;
    }
    state[bin] += count;
  }

  /// REQUIRES: is_at_least(value, the last edge).
  bool is_last_edge(T value) const {
    if constexpr (std::same_as<T, double>) {
      return value == edges_.back();
    } else {
      return std::floor(edges_.back()) == edges_.back() && edges_.back() >= -9223372036854775808.0 &&
             value == static_cast<int64_t>(edges_.back());
    }
  }

  std::vector<double> edges_;
};

static_assert(Retractable<HistogramAggregate<int64_t>>);

}  // namespace headrace
