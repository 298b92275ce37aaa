#include "casefiles/schema_json.h"

#include "casefiles/case_file.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace headrace {
namespace {

using Json = nlohmann::json;

/// The keys of a part of the schema that parse_case does not know: it calls them T002.
std::string unknown_to_reader(const Json& schema, const std::string& before, const std::string& after) {
  std::string unknown;
  for (const auto& [key, value] : schema.at("properties").items()) {
    const std::string yaml = before + key + ": null" + after;
    for (const Diagnostic& each : parse_case({"case.yaml", yaml}).diagnostics.sorted()) {
      if (each.code == "T002") unknown += key + " ";
    }
  }
  return unknown;
}

TEST(TestsSchema, HasTheKeysOfTheReader) {
  const Json schema = Json::parse(tests_json_schema());
  const Json& ask = schema.at("properties").at("ask").at("items");
  const Json& row = schema.at("properties").at("expect").at("oneOf").at(0).at("items");
  EXPECT_EQ(unknown_to_reader(schema, "", "\n"), "");
  EXPECT_EQ(unknown_to_reader(ask, "ask: [{", "}]\n"), "");
  EXPECT_EQ(unknown_to_reader(row, "expect: [{", "}]\n"), "");
  // The reader does not list its keys; their number is held here.
  EXPECT_EQ(schema.at("properties").size(), 7u);
  EXPECT_EQ(ask.at("properties").size(), 3u);
  EXPECT_EQ(row.at("properties").size(), 3u);
}

TEST(TestsSchema, KnowsNoKeyThatTheReaderRefuses) {
  const Json schema = Json::parse(tests_json_schema());
  EXPECT_FALSE(schema.at("additionalProperties").get<bool>());
  EXPECT_EQ(unknown_to_reader({{"properties", {{"excpect", 1}}}}, "", "\n"), "excpect ");
}

}  // namespace
}  // namespace headrace
