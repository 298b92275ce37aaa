#include "casefiles/schema_json.h"

#include "data/json/json_schema.h"

namespace headrace {
namespace {

JsonSchema text(std::string description) { return schema_of_type("string").with_description(std::move(description)); }

JsonSchema ask_schema(const JsonSchema& entity, const JsonSchema& at) {
  return schema_of_object(
      {{"entity", entity},
       {"at", at},
       {"features", schema_of_list(schema_of_type("string")).with_description("Default: all of the entity."), false}});
}

/// What is expected of the asks: a row each, or that the definitions are refused.
JsonSchema expect_schema(const JsonSchema& entity, const JsonSchema& at) {
  const JsonSchema row =
      schema_of_object({{"entity", entity, false}, {"at", at, false}, {"values", schema_of_type("object")}});
  JsonSchema out;
  out.one_of = {
      schema_of_list(row).with_description("One row for each ask."),
      schema_of_object({{"error", text("The code of the diagnostic that refuses the definitions.")}}),
  };
  return out;
}

JsonSchema events_schema() {
  JsonSchema out = schema_of_type("object").with_description("Rows of each source, in order of arrival.");
  out.others = {schema_of_list(schema_of_type("object"))};
  return out;
}

}  // namespace

std::string tests_json_schema() {
  JsonSchema entity = schema_of_type("object").with_description("Key columns and their values.");
  entity.properties_min = 1;
  JsonSchema at;
  at.types = {"string", "integer"};
  at.description = "RFC 3339, or microseconds since 1970.";
  JsonSchema tolerance = schema_of_type("number");
  tolerance.minimum = 0;
  tolerance.maximum = 1;

  JsonSchema schema = schema_of_object({
      {"about", text("What it shows, in one sentence."), false},
      {"repository", text("Definitions; default: the repository that the file lies in."), false},
      {"events", events_schema(), false},
      {"ask", schema_of_list(ask_schema(entity, at)).with_description("Where to look."), false},
      {"expect", expect_schema(entity, at)},
      {"engines", schema_of_list(schema_of_type("string")).with_description("Only these."), false},
      {"tolerance", tolerance, false},
  });
  schema.title = "Headrace tests of features";
  return to_json(schema);
}

}  // namespace headrace
