#include "compute/functions/families.h"
#include "compute/functions/loops.h"

#include <algorithm>

namespace headrace {
namespace {

template <typename T>
ScalarLoop comparison_loop(Function function) {
  switch (function) {
    case Function::kEqual: return {zip_loop<T, T, uint8_t, [](T a, T b) { return static_cast<uint8_t>(a == b); }>};
    case Function::kNotEqual: return {zip_loop<T, T, uint8_t, [](T a, T b) { return static_cast<uint8_t>(a != b); }>};
    case Function::kLess: return {zip_loop<T, T, uint8_t, [](T a, T b) { return static_cast<uint8_t>(a < b); }>};
    case Function::kLessEqual: return {zip_loop<T, T, uint8_t, [](T a, T b) { return static_cast<uint8_t>(a <= b); }>};
    case Function::kGreater: return {zip_loop<T, T, uint8_t, [](T a, T b) { return static_cast<uint8_t>(a > b); }>};
    case Function::kGreaterEqual:
      return {zip_loop<T, T, uint8_t, [](T a, T b) { return static_cast<uint8_t>(a >= b); }>};
    default: return {};
  }
}

/// x in [items]: true where an item is equal; else null where an item is null; else false.
template <typename T>
void in_loop(const LoopCall& call) {
  const T* __restrict x = elements<T>(call.arguments[0]);
  const uint8_t* __restrict x_valid = valid_bytes(call.arguments[0]);
  uint8_t* __restrict hit = call.bools();
  uint8_t* __restrict valid = call.valid;
  const int rows = call.rows;

  // First `valid` says that no item was null.
  std::fill_n(hit, rows, uint8_t{0});
  std::fill_n(valid, rows, uint8_t{1});

  for (size_t k = 1; k < call.arguments.size(); ++k) {
    const VectorView& item = call.arguments[k];
    if (call.is_constant[k] != 0) {
      if (!item.is_valid(0)) {
        std::fill_n(valid, rows, uint8_t{0});
        continue;
      }
      const T wanted = elements<T>(item)[0];
      for (int i = 0; i < rows; ++i) hit[i] |= static_cast<uint8_t>(x[i] == wanted);
      continue;
    }

    const T* __restrict y = elements<T>(item);
    const uint8_t* __restrict y_valid = valid_bytes(item);
    for (int i = 0; i < rows; ++i) {
      hit[i] |= y_valid[i] & static_cast<uint8_t>(x[i] == y[i]);
      valid[i] &= y_valid[i];
    }
  }

  // Null where x is, or where an item is and none was equal.
  for (int i = 0; i < rows; ++i) valid[i] = x_valid[i] & (valid[i] | hit[i]);
}

}  // namespace

ScalarLoop find_comparison_loop(Function function, ArgumentTypes arguments) {
  if (arguments.size() < 2) return {};
  for (ScalarType type : arguments) {
    if (type != arguments[0]) return {};
  }
  return visit_element(arguments[0], [&](auto zero) -> ScalarLoop {
    using T = decltype(zero);
    if (function == Function::kIn) return {in_loop<T>, Nulls::kOwnRule, true};
    return arguments.size() == 2 ? comparison_loop<T>(function) : ScalarLoop{};
  });
}

}  // namespace headrace
