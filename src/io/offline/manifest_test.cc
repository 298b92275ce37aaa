#include "io/offline/manifest.h"

#include "base/seal.h"

#include <gtest/gtest.h>

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
                {{"data/a.parquet", 100, 17, 18, 4711}},
                1,
                24}};
  pump.partitions = {{"2024-03-01", "pump/day=2024-03-01/part-0.parquet", 24, 1234, std::string(64, 'a'),
                      std::string(64, 'b'), "00ff"}};
  return {"0.1.0", {pump}, {{"efficiency", "1.2", "ab12", "pump", "mean(a / b) over 24h"}}};
}

/// Without its digest.
constexpr const char* kUnsealed = R"json({
  "format_version": 2,
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
              "modified_us": 17,
              "changed_us": 18,
              "inode": 4711
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
          "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          "footer_sha256": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
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

TEST(ManifestTest, IsWrittenLikeThis) { EXPECT_EQ(to_json(example()), sealed(kUnsealed)); }

TEST(ManifestTest, ReadsBack) {
  const Result<Manifest> read = parse_manifest(sealed(kUnsealed), "out/manifest.json");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, example());
  EXPECT_NE(read->find_entity("pump"), nullptr);
  EXPECT_EQ(read->find_entity("site"), nullptr);
}

std::string golden_with(const std::string& old_text, const std::string& new_text) {
  std::string text = kUnsealed;
  const size_t at = text.find(old_text);
  EXPECT_NE(at, std::string::npos) << old_text;
  return sealed(text.replace(at, old_text.size(), new_text));
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
      {std::string(kUnsealed).substr(0, 300), "m is not JSON: the manifest is damaged"},
      {kUnsealed, "m is damaged: its digest is that of another text"},
      {"[]", "m is not JSON: the manifest is damaged"},
      {golden_with("\"format_version\": 2", "\"format_version\": \"2\""),
       "m is no manifest: `format_version` is not an integer"},
      {golden_with("\"rows\": 24", "\"rows\": 2.5"), "m is no manifest: `entities[0].runs[0].rows` is not an integer"},
      {golden_with("\"format\": \"parquet\"", "\"format\": \"orc\""),
       "m is no manifest: `entities[0].format` cannot be `orc`"},
      {golden_with("list of string", "map"), "m is no manifest: `entities[0].features[1].type` cannot be `map`"},
      {golden_with("\"1h\"", "\"1 fortnight\""),
       "m is no manifest: `entities[0].runs[0].every` cannot be `1 fortnight`"},
      {golden_with("pump/day=2024-03-01/part-0.parquet", "../secret"),
       "m is no manifest: `file` cannot be `../secret`"},
      {golden_with("pump/day=2024-03-01/part-0.parquet", "/secret"), "m is no manifest: `file` cannot be `/secret`"},
      {golden_with("pump/day=2024-03-01/part-0.parquet", "pump/day=2024-03-02/part-0.parquet"),
       "m is no manifest: `file` cannot be `pump/day=2024-03-02/part-0.parquet`"},
      {golden_with("\"2024-03-01\"", "\"2024-02-30\""), "m is no manifest: `day` cannot be `2024-02-30`"},
      {golden_with("\"name\": \"pump\"", "\"name\": \"..\""), "m is no manifest: `name` cannot be `..`"},
      {golden_with("\"sha256\": \"aa", "\"sha256\": \"A"),
       "m is no manifest: a digest of `pump/day=2024-03-01/part-0.parquet` is no SHA-256"},
      {golden_with("\"history\"", "\"History\""), "m is no manifest: `history` is missing"},
  };
  for (const Damage& damage : damages) {
    const Result<Manifest> read = parse_manifest(damage.text, "m");
    ASSERT_FALSE(read.ok()) << damage.message;
    EXPECT_EQ(read.error().message(), damage.message);
    EXPECT_EQ(read.error().help(),
              "restore the store from a copy, or remove its folder; the next backfill computes it again");
    EXPECT_EQ(read.error().kind(), ErrorKind::kData);
  }
}

TEST(ManifestTest, RefusesWhatIsNotOurs) {
  const Result<Manifest> read = parse_manifest("{\"name\": \"my web app\"}", "m");
  EXPECT_EQ(read.error().message(), "m is no manifest of an offline store");
  EXPECT_EQ(read.error().help(), "choose another folder: this one is not an offline store");
}

TEST(ManifestTest, RefusesAnEarlierFormat) {
  const Result<Manifest> read = parse_manifest(golden_with("\"format_version\": 2", "\"format_version\": 1"), "m");
  EXPECT_EQ(read.error().message(), "m has format_version 1, which had no digests");
}

TEST(ManifestTest, RefusesALaterFormat) {
  const Result<Manifest> read = parse_manifest(golden_with("\"format_version\": 2", "\"format_version\": 3"), "m");
  EXPECT_EQ(read.error().message(), "m has format_version 3, and this headrace reads 2 at most");
  EXPECT_EQ(read.error().help(), "it was written by a newer headrace: upgrade this one, or write to another folder");
}

TEST(FormatDayTest, IsADate) {
  EXPECT_EQ(format_day(0), "1970-01-01");
  EXPECT_EQ(format_day(19783), "2024-03-01");
  EXPECT_EQ(format_day(-1), "1969-12-31");
  EXPECT_EQ(format_day(floor_divide(kTimestampMicrosMin, kMicrosPerDay)), "0001-01-01");
}

}  // namespace
}  // namespace headrace
