#include "session/output/json_output.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace headrace {
namespace {

using Json = nlohmann::json;

/// The keys that an object has beyond those of the schema, and those that it lacks.
std::string difference(const Json& object, const Json& schema) {
  std::string out;
  for (const auto& [key, value] : object.items()) {
    if (!schema["properties"].contains(key)) out += "+" + key + " ";
  }
  for (const Json& key : schema["required"]) {
    if (!object.contains(key.get<std::string>())) out += "-" + key.get<std::string>() + " ";
  }
  return out;
}

Json schema_of(const std::string& command) { return Json::parse(json_output_schema(command)); }

TEST(JsonOutput, TestReportHasItsSchema) {
  CaseReport one;
  one.file = "case.yaml";
  one.outcome = CaseReport::Outcome::kFailed;
  one.refusal = "refused";
  one.error = Error::data("wrong");
  one.mismatches.push_back({0, "id=a", EventTime{0}, "f", Value{1.5}, Value{}, {}});
  one.problems.add({.code = "T001", .message = "m"});
  TestReport report;
  report.cases.push_back(std::move(one));
  const Json json = Json::parse(to_json(report));
  const Json schema = schema_of("test");
  const Json& of_case = schema["properties"]["cases"]["items"];
  EXPECT_EQ(difference(json, schema), "");
  EXPECT_EQ(difference(json["cases"][0], of_case), "");
  EXPECT_EQ(difference(json["cases"][0]["mismatches"][0], of_case["properties"]["mismatches"]["items"]), "");
  EXPECT_EQ(difference(json["cases"][0]["problems"][0], schema["$defs"]["diagnostic"]), "");
  EXPECT_EQ(difference(json["cases"][0]["statistics"], of_case["properties"]["statistics"]), "");
  EXPECT_EQ(json["cases"][0]["mismatches"][0]["expected"], 1.5);
}

TEST(JsonOutput, BackfillAndDatasetReportsHaveTheirSchemas) {
  const TableChecksum checksum{3, {{"f", 2, 0.5}, {"name", 3, std::nullopt}}, 0xabc};
  BackfillReport backfill;
  backfill.entities.push_back({.entity = "pump", .features = {"f"}, .checksum = checksum});
  const Json backfilled = Json::parse(to_json(backfill));
  EXPECT_EQ(difference(backfilled, schema_of("backfill")), "");
  EXPECT_EQ(difference(backfilled["entities"][0], schema_of("backfill")["properties"]["entities"]["items"]), "");
  EXPECT_EQ(backfilled["entities"][0]["checksum"]["hash"], "0000000000000abc");
  EXPECT_TRUE(backfilled["output"].is_null());

  DatasetReport dataset;
  dataset.output = "train.parquet";
  dataset.checksum = checksum;
  const Json joined = Json::parse(to_json(dataset));
  EXPECT_EQ(difference(joined, schema_of("dataset")), "");
  EXPECT_EQ(joined["output"], "train.parquet");
}

TEST(JsonOutput, EverySchemaIsJson) {
  for (const char* command : {"check", "graph", "test", "backfill", "dataset", "explain", "plan"})
    EXPECT_TRUE(schema_of(command).is_object());
  EXPECT_EQ(json_output_schema("init"), "");
}

}  // namespace
}  // namespace headrace
