#include "language/definitions/schema_json.h"

#include "compute/aggregates/aggregation.h"
#include "data/json/json_schema.h"

#include <algorithm>
#include <array>

namespace headrace {
namespace {

constexpr std::string_view kDuration = "^0*[1-9][0-9]*(ms|s|m|h|d|w)$";
constexpr std::string_view kIdentifier = "^[A-Za-z_][A-Za-z0-9_]*$";
constexpr std::string_view kFeatureName = "^[a-z][a-z0-9_]*$";

JsonSchema text(std::string description) { return schema_of_type("string").with_description(std::move(description)); }

JsonSchema pattern(std::string_view regex, std::string description) {
  JsonSchema out = text(std::move(description));
  out.pattern = regex;
  return out;
}
JsonSchema duration(std::string description) { return pattern(kDuration, std::move(description)); }

JsonSchema fraction(std::string description) {
  JsonSchema out = schema_of_type("number").with_description(std::move(description));
  out.minimum = 0;
  out.maximum = 1;
  return out;
}

JsonSchema integer(int64_t low, std::optional<int64_t> high, std::string description) {
  JsonSchema out = schema_of_type("integer").with_description(std::move(description));
  out.minimum = low;
  out.maximum = high;
  return out;
}

JsonSchema choice(std::vector<std::string> words, std::string description) {
  return schema_of_words(std::move(words)).with_description(std::move(description));
}

JsonSchema list(JsonSchema items, std::string description, std::optional<int64_t> items_min = std::nullopt) {
  JsonSchema out = schema_of_list(std::move(items)).with_description(std::move(description));
  out.items_min = items_min;
  return out;
}

JsonSchema any_of(std::vector<JsonSchema> forms, std::string description) {
  JsonSchema out;
  out.description = std::move(description);
  out.any_of = std::move(forms);
  return out;
}

JsonSchema one_or_list(const JsonSchema& item, std::string description) {
  return any_of({item, list(item, "", 1)}, std::move(description));
}

/// A formula may be anything that YAML takes for a scalar: `formula: 1`.
JsonSchema formula(std::string description) {
  JsonSchema out;
  out.types = {"string", "number", "boolean"};
  return out.with_description(std::move(description));
}

/// Names that end in `?` may be missing.
JsonSchema object(std::vector<JsonProperty> properties, std::string description) {
  for (JsonProperty& property : properties) {
    property.is_required = !property.name.ends_with('?');
    if (!property.is_required) property.name.pop_back();
  }
  return schema_of_object(std::move(properties)).with_description(std::move(description));
}

JsonSchema project_schema() {
  const JsonSchema defaults = object({{"source?", text("Used where a feature names no source.")},
                                      {"entity?", text("Used where a source names no entity.")}},
                                     "What definitions need not repeat.");
  return object({{"name?", text("Name of the project.")},
                 {"defaults?", defaults},
                 {"description?", text("What the project is for.")}},
                "The project, in project.yaml only.");
}

JsonSchema entity_schema() {
  return object({{"name", pattern(kIdentifier, "Name of the entity.")},
                 {"key", one_or_list(schema_of_type("string"),
                                     "The column, or the list of columns, that identifies one of them.")},
                 {"description?", text("What one of them is.")}},
                "What features describe: a pump, a customer, a route.");
}

JsonSchema stream_schema() {
  const JsonSchema kafka = object({{"brokers", text("host:port, several with commas.")},
                                   {"topic", text("Topic.")},
                                   {"group?", text("Consumer group.")}},
                                  "Apache Kafka.");
  const JsonSchema pubsub = object({{"subscription", text("Subscription.")},
                                    {"project?", text("Project of the cloud.")},
                                    {"topic?", text("Topic.")}},
                                   "Google Cloud Pub/Sub.");
  JsonSchema push = schema_of_type("object").with_description("Events are posted to the server.");
  push.types.emplace_back("null");
  return object(
      {{"kafka?", kafka}, {"pubsub?", pubsub}, {"push?", push}, {"format?", choice({"json"}, "Form of a message.")}},
      "Where events come from as they happen; exactly one of kafka, pubsub and push.");
}

JsonSchema batch_schema() {
  const JsonSchema names = list(schema_of_type("string"), "Names of the columns.");
  const JsonSchema words = one_or_list(schema_of_type("string"), "Of csv and ndjson: words that stand for no value.");
  JsonSchema constants =
      schema_of_type("object").with_description("Values of columns that the files do not have, such as the key.");
  constants.others = {formula("The value.")};
  return object({{"format", choice({"parquet", "csv", "ndjson"}, "Format of the files.")},
                 {"path", text("File, folder or glob, relative to the project; gs:// and s3:// too.")},
                 {"delimiter?", text("Of csv: the character between fields; default a comma, a tab for .tsv.")},
                 {"decimal?", choice({".", ","}, "Of csv: the decimal mark; default a point.")},
                 {"quote?", text("Of csv: the character around fields; empty: none; default a double quote.")},
                 {"header?", any_of({schema_of_type("boolean"), names},
                                    "Of csv: whether the first line names the columns, or their names; default true.")},
                 {"encoding?", choice({"utf-8", "latin-1", "windows-1252", "utf-16"}, "Of csv; default utf-8.")},
                 {"nulls?", words},
                 {"time_format?", text("Of csv and ndjson: the form of times, as for strptime; default RFC 3339.")},
                 {"constants?", constants}},
                "Where past events lie, and how the files are written.");
}

/// What a check is about.
enum class CheckOf { kFeature, kSource };

/// The parameters of each type of check, beside those that all have.
std::vector<std::pair<std::string, std::vector<JsonProperty>>> schemas_of_checks(CheckOf about) {
  JsonSchema end = or_null(schema_of_type("number"));
  JsonSchema ends = list(end, "[lowest, highest]; one may be null.", 2);
  ends.items_max = 2;

  JsonSchema allowed = schema_of_type("array").with_description("The values that there can be.");
  allowed.items_min = 1;
  JsonSchema threshold = schema_of_type("number");
  threshold.minimum = 0;

  return {
      {"range", {{"params", ends}, {"min_fraction?", fraction("Share of values that must be inside; default 1.")}}},
      {"completeness", {{"threshold", fraction("Share of values that must not be null.")}}},
      {"freshness", {{"max_age", duration("Greatest age of the newest event.")}}},
      {"allowed_values", {{"values", allowed}}},
      {"unique", {}},
      {"not_null", {}},
      {"monotonic", {}},

      // Of the table as a whole.
      {"volume",
       {{"min?", integer(0, std::nullopt, "")},
        {"max?", integer(0, std::nullopt, "")},
        {about == CheckOf::kSource ? "per?" : "per",
         duration("Period in which events are counted; of a source by default all together.")}}},
      {"drift",
       {{"metric", choice({"psi", "ks", "js", "wasserstein"}, "How distributions are compared.")},
        {"threshold", threshold},
        {"reference", duration("Length of the reference period.")}}},
      {"expression",
       {{"formula", formula(about == CheckOf::kSource ? "A boolean formula over the columns of the source."
                                                      : "A boolean formula over `value` and the source features.")}}},
  };
}

JsonSchema check_schema(CheckOf about) {
  constexpr std::array<std::string_view, 2> kOfFeatures = {"monotonic", "drift"};
  constexpr std::array<std::string_view, 3> kOfRows = {"freshness", "volume", "expression"};
  const auto is_in = [](const auto& types, const std::string& type) {
    return std::find(types.begin(), types.end(), type) != types.end();
  };
  JsonSchema any;
  for (auto& [type, parameters] : schemas_of_checks(about)) {
    if (about == CheckOf::kSource && is_in(kOfFeatures, type)) continue;
    JsonSchema constant;
    constant.constant = Value{type};
    std::vector<JsonProperty> properties = {{"type", constant}};
    properties.insert(properties.end(), parameters.begin(), parameters.end());
    properties.push_back({"severity?", choice({"warn", "error"}, "Default error.")});
    properties.push_back({"name?", text("Name in reports.")});
    if (about == CheckOf::kSource && !is_in(kOfRows, type))
      properties.push_back({"column", text("The column of the source that it is about.")});
    any.any_of.push_back(object(std::move(properties), "A `" + type + "` check."));
  }
  return any;
}

JsonSchema source_schema() {
  JsonSchema columns = schema_of_type("object").with_description("The columns that features use, with their types.");
  const JsonSchema type = choice({"bool", "int64", "double", "string", "timestamp"}, "Type of the column.");
  JsonSchema required = schema_of_type("boolean").with_description(
      "Whether a file without the column is an error; else the column is null in it. Default false.");
  columns.others = {
      any_of({type, object({{"type", type}, {"required?", required}}, "A column and what else holds of it.")},
             "Type of the column, or a mapping with it.")};

  return object(
      {{"name", pattern(kIdentifier, "Name of the source.")},
       {"entity?", text("The entity that its events are about.")},
       {"event_time", text("The column that says when an event happened.")},
       {"columns", columns},
       {"description?", text("What an event of it is.")},
       {"unit?", choice({"s", "ms", "us", "ns"}, "What an integer event time counts since 1970.")},
       {"batch?", batch_schema()},
       {"stream?", stream_schema()},
       {"allowed_lateness?",
        pattern("^[0-9]+(ms|s|m|h|d|w)$", "How far behind the newest event an event may arrive; default 0s.")},
       {"arrival?", text("An int64 column that orders events of equal time.")},
       {"id?", text("An int64 or string column: rows of one key, one event time and one id are one event.")},
       {"duplicates?", choice({"last", "first"}, "Which row of an event counts, in order of arrival; default last.")},
       {"deleted?", text("A bool column, with `id`: an event whose last row says true is no event.")},
       {"quality_checks?", list(check_schema(CheckOf::kSource), "What must hold of the rows.")}},
      "Where events come from.");
}

JsonSchema window_schema() {
  const JsonSchema offset = duration("Seen from so long before; of tumbling windows, the shift of the grid.");
  const JsonSchema size =
      object({{"size", duration("Length.")},
              {"closed?", choice({"right", "left", "both", "neither"}, "Which edges belong to it; default right.")},
              {"offset?", offset}},
             "The events of so long before t.");
  const JsonSchema last = object({{"last", integer(1, 10'000, "How many events.")}}, "The last events.");
  const JsonSchema tumbling =
      object({{"tumbling", duration("Length.")}, {"offset?", offset}}, "The last complete interval of a grid.");
  const JsonSchema session =
      object({{"session", duration("Longest pause inside.")}}, "The run of events without a longer pause.");
  const JsonSchema word =
      any_of({duration("The events of so long before t."), choice({"lifetime"}, "All events.")}, "");
  return any_of(
      {word, size, last, tumbling, session, list(word, "", 1)},
      "Which events count: a duration, `lifetime`, a form, or a list of durations that stands for a feature each.");
}

JsonSchema params_schema() {
  return object({{"k?", integer(1, 10'000, "How many values: first_k, last_k, top_k.")},
                 {"p?", fraction("Which percentile: percentile, approx_percentile.")},
                 {"half_life?", duration("ewma.")},
                 {"edges?", list(schema_of_type("number"), "Rising edges of a histogram.", 2)}},
                "Parameters of the aggregation.");
}

JsonSchema feature_formula_schema() {
  JsonSchema pair = list(formula("A formula."), "", 2);
  pair.items_max = 2;
  return any_of({formula("A formula."), pair}, "The value at an event; a list of two for covariance and correlation.");
}

JsonSchema expected_change_schema() {
  const auto ends = [](std::string description) {
    JsonSchema out = list(schema_of_type("number"), std::move(description), 2);
    out.items_max = 2;
    return out;
  };
  JsonSchema between =
      object({{"mean_shift?", ends("[lowest, highest] of (mean now - mean before) / |mean before|.")},
              {"null_rate_delta?", ends("[lowest, highest] of the share of nulls now less that of before.")}},
             "Between which ends the values move.");
  between.properties_min = 1;
  return any_of({choice({"none"}, "The values stay the same."), between},
                "What the step from the version before does to the values.");
}

JsonSchema feature_schema() {
  std::vector<std::string> aggregations;
  for (std::string_view name : aggregation_names()) aggregations.emplace_back(name);
  JsonSchema default_value;
  default_value.description = "Given out in place of null.";

  return object(
      {{"name", pattern(kFeatureName, "Name of the feature; the column in tables.")},
       {"description?", text("What the value means, in one sentence.")},
       {"owner", text("Who answers for it.")},
       {"version", pattern("^[0-9]+\\.[0-9]+(\\.[0-9]+)?$", "MAJOR.MINOR or MAJOR.MINOR.PATCH, in quotes.")},
       {"tags?", list(schema_of_type("string"), "Words to find it by.")},
       {"internal?", schema_of_type("boolean").with_description(
                         "For other features only: given out where it is named, and nowhere else.")},
       {"entity?", text("Where it does not follow from the source.")},
       {"source?", text("Where it does not follow from the columns.")},

       // How the value comes about.
       {"aggregation?", one_or_list(choice(aggregations, "How values become one."),
                                    "How the values in the window become one; a list stands for a feature each.")},
       {"window?", window_schema()},
       {"source_features?", list(schema_of_type("string"), "The columns and features that formula and filter use.")},
       {"formula?", feature_formula_schema()},
       {"filter?", formula("Only events for which this is true count.")},
       {"params?", params_schema()},
       {"default?", default_value},
       {"expected_change?", expected_change_schema()},
       {"quality_checks?", list(check_schema(CheckOf::kFeature), "What must hold of the values.")}},
      "A feature: one value for every entity and instant.");
}

}  // namespace

std::string definitions_json_schema() {
  JsonSchema schema = object({{"project?", project_schema()},
                              {"entity?", entity_schema()},
                              {"source?", source_schema()},
                              {"feature?", feature_schema()}},
                             "One document of project.yaml or features/*.yaml.");
  schema.title = "Headrace definitions";
  schema.properties_min = 1;
  schema.properties_max = 1;
  return to_json(schema);
}

}  // namespace headrace
