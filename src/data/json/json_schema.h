#pragma once

/// A JSON Schema (draft 2020-12) as a value: made of the description of a struct (json_form.h), or by hand where a form
/// has no struct, such as the definitions that people write.

#include "data/json/json_writer.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headrace {

struct JsonProperty;

/// What is empty is not written.
struct JsonSchema {
  std::string title;
  std::string description;
  std::string ref;                 // the name of one of the document's definitions
  std::vector<std::string> types;  // "string", "integer", ..
  std::vector<std::string> words;  // the texts that there can be
  std::optional<Value> constant;   // the one value that there can be
  std::string pattern;             // of a text
  std::string format;              // of a text: "date-time"
  std::optional<int64_t> minimum, maximum;
  std::optional<int64_t> items_min, items_max;
  std::optional<int64_t> properties_min, properties_max;
  std::vector<JsonSchema> items;  // one, of an array; none: anything
  std::vector<JsonProperty> properties;
  std::vector<JsonSchema> others;  // one: what properties of other names are
  bool is_closed = false;          // there are no other properties
  std::vector<JsonSchema> any_of, one_of;
  std::vector<JsonProperty> definitions;

  JsonSchema with_description(std::string text) const;
};

/// A property of an object, or a definition of a document.
struct JsonProperty {
  std::string name;
  JsonSchema schema;
  bool is_required = true;
};

JsonSchema schema_of_type(std::string type);
JsonSchema schema_of_words(std::vector<std::string> words);
JsonSchema schema_of_list(JsonSchema items);
/// Of these properties and no others.
JsonSchema schema_of_object(std::vector<JsonProperty> properties);
/// As `schema`, or null.
JsonSchema or_null(JsonSchema schema);

/// As a part of another document, whose definitions lie where `references` says: "#/components/schemas/".
void write_schema_part(JsonWriter& out, const JsonSchema& schema, std::string_view references);

/// The document, with `$schema` in front.
std::string to_json(const JsonSchema& schema);

}  // namespace headrace
