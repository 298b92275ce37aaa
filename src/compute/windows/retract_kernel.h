#pragma once

/// Subtract-on-evict: one state for each key; events that leave the window are retracted.
///
/// Order required: none beyond the ring's. Operator required: exact retract (exact sums, counts, multisets).
/// Time: amortised O(1) updates an event. Space: one state and one cursor a key; the events are the ring's.

#include "compute/windows/cursor.h"
#include "compute/windows/kernel.h"
#include "compute/windows/sums_block.h"

#include <array>
#include <type_traits>
#include <utility>

namespace headrace {

/// Whether a value is of two formulas.
template <typename Input>
inline constexpr bool is_pair_input = requires { typename Input::second_type; };

/// The value of an event as the aggregate's input type.
template <typename Input>
Input input_at(const Ring& ring, Position position) {
  if constexpr (is_pair_input<Input>) {
    return {from_slot<typename Input::first_type>(ring.at(position).value),
            from_slot<typename Input::second_type>(ring.second_at(position))};
  } else {
    return from_slot<Input>(ring.at(position).value);
  }
}

constexpr bool is_list(Aggregation aggregation) {
  return aggregation == Aggregation::kTopK || aggregation == Aggregation::kHistogram ||
         aggregation == Aggregation::kFirstK || aggregation == Aggregation::kLastK;
}

/// Writes all outputs of one state at one instant.
template <typename A>
inline void write_outputs(const A& aggregate, const typename A::State& state, std::span<const KernelOutput> outputs,
                          uint32_t instant) {
  for (const KernelOutput& output : outputs) {
    if constexpr (requires(std::vector<Slot> items) {
                    aggregate.write_list(state, output.aggregation, *output.params, items);
                  }) {
      if (is_list(output.aggregation)) {
        thread_local std::vector<Slot> items;
        items.clear();
        const bool has_value = aggregate.write_list(state, output.aggregation, *output.params, items);
        output.valid[instant] = has_value;
        if (has_value) output.values[instant] = output.lists->add(items);
        continue;
      }
    }
    if constexpr (requires(Slot slot) { aggregate.write(state, output.aggregation, *output.params, slot); }) {
      Slot slot = 0;
      output.valid[instant] = aggregate.write(state, output.aggregation, *output.params, slot);
      output.values[instant] = slot;
    }
  }
}

/// Aggregates whose states can be copied as they are and read later.
template <typename A>
inline constexpr bool has_snapshots = requires(const A a, const typename A::State s) { a.is_plain(s); };

/// Copies of some states, written together: the loop that slides jumps about with the data, and what it has begun in
/// vain it would take the divisions and roots with it.
template <typename A>
class Snapshots {
 public:
  void add(const A& aggregate, const typename A::State& state, std::span<const KernelOutput> outputs,
           uint32_t instant) {
    if (!aggregate.is_plain(state)) [[unlikely]]
      return write_outputs(aggregate, state, outputs, instant);
    states_[count_] = state;
    instants_[count_++] = instant;
    if (count_ == kCount) write(aggregate, outputs);
  }

  /// Whether this many fit before the next write.
  bool has_space(size_t count) const { return count <= kCount - count_; }
  /// A state to fill. REQUIRES: has_space(1).
  typename A::State& append(uint32_t instant) {
    instants_[count_] = instant;
    return states_[count_++];
  }

  void write(const A& aggregate, std::span<const KernelOutput> outputs) {
    if constexpr (requires { typename A::Rounded; }) {
      static_assert(kCount <= A::Rounded::kStatesMax);
      typename A::Rounded rounded;
      for (const KernelOutput& output : outputs) {
        aggregate.write_all(std::span(states_).first(count_), output.aggregation, rounded, values_.data(),
                            valid_.data());
        store(output);
      }
    } else {
      for (const KernelOutput& output : outputs) {
        for (size_t i = 0; i < count_; ++i) {
          Slot slot = 0;
          output.valid[instants_[i]] = aggregate.write(states_[i], output.aggregation, *output.params, slot);
          output.values[instants_[i]] = slot;
        }
      }
    }
    count_ = 0;
  }

 private:
  static constexpr size_t kCount = 64;

