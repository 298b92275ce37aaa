#include "casefiles/comparison.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace headrace {
namespace {

/// 2^63 as a double: the first that no int64 reaches.
constexpr double kInt64End = 9223372036854775808.0;

std::optional<Value> as_double(const Value& value) {
  double number = 0;
  if (const auto* integer = std::get_if<int64_t>(&value.data)) {
    number = static_cast<double>(*integer);
  } else if (const auto* exact = std::get_if<double>(&value.data)) {
    number = *exact;
  } else {
    return std::nullopt;
  }
  if (!std::isfinite(number)) return Value{};
  return Value{number == 0 ? 0.0 : number};
}

std::optional<Value> as_int64(const Value& value) {
  if (std::holds_alternative<int64_t>(value.data)) return value;
  const auto* number = std::get_if<double>(&value.data);
  if (number == nullptr || *number != std::floor(*number) || *number < -kInt64End || *number >= kInt64End)
    return std::nullopt;
  return Value{static_cast<int64_t>(*number)};
}

std::optional<Value> as_timestamp(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) {
    const std::optional<EventTime> time = parse_timestamp(*text);
    return time ? std::optional<Value>(Value{*time}) : std::nullopt;
  }
  const auto* micros = std::get_if<int64_t>(&value.data);
  if (micros == nullptr || !is_valid_timestamp(*micros)) return std::nullopt;
  return Value{EventTime{*micros}};
}

template <typename T>
std::optional<Value> as_is(const Value& value) {
  return std::holds_alternative<T>(value.data) ? std::optional<Value>(value) : std::nullopt;
}

std::optional<Value> scalar_of_type(const Value& value, ScalarType type) {
  if (value.is_null()) return value;
  switch (type) {
    case ScalarType::kDouble: return as_double(value);
    case ScalarType::kInt64: return as_int64(value);
    case ScalarType::kTimestamp: return as_timestamp(value);
    case ScalarType::kBool: return as_is<bool>(value);
    case ScalarType::kString: return as_is<std::string>(value);
    case ScalarType::kDuration: return as_is<Duration>(value);
    case ScalarType::kNull: return std::nullopt;
  }
  return std::nullopt;
}

bool doubles_match(double expected, double actual, const Tolerance& tolerance) {
  if (std::bit_cast<uint64_t>(expected) == std::bit_cast<uint64_t>(actual)) return true;
  // Below the least normal number there are no nine digits to compare.
  const double scale = std::max({std::abs(expected), tolerance.scale, std::numeric_limits<double>::min()});
  return tolerance.relative > 0 && std::abs(expected - actual) <= tolerance.relative * scale;
}

}  // namespace

std::optional<Value> value_of_type(const Value& value, const Type& type) {
  if (value.is_null() || !type.is_list) return scalar_of_type(value, type.scalar);
  const auto* list = std::get_if<Value::List>(&value.data);
  if (list == nullptr) return std::nullopt;
  Value::List typed;
  for (const Value& element : *list) {
    const std::optional<Value> one = scalar_of_type(element, type.scalar);
    if (!one) return std::nullopt;
    typed.push_back(*one);
  }
  return Value{std::move(typed)};
}

bool matches(const Value& expected, const Value& actual, const Tolerance& tolerance) {
  if (expected.data.index() != actual.data.index()) return false;
  if (const auto* number = std::get_if<double>(&expected.data)) {
    return doubles_match(*number, std::get<double>(actual.data), tolerance);
  }
  const auto* list = std::get_if<Value::List>(&expected.data);
  if (list == nullptr) return expected == actual;
  const auto& other = std::get<Value::List>(actual.data);
  if (list->size() != other.size()) return false;
  for (size_t i = 0; i < list->size(); ++i) {
    if (!matches((*list)[i], other[i], tolerance)) return false;
  }
  return true;
}

double magnitude_of(const Value& value) {
  if (const auto* number = std::get_if<double>(&value.data)) return std::isfinite(*number) ? std::abs(*number) : 0.0;
  if (const auto* integer = std::get_if<int64_t>(&value.data)) return std::abs(static_cast<double>(*integer));
  double largest = 0;
  if (const auto* list = std::get_if<Value::List>(&value.data)) {
    for (const Value& element : *list) largest = std::max(largest, magnitude_of(element));
  }
  return largest;
}

}  // namespace headrace
