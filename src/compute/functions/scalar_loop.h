#pragma once

/// Scalar loops: one loop over a run of rows for each (function, argument types).
///
/// A loop knows nothing of expressions. Invariants of every loop:
///   (1) It reads rows [0, rows) of its arguments, also under nulls, and must not trap on any bits it finds there.
///   (2) Doubles that it gives are finite and not −0.0 wherever they are valid.
///   (3) Its result depends on each row alone, never on the number of rows or on its neighbours.
///   (4) `values` and `valid` never overlap an argument.
/// Scalar loops are pure but for the arena; one may be shared by threads.

#include "compute/functions/function.h"
#include "compute/functions/text_arena.h"
#include "compute/functions/vector_view.h"

#include <cstdint>
#include <span>

namespace headrace {

struct LoopCall {
  std::span<const VectorView> arguments;
  /// One byte for each argument: not 0 when it is the same at all rows. Under `constant_tail` such an argument has one
  /// element only.
  std::span<const uint8_t> is_constant;
  int rows = 0;
  void* values = nullptr;    // rows elements of the result type
  uint8_t* valid = nullptr;  // rows bytes; see Nulls
  TextArena* arena = nullptr;

  double* doubles() const { return static_cast<double*>(values); }
  int64_t* int64s() const { return static_cast<int64_t*>(values); }
  uint8_t* bools() const { return static_cast<uint8_t*>(values); }
  std::string_view* strings() const { return static_cast<std::string_view*>(values); }
};

/// Who decides which rows are null.
enum class Nulls {
  kNever,            // no row is
  kWhereArguments,   // those where an argument is; the loop leaves `valid` alone
  kAlsoOutOfDomain,  // `valid` comes in as above, and the loop clears further bytes
  kOwnRule,          // the loop writes `valid`
};

struct ScalarLoop {
  void (*run)(const LoopCall&) = nullptr;
  Nulls nulls = Nulls::kWhereArguments;
  /// Constant arguments after the first need not be spread over all rows.
  bool constant_tail = false;

  explicit operator bool() const { return run != nullptr; }
};

/// The loop for the types, or an empty one if the function does not take them. kEventTime has none: it is an input.
ScalarLoop find_loop(Function function, std::span<const ScalarType> arguments);

}  // namespace headrace
