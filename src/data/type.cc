#include "data/type.h"

namespace headrace {

std::string_view to_string(ScalarType type) {
  switch (type) {
    case ScalarType::kNull: return "null";
    case ScalarType::kBool: return "bool";
    case ScalarType::kInt64: return "int64";
    case ScalarType::kDouble: return "double";
    case ScalarType::kString: return "string";
    case ScalarType::kTimestamp: return "timestamp";
    case ScalarType::kDuration: return "duration";
  }
  return "?";
}

std::string to_string(const Type& type) {
  const std::string word(to_string(type.scalar));
  return type.is_list ? "list of " + word : word;
}

std::string with_article(const Type& type) {
  if (type == Type{ScalarType::kNull}) return "null";
  const bool is_an = !type.is_list && type.scalar == ScalarType::kInt64;
  return (is_an ? "an " : "a ") + to_string(type);
}

std::optional<ScalarType> column_type_from_string(std::string_view word) {
  for (ScalarType type :
       {ScalarType::kBool, ScalarType::kInt64, ScalarType::kDouble, ScalarType::kString, ScalarType::kTimestamp}) {
    if (to_string(type) == word) return type;
  }
  return std::nullopt;
}

}  // namespace headrace
