#include "codegen/steps/steps.h"
#include "language/load_repository.h"
#include "plan/make_plan.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace headrace {
namespace {

constexpr std::string_view kDefinitions =
    "entity: {name: pump, key: id}\n---\nsource: {name: s, entity: pump, event_time: at, columns: {x: double}}\n---\n"
    "feature: {name: newest, owner: t, tags: [wear], version: \"1.0\", aggregation: last, window: 1h, source_features: "
    "[x]}\n---\n"
    "feature: {name: total, owner: t, version: \"2.0\", aggregation: sum, window: 1h, source_features: [x]}\n";

/// A template of one project, with all features or some.
std::string filled(std::string_view text, const std::string& project, const std::vector<std::string>& features = {}) {
  const std::string head = project.empty() ? "" : fmt::format("project: {{name: {}}}\n---\n", project);
  const LoadedRepository loaded = load_repository({{"project.yaml", head + std::string(kDefinitions)}});
  EXPECT_FALSE(loaded.diagnostics.has_errors());
  const Plan plan = make_plan(loaded.repository, features);
  std::vector<size_t> outputs;
  for (size_t i = 0; i < plan.features.size(); ++i) outputs.push_back(i);
  return project_text(text, {plan, outputs});
}

TEST(Steps, NamesOfAProjectFitWhereTheyStand) {
  constexpr std::string_view kNames = "{{id}} {{name}} {{environment}}";
  EXPECT_EQ(filled(kNames, "pumps"), "headrace_pumps headrace-pumps HEADRACE_PUMPS");
  EXPECT_EQ(filled(kNames, "Pumping - Station 2"),
            "headrace_pumping_station_2 headrace-pumping-station-2 HEADRACE_PUMPING_STATION_2");
  EXPECT_EQ(filled(kNames, ""), "headrace_features headrace-features HEADRACE_FEATURES");
  EXPECT_EQ(filled("{{id}}", "'\"Größe\"'"), "headrace_gr_e");
  EXPECT_EQ(filled("{{id}}", "ポンプ"), "headrace_features");
  const std::string first = filled("{{id}}", std::string(60, 'a') + "1");
  const std::string second = filled("{{id}}", std::string(60, 'a') + "2");
  EXPECT_EQ(first.size(), 40U);
  EXPECT_TRUE(first.starts_with("headrace_aaaaaaaaaaaaaaaaaaaaaa_")) << first;
  EXPECT_NE(first, second);
}

TEST(Steps, TextsDoNotEndTheirLiterals) {
  EXPECT_EQ(filled("{{project}} {{project_literal}}", R"('a"""b\c')"), R"(a'''b/c "a\"\"\"b\\c")");
}

TEST(Steps, NamesFeaturesOnlyWhereNotAllAreMeant) {
  EXPECT_EQ(filled("{{features_literal}}", "p"), "FEATURES: list[str] = []");
  EXPECT_EQ(filled("{{features_literal}}", "p", {"total"}), "FEATURES: list[str] = [\n    \"total\",\n]");
  EXPECT_EQ(filled("{{features}}", "p", {"total"}),
            "| entity | feature | type | version |\n|---|---|---|---|\n| pump | `total` | double | 2.0 |");
}

TEST(Steps, OwnersAndTagsAreListedOnce) {
  EXPECT_EQ(filled("{{owners_literal}} {{tags_literal}}", "p"),
            "OWNERS: list[str] = [\n    \"t\",\n] TAGS: list[str] = [\n    \"headrace\",\n    \"wear\",\n]");
}

TEST(Steps, ModulesStandBelowTheFolder) {
  const std::vector<GeneratedFile> modules = step_modules("dags/");
  ASSERT_EQ(modules.size(), 9U);
  EXPECT_EQ(modules.front().path, "dags/headrace_steps/__init__.py");
  for (const GeneratedFile& module : modules) EXPECT_FALSE(module.text.empty()) << module.path;
}

}  // namespace
}  // namespace headrace
