#include "data/json/json_texts.h"

namespace headrace {

JsonSchema JsonText<EventTime>::schema() {
  JsonSchema out = schema_of_type("string");
  out.format = "date-time";
  return out;
}

JsonSchema JsonText<ScalarType>::schema() {
  return schema_of_words({"bool", "int64", "double", "string", "timestamp"});
}

std::optional<Type> JsonText<Type>::read(std::string_view text) {
  constexpr std::string_view kListOf = "list of ";
  const bool is_list = text.starts_with(kListOf);
  const auto scalar = column_type_from_string(is_list ? text.substr(kListOf.size()) : text);
  return scalar ? std::optional(Type{*scalar, is_list}) : std::nullopt;
}

JsonSchema JsonText<Type>::schema() {
  JsonSchema out = schema_of_type("string");
  out.pattern = "^(list of )?(bool|int64|double|string|timestamp|duration|null)$";
  return out;
}

bool JsonForm<Value>::read(const JsonNode& node, Value& value, JsonProblem& problem) {
  if (node.is_object()) return problem.says("is an object");
  if (node.is_array()) {
    Value::List list;
    if (!JsonForm<Value::List>::read(node, list, problem)) return false;
    value = Value{std::move(list)};
  } else if (const auto truth = node.as_boolean()) {
    value = Value{*truth};
  } else if (const auto integer = node.as_integer()) {
    value = Value{*integer};
  } else if (const auto number = node.as_number()) {
    value = Value{*number};
  } else if (const auto text = node.as_text()) {
    value = Value{*text};
  } else {
    value = Value{};
  }
  return true;
}

}  // namespace headrace
