#pragma once

/// Between boxed values and the words that aggregates take. Private to explain.

#include "base/check.h"
#include "compute/aggregates/aggregate.h"
#include "data/value.h"

#include <concepts>
#include <string>

namespace headrace {

/// REQUIRES: value holds what T stands for: double, or int64, bool and timestamp as int64_t.
template <typename T>
T unboxed(const Value& value) {
  if constexpr (std::same_as<T, double>) {
    return std::get<double>(value.data);
  } else {
    if (const auto* time = std::get_if<EventTime>(&value.data)) return time->us;
    if (const auto* flag = std::get_if<bool>(&value.data)) return *flag ? 1 : 0;
    return std::get<int64_t>(value.data);
  }
}

inline double as_double(const Value& value) {
  const auto* real = std::get_if<double>(&value.data);
  return real != nullptr ? *real : static_cast<double>(std::get<int64_t>(value.data));
}

inline Value boxed(Slot slot, ScalarType type) {
  switch (type) {
    case ScalarType::kBool: return Value{slot != 0};
    case ScalarType::kInt64: return Value{from_slot<int64_t>(slot)};
    case ScalarType::kDouble: return Value{from_slot<double>(slot)};
    case ScalarType::kTimestamp: return Value{EventTime{from_slot<int64_t>(slot)}};
    case ScalarType::kNull:
    case ScalarType::kString:
    case ScalarType::kDuration: break;
  }
  CHECK(false);
  return {};
}

/// By value; strings by bytes. REQUIRES: both are of one scalar type and not null.
inline bool is_less(const Value& a, const Value& b) {
  if (const auto* text = std::get_if<std::string>(&a.data)) return *text < std::get<std::string>(b.data);
  if (const auto* real = std::get_if<double>(&a.data)) return *real < std::get<double>(b.data);
  return unboxed<int64_t>(a) < unboxed<int64_t>(b);
}

}  // namespace headrace
