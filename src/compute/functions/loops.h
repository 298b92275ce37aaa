#pragma once

/// The shapes that scalar loops share. Private to compute/functions.
///
/// Loops are free of branches where the operation allows it, so that the compiler makes vector instructions of them.

#include "compute/functions/scalar_loop.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

namespace headrace {

template <typename T>
const T* elements(const VectorView& view) {
  return static_cast<const T*>(view.values);
}

inline constexpr auto kAllValid = [] {
  std::array<uint8_t, kVectorSize> ones{};
  ones.fill(1);
  return ones;
}();

/// The validity bytes of a view, also when all rows are valid.
inline const uint8_t* valid_bytes(const VectorView& view) {
  return view.valid != nullptr ? view.valid : kAllValid.data();
}

/// Makes null what is not finite.
inline void drop_not_finite(const double* __restrict values, uint8_t* __restrict valid, int rows) {
  for (int i = 0; i < rows; ++i)
    valid[i] &= static_cast<uint8_t>(std::fabs(values[i]) <= std::numeric_limits<double>::max());
}

/// R op(A), never null for a value.
template <typename A, typename R, auto op>
void map_loop(const LoopCall& call) {
  const A* __restrict a = elements<A>(call.arguments[0]);
  R* __restrict out = static_cast<R*>(call.values);
  for (int i = 0; i < call.rows; ++i) out[i] = op(a[i]);
}

/// R op(A, B), never null for values.
template <typename A, typename B, typename R, auto op>
void zip_loop(const LoopCall& call) {
  const A* __restrict a = elements<A>(call.arguments[0]);
  const B* __restrict b = elements<B>(call.arguments[1]);
  R* __restrict out = static_cast<R*>(call.values);
  for (int i = 0; i < call.rows; ++i) out[i] = op(a[i], b[i]);
}

/// double op(double): null where it is not finite; −0.0 becomes 0.0 by adding 0.0.
template <auto op>
void double_map_loop(const LoopCall& call) {
  const double* __restrict a = call.arguments[0].doubles();
  double* __restrict out = call.doubles();
  for (int i = 0; i < call.rows; ++i) out[i] = op(a[i]) + 0.0;
  drop_not_finite(out, call.valid, call.rows);
}

/// double op(double, double), as above.
template <auto op>
void double_zip_loop(const LoopCall& call) {
  const double* __restrict a = call.arguments[0].doubles();
  const double* __restrict b = call.arguments[1].doubles();
  double* __restrict out = call.doubles();
  for (int i = 0; i < call.rows; ++i) out[i] = op(a[i], b[i]) + 0.0;
  drop_not_finite(out, call.valid, call.rows);
}

/// bool op(A, R&): false makes the row null. For domains that are checked by value.
template <typename A, typename R, auto op>
void try_map_loop(const LoopCall& call) {
  const A* __restrict a = elements<A>(call.arguments[0]);
  R* __restrict out = static_cast<R*>(call.values);
  for (int i = 0; i < call.rows; ++i) {
    R result{};
    call.valid[i] &= static_cast<uint8_t>(op(a[i], result));
    out[i] = result;
  }
}

/// bool op(A, B, R&).
template <typename A, typename B, typename R, auto op>
void try_zip_loop(const LoopCall& call) {
  const A* __restrict a = elements<A>(call.arguments[0]);
  const B* __restrict b = elements<B>(call.arguments[1]);
  R* __restrict out = static_cast<R*>(call.values);
  uint8_t* __restrict valid = call.valid;
  for (int i = 0; i < call.rows; ++i) {
    R result{};
    valid[i] &= static_cast<uint8_t>(op(a[i], b[i], result));
    out[i] = result;
  }
}

/// Calls `visit` with a zero of the element type of a scalar type.
template <typename Visit>
auto visit_element(ScalarType type, Visit visit) {
  switch (type) {
    case ScalarType::kNull:
    case ScalarType::kBool: break;
    case ScalarType::kInt64:
    case ScalarType::kTimestamp:
    case ScalarType::kDuration: return visit(int64_t{});
    case ScalarType::kDouble: return visit(double{});
    case ScalarType::kString: return visit(std::string_view{});
  }
  return visit(uint8_t{});
}

}  // namespace headrace
