#pragma once

/// Aggregates that are read from the events at the ends of the window: first, last, first_k, last_k, delta, rate, and
/// the count of a series without null events.
///
/// For windows of which the ends are not known beforehand: with edges, see ends_kernel.h.
/// Order required: (time, arrival). Operator required: none.
/// Time: amortised O(1) an event, O(k) a list. Space: a cursor and two positions a key.

#include "compute/windows/cursor.h"
#include "compute/windows/retract_kernel.h"

#include <algorithm>

namespace headrace {

/// delta and rate of the first and last value; type decides integer or double arithmetic.
struct EndValues {
  RingEvent first;
  RingEvent last;
};
/// Writes delta or rate; false: null.
bool write_delta(const EndValues& ends, ScalarType type, Slot& out);
bool write_rate(const EndValues& ends, ScalarType type, Slot& out);
/// Writes first, last, delta or rate of values that are there.
bool write_ends(const EndValues& ends, Aggregation aggregation, ScalarType type, Slot& out);

template <WindowSpec::Kind kind>
class PositionKernel : public StateKernel {
 public:
  PositionKernel(ScalarType type, WindowSpec window) : type_(type), window_(window) {}

  void resize(size_t count) override { states_.resize(count); }

  void run(const KernelRun& run, std::span<const KernelOutput> outputs) override {
    for (uint32_t instant : run.instants) {
      const uint32_t key = run.key_at(instant);
      const Ring& ring = (*run.rings)[key];
      move(ring, states_[key], run.times[instant]);
      for (const KernelOutput& output : outputs) write(ring, states_[key], output, instant);
    }
  }

  void advance(uint32_t key, const Ring& ring, int64_t t) override { move(ring, states_[key], t); }
  Position first_needed(uint32_t key) const override { return states_[key].cursor.tail; }
  void copy_key(const StateKernel& other, uint32_t key) override {
    states_[key] = static_cast<const PositionKernel&>(other).states_[key];
  }
  void forget_key(uint32_t key) override { states_[key] = {}; }
  int64_t memory_bytes() const override { return static_cast<int64_t>(states_.capacity() * sizeof(State)); }

 private:
  struct State {
    Cursor cursor;
    Position first = 0;  // first valid event of the window, when count > 0
    Position last = 0;   // last valid event of the window, when count > 0
    int64_t count = 0;   // valid events in the window
  };

  void move(const Ring& ring, State& state, int64_t t) {
    headrace::advance<kind>(
        window_, t, ring, state.cursor,
        [&](Position position) {
          if (!ring.at(position).is_valid()) return;
          if (state.count++ == 0) state.first = position;
          state.last = position;
        },
        [&](Position position) {
          if (!ring.at(position).is_valid()) return;
          if (--state.count == 0) return;
          state.first = position + 1;
          while (!ring.at(state.first).is_valid()) ++state.first;
        },
        [&] { state.count = 0; });
  }

  void write(const Ring& ring, const State& state, const KernelOutput& output, uint32_t instant) const {
    Slot slot = 0;
    bool has_value = state.count > 0;
    if (output.aggregation == Aggregation::kCount) {
      has_value = true;
      slot = to_slot(state.count);
    } else if (has_value && (output.aggregation == Aggregation::kFirstK || output.aggregation == Aggregation::kLastK)) {
      slot = write_list(ring, state, output);
    } else if (has_value) {
      has_value = write_ends({ring.at(state.first), ring.at(state.last)}, output.aggregation, type_, slot);
    }
    output.valid[instant] = has_value;
    output.values[instant] = slot;
  }

  static Slot write_list(const Ring& ring, const State& state, const KernelOutput& output) {
    const auto wanted = static_cast<size_t>(std::min<int64_t>(output.params->k, state.count));
    std::vector<Slot> items;
    items.reserve(wanted);
    if (output.aggregation == Aggregation::kFirstK) {
      for (Position at = state.first; items.size() < wanted; ++at) {
        if (ring.at(at).is_valid()) items.push_back(ring.at(at).value);
      }
    } else {
      for (Position at = state.last; items.size() < wanted; --at) {
        if (ring.at(at).is_valid()) items.push_back(ring.at(at).value);
      }
      std::reverse(items.begin(), items.end());
    }
    return output.lists->add(items);
  }

  ScalarType type_;
  WindowSpec window_;
  std::vector<State> states_;
};

/// The same over all events up to t, without a ring.
class LifetimePositionKernel : public StateKernel {
 public:
  /// k_max: the longest list that is read, 0 for none.
  LifetimePositionKernel(ScalarType type, int first_k_max, int last_k_max)
      : type_(type), first_k_max_(first_k_max), last_k_max_(last_k_max) {}

  void resize(size_t count) override;
  void run(const KernelRun& run, std::span<const KernelOutput> outputs) override;
  void copy_key(const StateKernel& other, uint32_t key) override;
  void forget_key(uint32_t key) override;
  void store_key(uint32_t key, ScalarType type, StateWriter& writer) const override;
  void restore_key(uint32_t key, ScalarType type, StateReader& reader) override;
  int64_t memory_bytes() const override;

 private:
  struct State {
    EndValues ends;
    int64_t count = 0;
  };
  struct Lists {
    std::vector<Slot> first;
    std::vector<Slot> last;  // a ring: the newest at (count − 1) % last_k_max
  };

  void take(const SeriesRows& rows, size_t row);
  void write(uint32_t key, const KernelOutput& output, uint32_t instant) const;

  ScalarType type_;
  int first_k_max_;
  int last_k_max_;
  std::vector<State> states_;
  std::vector<Lists> lists_;  // empty when no list is read
};

}  // namespace headrace
