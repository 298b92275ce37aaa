#include "io/json/json_row.h"

#include <algorithm>
#include <cmath>

namespace headrace {
namespace {

/// Why a JSON value cannot be a column's type, or null.
const char* problem_of(const JsonField& field, const RequestedColumn& column, bool takes_integers, bool has_time_form) {
  if (field.kind == JsonKind::kNested) return "is a nested value";
  if (takes_integers && field.kind == JsonKind::kNumber && is_plain_integer(field.text)) return nullptr;
  const bool is_text = field.kind == JsonKind::kString;
  switch (column.type) {
    case ScalarType::kString: return is_text ? nullptr : "is not a JSON string";
    case ScalarType::kBool: return field.kind == JsonKind::kBool ? nullptr : "is not true or false";
    case ScalarType::kInt64:
      if (field.kind == JsonKind::kNumber) return nullptr;
      return is_text ? "is a text in quotes, not an int64 (declare it as string)" : "is not an int64";
    case ScalarType::kDouble: {
      if (field.kind == JsonKind::kNumber) return nullptr;
      const auto value = is_text ? parse_double(field.text) : std::nullopt;
      if (value.has_value() && !std::isfinite(*value)) return nullptr;
      return is_text ? "is a text in quotes, not a JSON number (declare it as string)" : "is not a JSON number";
    }

    case ScalarType::kTimestamp:
      if (column.unit.has_value()) return field.kind == JsonKind::kNumber ? nullptr : "is not a number, as `unit` says";
      if (field.kind == JsonKind::kNumber && !has_time_form) return "is not a timestamp (a number needs `unit`)";
      if (field.kind == JsonKind::kNumber) return nullptr;
      return is_text ? nullptr : "is not a timestamp";
    case ScalarType::kNull:
    case ScalarType::kDuration: break;
  }
  return "has an unknown type";
}

}  // namespace

JsonRow::JsonRow(const std::vector<RequestedColumn>& columns, const std::vector<uint8_t>& takes_integers,
                 const TextForm& form)
    : columns_(columns),
      takes_integers_(takes_integers),
      form_(form),
      fields_(columns.size()),
      counts_(columns.size()),
      was_there_(columns.size()),
      defaults_(columns.size()) {
  for (size_t column = 0; column < columns.size(); ++column) columns_by_name_[columns[column].name].push_back(column);
}

void JsonRow::begin_row() {
  position_ = 0;
  counts_.assign(counts_.size(), 0);
}

void JsonRow::take(const JsonField& field) {
  for (const size_t column : columns_of(field.key)) {
    if (counts_[column] == 0) fields_[column] = field;
    counts_[column] = std::min(counts_[column] + 1, 2);
    was_there_[column] = 1;
  }
}

/// The field of a column; null where the object has none, or a null.
const JsonField* JsonRow::find(size_t column) const {
  const bool is_there = counts_[column] > 0 && fields_[column].kind != JsonKind::kNull;
  return is_there || is_twice(column) ? &fields_[column] : nullptr;
}

/// What stands for a field that the object does not have; null: nothing.
const std::string* JsonRow::find_default(size_t column) const {
  return counts_[column] == 0 && defaults_[column].has_value() ? &*defaults_[column] : nullptr;
}

/// Objects tend to have their fields in the same order, so the name in this place of the one before is tried first.
const std::vector<size_t>& JsonRow::columns_of(std::string_view key) {
  if (position_ == order_.size()) order_.emplace_back();
  auto& [name, columns] = order_[position_++];
  if (columns == nullptr || name != key) {
    const auto found = columns_by_name_.find(std::string(key));
    name = key;
    columns = found == columns_by_name_.end() ? &none_ : &found->second;
  }
  return *columns;
}

bool JsonRow::is_null_word(const JsonField& field) const {
  return !form_.nulls.empty() && std::find(form_.nulls.begin(), form_.nulls.end(), field.text) != form_.nulls.end();
}

void JsonRow::set_row(RowBatcher& batcher) const {
  for (size_t i = 0; i < columns_.size(); ++i) {
    const JsonField* field = find(i);
    if (const std::string* text = find_default(i)) {
      batcher.set(i, *text);
    } else if (field == nullptr) {
      batcher.set_null(i);
    } else if (is_twice(i)) {
      batcher.set_bad(i, "is there twice", field->text);
    } else if (is_null_word(*field)) {
      batcher.set_null(i);
    } else if (const char* problem =
                   problem_of(*field, columns_[i], takes_integers_[i] != 0, !form_.time_format.empty())) {
      batcher.set_bad(i, problem, field->text);
    } else {
      batcher.set(i, field->text);
    }
  }
}

}  // namespace headrace
