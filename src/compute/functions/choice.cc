#include "compute/functions/families.h"
#include "compute/functions/loops.h"

#include <algorithm>

namespace headrace {
namespace {

/// The first value that is not null, from left to right.
template <typename T>
void coalesce_loop(const LoopCall& call) {
  T* __restrict out = static_cast<T*>(call.values);
  uint8_t* __restrict valid = call.valid;
  std::copy_n(elements<T>(call.arguments[0]), call.rows, out);
  std::copy_n(valid_bytes(call.arguments[0]), call.rows, valid);
  for (size_t k = 1; k < call.arguments.size(); ++k) {
    const T* __restrict next = elements<T>(call.arguments[k]);
    const uint8_t* __restrict next_valid = valid_bytes(call.arguments[k]);
    for (int i = 0; i < call.rows; ++i) {
      out[i] = valid[i] != 0 ? out[i] : next[i];
      valid[i] |= next_valid[i];
    }
  }
}

/// The least or greatest of the values that are there; null where there is none.
template <typename T, auto is_better>
void extreme_loop(const LoopCall& call) {
  T* __restrict out = static_cast<T*>(call.values);
  uint8_t* __restrict valid = call.valid;
  std::copy_n(elements<T>(call.arguments[0]), call.rows, out);
  std::copy_n(valid_bytes(call.arguments[0]), call.rows, valid);
  for (size_t k = 1; k < call.arguments.size(); ++k) {
    const T* __restrict next = elements<T>(call.arguments[k]);
    const uint8_t* __restrict next_valid = valid_bytes(call.arguments[k]);
    for (int i = 0; i < call.rows; ++i) {
      const bool takes_next = (next_valid[i] != 0) & ((valid[i] == 0) | is_better(next[i], out[i]));
      out[i] = takes_next ? next[i] : out[i];
      valid[i] |= next_valid[i];
    }
  }
}

/// min(max(x, lo), hi): with lo > hi it gives hi.
template <typename T>
void clip_loop(const LoopCall& call) {
  const T* __restrict x = elements<T>(call.arguments[0]);
  const T* __restrict low = elements<T>(call.arguments[1]);
  const T* __restrict high = elements<T>(call.arguments[2]);
  T* __restrict out = static_cast<T*>(call.values);
  for (int i = 0; i < call.rows; ++i) {
    const T raised = low[i] > x[i] ? low[i] : x[i];
    out[i] = high[i] < raised ? high[i] : raised;
  }
}

/// if(c, a, b): b where the condition is false or null.
template <typename T>
void if_loop(const LoopCall& call) {
  const uint8_t* __restrict condition = call.arguments[0].bools();
  const uint8_t* __restrict condition_valid = valid_bytes(call.arguments[0]);
  const T* __restrict a = elements<T>(call.arguments[1]);
  const T* __restrict b = elements<T>(call.arguments[2]);
  const uint8_t* __restrict a_valid = valid_bytes(call.arguments[1]);
  const uint8_t* __restrict b_valid = valid_bytes(call.arguments[2]);
  T* __restrict out = static_cast<T*>(call.values);
  uint8_t* __restrict valid = call.valid;
  for (int i = 0; i < call.rows; ++i) {
    const bool takes_a = (condition[i] & condition_valid[i]) != 0;
    out[i] = takes_a ? a[i] : b[i];
    valid[i] = takes_a ? a_valid[i] : b_valid[i];
  }
}

/// nullif(a, b): null where they are equal, else a; a null b is equal to nothing. An int64 a is compared as a double if
/// b is one, and stays an int64.
template <typename T, typename B = T>
void null_if_loop(const LoopCall& call) {
  const T* __restrict a = elements<T>(call.arguments[0]);
  const B* __restrict b = elements<B>(call.arguments[1]);
  const uint8_t* __restrict a_valid = valid_bytes(call.arguments[0]);
  const uint8_t* __restrict b_valid = valid_bytes(call.arguments[1]);
  T* __restrict out = static_cast<T*>(call.values);
  uint8_t* __restrict valid = call.valid;
  for (int i = 0; i < call.rows; ++i) {
    out[i] = a[i];
    valid[i] = a_valid[i] & static_cast<uint8_t>((b_valid[i] & static_cast<uint8_t>(static_cast<B>(a[i]) == b[i])) ^ 1);
  }
}

template <typename T>
ScalarLoop choice_loop(Function function, size_t count) {
  switch (function) {
    case Function::kCoalesce: return {coalesce_loop<T>, Nulls::kOwnRule};
    case Function::kLeast: return {extreme_loop<T, [](T a, T b) { return a < b; }>, Nulls::kOwnRule};
    case Function::kGreatest: return {extreme_loop<T, [](T a, T b) { return b < a; }>, Nulls::kOwnRule};
    case Function::kClip: return count == 3 ? ScalarLoop{clip_loop<T>} : ScalarLoop{};
    case Function::kIf: return count == 2 ? ScalarLoop{if_loop<T>, Nulls::kOwnRule} : ScalarLoop{};
    case Function::kNullIf: return count == 2 ? ScalarLoop{null_if_loop<T>, Nulls::kOwnRule} : ScalarLoop{};
    default: return {};
  }
}

}  // namespace

ScalarLoop find_choice_loop(Function function, ArgumentTypes arguments) {
  if (function == Function::kIf) {
    if (arguments.empty() || arguments[0] != ScalarType::kBool) return {};
    arguments = arguments.subspan(1);
  }
  if (arguments.empty()) return {};
  const bool is_mixed =
      arguments.size() == 2 && arguments[0] == ScalarType::kInt64 && arguments[1] == ScalarType::kDouble;
  if (function == Function::kNullIf && is_mixed) return {null_if_loop<int64_t, double>, Nulls::kOwnRule};
  for (ScalarType type : arguments) {
    if (type != arguments[0]) return {};
  }
  return visit_element(arguments[0],
                       [&](auto zero) { return choice_loop<decltype(zero)>(function, arguments.size()); });
}

}  // namespace headrace