  /// By value, as elsewhere: a byte that is stored may be any byte, and what is not a copy would be loaded again.
  void store(const KernelOutput output) const {
    const size_t count = count_;
    for (size_t i = 0; i < count; ++i) {
      const uint32_t instant = instants_[i];
      output.values[instant] = values_[i];
      output.valid[instant] = valid_[i];
    }
  }

  std::array<typename A::State, kCount> states_;
  std::array<uint32_t, kCount> instants_;
  std::array<Slot, kCount> values_ = {};
  std::array<uint8_t, kCount> valid_;
  size_t count_ = 0;
};

template <typename A>
int64_t promotions_of(const A& aggregate) {
  if constexpr (requires { aggregate.wide_promotions(); }) {
    return static_cast<int64_t>(aggregate.wide_promotions());
  } else {
    return 0;
  }
}

template <typename State>
int64_t bytes_of(const std::vector<State>& states) {
  int64_t bytes = static_cast<int64_t>(states.capacity() * sizeof(State));
  if constexpr (requires(const State& state) { state.memory_bytes(); }) {
    for (const State& state : states) bytes += static_cast<int64_t>(state.memory_bytes());
  }
  return bytes;
}

template <Retractable A, WindowSpec::Kind kind>
class RetractKernel : public StateKernel {
 public:
  RetractKernel(A aggregate, WindowSpec window) : aggregate_(std::move(aggregate)), window_(window) {}

  void resize(size_t count) override {
    while (states_.size() < count) states_.push_back({aggregate_.identity(), {}});
  }

  void run(const KernelRun& run, std::span<const KernelOutput> outputs) override {
    const RingSet& rings = *run.rings;

    for_each_group(
        run,
        [&](uint32_t key) {
          __builtin_prefetch(&states_[key], 1);
          __builtin_prefetch(&rings[key]);
        },
        [&](uint32_t key, uint32_t count) {
          rings[key].prefetch(states_[key].cursor.tail, count);
          rings[key].prefetch(states_[key].cursor.head, count);
        },
        [&](const KeyGroup& group) {
          const std::span<const uint32_t> instants = run.grouped.subspan(group.begin, group.end - group.begin);
          const Ring& ring = rings[group.key];
          KeyState& state = states_[group.key];
          if constexpr (kHasBlocks) {
            run_blocks(ring, state, edges_of<kind>(window_, ring, state.cursor, run, group), run.times, instants,
                       outputs);
          } else {
            run_singly(ring, state, run.times, instants, outputs);
          }
        });
    if constexpr (kHasBlocks) run.edges->are_known = true;
    if constexpr (has_snapshots<A>) snapshots_.write(aggregate_, outputs);
  }

  void advance(uint32_t key, const Ring& ring, int64_t t) override { move(ring, states_[key], t); }
  Position first_needed(uint32_t key) const override { return states_[key].cursor.tail; }
  void copy_key(const StateKernel& other, uint32_t key) override {
    const auto& from = static_cast<const RetractKernel&>(other);
    assign_state(aggregate_, states_[key].value, from.aggregate_, from.states_[key].value);
    states_[key].cursor = from.states_[key].cursor;
  }
  void forget_key(uint32_t key) override {
    clear_state(aggregate_, states_[key].value);
    states_[key].cursor = {};
  }
  int64_t memory_bytes() const override { return bytes_of(states_); }
  int64_t wide_promotions() const override { return promotions_of(aggregate_); }

 private:
  using Input = typename A::Input;

  /// Moments and a cursor fill a cache line.
  struct alignas(sizeof(typename A::State) + sizeof(Cursor) <= 64 ? 64 : 8) KeyState {
    typename A::State value;
    Cursor cursor;

    int64_t memory_bytes() const
      requires requires(const typename A::State& state) { state.memory_bytes(); }
    {
      return static_cast<int64_t>(value.memory_bytes());
    }
  };

  static constexpr bool kHasBlocks = has_running_sums<A> && has_edges<kind>;

  void run_singly(const Ring& ring, KeyState& state, const int64_t* times, std::span<const uint32_t> instants,
                  std::span<const KernelOutput> outputs) {
    for (uint32_t instant : instants) {
      move(ring, state, times[instant]);
      if constexpr (has_snapshots<A>) {
        snapshots_.add(aggregate_, state.value, outputs, instant);
      } else {
        write_outputs(aggregate_, state.value, outputs, instant);
      }
    }
  }

