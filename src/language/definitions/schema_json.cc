#include "language/definitions/schema_json.h"

#include "compute/aggregates/aggregation.h"

#include <nlohmann/json.hpp>

namespace headrace {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kDuration = "^0*[1-9][0-9]*(ms|s|m|h|d|w)$";
constexpr std::string_view kIdentifier = "^[A-Za-z_][A-Za-z0-9_]*$";
constexpr std::string_view kFeatureName = "^[a-z][a-z0-9_]*$";

Json describe(Json schema, std::string_view description) {
  schema["description"] = description;
  return schema;
}

Json text(std::string_view description) { return describe({{"type", "string"}}, description); }
Json pattern(std::string_view regex, std::string_view description) {
  return describe({{"type", "string"}, {"pattern", regex}}, description);
}
Json duration(std::string_view description) { return pattern(kDuration, description); }
Json fraction(std::string_view description) {
  return describe({{"type", "number"}, {"minimum", 0}, {"maximum", 1}}, description);
}
Json integer(int64_t low, int64_t high, std::string_view description) {
  return describe({{"type", "integer"}, {"minimum", low}, {"maximum", high}}, description);
}
Json choice(std::vector<std::string> words, std::string_view description) {
  return describe({{"enum", words}}, description);
}
Json list(Json items, std::string_view description) {
  return describe({{"type", "array"}, {"items", std::move(items)}}, description);
}
Json one_or_list(const Json& item, std::string_view description) {
  return describe({{"anyOf", {item, {{"type", "array"}, {"items", item}, {"minItems", 1}}}}}, description);
}
/// A formula may be anything that YAML takes for a scalar: `formula: 1`.
Json formula(std::string_view description) {
  return describe({{"type", {"string", "number", "boolean"}}}, description);
}

Json object(Json properties, std::vector<std::string> required, std::string_view description) {
  Json schema = {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = required;
  return describe(std::move(schema), description);
}

Json project_schema() {
  const Json defaults = object({{"source", text("Used where a feature names no source.")},
                                {"entity", text("Used where a source names no entity.")}},
                               {}, "What definitions need not repeat.");
  return object({{"name", text("Name of the project.")},
                 {"defaults", defaults},
                 {"description", text("What the project is for.")}},
                {}, "The project, in project.yaml only.");
}

Json entity_schema() {
  return object(
      {{"name", pattern(kIdentifier, "Name of the entity.")},
       {"key", one_or_list({{"type", "string"}}, "The column, or the list of columns, that identifies one of them.")},
       {"description", text("What one of them is.")}},
      {"name", "key"}, "What features describe: a pump, a customer, a route.");
}

Json stream_schema() {
  const Json kafka = object({{"brokers", text("host:port, several with commas.")},
                             {"topic", text("Topic.")},
                             {"group", text("Consumer group.")}},
                            {"brokers", "topic"}, "Apache Kafka.");
  const Json pubsub = object(
      {{"subscription", text("Subscription.")}, {"project", text("Project of the cloud.")}, {"topic", text("Topic.")}},
      {"subscription"}, "Google Cloud Pub/Sub.");
  return object({{"kafka", kafka},
                 {"pubsub", pubsub},
                 {"push", {{"type", {"object", "null"}}, {"description", "Events are posted to the server."}}},
                 {"format", choice({"json"}, "Form of a message.")}},
                {}, "Where events come from as they happen; exactly one of kafka, pubsub and push.");
}

Json source_schema() {
  const Json batch = object({{"format", choice({"parquet", "csv", "ndjson"}, "Format of the files.")},
                             {"path", text("File, folder or glob, relative to the project; gs:// and s3:// too.")}},
                            {"format", "path"}, "Where past events lie.");
  const Json columns = {
      {"type", "object"},
      {"additionalProperties", choice({"bool", "int64", "double", "string", "timestamp"}, "Type of the column.")},
      {"description", "The columns that features use, with their types."}};
  return object(
      {{"name", pattern(kIdentifier, "Name of the source.")},
       {"entity", text("The entity that its events are about.")},
       {"event_time", text("The column that says when an event happened.")},
       {"columns", columns},
       {"description", text("What an event of it is.")},
       {"unit", choice({"s", "ms", "us", "ns"}, "What an integer event time counts since 1970.")},
       {"batch", batch},
       {"stream", stream_schema()},
       {"allowed_lateness",
        pattern("^[0-9]+(ms|s|m|h|d|w)$", "How far behind the newest event an event may arrive; default 0s.")},
       {"arrival", text("An int64 column that orders events of equal time.")},
       {"id", text("An int64 or string column: rows of one key, one event time and one id are one event.")},
       {"duplicates", choice({"last", "first"}, "Which row of an event counts, in order of arrival; default last.")},
       {"deleted", text("A bool column, with `id`: an event whose last row says true is no event.")}},
      {"name", "event_time", "columns"}, "Where events come from.");
}

Json window_schema() {
  const Json offset = duration("Seen from so long before; of tumbling windows, the shift of the grid.");
  const Json size =
      object({{"size", duration("Length.")},
              {"closed", choice({"right", "left", "both", "neither"}, "Which edges belong to it; default right.")},
              {"offset", offset}},
             {"size"}, "The events of so long before t.");
  const Json last = object({{"last", integer(1, 10'000, "How many events.")}}, {"last"}, "The last events.");
  const Json tumbling = object({{"tumbling", duration("Length.")}, {"offset", offset}}, {"tumbling"},
                               "The last complete interval of a grid.");
  const Json session = object({{"session", duration("Longest pause inside.")}}, {"session"},
                              "The run of events without a longer pause.");
  const Json word = {{"anyOf", {duration("The events of so long before t."), choice({"lifetime"}, "All events.")}}};
  return describe(
      {{"anyOf", {word, size, last, tumbling, session, {{"type", "array"}, {"items", word}, {"minItems", 1}}}}},
      "Which events count: a duration, `lifetime`, a form, or a list of durations that stands for a feature each.");
}

Json check_schema() {
  struct Form {
    std::string type;
    Json parameters;
    std::vector<std::string> required;
  };
  const Json end = {{"type", {"number", "null"}}};
  const std::vector<Form> forms = {
      {"range",
       {{"params",
         {{"type", "array"},
          {"items", end},
          {"minItems", 2},
          {"maxItems", 2},
          {"description", "[lowest, highest]; one may be null."}}},
        {"min_fraction", fraction("Share of values that must be inside; default 1.")}},
       {"params"}},
      {"completeness", {{"threshold", fraction("Share of values that must not be null.")}}, {"threshold"}},
      {"freshness", {{"max_age", duration("Greatest age of the newest event.")}}, {"max_age"}},
      {"allowed_values",
       {{"values", {{"type", "array"}, {"minItems", 1}, {"description", "The values that there can be."}}}},
       {"values"}},
      {"unique", Json::object(), {}},
      {"not_null", Json::object(), {}},
      {"monotonic", Json::object(), {}},
      {"volume",
       {{"min", {{"type", "integer"}, {"minimum", 0}}},
        {"max", {{"type", "integer"}, {"minimum", 0}}},
        {"per", duration("Period in which events are counted.")}},
       {"per"}},
      {"drift",
       {{"metric", choice({"psi", "ks", "js", "wasserstein"}, "How distributions are compared.")},
        {"threshold", {{"type", "number"}, {"minimum", 0}}},
        {"reference", duration("Length of the reference period.")}},
       {"metric", "threshold", "reference"}},
      {"expression", {{"formula", formula("A boolean formula over `value` and the source features.")}}, {"formula"}},
  };
  Json any = Json::array();
  for (const Form& form : forms) {
    Json properties = {{"type", {{"const", form.type}}}};
    properties.update(form.parameters);
    properties["severity"] = choice({"warn", "error"}, "Default error.");
    properties["name"] = text("Name in reports.");
    std::vector<std::string> required = {"type"};
    required.insert(required.end(), form.required.begin(), form.required.end());
    any.push_back(object(std::move(properties), std::move(required), "A `" + form.type + "` check."));
  }
  return {{"anyOf", std::move(any)}};
}

Json params_schema() {
  return object({{"k", integer(1, 10'000, "How many values: first_k, last_k, top_k.")},
                 {"p", fraction("Which percentile: percentile, approx_percentile.")},
                 {"half_life", duration("ewma.")},
                 {"edges",
                  {{"type", "array"},
                   {"items", {{"type", "number"}}},
                   {"minItems", 2},
                   {"description", "Rising edges of a histogram."}}}},
                {}, "Parameters of the aggregation.");
}

Json feature_schema() {
  std::vector<std::string> aggregations;
  for (std::string_view name : aggregation_names()) aggregations.emplace_back(name);
  return object(
      {{"name", pattern(kFeatureName, "Name of the feature; the column in tables.")},
       {"description", text("What the value means, in one sentence.")},
       {"owner", text("Who answers for it.")},
       {"version", pattern("^[0-9]+\\.[0-9]+(\\.[0-9]+)?$", "MAJOR.MINOR or MAJOR.MINOR.PATCH, in quotes.")},
       {"tags", list({{"type", "string"}}, "Words to find it by.")},
       {"entity", text("Where it does not follow from the source.")},
       {"source", text("Where it does not follow from the columns.")},
       {"aggregation", one_or_list(choice(aggregations, "How values become one."),
                                   "How the values in the window become one; a list stands for a feature each.")},
       {"window", window_schema()},
       {"source_features", list({{"type", "string"}}, "The columns and features that formula and filter use.")},
       {"formula",
        {{"anyOf",
          {formula("A formula."),
           {{"type", "array"}, {"items", formula("A formula.")}, {"minItems", 2}, {"maxItems", 2}}}},
         {"description", "The value at an event; a list of two for covariance and correlation."}}},
       {"filter", formula("Only events for which this is true count.")},
       {"params", params_schema()},
       {"default", {{"description", "Given out in place of null."}}},
       {"quality_checks", list(check_schema(), "What must hold of the values.")}},
      {"name", "owner", "version"}, "A feature: one value for every entity and instant.");
}

}  // namespace

std::string definitions_json_schema() {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "Headrace definitions"}};
  schema.update(object({{"project", project_schema()},
                        {"entity", entity_schema()},
                        {"source", source_schema()},
                        {"feature", feature_schema()}},
                       {}, "One document of project.yaml or features/*.yaml."));
  schema["minProperties"] = 1;
  schema["maxProperties"] = 1;
  return schema.dump(2) + "\n";
}

}  // namespace headrace
