#pragma once

/// count_distinct, mode, top_k: how often each value occurs.
///
/// Memory: about 32 bytes a distinct value, and as much again when they are ranked. Time: one look-up for each event;
/// ranked, two moves in a blocked sequence (SortedBlocks), so that a read of the mode costs nothing.

#include "compute/aggregates/count_map.h"
#include "compute/aggregates/sorted_blocks.h"
#include "compute/aggregates/state_bytes.h"

namespace headrace {

/// Whether the state keeps its values in order of their counts: mode and top_k need it, count_distinct does not.
enum class Ranking { kNone, kByCount };

/// T is double, int64_t (timestamps, and bools as 0 and 1) or Text.
template <typename T>
class DistinctAggregate {
 public:
  struct Ranked {
    int64_t count;
    T value;
  };
  /// Falling counts; equal counts by value ascending.
  struct RanksBefore {
    bool operator()(const Ranked& a, const Ranked& b) const {
      return a.count != b.count ? a.count > b.count : a.value < b.value;
    }
  };
  struct State {
    CountMap counts;
    SortedBlocks<Ranked, RanksBefore> ranking;  // empty with Ranking::kNone
  };
  using Input = T;

  explicit DistinctAggregate(Ranking ranking) : ranking_(ranking) {}

  State identity() const { return {}; }
  void update(State& state, Input value, EventTime /*time*/) const { add(state, value, 1); }
  void merge(State& state, const State& other) const {
    other.counts.visit_all([&](uint64_t key, int64_t count) { add(state, from_slot<T>(key), count); });
  }
  /// REQUIRES: the value is there; any value, not only the oldest.
  void retract(State& state, Input value, EventTime /*time*/) const {
    const int64_t count = state.counts.remove_one(to_slot(value));
    if (ranking_ == Ranking::kNone) return;
    state.ranking.erase({count + 1, value});
    if (count > 0) state.ranking.insert({count, value});
  }

  void store(const State& state, StateWriter& writer) const {
    writer.word(state.counts.size());
    state.counts.visit_all([&](uint64_t key, int64_t count) {
      writer.value(from_slot<T>(key));
      writer.value(count);
    });
  }
  void restore(State& state, StateReader& reader) const {
    for (size_t left = reader.count(16); left > 0; --left) {
      const T value = reader.template value<T>();
      const int64_t count = reader.number();
      if (count <= 0) reader.fail();
      if (!reader.ok()) return;
      add(state, value, count);
    }
  }

  /// REQUIRES: which is kCountDistinct, or, ranked, kMode.
  bool write(const State& state, Aggregation which, const AggregationParams& /*params*/, Slot& out) const {
    if (which == Aggregation::kCountDistinct) {
      out = to_slot(static_cast<int64_t>(state.counts.size()));
      return true;
    }
    CHECK(ranking_ == Ranking::kByCount);
    if (state.ranking.empty()) return false;
    out = to_slot(state.ranking.at(0).value);
    return true;
  }

  /// Appends the top_k. REQUIRES: ranked.
  bool write_list(const State& state, Aggregation /*which*/, const AggregationParams& params,
                  std::vector<Slot>& out) const {
    CHECK(ranking_ == Ranking::kByCount);
    if (state.ranking.empty()) return false;
    int left = params.k;
    state.ranking.visit_while([&](const Ranked& ranked) {
      if (left-- <= 0) return false;
      out.push_back(to_slot(ranked.value));
      return true;
    });
    return true;
  }

 private:
  void add(State& state, T value, int64_t times) const {
    const int64_t count = state.counts.add(to_slot(value), times);
    if (ranking_ == Ranking::kNone) return;
    if (count > times) state.ranking.erase({count - times, value});
    state.ranking.insert({count, value});
  }

  Ranking ranking_;
};

static_assert(Retractable<DistinctAggregate<Text>>);

}  // namespace headrace
