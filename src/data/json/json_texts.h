#pragma once

/// The texts that times, durations and types are in JSON.

#include "data/json/json_form.h"

namespace headrace {

template <>
struct JsonText<EventTime> {
  static std::string write(EventTime time) { return to_string(time); }
  static std::optional<EventTime> read(std::string_view text) { return parse_timestamp(text); }
  static JsonSchema schema();
};

template <>
struct JsonText<Duration> {
  static std::string write(Duration duration) { return to_string(duration); }
  static std::optional<Duration> read(std::string_view text) { return parse_duration(text); }
  static JsonSchema schema() { return schema_of_type("string"); }
};

/// Types of columns only.
template <>
struct JsonText<ScalarType> {
  static std::string write(ScalarType type) { return std::string(to_string(type)); }
  static std::optional<ScalarType> read(std::string_view text) { return column_type_from_string(text); }
  static JsonSchema schema();
};

template <>
struct JsonText<Type> {
  static std::string write(const Type& type) { return to_string(type); }
  static std::optional<Type> read(std::string_view text);
  static JsonSchema schema();
};

}  // namespace headrace
