#pragma once

/// The types that values of the feature language can have.

#include <optional>
#include <string>
#include <string_view>

namespace headrace {

/// kDuration occurs inside formulas only; a column or a feature never has it. kNull is the type of the literal `null`
/// before it is given the type of its context.
enum class ScalarType { kNull, kBool, kInt64, kDouble, kString, kTimestamp, kDuration };

/// A scalar, or a list of scalars (first_k, last_k, top_k, histogram).
struct Type {
  ScalarType scalar = ScalarType::kNull;
  bool is_list = false;

  friend bool operator==(const Type&, const Type&) = default;
};

/// "int64", "double", ...: the word used in YAML and in messages.
std::string_view to_string(ScalarType type);
/// "double", "list of double".
std::string to_string(const Type& type);
/// "a double", "an int64", "a list of string": as messages have it. The type of `null` is "null".
std::string with_article(const Type& type);
inline std::string with_article(ScalarType type) { return with_article(Type{type}); }

/// Reads the word of a column type (bool, int64, double, string, timestamp).
std::optional<ScalarType> column_type_from_string(std::string_view word);

}  // namespace headrace