  void run_blocks(const Ring& ring, KeyState& state, std::span<const Cursor> edges, const int64_t* times,
                  std::span<const uint32_t> instants, std::span<const KernelOutput> outputs) {
    while (!instants.empty()) {
      const size_t block = block_size(edges, state.cursor);
      const size_t count = std::max<size_t>(block, 1);
      if (!snapshots_.has_space(count)) snapshots_.write(aggregate_, outputs);
      if (block == 0 || !sums_.run(ring, edges.first(count), state.value, state.cursor,
                                   [&](size_t i) -> typename A::State& { return snapshots_.append(instants[i]); })) {
        run_singly(ring, state, times, instants.first(count), outputs);
      }
      instants = instants.subspan(count);
      edges = edges.subspan(count);
    }
  }

  void move(const Ring& ring, KeyState& state, int64_t t) {
    headrace::advance<kind>(
        window_, t, ring, state.cursor,
        [&](Position position) {
          const RingEvent& event = ring.at(position);
          if (event.is_valid())
            aggregate_.update(state.value, input_at<Input>(ring, position), EventTime{event.time()});
        },
        [&](Position position) {
          const RingEvent& event = ring.at(position);
          if (event.is_valid())
            aggregate_.retract(state.value, input_at<Input>(ring, position), EventTime{event.time()});
        },
        [&] { clear(state.value); });
  }

  void clear(typename A::State& state) {
    if constexpr (requires { aggregate_.reset(state); }) {
      aggregate_.reset(state);
    } else {
      state = aggregate_.identity();
    }
  }

  struct NoSnapshots {};
  struct NoSums {};

  A aggregate_;
  WindowSpec window_;
  std::vector<KeyState> states_;
  [[no_unique_address]] std::conditional_t<has_snapshots<A>, Snapshots<A>, NoSnapshots> snapshots_;
  [[no_unique_address]] std::conditional_t<kHasBlocks, SumsBlock<A>, NoSums> sums_;
};

/// All events up to t: values are taken from the new rows, no ring is kept.
template <Aggregate A>
class LifetimeKernel : public StateKernel {
 public:
  explicit LifetimeKernel(A aggregate) : aggregate_(std::move(aggregate)) {}

  void resize(size_t count) override {
    while (states_.size() < count) states_.push_back(aggregate_.identity());
  }

  void run(const KernelRun& run, std::span<const KernelOutput> outputs) override {
    const SeriesRows& rows = *run.rows;
    size_t row = 0;
    for (uint32_t instant : run.instants) {
      const int64_t t = run.times[instant];
      for (; row < rows.size() && rows.events[row].time() <= t; ++row) take(rows, row);
      write_outputs(aggregate_, states_[run.key_at(instant)], outputs, instant);
    }
    for (; row < rows.size(); ++row) take(rows, row);
  }

  void copy_key(const StateKernel& other, uint32_t key) override {
    const auto& from = static_cast<const LifetimeKernel&>(other);
    assign_state(aggregate_, states_[key], from.aggregate_, from.states_[key]);
  }
  void forget_key(uint32_t key) override { clear_state(aggregate_, states_[key]); }
  void store_key(uint32_t key, ScalarType /*type*/, StateWriter& writer) const override {
    aggregate_.store(states_[key], writer);
  }
  void restore_key(uint32_t key, ScalarType /*type*/, StateReader& reader) override {
    aggregate_.restore(states_[key], reader);
  }
  int64_t memory_bytes() const override { return bytes_of(states_); }
  int64_t wide_promotions() const override { return promotions_of(aggregate_); }

 private:
  using Input = typename A::Input;

  void take(const SeriesRows& rows, size_t row) {
    const RingEvent& event = rows.events[row];
    if (!event.is_valid()) return;
    typename A::State& state = states_[rows.keys[row]];
    if constexpr (is_pair_input<Input>) {
      aggregate_.update(state,
                        Input{from_slot<typename Input::first_type>(event.value),
                              from_slot<typename Input::second_type>(rows.seconds[row])},
                        EventTime{event.time()});
    } else {
      aggregate_.update(state, from_slot<Input>(event.value), EventTime{event.time()});
    }
  }

  A aggregate_;
  std::vector<typename A::State> states_;
};

}  // namespace headrace
