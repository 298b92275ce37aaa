#pragma once

/// When an expected value counts as seen.

#include "data/type.h"
#include "data/value.h"

#include <optional>

namespace headrace {

/// How near doubles must be: |expected − actual| <= relative · max(|expected|, scale, 2^-1022). 0 asks for the same
/// bits.
struct Tolerance {
  double relative = 0.0;
  double scale = 0.0;
};

/// A value of a test in the type of a feature: integers as doubles where the feature is one, whole doubles as integers
/// where the feature is one (`1` and `1.0` are equal), RFC 3339 text as timestamp; lists element by element. Doubles
/// become null and 0.0 as the language says (NaN, infinity, −0.0). Nothing when the value cannot have the type.
std::optional<Value> value_of_type(const Value& value, const Type& type);

/// Compares two values of one type; lists element by element.
bool matches(const Value& expected, const Value& actual, const Tolerance& tolerance);

/// The largest magnitude of the doubles in a value, 0 for others.
double magnitude_of(const Value& value);

}  // namespace headrace
