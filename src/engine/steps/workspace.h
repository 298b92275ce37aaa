#pragma once

/// Scratch memory of one thread, kept from step to step.

#include "compute/windows/kernel.h"
#include "engine/meter/work_accounts.h"
#include "engine/rows/row_scratch.h"
#include "engine/steps/key_groups.h"

#include <deque>
#include <vector>

namespace headrace {

/// Room for one run of an evaluator: what goes in, and the values that come out as slots.
struct VectorScratch {
  std::vector<VectorView> inputs;
  std::vector<int64_t> times = std::vector<int64_t>(kVectorSize);
  std::vector<Slot> values = std::vector<Slot>(kVectorSize);
  std::vector<uint8_t> valid = std::vector<uint8_t>(kVectorSize);
  std::vector<Slot> seconds = std::vector<Slot>(kVectorSize);  // of a pair series
  std::vector<uint8_t> second_valid = std::vector<uint8_t>(kVectorSize);
};

class Workspace : public RowScratch {
 public:
  /// Notes what this thread does for the nodes of the plan.
  WorkMeter meter() const { return meter_; }
  void set_meter(WorkMeter meter) { meter_ = meter; }
  /// What is in it is of the run before.
  VectorScratch& scratch() { return scratch_; }
  /// An empty list of the outputs of one kernel.
  std::vector<KernelOutput>& outputs() {
    outputs_.clear();
    return outputs_;
  }
  /// By key, the results of the step in work, or all its instants. The partition keeps them up to date.
  KeyGroups& groups(bool of_all) { return of_all ? groups_of_all_ : groups_of_outputs_; }
  /// The edges of the step in work for some events and windows, to be found by the first kernel that needs them.
  WindowEdges& edges(const RingSet* rings, const WindowSpec& window, bool of_all);
  /// Forgets what was kept of another step or partition.
  void begin_step() { edges_in_use_ = 0; }

 private:
  VectorScratch scratch_;
  WorkMeter meter_;
  std::vector<KernelOutput> outputs_;
  KeyGroups groups_of_outputs_;
  KeyGroups groups_of_all_;

  struct EdgesOf {
    const RingSet* rings;
    WindowSpec window;
    bool of_all;
    WindowEdges edges;
  };
  std::deque<EdgesOf> edges_;
  size_t edges_in_use_ = 0;
};

}  // namespace headrace
