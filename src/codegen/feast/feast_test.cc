#include "codegen/feast/feast.h"

#include "codegen/feast/held_plan.h"
#include "codegen/feast/redis_field.h"
#include "codegen/feast_project_name.h"
#include "language/load_repository.h"
#include "plan/make_plan.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <numeric>

namespace headrace {
namespace {

struct Generated {
  LoadedRepository loaded;
  Plan plan;
  GeneratedProject project;

  std::string text_of(std::string_view path) const {
    for (const GeneratedFile& file : project.files) {
      if (file.path == path) return file.text;
    }
    return "";
  }
  bool says(std::string_view text) const { return text_of("definitions.py").find(text) != std::string::npos; }
};

Generated generate(const std::string& definitions, const std::vector<std::string>& wanted = {},
                   const FeastChoices& choices = {}) {
  Generated out;
  out.loaded = load_repository({{"project.yaml", definitions}});
  EXPECT_FALSE(out.loaded.diagnostics.has_errors());
  out.plan = make_plan(out.loaded.repository, wanted);
  std::vector<size_t> outputs(out.plan.features.size());
  std::iota(outputs.begin(), outputs.end(), size_t{0});
  out.project = generate_feast({out.plan, outputs}, choices);
  return out;
}

std::string entity(std::string_view name, std::string_view key) {
  return fmt::format("entity: {{name: {}, key: {}}}\n---\n", name, key);
}

std::string source(std::string_view name, std::string_view entity, std::string_view columns) {
  return fmt::format("source: {{name: {}, entity: {}, event_time: at, columns: {{x: double{}}}}}\n---\n", name, entity,
                     columns);
}

std::string feature(std::string_view name, std::string_view source, std::string_view more = "") {
  return fmt::format(
      "feature: {{name: {}, owner: team, version: \"1.0\", aggregation: sum, window: 1h, source: {}, source_features: "
      "[x]{}}}\n---\n",
      name, source, more);
}

TEST(FeastProjectName, KeepsWhatFeastAccepts) {
  EXPECT_EQ(feast_project_name("pumping-station"), "pumping_station");
  EXPECT_EQ(feast_project_name("a_-b"), "a__b");
  EXPECT_EQ(feast_project_name("a -- b."), "a_b_");
  EXPECT_EQ(feast_project_name("S\xc3\xbc"
                               "d 2"),
            "S_d_2");
  EXPECT_EQ(feast_project_name("__x"), "x");
  EXPECT_EQ(feast_project_name("--"), "features");
  EXPECT_EQ(feast_project_name(""), "features");
}

TEST(Feast, KeysAreEntitiesWithTheirTypes) {
  const Generated one = generate(entity("pump", "id") + source("s", "pump", ", id: int64") + feature("total", "s"));
  EXPECT_TRUE(one.says("pump = Entity(\n    name=\"pump\",\n    join_keys=[\"id\"],\n    value_type=ValueType.INT64,"));
  EXPECT_TRUE(one.says("    entities=[pump],"));

  const Generated two = generate(entity("b", "b_c") + entity("a", "[b, c]") + source("s", "a", ", b: string") +
                                 source("t", "b", "") + feature("total", "s") + feature("other", "t"));
  EXPECT_TRUE(two.says("join_keys=[\"b\"],\n    value_type=ValueType.STRING,"));
  EXPECT_TRUE(two.says("name=\"a_c\",\n    join_keys=[\"c\"],\n)"));
  EXPECT_TRUE(two.says("    entities=[a_b, a_c],"));
}

TEST(Feast, NamesOfEntitiesAreUnique) {
  const Generated made = generate(entity("a_b", "id") + entity("a", "[b, c]") + source("s", "a", "") +
                                  source("t", "a_b", "") + feature("total", "s") + feature("other", "t"));
  EXPECT_TRUE(made.says("name=\"a_b\",\n    join_keys=[\"id\"]"));
  EXPECT_TRUE(made.says("name=\"a_b_2\",\n    join_keys=[\"b\"]"));
}

TEST(Feast, AnEntityWithoutFeaturesIsAnEntityOnly) {
  const std::string text =
      entity("pump", "id") + entity("house", "house_id") + source("s", "pump", "") + feature("total", "s");
  EXPECT_TRUE(generate(text).says("house = Entity("));
  EXPECT_FALSE(generate(text).says("house_table"));
  EXPECT_FALSE(generate(text + source("t", "house", "") + feature("other", "t"), {"total"}).says("house"));
}

TEST(Feast, DescriptionsAreLiterals) {
  const Generated made = generate(entity("pump", "id") + source("s", "pump", "") +
                                  feature("total", "s", ", description: \"say \\\"a\\\\b\\\" or\\n'c\""));
  EXPECT_TRUE(made.says("description='say \"a\\\\b\" or\\n\\'c',")) << made.text_of("definitions.py");
}

TEST(Feast, TagsAreServices) {
  const Generated made = generate(entity("pump", "id") + source("s", "pump", "") +
                                  feature("total", "s", ", tags: [wear, a b]") + feature("plain", "s"));
  EXPECT_TRUE(made.says("\"tags\": \"wear, a b\"}"));
  EXPECT_TRUE(made.says("tag_a_b = FeatureService(\n    name=\"tag_a b\","));
  EXPECT_TRUE(made.says("        pump_features[[\"total\"]],"));
}

constexpr FeastChoices kByOwner = {FeastOffline::kFile, FeastViews::kOwner};

TEST(Feast, ViewsAreOfAnOwnerAndATimeToLive) {
  const Generated made =
      generate(entity("pump", "id") + source("s", "pump", "") + feature("total", "s") +
                   "feature: {name: other, owner: Team 2, version: \"1.0\", aggregation: sum, window: "
                   "1h, source: s, source_features: [x], tags: [wear]}\n---\n"
                   "feature: {name: ever, owner: team, version: \"1.0\", aggregation: sum, window: "
                   "lifetime, source: s, source_features: [x]}\n---\n"
                   "feature: {name: both, owner: team, version: \"1.0\", source_features: [total, "
                   "other], formula: total - other}\n",
               {}, kByOwner);
  EXPECT_TRUE(made.says("    name=\"pump_team_1h\",\n")) << made.text_of("definitions.py");
  EXPECT_TRUE(made.says("    owner=\"team\",\n    entities=[pump],\n    ttl=timedelta(hours=1),\n"));
  EXPECT_TRUE(made.says("    name=\"pump_team_2_1h\",\n"));
  EXPECT_TRUE(made.says("    owner=\"Team 2\",\n    tags={\"tags\": \"wear\"},\n"));
  EXPECT_TRUE(made.says("    name=\"pump_team\",\n"));
  EXPECT_TRUE(made.says("    ttl=timedelta(0),  # none"));
  EXPECT_TRUE(made.says("        pump_team_2_1h_features[[\"other\"]],")) << "services by tag follow the views";
  EXPECT_TRUE(made.says("features=[pump_team_1h_features, pump_team_2_1h_features, pump_team_features],"));
}

TEST(Feast, ReadsTablesOfWarehouses) {
  const std::string text = entity("pump", "id") + source("s", "pump", "") + feature("total", "s");
  const Generated bigquery = generate(text, {}, {FeastOffline::kBigQuery, FeastViews::kEntity});
  EXPECT_TRUE(
      bigquery.says("pump_table = BigQuerySource(\n    name=\"pump\",\n    table=table(\"pump\", \"offline_pump\"),"));
  EXPECT_TRUE(bigquery.says("value_type=ValueType.STRING,")) << "as the table has it";
  EXPECT_NE(bigquery.text_of("feature_store.yaml").find("type: bigquery"), std::string::npos);

  const Generated snowflake = generate(text, {}, {FeastOffline::kSnowflake, FeastViews::kEntity});
  EXPECT_TRUE(snowflake.says("    query=rows(\n        table(\"pump\", \"offline_pump\"),\n"));
  EXPECT_TRUE(snowflake.says("            \"total\": \"total\",\n")) << snowflake.text_of("definitions.py");
  EXPECT_NE(snowflake.text_of("requirements.txt").find("feast[redis,snowflake]"), std::string::npos);

  for (const FeastOffline offline : {FeastOffline::kBigQuery, FeastOffline::kSnowflake}) {
    const Generated made = generate(text + feature("row_number", "s"), {}, {offline, FeastViews::kOwner});
    ASSERT_EQ(made.project.refusals.size(), 1U);
    EXPECT_EQ(made.project.refusals[0].code, "G007");
    for (const GeneratedFile& file : made.project.files)
      EXPECT_EQ(file.text.find("{{"), std::string::npos) << file.path;
  }
}

TEST(Feast, RefusesNamesThatAreLostInFeast) {
  for (const char* name : {"day", "rn", "entity_row_id", "event_timestamp", "sum_x_y", "id"}) {
    const Generated made =
        generate(entity("pump", "ID") + source("s", "pump", "") + feature("total", "s") + feature(name, "s"));
    ASSERT_EQ(made.project.refusals.size(), 1U) << name;
    EXPECT_EQ(made.project.refusals[0].feature, name);
    EXPECT_EQ(made.project.refusals[0].code, "G007");
    EXPECT_TRUE(made.says("name=\"total\""));
    EXPECT_FALSE(made.says(fmt::format("name=\"{}\"", name)));
    EXPECT_NE(made.text_of("README.md").find(fmt::format("| `{}` | G007 |", name)), std::string::npos);
  }
}

TEST(Feast, RefusesEntitiesThatFeastCannotKey) {
  for (const char* type : {"bool", "timestamp"}) {
    const Generated made = generate(entity("pump", "id") + entity("house", "house_id") +
                                    source("s", "pump", fmt::format(", id: {}", type)) + source("t", "house", "") +
                                    feature("total", "s") + feature("other", "t"));
    ASSERT_EQ(made.project.refusals.size(), 1U);
    EXPECT_EQ(made.project.refusals[0].code, "G008");
    EXPECT_FALSE(made.says("pump"));
    EXPECT_TRUE(made.says("house_features"));
  }
  const Generated made = generate(entity("pump", "Day") + source("s", "pump", "") + feature("total", "s"));
  ASSERT_EQ(made.project.refusals.size(), 1U);
  EXPECT_EQ(made.project.refusals[0].code, "G007");
  EXPECT_TRUE(made.project.files.empty());
}

TEST(Feast, RefusesViewsWhoseNamesDifferInCaseOnly) {
  const Generated made = generate(entity("pump", "id") + entity("Pump", "pid") + source("s", "pump", "") +
                                  source("t", "Pump", "") + feature("total", "s") + feature("other", "t"));
  ASSERT_EQ(made.project.refusals.size(), 1U);
  EXPECT_EQ(made.project.refusals[0].feature, "other");
}

TEST(RedisField, IsFeasts) {
  EXPECT_EQ(redis_field("pump", "flow"), 0x8e28f023U);
  EXPECT_EQ(redis_field("view", "\xc3\xa9"), 0xa8002b63U);
  EXPECT_EQ(redis_field("pump", "eukp"), 3158944840U);
}

TEST(Feast, RefusesFeaturesThatShareAFieldOfRedis) {
  const std::string start = entity("pump", "id") + source("s", "pump", "") + feature("eukp", "s");
  const Generated made = generate(start + feature("lhkd", "s") + feature("eukd", "s"));
  ASSERT_EQ(made.project.refusals.size(), 1U);
  EXPECT_EQ(made.project.refusals[0].message, "Feast's Redis store keeps `eukp` and `lhkd` in one field");
}

TEST(Feast, FilesAreSortedAndTheSameEachTime) {
  const std::string text = entity("pump", "id") + source("s", "pump", "") + feature("total", "s");
  const Generated first = generate(text);
  const Generated second = generate(text);
  ASSERT_EQ(first.project.files.size(), second.project.files.size());
  for (size_t i = 0; i < first.project.files.size(); ++i) {
    EXPECT_EQ(first.project.files[i].text, second.project.files[i].text);
    EXPECT_EQ(first.project.files[i].text.find("{{"), std::string::npos) << first.project.files[i].path;
    if (i > 0) {
      EXPECT_LT(first.project.files[i - 1].path, first.project.files[i].path);
    }
  }
}

}  // namespace
}  // namespace headrace
