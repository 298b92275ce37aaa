#include "io/offline/manifest.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <nlohmann/json.hpp>

namespace headrace {
namespace {

Manifest example() {
  ManifestEntity pump;
  pump.name = "pump";
  pump.keys = {{"pump_id", ScalarType::kString}};
  pump.features = {{"efficiency", "1.2", "ab12", {ScalarType::kDouble}},
                   {"modes", "1.0", "cd34", {ScalarType::kString, true}}};
  pump.runs = {{"00ff",
                EventTime{1'709'251'200'000'000},
                std::nullopt,
                Duration{3600 * kMicrosPerSecond},
                {{"data/a.parquet", 100, 17}},
                1,
                24}};
  pump.partitions = {{"2024-03-01", "pump/day=2024-03-01/part-0.parquet", 24, 1234, "00ff"}};
  return {"0.1.0", {pump}, {{"efficiency", "1.2", "ab12", "pump", "mean(a / b) over 24h"}}};
}

constexpr const char* kGolden = R"json({
  "format_version": 1,
  "headrace_version": "0.1.0",
  "entities": [
    {
      "name": "pump",
      "format": "parquet",
      "keys": [
        {
          "name": "pump_id",
          "type": "string"
        }
      ],
      "features": [
        {
          "name": "efficiency",
          "version": "1.2",
          "digest": "ab12",
          "type": "double"
        },
        {
          "name": "modes",
          "version": "1.0",
          "digest": "cd34",
          "type": "list of string"
        }
      ],
      "runs": [
        {
          "id": "00ff",
          "from": "2024-03-01T00:00:00Z",
          "to": null,
          "every": "1h",
          "inputs": [
            {
              "path": "data/a.parquet",
              "bytes": 100,
              "modified_us": 17
            }
          ],
          "partitions": 1,
          "rows": 24
        }
      ],
      "partitions": [
        {
          "day": "2024-03-01",
          "file": "pump/day=2024-03-01/part-0.parquet",
          "rows": 24,
          "bytes": 1234,
          "run": "00ff"
        }
      ]
    }
  ],
  "history": [
    {
      "name": "efficiency",
      "version": "1.2",
      "digest": "ab12",
      "entity": "pump",
      "meaning": "mean(a / b) over 24h"
    }
  ]
}
)json";

TEST(ManifestTest, IsWrittenLikeThis) { EXPECT_EQ(to_json(example()), kGolden); }

TEST(ManifestTest, ReadsBack) {
  const Result<Manifest> read = parse_manifest(kGolden, "out/manifest.json");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, example());
  EXPECT_NE(read->find_entity("pump"), nullptr);
  EXPECT_EQ(read->find_entity("site"), nullptr);
}

std::string golden_with(const std::string& old_text, const std::string& new_text) {
  std::string text = kGolden;
  const size_t at = text.find(old_text);
  EXPECT_NE(at, std::string::npos) << old_text;
  return text.replace(at, old_text.size(), new_text);
}

TEST(ManifestTest, IgnoresUnknownKeys) {
  EXPECT_TRUE(parse_manifest(golden_with("\"name\": \"pump\",", "\"name\": \"pump\", \"owner\": 1,"), "m").ok());
}

struct Damage {
  std::string text;
  std::string message;
};

TEST(ManifestTest, SaysWhatIsWrong) {
  const Damage damages[] = {
      {"", "m is not JSON: the manifest is damaged"},
      {std::string(kGolden).substr(0, 300), "m is not JSON: the manifest is damaged"},
      {"[]", "m is not JSON: the manifest is damaged"},
      {"{}", "m is no manifest: `format_version` is missing"},
      {golden_with("\"format_version\": 1", "\"format_version\": \"1\""),
       "m is no manifest: `format_version` is not an integer"},
      {golden_with("\"rows\": 24", "\"rows\": 2.5"), "m is no manifest: `rows` is not an integer"},
      {golden_with("\"format\": \"parquet\"", "\"format\": \"orc\""), "m is no manifest: `format` cannot be `orc`"},
      {golden_with("list of string", "map"), "m is no manifest: `type` cannot be `map`"},
      {golden_with("\"1h\"", "\"1 fortnight\""), "m is no manifest: `every` cannot be `1 fortnight`"},
      {golden_with("pump/day=2024-03-01/part-0.parquet", "../secret"),
       "m is no manifest: `file` cannot be `../secret`"},
      {golden_with("pump/day=2024-03-01/part-0.parquet", "/secret"), "m is no manifest: `file` cannot be `/secret`"},
      {golden_with("\"history\"", "\"History\""), "m is no manifest: `history` is missing"},
  };
  for (const Damage& damage : damages) {
    const Result<Manifest> read = parse_manifest(damage.text, "m");
    ASSERT_FALSE(read.ok()) << damage.message;
    EXPECT_EQ(read.error().message(), damage.message);
    EXPECT_EQ(read.error().help(),
              "remove the file to start this store anew; the next backfill writes all partitions again");
    EXPECT_EQ(read.error().kind(), ErrorKind::kData);
  }
}

TEST(ManifestTest, RefusesALaterFormat) {
  const Result<Manifest> read = parse_manifest(golden_with("\"format_version\": 1", "\"format_version\": 2"), "m");
  EXPECT_EQ(read.error().message(), "m has format_version 2, and this headrace reads 1 at most");
  EXPECT_EQ(read.error().help(), "it was written by a newer headrace: upgrade this one, or write to another folder");
}

/// The schema is JSON and names every key that is written.
TEST(ManifestTest, SchemaNamesEveryKey) {
  const auto schema = nlohmann::json::parse(manifest_json_schema());
  const auto expect_keys = [&](const nlohmann::json& object, const nlohmann::json& definition) {
    std::vector<std::string> written, required = definition.at("required");
    for (const auto& [key, value] : object.items()) written.push_back(key);
    std::sort(required.begin(), required.end());
    EXPECT_EQ(written, required);
    for (const std::string& key : written) EXPECT_TRUE(definition.at("properties").contains(key)) << key;
  };
  const auto golden = nlohmann::json::parse(kGolden);
  const auto& definitions = schema.at("$defs");
  const auto& entity = golden.at("entities").at(0);
  expect_keys(golden, schema);
  expect_keys(entity, definitions.at("entity"));
  expect_keys(entity.at("runs").at(0), definitions.at("run"));
  expect_keys(entity.at("partitions").at(0), definitions.at("partition"));
  expect_keys(golden.at("history").at(0), definitions.at("meaning"));
  expect_keys(entity.at("features").at(0), definitions.at("entity").at("properties").at("features").at("items"));
}

TEST(FormatDayTest, IsADate) {
  EXPECT_EQ(format_day(0), "1970-01-01");
  EXPECT_EQ(format_day(19783), "2024-03-01");
  EXPECT_EQ(format_day(-1), "1969-12-31");
  EXPECT_EQ(format_day(floor_divide(kTimestampMicrosMin, kMicrosPerDay)), "0001-01-01");
}

}  // namespace
}  // namespace headrace
