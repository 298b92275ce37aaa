#pragma once

/// Scratch memory of one thread, kept from step to step.

#include "compute/expressions/evaluator.h"
#include "engine/steps/key_groups.h"
#include "engine/steps/vector_input.h"

#include <deque>
#include <map>
#include <memory>
#include <vector>

namespace headrace {

class Workspace {
 public:
  Evaluator& evaluator(const std::shared_ptr<const Program>& program) {
    auto& evaluator = evaluators_[program.get()];
    if (!evaluator) evaluator = std::make_unique<Evaluator>(program);
    return *evaluator;
  }
  std::vector<VectorBuffer>& buffers(size_t count) {
    if (buffers_.size() < count) buffers_.resize(count);
    return buffers_;
  }
  /// By key, the results of the step in work, or all its instants. The partition keeps them up to date.
  KeyGroups& groups(bool of_all) { return of_all ? groups_of_all_ : groups_of_outputs_; }
  /// The edges of the step in work for some events and windows, to be found by the first kernel that needs them.
  WindowEdges& edges(const RingSet* rings, const WindowSpec& window, bool of_all);
  /// Forgets what was kept of another step or partition.
  void begin_step() { edges_in_use_ = 0; }

 private:
  std::map<const Program*, std::unique_ptr<Evaluator>> evaluators_;
  std::vector<VectorBuffer> buffers_;
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
