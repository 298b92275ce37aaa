#pragma once

/// Runs of values as loops see them: a pointer to values and one byte of validity a row.

#include "data/type.h"

#include <cstdint>
#include <string_view>

namespace headrace {

/// The most rows that one run takes: small enough for the first-level cache, large enough to forget the dispatch.
inline constexpr int kVectorSize = 2048;

/// A read-only run of values of one scalar type. Element types by ScalarType: bool uint8_t (0 or 1), int64, timestamp
/// and duration int64_t, double double, string std::string_view. The value under a null is unspecified but readable.
struct VectorView {
  ScalarType type = ScalarType::kNull;
  const uint8_t* valid = nullptr;  // one byte a row, 0 or 1; null: all valid
  const void* values = nullptr;

  const double* doubles() const { return static_cast<const double*>(values); }
  const int64_t* int64s() const { return static_cast<const int64_t*>(values); }
  const uint8_t* bools() const { return static_cast<const uint8_t*>(values); }
  const std::string_view* strings() const { return static_cast<const std::string_view*>(values); }
  bool is_valid(int row) const { return valid == nullptr || valid[row] != 0; }
};

/// The bytes of one element of a VectorView of the type.
constexpr size_t element_size(ScalarType type) {
  switch (type) {
    case ScalarType::kNull:
    case ScalarType::kBool: return 1;
    case ScalarType::kInt64:
    case ScalarType::kDouble:
    case ScalarType::kTimestamp:
    case ScalarType::kDuration: return 8;
    case ScalarType::kString: return sizeof(std::string_view);
  }
  return 0;
}

}  // namespace headrace
