#pragma once

/// One description of a struct, from which its JSON is written and read and its JSON Schema follows.
///
///   template <typename Fields>
///   void describe(Fields& fields, const StoredRun*) {
///     fields.name("run", "one backfill whose partitions the table holds");
///     fields.required("id", &StoredRun::id, {.text = "digest of the request"});
///     fields.optional("every", &StoredRun::every);                                     // absent where it is empty
///     fields.computed("share", [](const StoredRun& run) { return share_of(run); });    // written, not read
///   }
///
///   std::string text = json_document(run);
///   std::string schema = to_json(json_schema<StoredRun>("A run"));
///   std::string problem;
///   std::optional<StoredRun> read = read_json<StoredRun>(document.root(), problem);   // "`id` is missing"
///
/// Members may be bool, integers, double, std::string, Value, std::optional (null), std::vector, lists of pairs with a
/// text first (objects), other described structs, and types that have a JsonText or JsonWords. Members that a reader does
/// not know are passed over.

#include "data/json/json_fields.h"
#include "data/json/json_node.h"
#include "data/json/json_parts.h"
#include "data/json/json_schema.h"
#include "data/json/json_writer.h"

#include <concepts>
#include <type_traits>

namespace headrace {

template <>
struct JsonForm<bool> {
  static void write(JsonWriter& out, bool value) { out.boolean(value); }
  static bool read(const JsonNode& node, bool& value, JsonProblem& problem) {
    const auto got = node.as_boolean();
    if (!got) return problem.says("is neither true nor false");
    value = *got;
    return true;
  }
  static JsonSchema schema(JsonDefinitions&) { return schema_of_type("boolean"); }
};

template <typename T>
  requires std::integral<T>
struct JsonForm<T> {
  static void write(JsonWriter& out, T value) { out.integer(static_cast<int64_t>(value)); }
  static bool read(const JsonNode& node, T& value, JsonProblem& problem) {
    const auto got = node.as_integer();
    if (!got) return problem.says("is not an integer");
    if (!std::in_range<T>(*got)) return problem.says("is out of range");
    value = static_cast<T>(*got);
    return true;
  }
  static JsonSchema schema(JsonDefinitions&) {
    JsonSchema out = schema_of_type("integer");
    if (std::is_unsigned_v<T>) out.minimum = 0;
    return out;
  }
};

template <>
struct JsonForm<double> {
  static void write(JsonWriter& out, double value) { out.number(value); }
  static bool read(const JsonNode& node, double& value, JsonProblem& problem) {
    const auto got = node.as_number();
    if (!got) return problem.says("is not a number");
    value = *got;
    return true;
  }
  static JsonSchema schema(JsonDefinitions&) { return schema_of_type("number"); }
};

template <>
struct JsonForm<std::string> {
  static void write(JsonWriter& out, const std::string& value) { out.text(value); }
  static bool read(const JsonNode& node, std::string& value, JsonProblem& problem) {
    const auto got = node.as_text();
    if (!got) return problem.says("is not a text");
    value = *got;
    return true;
  }
  static JsonSchema schema(JsonDefinitions&) { return schema_of_type("string"); }
};

/// Any value of a column. What is read has the type that JSON has for it: times are texts.
template <>
struct JsonForm<Value> {
  static void write(JsonWriter& out, const Value& value) { out.value(value); }
  static bool read(const JsonNode& node, Value& value, JsonProblem& problem);
  static JsonSchema schema(JsonDefinitions&) { return {}; }
};

template <typename T>
  requires requires { JsonWords<T>::all; }
struct JsonText<T> {
  static std::string write(const T& value) { return std::string(to_string(value)); }
  static std::optional<T> read(std::string_view text) {
    for (const T each : JsonWords<T>::all) {
      if (to_string(each) == text) return each;
    }
    return std::nullopt;
  }
  static JsonSchema schema() {
    std::vector<std::string> words;
    for (const T each : JsonWords<T>::all) words.emplace_back(to_string(each));
    return schema_of_words(std::move(words));
  }
};

template <typename T>
  requires requires(const T& value) { JsonText<T>::write(value); }
struct JsonForm<T> {
  static void write(JsonWriter& out, const T& value) {
    if constexpr (std::is_same_v<T, EventTime>) {
      out.time(value);
    } else {
      out.text(JsonText<T>::write(value));
    }
  }
  static bool read(const JsonNode& node, T& value, JsonProblem& problem) {
    const auto text = node.as_text();
    if (!text) return problem.says("is not a text");
    std::optional<T> got = JsonText<T>::read(*text);
    if (!got) return problem.says("cannot be `" + *text + "`");
    value = std::move(*got);
    return true;
  }
  static JsonSchema schema(JsonDefinitions&) { return JsonText<T>::schema(); }
};

template <typename T>
struct JsonForm<std::optional<T>> {
  static void write(JsonWriter& out, const std::optional<T>& value) {
    if (value) return JsonForm<T>::write(out, *value);
    out.null();
  }
  static bool read(const JsonNode& node, std::optional<T>& value, JsonProblem& problem) {
    if (node.is_null()) return true;
    return JsonForm<T>::read(node, value.emplace(), problem);
  }
  static JsonSchema schema(JsonDefinitions& definitions) { return or_null(JsonForm<T>::schema(definitions)); }
};

template <typename T>
struct JsonForm<std::vector<T>> {
  static void write(JsonWriter& out, const std::vector<T>& list) {
    out.begin_array();
    for (const T& each : list) JsonForm<T>::write(out, each);
    out.end_array();
  }
  static bool read(const JsonNode& node, std::vector<T>& list, JsonProblem& problem) {
    if (!node.is_array()) return problem.says("is not an array");
    for (const JsonNode& each : node.elements()) {
      if (JsonForm<T>::read(each, list.emplace_back(), problem)) continue;
      problem.put_before("[" + std::to_string(list.size() - 1) + "]");
      return false;
    }
    return true;
  }
  static JsonSchema schema(JsonDefinitions& definitions) { return schema_of_list(JsonForm<T>::schema(definitions)); }
};

/// An object with members of any name, in the order of the list.
template <typename T>
struct JsonForm<std::vector<std::pair<std::string, T>>> {
  using List = std::vector<std::pair<std::string, T>>;

