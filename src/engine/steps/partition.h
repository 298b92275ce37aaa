#pragma once

/// The state of one share of the keys, and the work of one step on it.
///
/// A partition is touched by one thread at a time, and sees steps in order; so there are no locks inside, and what it
/// computes does not depend on how many threads there are.

#include "engine/steps/step.h"
#include "engine/steps/workspace.h"

#include <memory>
#include <vector>

namespace headrace {

class Partition {
 public:
  Partition(const Layout& layout, const StepBuilder& steps, const KeyTable& keys, TextPool& texts, size_t index,
            int partition_bits);

  /// Takes the step's rows of this partition in and writes its instants' features.
  void process(TimeStep& step, Workspace& workspace);

  int64_t memory_bytes() const;
  int64_t wide_promotions() const;

 private:
  struct SeriesState {
    SeriesRows rows;
    std::unique_ptr<RingSet> ring;       // events with values
    std::unique_ptr<RingSet> full_ring;  // all events
    bool keeps_rows = false;  // a lifetime kernel or the full ring reads `rows`; else events go straight to `ring`
    std::vector<StateKernel*> kernels;       // that read `ring`
    std::vector<StateKernel*> full_kernels;  // that read `full_ring`
  };

  void fill_rows(const TimeStep& step, size_t series);
  bool push_directly(const TimeStep& step, size_t series);
  void fill_dependent_rows(const TimeStep& step, size_t series, Workspace& workspace);
  void push_rows(const TimeStep& step, SeriesState& state);
  static void make_room(RingSet& rings, Ring& ring, const std::vector<StateKernel*>& kernels, uint32_t key,
                        int64_t start);
  void group_instants(const TimeStep& step, size_t keys, Workspace& workspace) const;
  bool wants_all_instants(size_t state) const;
  void run_state(TimeStep& step, size_t state, Workspace& workspace);
  void run_derived(TimeStep& step, size_t feature, Workspace& workspace);
  void apply_defaults(TimeStep& step, size_t feature, std::span<const uint32_t> instants);
  std::span<const uint32_t> instants_of(const TimeStep& step, size_t feature) const;

  const Layout& layout_;
  const StepBuilder& steps_;
  const KeyTable& keys_;
  TextPool& texts_;
  size_t index_;
  int partition_bits_;
  std::vector<SeriesState> series_;
  std::vector<std::unique_ptr<StateKernel>> kernels_;  // by plan state
  std::vector<std::vector<size_t>> outputs_of_;        // by plan feature: its places among the result columns
};

/// The slot of a boxed value; strings are interned.
Slot slot_of(const Value& value, TextPool& texts);

}  // namespace headrace
