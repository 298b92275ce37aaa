#pragma once

/// first, last, first_k, last_k, delta, rate and count of windows between two times, over series without null events:
/// then the ends of the window are the ends of its edges, and there is nothing else to keep.
///
/// Order required: (time, arrival). Operator required: none.
/// Time: amortised O(1) an event, O(k) a list. Space: a cursor a key.

#include "compute/windows/edge_block.h"
#include "compute/windows/position_kernel.h"

namespace headrace {

template <WindowSpec::Kind kind>
class EndsKernel : public StateKernel {
  static_assert(has_edges<kind>);

 public:
  EndsKernel(ScalarType type, WindowSpec window) : type_(type), window_(window) {}

  void resize(size_t count) override { cursors_.resize(count); }

  void run(const KernelRun& run, std::span<const KernelOutput> outputs) override {
    const RingSet& rings = *run.rings;
    for_each_group(
        run,
        [&](uint32_t key) {
          __builtin_prefetch(&cursors_[key], 1);
          __builtin_prefetch(&rings[key]);
        },
        [&](uint32_t key, uint32_t count) {
          rings[key].prefetch(cursors_[key].tail, count);
          rings[key].prefetch(cursors_[key].head, count);
        },
        [&](const KeyGroup& group) {
          const std::span<const uint32_t> instants = run.grouped.subspan(group.begin, group.end - group.begin);
          const Ring& ring = rings[group.key];
          Cursor& cursor = cursors_[group.key];
          const std::span<const Cursor> edges = edges_of<kind>(window_, ring, cursor, run, group);
          cursor = edges.back();
          for (const KernelOutput& output : outputs) write(ring, edges, instants, output);
        });
    run.edges->are_known = true;
  }

  void advance(uint32_t key, const Ring& ring, int64_t t) override {
    headrace::advance<kind>(window_, t, ring, cursors_[key], [](Position) {}, [](Position) {}, [] {});
  }
  Position first_needed(uint32_t key) const override { return cursors_[key].tail; }
  void copy_key(const StateKernel& other, uint32_t key) override {
    cursors_[key] = static_cast<const EndsKernel&>(other).cursors_[key];
  }
  void forget_key(uint32_t key) override { cursors_[key] = {}; }
  int64_t memory_bytes() const override { return static_cast<int64_t>(cursors_.capacity() * sizeof(Cursor)); }

 private:
  /// The ring and the output by value, which storing results cannot change.
  void write(const Ring ring, std::span<const Cursor> edges, std::span<const uint32_t> instants,
             const KernelOutput output) const {
    const Aggregation which = output.aggregation;
    if (which == Aggregation::kCount) {
      write_each(edges, instants, output, [](Cursor edge, Slot& slot) {
        slot = to_slot(static_cast<int64_t>(edge.head - edge.tail));
        return true;
      });
    } else if (ring.events == nullptr) {
      write_each(edges, instants, output, [](Cursor, Slot&) { return false; });
    } else if (which == Aggregation::kFirst || which == Aggregation::kLast) {
      // The end of an empty window is any place of the ring, whose value means nothing.
      const Position back = which == Aggregation::kFirst ? 0 : 1;
      write_each(edges, instants, output, [&](Cursor edge, Slot& slot) {
        slot = ring.at((back == 0 ? edge.tail : edge.head) - back).value;
        return edge.tail != edge.head;
      });
    } else if (which == Aggregation::kFirstK || which == Aggregation::kLastK) {
      write_each(edges, instants, output, [&](Cursor edge, Slot& slot) {
        if (edge.tail != edge.head) slot = list_of(ring, edge, output);
        return edge.tail != edge.head;
      });
    } else {
      write_each(edges, instants, output, [&](Cursor edge, Slot& slot) {
        return edge.tail != edge.head && write_ends({ring.at(edge.tail), ring.at(edge.head - 1)}, which, type_, slot);
      });
    }
  }

  template <typename Write>
  static void write_each(std::span<const Cursor> edges, std::span<const uint32_t> instants, KernelOutput output,
                         Write&& write) {
    for (size_t i = 0; i < instants.size(); ++i) {
      Slot slot = 0;
      output.valid[instants[i]] = write(edges[i], slot);
      output.values[instants[i]] = slot;
    }
  }

  static Slot list_of(const Ring& ring, Cursor edge, const KernelOutput& output) {
    const auto wanted =
        static_cast<uint32_t>(std::min<int64_t>(output.params->k, static_cast<int64_t>(edge.head - edge.tail)));
    const Position begin = output.aggregation == Aggregation::kFirstK ? edge.tail : edge.head - wanted;
    std::vector<Slot> items(wanted);
    for (uint32_t i = 0; i < wanted; ++i) items[i] = ring.at(begin + i).value;
    return output.lists->add(items);
  }

  ScalarType type_;
  WindowSpec window_;
  std::vector<Cursor> cursors_;
};

}  // namespace headrace
