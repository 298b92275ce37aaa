#pragma once

/// Reads values of one Arrow array by their C format. Internal to widen.cc.

#include "widen.h"

#include <string_view>

namespace headrace {

/// What a C format says, as far as it matters here.
struct FoundType {
  enum class Kind { kNothing, kBool, kInteger, kFloat, kText, kTime, kDictionary, kOther };
  Kind kind = Kind::kOther;
  char code = 0;         // kInteger, kFloat: the format's letter; kText: u (32-bit offsets), U (64-bit), v (views)
  bool is_days = false;  // kTime: 32-bit days
  int64_t multiply = 1;  // kTime: microseconds = value * multiply, or floor(value / divide)
  int64_t divide = 1;
};

FoundType found_type(const ArrowSchema& schema);

class ArrayView {
 public:
  explicit ArrayView(const ArrayPiece& piece)
      : array_(*piece.array), first_(piece.array->offset + piece.start), rows_(piece.rows) {
    if (array_.null_count != 0 && array_.n_buffers > 0) validity_ = static_cast<const uint8_t*>(array_.buffers[0]);
  }

  int64_t rows() const { return rows_; }
  int64_t first() const { return first_; }
  const uint8_t* validity() const { return validity_; }
  bool is_valid(int64_t row) const {
    return validity_ == nullptr || ((validity_[(first_ + row) >> 3] >> ((first_ + row) & 7)) & 1) != 0;
  }
  const void* buffer(int64_t index) const { return array_.buffers[index]; }
  template <typename Number>
  const Number* numbers() const {
    const auto* values = static_cast<const Number*>(array_.buffers[1]);
    return values == nullptr ? nullptr : values + first_;  // An empty array may have none.
  }
  std::string_view text(char code, int64_t row) const;

  /// Calls visit with a pointer to the C values of the integer format `code`.
  template <typename Visit>
  auto visit_integers(char code, Visit&& visit) const {
    switch (code) {
      case 'c': return visit(numbers<int8_t>());
      case 'C': return visit(numbers<uint8_t>());
      case 's': return visit(numbers<int16_t>());
      case 'S': return visit(numbers<uint16_t>());
      case 'i': return visit(numbers<int32_t>());
      case 'I': return visit(numbers<uint32_t>());
      case 'L': return visit(numbers<uint64_t>());
      default: return visit(numbers<int64_t>());
    }
  }

 private:
  const ArrowArray& array_;
  int64_t first_;
  int64_t rows_;
  const uint8_t* validity_ = nullptr;
};

}  // namespace headrace
