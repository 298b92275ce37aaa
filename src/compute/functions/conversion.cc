#include "compute/functions/families.h"
#include "compute/functions/loops.h"
#include "compute/functions/number_text.h"
#include "data/value.h"

#include <charconv>
#include <cstring>
#include <string>

namespace headrace {
namespace {

constexpr size_t kShortTextBytes = 40;  // more than any number, bool or timestamp has

std::string_view keep(TextArena& arena, std::string_view text) {
  char* copy = arena.allocate(text.size());
  std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

bool double_from_text(std::string_view text, double& result) {
  const auto read = read_double(text);
  result = read.value_or(0.0);
  return read.has_value();
}

bool int_from_text(std::string_view text, int64_t& result) {
  const auto read = read_int64(text);
  result = read.value_or(0);
  return read.has_value();
}

/// Truncates; −2^63 is the least integer, 2^63 is past the greatest.
bool int_from_double(double value, int64_t& result) {
  constexpr double kEnd = 9223372036854775808.0;
  const bool fits = value >= -kEnd && value < kEnd;
  result = static_cast<int64_t>(fits ? value : 0.0);
  return fits;
}

bool bool_from_text(std::string_view text, uint8_t& result) {
  result = text == "true" ? 1 : 0;
  return result != 0 || text == "false";
}

void text_from_int_loop(const LoopCall& call) {
  const int64_t* values = call.arguments[0].int64s();
  for (int i = 0; i < call.rows; ++i) {
    char* start = call.arena->allocate(kShortTextBytes);
    const char* end = std::to_chars(start, start + kShortTextBytes, values[i]).ptr;
    const size_t size = static_cast<size_t>(end - start);
    call.arena->shrink(kShortTextBytes, size);
    call.strings()[i] = {start, size};
  }
}

void text_from_double_loop(const LoopCall& call) {
  const double* values = call.arguments[0].doubles();
  for (int i = 0; i < call.rows; ++i) call.strings()[i] = keep(*call.arena, format_double(values[i]));
}

void text_from_bool_loop(const LoopCall& call) {
  const uint8_t* values = call.arguments[0].bools();
  for (int i = 0; i < call.rows; ++i) call.strings()[i] = values[i] != 0 ? "true" : "false";
}

void text_from_timestamp_loop(const LoopCall& call) {
  const int64_t* values = call.arguments[0].int64s();
  for (int i = 0; i < call.rows; ++i) {
    call.strings()[i] =
        is_valid_timestamp(values[i]) ? keep(*call.arena, to_string(EventTime{values[i]})) : std::string_view();
  }
}

template <typename T>
ScalarLoop same_loop() {
  return {map_loop<T, T, [](T value) { return value; }>};
}

ScalarLoop to_double_loop(ScalarType from) {
  switch (from) {
    case ScalarType::kBool: return {map_loop<uint8_t, double, [](uint8_t v) { return static_cast<double>(v & 1); }>};
    case ScalarType::kInt64: return {map_loop<int64_t, double, [](int64_t v) { return static_cast<double>(v); }>};
    case ScalarType::kDouble: return same_loop<double>();
    case ScalarType::kString:
      return {try_map_loop<std::string_view, double, double_from_text>, Nulls::kAlsoOutOfDomain};
    default: return {};
  }
}

ScalarLoop to_int_loop(ScalarType from) {
  switch (from) {
    case ScalarType::kBool: return {map_loop<uint8_t, int64_t, [](uint8_t v) { return static_cast<int64_t>(v & 1); }>};
    case ScalarType::kInt64: return same_loop<int64_t>();
    case ScalarType::kDouble: return {try_map_loop<double, int64_t, int_from_double>, Nulls::kAlsoOutOfDomain};
    case ScalarType::kString: return {try_map_loop<std::string_view, int64_t, int_from_text>, Nulls::kAlsoOutOfDomain};
    default: return {};
  }
}

ScalarLoop to_string_loop(ScalarType from) {
  switch (from) {
    case ScalarType::kBool: return {text_from_bool_loop};
    case ScalarType::kInt64: return {text_from_int_loop};
    case ScalarType::kDouble: return {text_from_double_loop};
    case ScalarType::kString: return same_loop<std::string_view>();
    case ScalarType::kTimestamp: return {text_from_timestamp_loop};
    default: return {};
  }
}

ScalarLoop to_bool_loop(ScalarType from) {
  switch (from) {
    case ScalarType::kBool: return same_loop<uint8_t>();
    case ScalarType::kInt64:
      return {map_loop<int64_t, uint8_t, [](int64_t v) { return static_cast<uint8_t>(v != 0); }>};
    case ScalarType::kDouble: return {map_loop<double, uint8_t, [](double v) { return static_cast<uint8_t>(v != 0); }>};
    case ScalarType::kString: return {try_map_loop<std::string_view, uint8_t, bool_from_text>, Nulls::kAlsoOutOfDomain};
    default: return {};
  }
}

}  // namespace

ScalarLoop find_conversion_loop(Function function, ArgumentTypes arguments) {
  if (arguments.size() != 1) return {};
  switch (function) {
    case Function::kToDouble: return to_double_loop(arguments[0]);
    case Function::kToInt: return to_int_loop(arguments[0]);
    case Function::kToString: return to_string_loop(arguments[0]);
    case Function::kToBool: return to_bool_loop(arguments[0]);
    default: return {};
  }
}

}  // namespace headrace
