#include "casefiles/schema_json.h"

#include <nlohmann/json.hpp>

#include <vector>

namespace headrace {
namespace {

using Json = nlohmann::ordered_json;

Json text(const std::string& description) { return {{"type", "string"}, {"description", description}}; }

Json list_of(Json items, const std::string& description) {
  return {{"type", "array"}, {"items", std::move(items)}, {"description", description}};
}

Json object(Json properties, const std::vector<std::string>& required) {
  Json out = {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) out["required"] = required;
  return out;
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
                 {"tolerance", {{"type", "number"}, {"minimum", 0}, {"maximum", 1}}}},
                {"expect"});
}

}  // namespace

std::string tests_json_schema() {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "Headrace tests of features"}};
  schema.update(tests_schema());
  return schema.dump(2) + "\n";
}

}  // namespace headrace
