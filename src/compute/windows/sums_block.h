#pragma once

/// The exact sums of the windows of some instants of one key, as differences of running sums: one over the events that
/// enter, one over those that leave.
///
/// Order required: none beyond the ring's. Operator required: sums whose differences are exact.
/// Time: O(1) an event and instant. Space: a sum for each event of a block.
///
/// Not thread-safe: belongs to one kernel.

#include "compute/aggregates/running_sums.h"
#include "compute/windows/edge_block.h"

#include <array>

namespace headrace {

/// Aggregates whose states are differences of running sums.
template <typename A>
inline constexpr bool has_running_sums = requires { typename A::Running; };

template <typename A>
class SumsBlock {
 public:
  using State = typename A::State;

  /// Moves a state and its cursor over the windows of a block and stores the state at each of them in
  /// place(i). Returns false, and changes nothing, when values or sums may not fit, or when the state ends empty:
  /// then they must be taken one by one.
  template <typename Place>
  bool run(const Ring& ring, std::span<const Cursor> edges, State& state, Cursor& cursor, Place&& place) {
    const Cursor last = edges.back();
    if (!has_room_for_run(state) || last.tail == last.head) return false;
    const unsigned base = state.header.base_x();
    std::copy_n(state.limbs, std::size(state.limbs), entered_[0].limbs);
    const uint64_t misfit =
        sum_up(ring, cursor.head, last.head, base, entered_) | sum_up(ring, cursor.tail, last.tail, base, left_);
    if (misfit != 0) [[unlikely]]
      return false;
    for (size_t i = 0; i < edges.size(); ++i) store_difference(edges[i], cursor, state.header, place(i));
    store_difference(last, cursor, state.header, state);
    cursor = last;
    return true;
  }

 private:
  using Running = typename A::Running;
  using Sums = std::array<Running, kBlockEvents + 1>;
  static_assert(kBlockEvents <= kRunMax);

  static uint64_t sum_up(const Ring& ring, Position begin, Position end, unsigned base, Sums& sums) {
    Running running = sums[0];
    uint64_t misfit = 0;
    const uint32_t count = end - begin;
    for (uint32_t i = 0; i < count; ++i) {
      misfit |= running.add(from_slot<typename A::Input>(ring.at(begin + i).value), base);
      sums[i + 1] = running;
    }
    return misfit;
  }

  void store_difference(Cursor edge, Cursor begin, SumHeader header, State& state) const {
    Running::store_difference(entered_[edge.head - begin.head], left_[edge.tail - begin.tail], state.limbs);
    state.header = header;
    state.header.set_count(edge.head - edge.tail);
  }

  Sums entered_;
  Sums left_ = {};  // the first stays zero
};

}  // namespace headrace
