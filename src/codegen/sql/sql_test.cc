#include "codegen/sql/sql.h"

#include "language/load_repository.h"
#include "plan/make_plan.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace headrace {
namespace {

GeneratedProject generated(const std::string& definitions, SqlDialect dialect) {
  const LoadedRepository loaded = load_repository({{"project.yaml", definitions}});
  EXPECT_FALSE(loaded.diagnostics.has_errors());
  const Plan plan = make_plan(loaded.repository);
  GeneratorInput input{.plan = plan, .outputs = {}, .definitions = {}};
  for (size_t i = 0; i < plan.features.size(); ++i) input.outputs.push_back(i);
  return generate_sql(input, dialect);
}

std::string text_of(const GeneratedProject& project, std::string_view path) {
  for (const GeneratedFile& file : project.files) {
    if (file.path == path) return file.text;
  }
  return fmt::format("no {}", path);
}

/// "last G005, twice G006".
std::string refused(const GeneratedProject& project) {
  std::string out;
  for (const Refusal& refusal : project.refusals)
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", refusal.feature, refusal.code);
  return out;
}

constexpr std::string_view kDefinitions =
    "entity: {name: pump, key: id}\n---\n"
    "source: {name: readings, entity: pump, event_time: at, columns: {x: double, s: string}}\n---\n"
    "feature: {name: total, owner: o, version: '1.0', aggregation: sum, window: 1h, source_features: [x]}\n---\n"
    "feature: {name: latest, owner: o, version: '1.0', source_features: [x]}\n---\n"
    "feature: {name: seen_at, owner: o, version: '1.0', aggregation: last, window: lifetime, source: readings, "
    "formula: event_time()}\n---\n"
    "feature: {name: sketch, owner: o, version: '1.0', aggregation: approx_percentile, params: {p: 0.5}, window: 1h, "
    "source_features: [x]}\n---\n"
    "feature: {name: twice, owner: o, version: '1.0', source_features: [latest], formula: latest * 2}\n---\n"
    "feature: {name: of_sketch, owner: o, version: '1.0', source_features: [sketch], formula: sketch + 1}\n---\n"
    "feature: {name: small, owner: o, version: '1.0', aggregation: mode, window: 1h, source_features: [s], formula: "
    "lower(s)}\n";

TEST(SqlTest, DialectsHaveNames) {
  for (const SqlDialect dialect : {SqlDialect::kBigQuery, SqlDialect::kSnowflake, SqlDialect::kDuckDb})
    EXPECT_EQ(sql_dialect(to_string(dialect)), dialect);
  EXPECT_EQ(sql_dialect("oracle"), std::nullopt);
}

TEST(SqlTest, RefusesByName) {
  const std::string definitions(kDefinitions);
  EXPECT_EQ(refused(generated(definitions, SqlDialect::kDuckDb)), "sketch G001, of_sketch G006");
  EXPECT_EQ(refused(generated(definitions, SqlDialect::kSnowflake)), "sketch G001, of_sketch G006, small G003");
  EXPECT_EQ(refused(generated(definitions, SqlDialect::kBigQuery)), "sketch G001, of_sketch G006, small G003");
}

TEST(SqlTest, TiesThatMatterFailByName) {
  const GeneratedProject project = generated(std::string(kDefinitions), SqlDialect::kBigQuery);
  EXPECT_NE(text_of(project, "features/latest.sql").find("ERROR('latest: events of readings of one key and time"),
            std::string::npos);
  // The time of the last event is the same whichever arrived last.
  EXPECT_EQ(text_of(project, "features/seen_at.sql").find("ERROR("), std::string::npos);
  EXPECT_EQ(text_of(generated(std::string(kDefinitions), SqlDialect::kDuckDb), "features/latest.sql").find("error("),
            std::string::npos);
}

TEST(SqlTest, DaysReadAsFarBackAsWindowsReach) {
  const GeneratedProject project = generated(
      "entity: {name: e, key: id}\n---\n"
      "source: {name: r, entity: e, event_time: at, columns: {x: double}}\n---\n"
      "source: {name: v, entity: e, event_time: at, columns: {y: double}}\n---\n"
      "feature: {name: a, owner: o, version: '1.0', aggregation: sum, window: {size: 2h, offset: 1h}, source_features: "
      "[x]}\n---\n"
      "feature: {name: b, owner: o, version: '1.0', aggregation: max, window: 5h, source_features: [a, r.x], formula: "
      "a + "
      "x}\n---\n"
      "feature: {name: c, owner: o, version: '1.0', aggregation: max, window: {tumbling: 1d}, source_features: "
      "[y]}\n---\n"
      "feature: {name: d, owner: o, version: '1.0', aggregation: last, window: {session: 1h}, source_features: "
      "[y]}\n---\n"
      "feature: {name: f, owner: o, version: '1.0', source: r, source_features: [b, c], formula: b + c}\n",
      SqlDialect::kDuckDb);
  const auto reads = [&](const std::string& feature, const std::string& line) {
    return text_of(project, "days/features/" + feature + ".sql").find("-- Reads " + line) != std::string::npos;
  };
  EXPECT_TRUE(reads("a", "r from headrace_start less 3h on:"));
  EXPECT_TRUE(reads("b", "r from headrace_start less 8h on:"));
  EXPECT_TRUE(reads("c", "v from headrace_start less 2d on:"));
  EXPECT_TRUE(reads("d", "v from its beginning for d:"));
  EXPECT_TRUE(reads("f", "r from headrace_start less 8h on:") && reads("f", "v from headrace_start less 2d on:"));
}

TEST(SqlTest, ArrivalColumnOrdersEverywhere) {
  std::string definitions(kDefinitions);
  definitions.replace(definitions.find("columns:"), 8, "arrival: seq, columns:");
  const GeneratedProject project = generated(definitions, SqlDialect::kBigQuery);
  EXPECT_EQ(refused(project), "sketch G001, of_sketch G006, small G003");
  EXPECT_NE(text_of(project, "features/latest.sql").find("arrival DESC) = 1 THEN value END AS closing"),
            std::string::npos);
  EXPECT_NE(text_of(project, "tables.sql").find("seq INT64"), std::string::npos);
}

TEST(SqlTest, WritesNothingOfRefusedFeatures) {
  const GeneratedProject project = generated(std::string(kDefinitions), SqlDialect::kDuckDb);
  for (const GeneratedFile& file : project.files) EXPECT_EQ(file.path.find("sketch"), std::string::npos) << file.path;
  EXPECT_EQ(text_of(project, "entities/pump.sql").find("sketch"), std::string::npos);
  EXPECT_NE(text_of(project, "README.md").find("| sketch | G001 |"), std::string::npos);
}

TEST(SqlTest, SameInputSameBytesInOrderOfPaths) {
  const GeneratedProject a = generated(std::string(kDefinitions), SqlDialect::kSnowflake);
  const GeneratedProject b = generated(std::string(kDefinitions), SqlDialect::kSnowflake);
  ASSERT_EQ(a.files.size(), b.files.size());
  for (size_t i = 0; i < a.files.size(); ++i) EXPECT_EQ(a.files[i].text, b.files[i].text) << a.files[i].path;
  EXPECT_TRUE(std::is_sorted(a.files.begin(), a.files.end(),
                             [](const GeneratedFile& x, const GeneratedFile& y) { return x.path < y.path; }));
}

TEST(SqlTest, OwnNamesGiveWayToTheUsers) {
  const GeneratedProject project = generated(
      "entity: {name: e, key: value}\n---\n"
      "source: {name: observations, entity: e, event_time: at, columns: {n: int64, select: double}}\n---\n"
      "feature: {name: spine, owner: o, version: '1.0', aggregation: sum, window: {last: 2}, source_features: "
      "[n]}\n---\n"
      "feature: {name: most, owner: o, version: '1.0', aggregation: max, window: 1h, source_features: [select]}\n",
      SqlDialect::kDuckDb);
  const std::string text = text_of(project, "point_in_time/spine.sql");
  EXPECT_NE(text.find("FROM observations_\n"), std::string::npos) << text;  // Observations of a source `observations`.
  EXPECT_NE(text.find("n AS value_"), std::string::npos) << text;           // The key is `value`.
  EXPECT_NE(text_of(project, "features/most.sql").find("\"select\""), std::string::npos);
}

TEST(SqlTest, OfflineTablesHaveAllFeaturesOfTheStore) {
  const std::string definitions =
      "project: {name: Water & Waste}\n---\n"
      "entity: {name: pump, key: [a, b, c, d, e]}\n---\n"
      "source: {name: headrace_loads, entity: pump, event_time: at, columns: {b: int64, x: double, s: string}}\n---\n"
      "feature: {name: latest, description: The last one, owner: o, version: '1.0', source_features: [x]}\n---\n"
      "feature: {name: rows, owner: o, version: '1.0', aggregation: top_k, params: {k: 2}, window: 1h, "
      "source_features: [s]}\n";
  const GeneratedProject bigquery = generated(definitions, SqlDialect::kBigQuery);
  EXPECT_EQ(refused(bigquery), "");
  const std::string text = text_of(bigquery, "offline_tables.sql");
  for (const std::string_view part :
       {"  b INT64 NOT NULL,", "  event_time TIMESTAMP NOT NULL",
        "  latest FLOAT64 OPTIONS (description = 'The last one. Version 1.0, owner o.'),",
        "  `rows` ARRAY<STRING> OPTIONS", "PARTITION BY DATE(event_time)\nCLUSTER BY a, b, c, d\n",
        "('headrace_project', 'water---waste')", "CREATE TABLE IF NOT EXISTS headrace_loads_ ("})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  EXPECT_NE(text_of(bigquery, "load_offline.py").find("load_table_from_uri"), std::string::npos);

  const GeneratedProject snowflake = generated(definitions, SqlDialect::kSnowflake);
  EXPECT_NE(text_of(snowflake, "offline_tables.sql").find("  \"rows\" ARRAY COMMENT"), std::string::npos);
  EXPECT_NE(text_of(snowflake, "load_offline.py").find("COPY INTO"), std::string::npos);
  EXPECT_EQ(text_of(generated(definitions, SqlDialect::kDuckDb), "load_offline.py"), "no load_offline.py");
}

TEST(SqlTest, WindowEdgesAreWholeMicroseconds) {
  const auto frame = [](const std::string& window) {
    const std::string text = text_of(
        generated("entity: {name: e, key: id}\n---\n"
                  "source: {name: r, entity: e, event_time: at, columns: {n: int64}}\n---\n"
                  "feature: {name: f, owner: o, version: '1.0', aggregation: max, source_features: [n], window: " +
                      window + "}\n",
                  SqlDialect::kBigQuery),
        "features/f.sql");
    const size_t start = text.find("BETWEEN");
    return text.substr(start, text.find(')', start) - start);
  };
  EXPECT_EQ(frame("1s"), "BETWEEN 999999 PRECEDING AND CURRENT ROW");
  EXPECT_EQ(frame("{size: 1s, closed: left}"), "BETWEEN 1000000 PRECEDING AND 1 PRECEDING");
  EXPECT_EQ(frame("{size: 1s, closed: both}"), "BETWEEN 1000000 PRECEDING AND CURRENT ROW");
  EXPECT_EQ(frame("{size: 1s, closed: neither}"), "BETWEEN 999999 PRECEDING AND 1 PRECEDING");
  EXPECT_EQ(frame("{size: 1s, offset: 2s}"), "BETWEEN 2999999 PRECEDING AND 2000000 PRECEDING");
  EXPECT_EQ(frame("lifetime"), "BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW");
}

}  // namespace
}  // namespace headrace
