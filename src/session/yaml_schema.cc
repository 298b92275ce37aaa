#include "session/yaml_schema.h"

#include "compute/aggregates/aggregation.h"

#include <nlohmann/json.hpp>

namespace headrace {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kDurationPattern[] = "^[1-9][0-9]*(ms|s|m|h|d|w)$";
constexpr char kNamePattern[] = "^[a-z][a-z0-9_]*$";

Json text(const std::string& description) { return {{"type", "string"}, {"description", description}}; }

Json duration(const std::string& description) {
  return {{"type", "string"}, {"pattern", kDurationPattern}, {"description", description}};
}

Json list_of(Json items, const std::string& description) {
  return {{"type", "array"}, {"items", std::move(items)}, {"description", description}};
}

Json one_or_list(const Json& item, const std::string& description) {
  return {{"oneOf", {item, {{"type", "array"}, {"items", item}, {"minItems", 1}}}}, {"description", description}};
}

Json object(Json properties, const std::vector<std::string>& required) {
  Json out = {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) out["required"] = required;
  return out;
}

Json name_of(const std::string& description) {
  return {{"type", "string"}, {"pattern", kNamePattern}, {"description", description}};
}

Json project_schema() {
  return object({{"name", text("Name of the project.")},
                 {"description", text("What it is for.")},
                 {"defaults", object({{"source", text("Used where a feature names no source.")},
                                      {"entity", text("Used where a feature names no entity.")},
                                      {"owner", text("Used where a feature names no owner.")}},
                                     {})}},
                {"name"});
}

Json entity_schema() {
  return object(
      {{"name", name_of("What features describe: pump, customer, route.")},
       {"description", text("What one of them is.")},
       {"key", one_or_list({{"type", "string"}}, "The column, or columns, that tell one entity from another.")}},
      {"name", "key"});
}

Json source_schema() {
  const Json column_type = {{"enum", {"bool", "int64", "double", "string", "timestamp"}}};
  const Json batch = object({{"format", {{"enum", {"parquet", "csv", "ndjson"}}}},
                             {"path", text("File, folder or glob, relative to the project's folder.")}},
                            {"format", "path"});
  return object(
      {{"name", name_of("Name of the source.")},
       {"description", text("Where its events come from.")},
       {"entity", text("The entity that its events belong to.")},
       {"event_time", text("The column that says when an event happened.")},
       {"unit", {{"enum", {"s", "ms", "us", "ns"}}, {"description", "What an integer event time counts."}}},
       {"columns", {{"type", "object"}, {"additionalProperties", column_type}, {"description", "Names and types."}}},
       {"batch", batch},
       {"stream", {{"type", "object"}, {"description", "Where its events arrive one by one."}}},
       {"allowed_lateness",
        {{"type", "string"}, {"description", "How far behind the newest event an event may arrive."}}},
       {"arrival", text("An int64 column that orders events of equal time.")}},
      {"name", "entity", "event_time", "columns"});
}

Json window_schema() {
  const Json size = object({{"size", duration("Length of the window.")},
                            {"closed", {{"enum", {"right", "left", "both", "neither"}}}},
                            {"offset", duration("Seen from so long before.")}},
                           {"size"});
  const Json last = object({{"last", {{"type", "integer"}, {"minimum", 1}, {"maximum", 10000}}}}, {"last"});
  const Json tumbling = object(
      {{"tumbling", duration("The last complete span.")}, {"offset", duration("Shift of the grid.")}}, {"tumbling"});
  const Json session = object({{"session", duration("The longest gap inside a session.")}}, {"session"});
  return {{"oneOf",
           {duration("Events of so long up to the instant."), {{"const", "lifetime"}}, size, last, tumbling, session}}};
}

Json params_schema() {
  return object({{"k", {{"type", "integer"}, {"minimum", 1}, {"maximum", 10000}}},
                 {"p", {{"type", "number"}, {"minimum", 0}, {"maximum", 1}}},
                 {"half_life", duration("ewma: after so long a value counts half.")},
                 {"edges", list_of({{"type", "number"}}, "histogram: rising strictly.")}},
                {});
}

Json check_schema() {
  const Json types = {"range",    "completeness", "freshness", "allowed_values", "unique",
                      "not_null", "monotonic",    "volume",    "drift",          "expression"};
  const Json bound = {{"type", {"number", "null"}}};
  return object({{"type", {{"enum", types}}},
                 {"name", text("What the check is called in reports.")},
                 {"severity", {{"enum", {"warn", "error"}}}},
                 {"params", {{"type", "array"}, {"items", bound}, {"minItems", 2}, {"maxItems", 2}}},
                 {"min_fraction", {{"type", "number"}, {"minimum", 0}, {"maximum", 1}}},
                 {"threshold", {{"type", "number"}}},
                 {"max_age", duration("freshness: the oldest that the newest event may be.")},
                 {"values", list_of(Json::object(), "allowed_values: all that may occur.")},
                 {"min", {{"type", "integer"}}},
                 {"max", {{"type", "integer"}}},
                 {"per", duration("volume: the period that events are counted in.")},
                 {"metric", {{"enum", {"psi", "ks", "js", "wasserstein"}}}},
                 {"reference", duration("drift: what the current period is compared with.")},
                 {"formula", text("expression: a boolean formula over `value` and the source features.")}},
                {"type"});
}

Json feature_schema() {
  Json names = Json::array();
  for (const std::string_view name : aggregation_names()) names.push_back(std::string(name));
  const Json version = {
      {"type", "string"}, {"pattern", "^[0-9]+\\.[0-9]+(\\.[0-9]+)?$"}, {"description", "Quoted: \"1.0\"."}};
  return object({{"name", name_of("Unique in the repository.")},
                 {"description", text("What the number says.")},
                 {"owner", text("Who answers for it.")},
                 {"version", version},
                 {"tags", list_of({{"type", "string"}}, "Free words.")},
                 {"entity", text("Where it does not follow from the columns.")},
                 {"source", text("Where it does not follow from the columns.")},
                 {"source_features", list_of({{"type", "string"}}, "The names that formula and filter may use.")},
                 {"formula", one_or_list({{"type", {"string", "number", "boolean"}}},
                                         "What is aggregated; two for covariance and correlation.")},
                 {"filter", text("Only events for which it is true.")},
                 {"aggregation", one_or_list({{"enum", names}},
                                             "How the window becomes a value; a list stands for several features.")},
                 {"window", one_or_list(window_schema(), "Which events count; a list stands for several features.")},
                 {"params", params_schema()},
                 {"default", {{"description", "Given out in place of null."}}},
                 {"quality_checks", list_of(check_schema(), "What must hold of the values.")}},
                {"name", "owner", "version"});
}

Json definitions_schema() {
  Json schema = object({{"project", project_schema()},
                        {"entity", entity_schema()},
                        {"source", source_schema()},
                        {"feature", feature_schema()}},
                       {});
  schema["minProperties"] = 1;
  schema["maxProperties"] = 1;
  return schema;
}

Json tests_schema() {
  const Json entity = {{"type", "object"}, {"minProperties", 1}, {"description", "Key columns and their values."}};
  const Json at = {{"type", {"string", "integer"}}, {"description", "RFC 3339, or microseconds since 1970."}};
  const Json ask = object(
      {{"entity", entity}, {"at", at}, {"features", list_of({{"type", "string"}}, "Default: all of the entity.")}},
      {"entity", "at"});
  const Json row = object({{"entity", entity}, {"at", at}, {"values", {{"type", "object"}}}}, {"values"});
  const Json refused = object({{"error", text("The code of the diagnostic that refuses the definitions.")}}, {"error"});
  const Json rows = {{"type", "array"}, {"items", {{"type", "object"}}}};
  return object({{"about", text("What it shows, in one sentence.")},
                 {"repository", text("Definitions; default: the repository that the file lies in.")},
                 {"events",
                  {{"type", "object"},
                   {"additionalProperties", rows},
                   {"description", "Rows of each source, in order of arrival."}}},
                 {"ask", list_of(ask, "Where to look.")},
                 {"expect", {{"oneOf", {list_of(row, "One row for each ask."), refused}}}},
                 {"engines", list_of({{"type", "string"}}, "Only these.")},
                 {"tolerance", {{"type", "number"}, {"minimum", 0}}}},
                {"expect"});
}

}  // namespace

std::string yaml_schema(SchemaOf what) {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}};
  schema["title"] = what == SchemaOf::kDefinitions ? "Headrace definitions" : "Headrace tests of features";
  schema.update(what == SchemaOf::kDefinitions ? definitions_schema() : tests_schema());
  return schema.dump(2) + "\n";
}

}  // namespace headrace
