#pragma once

/// The parts of a compiled program. Private to compute/expressions; use evaluator.h.

#include "compute/expressions/evaluator.h"
#include "compute/functions/scalar_loop.h"

#include <vector>

namespace headrace {

struct Program::Node {
  enum class Kind { kConstant, kInput, kEventTime, kCall };
  static constexpr size_t kNoSlot = static_cast<size_t>(-1);

  Kind kind = Kind::kConstant;
  ScalarType type = ScalarType::kNull;
  Value literal;                       // kConstant
  bool is_spread = false;              // kConstant: needed at every row, not as one element only
  size_t input = 0;                    // kInput
  Function function = Function::kAdd;  // kCall
  ScalarLoop loop;                     // kCall
  std::vector<size_t> arguments;       // kCall: earlier nodes
  std::vector<uint8_t> constants;      // kCall: 1 for each argument that is a constant
  /// kCall: the buffers of the result. A buffer is free for a later node once the last user of its content has run;
  /// the buffers of outputs are never given on.
  size_t slot = kNoSlot;
};

/// Runs a loop after its validity was set by its rule. `valid` has room for call.rows bytes. Returns the result's view.
VectorView run_loop(const ScalarLoop& loop, ScalarType type, LoopCall call);

}  // namespace headrace
