#pragma once

/// Arrays of the Arrow C interface made by hand, also wrong ones. For tests only.

#include "widen.h"

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace headrace {

/// An array, its type and its buffers. Everything is public so that a test can break it; `piece` looks at it as it is.
class CArray {
 public:
  CArray(std::string format, int64_t length) : format_(std::move(format)) {
    array.length = length;
    schema.format = format_.c_str();
    schema.name = "x";
  }
  CArray(const CArray&) = delete;
  CArray& operator=(const CArray&) = delete;

  /// Adds a buffer; validity comes first, null for none.
  template <typename Value>
  CArray& add(const std::vector<Value>& values) {
    bytes_.emplace_back(values.size() * sizeof(Value) + 1);  // never null
    if (!values.empty()) std::memcpy(bytes_.back().data(), values.data(), values.size() * sizeof(Value));
    return add_pointer(bytes_.back().data());
  }
  CArray& add_pointer(const void* pointer) {
    buffers.push_back(pointer);
    array.n_buffers = static_cast<int64_t>(buffers.size());
    array.buffers = buffers.data();
    return *this;
  }
  CArray& set_dictionary(CArray& values) {
    array.dictionary = &values.array;
    schema.dictionary = &values.schema;
    return *this;
  }

  ArrayPiece piece() const { return {&array, &schema, 0, array.length, std::make_shared<int>(0)}; }
  ArrayPiece piece(int64_t start, int64_t rows) const {
    return {&array, &schema, start, rows, std::make_shared<int>(0)};
  }

  ArrowArray array{};
  ArrowSchema schema{};
  std::vector<const void*> buffers;

 private:
  std::string format_;
  std::vector<std::vector<uint8_t>> bytes_;
};

}  // namespace headrace