  static void write(JsonWriter& out, const List& list) {
    out.begin_object();
    for (const auto& [name, each] : list) {
      out.key(name);
      JsonForm<T>::write(out, each);
    }
    out.end_object();
  }
  static bool read(const JsonNode& node, List& list, JsonProblem& problem) {
    if (!node.is_object()) return problem.says("is not an object");
    for (const auto& [name, each] : node.members()) {
      if (JsonForm<T>::read(each, list.emplace_back(name, T{}).second, problem)) continue;
      problem.put_before(name);
      return false;
    }
    return true;
  }
  static JsonSchema schema(JsonDefinitions& definitions) {
    JsonSchema out = schema_of_type("object");
    out.others = {JsonForm<T>::schema(definitions)};
    return out;
  }
};

/// A described struct.
template <typename T>
  requires std::is_class_v<T> &&
           requires(JsonFieldSchema<T>& fields) { describe(fields, static_cast<const T*>(nullptr)); }
struct JsonForm<T> {
  static void write(JsonWriter& out, const T& value) {
    out.begin_object();
    JsonFieldWriter<T> fields(out, value);
    describe(fields, &value);
    out.end_object();
  }
  static bool read(const JsonNode& node, T& value, JsonProblem& problem) {
    if (!node.is_object()) return problem.says("is not an object");
    JsonFieldReader<T> fields(node, value, problem);
    describe(fields, &value);
    return fields.ok();
  }
  static JsonSchema schema(JsonDefinitions& definitions) {
    JsonFieldSchema<T> fields(definitions);
    if (const std::optional<JsonSchema> known = fields.reference_to_known()) return *known;
    describe(fields, static_cast<const T*>(nullptr));
    return fields.take();
  }
};

/// The text of a whole document; on one line, without the line's end, where the layout says so.
template <typename T>
std::string json_document(const T& value, JsonLayout layout = JsonLayout::kIndented) {
  JsonWriter out(layout);
  JsonForm<T>::write(out, value);
  return out.take() + (layout == JsonLayout::kLine ? "" : "\n");
}

template <typename T>
JsonSchema json_schema(std::string title, std::string description = "") {
  JsonDefinitions definitions;
  JsonSchema out;
  if constexpr (requires(JsonFieldSchema<T>& fields) { describe(fields, static_cast<const T*>(nullptr)); }) {
    JsonFieldSchema<T> fields(definitions);
    describe(fields, static_cast<const T*>(nullptr));
    out = fields.take_document();
  } else {
    out = JsonForm<T>::schema(definitions);
  }
  out.title = std::move(title);
  out.description = std::move(description);
  out.definitions = std::move(definitions.schemas);
  return out;
}

/// Nothing, and what is wrong in `problem`, for JSON of another form.
template <typename T>
std::optional<T> read_json(const JsonNode& node, std::string& problem) {
  T value;
  JsonProblem found;
  if (JsonForm<T>::read(node, value, found)) return value;
  problem = found.path.empty() ? "it " + found.text : "`" + found.path + "` " + found.text;
  return std::nullopt;
}

}  // namespace headrace
