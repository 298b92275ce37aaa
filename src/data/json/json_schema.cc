#include "data/json/json_schema.h"

namespace headrace {
namespace {

/// Where the document's definitions lie.
struct SchemaPlace {
  std::string_view references = "#/$defs/";
};

void write_schema(JsonWriter& out, const JsonSchema& schema, SchemaPlace place, bool is_document);

void write_text(JsonWriter& out, std::string_view key, const std::string& text) {
  if (text.empty()) return;
  out.key(key);
  out.text(text);
}

void write_number(JsonWriter& out, std::string_view key, const std::optional<int64_t>& number) {
  if (!number) return;
  out.key(key);
  out.integer(*number);
}

void write_texts(JsonWriter& out, std::string_view key, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  out.key(key);
  out.begin_array();
  for (const std::string& each : texts) out.text(each);
  out.end_array();
}

void write_choices(JsonWriter& out, std::string_view key, const std::vector<JsonSchema>& choices, SchemaPlace place) {
  if (choices.empty()) return;
  out.key(key);
  out.begin_array();
  for (const JsonSchema& each : choices) write_schema(out, each, place, false);
  out.end_array();
}

void write_properties(JsonWriter& out, std::string_view key, const std::vector<JsonProperty>& properties,
                      SchemaPlace place) {
  if (properties.empty()) return;
  out.key(key);
  out.begin_object();
  for (const JsonProperty& each : properties) {
    out.key(each.name);
    write_schema(out, each.schema, place, false);
  }
  out.end_object();
}

void write_object(JsonWriter& out, const JsonSchema& schema, SchemaPlace place) {
  std::vector<std::string> required;
  for (const JsonProperty& each : schema.properties) {
    if (each.is_required) required.push_back(each.name);
  }
  write_texts(out, "required", required);
  write_properties(out, "properties", schema.properties, place);

  if (schema.is_closed || !schema.others.empty()) out.key("additionalProperties");
  if (!schema.others.empty()) {
    write_schema(out, schema.others.front(), place, false);
  } else if (schema.is_closed) {
    out.boolean(false);
  }
  write_number(out, "minProperties", schema.properties_min);
  write_number(out, "maxProperties", schema.properties_max);
}

void write_schema(JsonWriter& out, const JsonSchema& schema, SchemaPlace place, bool is_document) {
  out.begin_object();
  if (is_document) write_text(out, "$schema", "https://json-schema.org/draft/2020-12/schema");
  write_text(out, "title", schema.title);
  write_text(out, "description", schema.description);
  if (!schema.ref.empty()) write_text(out, "$ref", std::string(place.references) + schema.ref);

  if (schema.types.size() == 1) write_text(out, "type", schema.types.front());
  if (schema.types.size() > 1) write_texts(out, "type", schema.types);
  write_texts(out, "enum", schema.words);
  if (schema.constant) {
    out.key("const");
    out.value(*schema.constant);
  }
  write_text(out, "pattern", schema.pattern);
  write_text(out, "format", schema.format);
  write_number(out, "minimum", schema.minimum);
  write_number(out, "maximum", schema.maximum);

  if (!schema.items.empty()) {
    out.key("items");
    write_schema(out, schema.items.front(), place, false);
  }
  write_number(out, "minItems", schema.items_min);
  write_number(out, "maxItems", schema.items_max);

  write_object(out, schema, place);
  write_choices(out, "anyOf", schema.any_of, place);
  write_choices(out, "oneOf", schema.one_of, place);
  write_properties(out, "$defs", schema.definitions, place);
  out.end_object();
}

}  // namespace

JsonSchema JsonSchema::with_description(std::string text) const {
  JsonSchema out = *this;
  if (!text.empty()) out.description = std::move(text);
  return out;
}

JsonSchema schema_of_type(std::string type) {
  JsonSchema out;
  out.types = {std::move(type)};
  return out;
}

JsonSchema schema_of_words(std::vector<std::string> words) {
  JsonSchema out;
  out.words = std::move(words);
  return out;
}

JsonSchema schema_of_list(JsonSchema items) {
  JsonSchema out = schema_of_type("array");
  out.items = {std::move(items)};
  return out;
}

JsonSchema schema_of_object(std::vector<JsonProperty> properties) {
  JsonSchema out = schema_of_type("object");
  out.properties = std::move(properties);
  out.is_closed = true;
  return out;
}

JsonSchema or_null(JsonSchema schema) {
  const bool has_types_only = !schema.types.empty() && schema.words.empty() && !schema.constant;
  if (has_types_only) {
    schema.types.emplace_back("null");
    return schema;
  }
  // Of anything, null is one already.
  if (schema.ref.empty() && schema.words.empty() && schema.any_of.empty() && schema.one_of.empty()) return schema;

  JsonSchema out;
  out.any_of = {std::move(schema), schema_of_type("null")};
  return out;
}

void write_schema_part(JsonWriter& out, const JsonSchema& schema, std::string_view references) {
  write_schema(out, schema, {.references = references}, false);
}

std::string to_json(const JsonSchema& schema) {
  JsonWriter out;
  write_schema(out, schema, {}, true);
  return out.take() + "\n";
}

}  // namespace headrace
