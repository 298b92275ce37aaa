#include "explain/explain.h"
#include "plan/plan_json_schema.h"
#include "session/json_output.h"

#include <nlohmann/json.hpp>

namespace headrace {
namespace {

using Json = nlohmann::ordered_json;

Json of_type(const char* type) { return {{"type", type}}; }
Json list_of(Json items) { return {{"type", "array"}, {"items", std::move(items)}}; }

/// An object; names that end in `?` may be missing. Others are required, and nothing else is there.
Json object(const std::vector<std::pair<std::string, Json>>& fields) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const auto& [name, schema] : fields) {
    const bool is_optional = name.ends_with('?');
    const std::string plain = is_optional ? name.substr(0, name.size() - 1) : name;
    properties[plain] = schema;
    if (!is_optional) required.push_back(plain);
  }
  return {{"type", "object"}, {"properties", properties}, {"required", required}, {"additionalProperties", false}};
}

Json statistics_schema() {
  std::vector<std::pair<std::string, Json>> fields;
  for (const char* name : {"rows_read", "rows_written", "superseded_rows", "deleted_events", "units_read", "steps",
                           "partitions", "key_shares", "spilled_bytes", "wide_promotions", "memory_bytes_max"}) {
    fields.emplace_back(name, of_type("integer"));
  }
  return object(fields);
}

Json checksum_schema() {
  const Json hash = {{"type", "string"}, {"pattern", "^[0-9a-f]{16}$"}};
  const Json column =
      object({{"column", of_type("string")}, {"values", of_type("integer")}, {"sum", {{"type", {"number", "null"}}}}});
  return object({{"hash", hash}, {"rows", of_type("integer")}, {"columns", list_of(column)}});
}

Json diagnostic_schema() {
  const Json place = of_type("integer");
  const Json related = object({{"message", of_type("string")},
                               {"file", of_type("string")},
                               {"line", place},
                               {"column", place},
                               {"end_line", place},
                               {"end_column", place}});
  return object({{"code", of_type("string")},
                 {"severity", {{"enum", {"error", "warning"}}}},
                 {"message", of_type("string")},
                 {"file", of_type("string")},
                 {"line", place},
                 {"column", place},
                 {"end_line", place},
                 {"end_column", place},
                 {"help?", {{"type", {"string", "null"}}}},
                 {"related?", list_of(related)}});
}

Json version_schema() { return {{"const", kJsonOutputVersion}}; }
Json output_schema() { return {{"type", {"string", "null"}}, {"description", "What was written; null: nothing."}}; }

Json test_schema() {
  const Json mismatch = object({{"ask", of_type("integer")},
                                {"entity", of_type("string")},
                                {"at", of_type("string")},
                                {"feature", of_type("string")},
                                {"expected", Json::object()},
                                {"actual", Json::object()},
                                {"line", of_type("integer")},
                                {"column", of_type("integer")}});
  const Json one =
      object({{"file", of_type("string")},
              {"engine", of_type("string")},
              {"about", of_type("string")},
              {"outcome", {{"enum", {"passed", "failed", "skipped", "broken"}}}},
              {"asks", of_type("integer")},
              {"values", of_type("integer")},
              {"mismatches", list_of(mismatch)},
              {"refused", list_of(object({{"feature", of_type("string")}, {"reason", of_type("string")}}))},
              {"refusal?", of_type("string")},
              {"error?", of_type("string")},
              {"problems", list_of(diagnostic_schema())},
              {"statistics", statistics_schema()}});
  return object({{"format_version", version_schema()},
                 {"engines", list_of(of_type("string"))},
                 {"passed", of_type("integer")},
                 {"failed", of_type("integer")},
                 {"skipped", of_type("integer")},
                 {"cases", list_of(one)}});
}

Json backfill_schema() {
  const Json entity = object({{"entity", of_type("string")},
                              {"features", list_of(of_type("string"))},
                              {"rows", of_type("integer")},
                              {"partitions_written", of_type("integer")},
                              {"partitions_reused", of_type("integer")},
                              {"bytes", of_type("integer")},
                              {"reused", of_type("boolean")},
                              {"verdicts_reused", of_type("boolean")},
                              {"reason", of_type("string")},
                              {"checksum?", checksum_schema()}});
  return object({{"format_version", version_schema()},
                 {"output", output_schema()},
                 {"entities", list_of(entity)},
                 {"quality", Json::parse(quality_json_schema())},
                 {"bad_rows", of_type("integer")},
                 {"warnings", list_of(of_type("string"))},
                 {"notes", list_of(of_type("string"))},
                 {"statistics", statistics_schema()},
                 {"peak_memory_bytes", of_type("integer")}});
}

Json dataset_schema() {
  return object({{"format_version", version_schema()},
                 {"output", output_schema()},
                 {"time_column", of_type("string")},
                 {"entities", list_of(of_type("string"))},
                 {"features", list_of(of_type("string"))},
                 {"rows", of_type("integer")},
                 {"incomplete_rows", of_type("integer")},
                 {"bytes", of_type("integer")},
                 {"checksum?", checksum_schema()},
                 {"bad_rows", of_type("integer")},
                 {"warnings", list_of(of_type("string"))},
                 {"notes", list_of(of_type("string"))},
                 {"statistics", statistics_schema()},
                 {"peak_memory_bytes", of_type("integer")}});
}

Json generate_schema() {
  const Json file = object({{"path", of_type("string")}, {"change", {{"enum", {"written", "unchanged", "removed"}}}}});
  Json refusal = diagnostic_schema();
  refusal["properties"]["feature"] = of_type("string");
  refusal["required"].push_back("feature");
  return object({{"format_version", version_schema()},
                 {"target", of_type("string")},
                 {"dialect", {{"type", {"string", "null"}}}},
                 {"output", of_type("string")},
                 {"features", list_of(of_type("string"))},
                 {"files", list_of(file)},
                 {"refusals", list_of(refusal)}});
}

Json graph_schema() {
  const Json node = object({{"id", of_type("string")},
                            {"kind", {{"enum", {"events", "column", "feature"}}}},
                            {"label", of_type("string")},
                            {"type?", of_type("string")},
                            {"detail?", of_type("string")},
                            {"entity?", of_type("string")}});
  const Json edge = object({{"start", of_type("string")}, {"end", of_type("string")}});
  return object({{"format_version", version_schema()}, {"nodes", list_of(node)}, {"edges", list_of(edge)}});
}

}  // namespace

std::string json_output_schema(const std::string& command) {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", "headrace " + command + " as JSON"}};
  if (command == "test") {
    schema.update(test_schema());
  } else if (command == "backfill") {
    schema.update(backfill_schema());
  } else if (command == "dataset") {
    schema.update(dataset_schema());
  } else if (command == "generate") {
    schema.update(generate_schema());
  } else if (command == "graph") {
    schema.update(graph_schema());
  } else if (command == "explain") {
    schema.update(Json::parse(explanation_json_schema()));
  } else if (command == "plan") {
    schema = Json::parse(plan_json_schema());
  } else if (command == "check") {
    schema.update(list_of(diagnostic_schema()));
  } else {
    return "";
  }
  return schema.dump(2) + "\n";
}

}  // namespace headrace
