#include "python_rows.h"

#include <fmt/format.h>

#include <cmath>

namespace nb = nanobind;

namespace headrace {
namespace {

[[noreturn]] void refuse(nb::handle value, const Type& type) {
  const std::string shown = nb::repr(value).c_str();
  throw nb::value_error(fmt::format("{} is no {}", shown, to_string(type.scalar)).c_str());
}

void append_double(nb::handle value, const Type& type, ColumnBuilder& builder) {
  const double number = PyFloat_Check(value.ptr()) ? PyFloat_AS_DOUBLE(value.ptr()) : PyLong_AsDouble(value.ptr());
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    refuse(value, type);
  }
  if (!std::isfinite(number)) return builder.append_null();
  builder.append_double(number == 0 ? 0.0 : number);
}

void append_integer(nb::handle value, const Type& type, ColumnBuilder& builder) {
  int overflow = 0;
  const int64_t number =
      PyLong_Check(value.ptr()) ? PyLong_AsLongLongAndOverflow(value.ptr(), &overflow) : (overflow = 1, 0);
  if (overflow != 0 || PyBool_Check(value.ptr())) refuse(value, type);
  builder.append_int64(number);
}

void append_text(nb::handle value, const Type& type, ColumnBuilder& builder) {
  Py_ssize_t size = 0;
  const char* text = PyUnicode_Check(value.ptr()) ? PyUnicode_AsUTF8AndSize(value.ptr(), &size) : nullptr;
  if (text == nullptr) {
    PyErr_Clear();
    refuse(value, type);
  }
  builder.append_string({text, static_cast<size_t>(size)});
}

void append_value(nb::handle value, const Type& type, ColumnBuilder& builder) {
  if (value.is_none()) return builder.append_null();
  switch (type.scalar) {
    case ScalarType::kBool:
      if (!PyBool_Check(value.ptr())) refuse(value, type);
      return builder.append_bool(value.ptr() == Py_True);
    case ScalarType::kDouble: return append_double(value, type, builder);
    case ScalarType::kInt64:
    case ScalarType::kTimestamp: return append_integer(value, type, builder);
    case ScalarType::kString: return append_text(value, type, builder);
    case ScalarType::kNull:
    case ScalarType::kDuration: break;  // no column of events is of these
  }
  refuse(value, type);
}

/// The type of a column that nothing else says the type of: of a key, or of an id.
Type type_as(nb::handle value, const Type& type) {
  if (type.scalar != ScalarType::kNull) return type;
  if (PyBool_Check(value.ptr())) return {ScalarType::kBool, false};
  return {PyLong_Check(value.ptr()) ? ScalarType::kInt64 : ScalarType::kString, false};
}

nb::object scalar_of(const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value.data)) return nb::bool_(*flag);
  if (const auto* integer = std::get_if<int64_t>(&value.data)) return nb::int_(*integer);
  if (const auto* number = std::get_if<double>(&value.data)) return nb::float_(*number);
  if (const auto* text = std::get_if<std::string>(&value.data)) return nb::str(text->data(), text->size());
  if (const auto* time = std::get_if<EventTime>(&value.data)) return nb::int_(time->us);
  if (const auto* list = std::get_if<Value::List>(&value.data)) {
    nb::list items;
    for (const Value& item : *list) items.append(scalar_of(item));
    return items;
  }
  return nb::none();
}

nb::object value_of(const Column& column, int64_t row) {
  if (!column.is_valid(row)) return nb::none();
  if (column.type.is_list) return scalar_of(column.value_at(row));
  switch (column.type.scalar) {
    case ScalarType::kDouble: return nb::float_(column.doubles()[row]);
    case ScalarType::kInt64:
    case ScalarType::kTimestamp: return nb::int_(column.int64s()[row]);
    default: return scalar_of(column.value_at(row));
  }
}

}  // namespace

Batch batch_of_rows(nb::handle rows, const std::vector<Type>& wanted) {
  std::vector<Type> types = wanted;
  std::vector<ColumnBuilder> builders;
  builders.reserve(types.size());

  Batch batch;
  for (const nb::handle row : nb::cast<nb::sequence>(rows)) {
    const auto values = nb::cast<nb::sequence>(row);
    if (nb::len(values) != types.size()) {
      throw nb::value_error(
          fmt::format("a row has {} values where {} are needed", nb::len(values), types.size()).c_str());
    }
    size_t column = 0;
    for (const nb::handle value : values) {
      if (batch.rows == 0) builders.emplace_back(types[column] = type_as(value, types[column]));
      append_value(value, types[column], builders[column]);
      ++column;
    }
    ++batch.rows;
  }
  for (size_t column = builders.size(); column < types.size(); ++column)
    builders.emplace_back(type_as(nb::none(), types[column]));
  for (ColumnBuilder& builder : builders) batch.columns.push_back(std::move(builder).finish());
  return batch;
}

Observations place_of(nb::handle key, int64_t time_us, const std::vector<Type>& key_types) {
  Batch one = batch_of_rows(nb::make_tuple(key), key_types);
  return {std::move(one.columns), make_column(ScalarType::kTimestamp, std::vector<int64_t>{time_us})};
}

nb::list row_of(const std::vector<Column>& columns, size_t first, int64_t row) {
  nb::list values;
  for (size_t i = first; i < columns.size(); ++i) values.append(value_of(columns[i], row));
  return values;
}

}  // namespace headrace
