#pragma once

/// Evaluators, and room for what goes into them. Scratch memory of one thread: what is in it is of the run before.

#include "compute/expressions/evaluator.h"
#include "engine/rows/vector_input.h"

#include <map>
#include <memory>
#include <vector>

namespace headrace {

class RowScratch {
 public:
  /// The program stays as long as this.
  Evaluator& evaluator(const std::shared_ptr<const Program>& program) {
    auto& evaluator = evaluators_[program.get()];
    if (!evaluator) evaluator = std::make_unique<Evaluator>(program);
    return *evaluator;
  }
  std::vector<VectorBuffer>& buffers(size_t count) {
    if (buffers_.size() < count) buffers_.resize(count);
    return buffers_;
  }
  size_t evaluator_count() const { return evaluators_.size(); }

 private:
  std::map<const Program*, std::unique_ptr<Evaluator>> evaluators_;
  std::vector<VectorBuffer> buffers_;
};

}  // namespace headrace
