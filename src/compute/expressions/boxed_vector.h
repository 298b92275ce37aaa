#pragma once

/// Between boxed values and vectors of one row: for constants, explanations and tests.

#include "compute/functions/vector_view.h"
#include "data/value.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace headrace {

/// Holds one value as a vector of one row. The view points into this object, which therefore does not move.
class BoxedVector {
 public:
  /// REQUIRES: value is null or of the type.
  BoxedVector(ScalarType type, const Value& value);
  BoxedVector(const BoxedVector&) = delete;
  BoxedVector& operator=(const BoxedVector&) = delete;

  const VectorView& view() const { return view_; }

 private:
  VectorView view_;
  uint8_t valid_ = 0;
  uint8_t bool_ = 0;
  int64_t word_ = 0;
  double double_ = 0.0;
  std::string text_;
  std::string_view text_view_;
};

/// Copies one row out of a view.
Value value_at(const VectorView& view, int row);

}  // namespace headrace
