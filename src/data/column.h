#pragma once

/// Columns and batches in Arrow's memory layout, without Arrow's library.
///
/// A Column is an immutable view with shared ownership of its buffers: copying it is cheap, slicing copies nothing.
/// It crosses to and from other libraries by the Arrow C Data Interface (data/c_data.h).

#include "data/type.h"
#include "data/value.h"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace headrace {

/// Buffers by type:
///   kBool                              values: bitmap, least significant bit first
///   kInt64, kTimestamp (us), kDouble   values: 8 bytes each
///   kString                            offsets: int32[length + 1], values: UTF-8 bytes
///   list of any of these               offsets: int32[length + 1] into `child`
///
/// Invariants:
///   (1) validity is null (all values are there) or a bitmap of offset + length bits.
///   (2) offset counts rows; it applies to validity, bool bitmaps, 8-byte values and offsets alike.
struct Column {
  Type type;
  int64_t length = 0;
  int64_t offset = 0;
  const uint8_t* validity = nullptr;
  const void* values = nullptr;
  const int32_t* offsets = nullptr;
  std::shared_ptr<const Column> child;
  std::shared_ptr<const void> owner;  // keeps the buffers alive

  bool is_valid(int64_t row) const {
    if (validity == nullptr) return true;
    const int64_t bit = offset + row;
    return (validity[bit >> 3] >> (bit & 7)) & 1;
  }
  /// REQUIRES: type is int64 or timestamp.
  const int64_t* int64s() const { return static_cast<const int64_t*>(values) + offset; }
  /// REQUIRES: type is double.
  const double* doubles() const { return static_cast<const double*>(values) + offset; }
  /// REQUIRES: type is bool.
  bool bool_at(int64_t row) const {
    const int64_t bit = offset + row;
    return (static_cast<const uint8_t*>(values)[bit >> 3] >> (bit & 7)) & 1;
  }
  /// REQUIRES: type is string.
  std::string_view string_at(int64_t row) const {
    const int32_t start = offsets[offset + row];
    return {static_cast<const char*>(values) + start, static_cast<size_t>(offsets[offset + row + 1] - start)};
  }
  /// The boxed value, for messages and tests.
  Value value_at(int64_t row) const;
  Column slice(int64_t start, int64_t rows) const;
};

/// Rows of one table: columns of equal length.
struct Batch {
  int64_t rows = 0;
  std::vector<Column> columns;

  Batch slice(int64_t start, int64_t rows) const;
};

/// Builds one column value by value.
///
///   ColumnBuilder builder({ScalarType::kDouble});
///   builder.append(Value{1.5});
///   Column column = std::move(builder).finish();
class ColumnBuilder {
 public:
  explicit ColumnBuilder(Type type);

  /// REQUIRES: value is null or has the builder's type.
  void append(const Value& value);
  void append_null();
  void append_double(double value);
  /// For int64 and timestamp.
  void append_int64(int64_t value);
  void append_bool(bool value);
  void append_string(std::string_view value);

  int64_t length() const { return length_; }
  Column finish() &&;

 private:
  void append_validity(bool valid);

  Type type_;
  int64_t length_ = 0;
  int64_t null_count_ = 0;
  std::vector<uint8_t> validity_;
  std::vector<uint8_t> bits_;
  std::vector<int64_t> words_;
  std::vector<int32_t> offsets_;
  std::string bytes_;
  std::unique_ptr<ColumnBuilder> child_;
};

/// Adopts vectors as a column without copying. `valid` is empty (all there) or one byte a row.
Column make_column(std::vector<double> values, const std::vector<uint8_t>& valid = {});
/// type is kInt64 or kTimestamp.
Column make_column(ScalarType type, std::vector<int64_t> values, const std::vector<uint8_t>& valid = {});

}  // namespace headrace
