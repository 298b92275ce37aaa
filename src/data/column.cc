#include "data/column.h"

#include "base/check.h"

#include <bit>
#include <utility>

namespace headrace {
namespace {

/// Packs one byte a row into a bitmap; empty when nothing is null.
std::vector<uint8_t> pack_validity(const std::vector<uint8_t>& valid) {
  std::vector<uint8_t> bitmap;
  bool any_null = false;
  for (uint8_t byte : valid) any_null |= byte == 0;
  if (!any_null) return bitmap;
  bitmap.resize((valid.size() + 7) / 8);
  for (size_t i = 0; i < valid.size(); ++i) bitmap[i >> 3] |= static_cast<uint8_t>((valid[i] != 0) << (i & 7));
  return bitmap;
}

template <typename T>
Column adopt(Type type, std::vector<T> values, const std::vector<uint8_t>& valid) {
  struct Buffers {
    std::vector<T> values;
    std::vector<uint8_t> validity;
  };
  CHECK(valid.empty() || valid.size() == values.size());
  auto buffers = std::make_shared<Buffers>(Buffers{std::move(values), pack_validity(valid)});
  Column column;
  column.type = type;
  column.length = static_cast<int64_t>(buffers->values.size());
  column.values = buffers->values.data();
  column.validity = buffers->validity.empty() ? nullptr : buffers->validity.data();
  column.owner = std::move(buffers);
  return column;
}

}  // namespace

Value Column::value_at(int64_t row) const {
  if (!is_valid(row)) return {};
  if (type.is_list) {
    Value::List items;
    for (int32_t i = offsets[offset + row]; i < offsets[offset + row + 1]; ++i) items.push_back(child->value_at(i));
    return {items};
  }
  switch (type.scalar) {
    case ScalarType::kNull: return {};
    case ScalarType::kBool: return {bool_at(row)};
    case ScalarType::kInt64: return {int64s()[row]};
    case ScalarType::kDouble: return {doubles()[row]};
    case ScalarType::kString: return {std::string(string_at(row))};
    case ScalarType::kTimestamp: return {EventTime{int64s()[row]}};
    case ScalarType::kDuration: return {Duration{int64s()[row]}};
  }
  return {};
}

Column Column::slice(int64_t start, int64_t rows) const {
  CHECK(start >= 0 && rows >= 0 && start + rows <= length);
  Column part = *this;
  part.offset += start;
  part.length = rows;
  return part;
}

Batch Batch::slice(int64_t start, int64_t count) const {
  Batch part;
  part.rows = count;
  for (const Column& column : columns) part.columns.push_back(column.slice(start, count));
  return part;
}

ColumnBuilder::ColumnBuilder(Type type) : type_(type) {
  if (type.is_list) child_ = std::make_unique<ColumnBuilder>(Type{type.scalar, false});
  if (type.is_list || type.scalar == ScalarType::kString) offsets_.push_back(0);
}

void ColumnBuilder::append_validity(bool valid) {
  if (length_ % 8 == 0) validity_.push_back(0);
  validity_.back() |= static_cast<uint8_t>(valid << (length_ & 7));
  null_count_ += !valid;
  ++length_;
}

void ColumnBuilder::append_null() {
  append_validity(false);
  if (!offsets_.empty()) {
    offsets_.push_back(offsets_.back());
  } else if (type_.scalar == ScalarType::kBool) {
    bits_.resize(validity_.size());
  } else {
    words_.push_back(0);
  }
}

void ColumnBuilder::append_double(double value) {
  append_validity(true), words_.push_back(std::bit_cast<int64_t>(value));
}

void ColumnBuilder::append_int64(int64_t value) { append_validity(true), words_.push_back(value); }

void ColumnBuilder::append_bool(bool value) {
  append_validity(true);
  bits_.resize(validity_.size());
  bits_.back() |= static_cast<uint8_t>(value << ((length_ - 1) & 7));
}

void ColumnBuilder::append_string(std::string_view value) {
  append_validity(true);
  bytes_.append(value);
  CHECK_LE(bytes_.size(), size_t{INT32_MAX});
  offsets_.push_back(static_cast<int32_t>(bytes_.size()));
}

void ColumnBuilder::append(const Value& value) {
  if (value.is_null()) return append_null();
  if (type_.is_list) {
    append_validity(true);
    for (const Value& item : std::get<Value::List>(value.data)) child_->append(item);
    return offsets_.push_back(static_cast<int32_t>(child_->length()));
  }
  switch (type_.scalar) {
    case ScalarType::kNull: return append_null();
    case ScalarType::kBool: return append_bool(std::get<bool>(value.data));
    case ScalarType::kInt64: return append_int64(std::get<int64_t>(value.data));
    case ScalarType::kDouble: return append_double(std::get<double>(value.data));
    case ScalarType::kString: return append_string(std::get<std::string>(value.data));
    case ScalarType::kTimestamp: return append_int64(std::get<EventTime>(value.data).us);
    case ScalarType::kDuration: return append_int64(std::get<Duration>(value.data).us);
  }
}

Column ColumnBuilder::finish() && {
  struct Buffers {
    std::vector<uint8_t> validity, bits;
    std::vector<int64_t> words;
    std::vector<int32_t> offsets;
    std::string bytes;
  };
  Column column;
  column.type = type_;
  column.length = length_;
  if (child_) column.child = std::make_shared<const Column>(std::move(*child_).finish());
  auto buffers = std::make_shared<Buffers>(
      Buffers{std::move(validity_), std::move(bits_), std::move(words_), std::move(offsets_), std::move(bytes_)});
  column.validity = null_count_ == 0 ? nullptr : buffers->validity.data();
  if (!type_.is_list) {
    column.values = type_.scalar == ScalarType::kString ? static_cast<const void*>(buffers->bytes.data())
                    : type_.scalar == ScalarType::kBool ? static_cast<const void*>(buffers->bits.data())
                                                        : buffers->words.data();
  }
  column.offsets = buffers->offsets.empty() ? nullptr : buffers->offsets.data();
  column.owner = std::move(buffers);
  return column;
}

Column make_column(std::vector<double> values, const std::vector<uint8_t>& valid) {
  return adopt({ScalarType::kDouble}, std::move(values), valid);
}

Column make_column(ScalarType type, std::vector<int64_t> values, const std::vector<uint8_t>& valid) {
  return adopt({type}, std::move(values), valid);
}

}  // namespace headrace
