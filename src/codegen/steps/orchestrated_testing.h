#pragma once

/// What must be true of the generated project of every orchestrator, over one small repository. For tests.

#include "codegen/generated_project.h"
#include "codegen/steps/started_engine.h"
#include "language/load_repository.h"
#include "plan/make_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace headrace {

using GenerateOrchestrated = GeneratedProject (*)(const GeneratorInput& input, const StartedEngine& engine);

/// The project of a repository called `two pumps`.
inline GeneratedProject generate_two_pumps(GenerateOrchestrated generate, const StartedEngine& engine = {}) {
  const LoadedRepository loaded = load_repository({{"project.yaml", R"(
project: {name: two pumps}
---
entity: {name: pump, key: id}
---
source: {name: s, entity: pump, event_time: at, columns: {x: double}}
---
feature: {name: total, owner: t, version: "1.0", aggregation: sum, window: 1h, source_features: [x]}
)"}});
  EXPECT_FALSE(loaded.diagnostics.has_errors());
  const Plan plan = make_plan(loaded.repository);
  return generate({plan, {0}}, engine);
}

/// The program, Beam, and each dialect of SQL.
inline const std::vector<StartedEngine>& started_engines() {
  static const std::vector<StartedEngine> engines = {{EngineKind::kNative},
                                                     {EngineKind::kBeam},
                                                     {EngineKind::kSql, SqlDialect::kBigQuery},
                                                     {EngineKind::kSql, SqlDialect::kSnowflake},
                                                     {EngineKind::kSql, SqlDialect::kDuckDb}};
  return engines;
}

inline void expect_sorted_full_and_stable(GenerateOrchestrated generate, const StartedEngine& engine) {
  const GeneratedProject first = generate_two_pumps(generate, engine);
  const GeneratedProject second = generate_two_pumps(generate, engine);
  EXPECT_TRUE(first.refusals.empty());
  ASSERT_EQ(first.files.size(), second.files.size());
  EXPECT_TRUE(std::is_sorted(first.files.begin(), first.files.end(),
                             [](const GeneratedFile& a, const GeneratedFile& b) { return a.path < b.path; }));
  for (size_t i = 0; i < first.files.size(); ++i) {
    EXPECT_EQ(first.files[i].text, second.files[i].text);
    EXPECT_FALSE(first.files[i].text.empty()) << first.files[i].path;
    EXPECT_FALSE(i > 0 && first.files[i].path == first.files[i - 1].path) << first.files[i].path;
    // Docstrings of Beam's runtime may have braces of f-strings.
    const bool is_started = first.files[i].path.find("_beam/") != std::string::npos;
    if (!is_started && !first.files[i].path.starts_with("beam/")) {
      EXPECT_EQ(first.files[i].text.find("{{"), std::string::npos) << first.files[i].path;
    }
  }
}

inline void expect_paths(GenerateOrchestrated generate, std::initializer_list<std::string_view> expected,
                         const StartedEngine& engine = {}) {
  const GeneratedProject project = generate_two_pumps(generate, engine);
  for (const std::string_view path : expected) {
    EXPECT_TRUE(std::any_of(project.files.begin(), project.files.end(), [&](const GeneratedFile& file) {
      return file.path == path;
    })) << path;
  }
}

/// What the engine refuses is refused, and what is left is started.
inline void expect_refused_features_left_out(GenerateOrchestrated generate) {
  const LoadedRepository loaded = load_repository({{"project.yaml", R"(
entity: {name: pump, key: id}
---
entity: {name: valve, key: id}
---
source: {name: s, entity: pump, event_time: at, columns: {x: double}}
---
source: {name: t, entity: valve, event_time: at, columns: {x: double}}
---
feature: {name: total, owner: t, version: "1.0", aggregation: sum, window: 1h, source: s, source_features: [x]}
---
feature: {name: newest, owner: t, version: "1.0", aggregation: approx_percentile, params: {p: 0.5}, window: 1h, source: t, source_features: [x]}
)"}});
  ASSERT_FALSE(loaded.diagnostics.has_errors());
  const Plan plan = make_plan(loaded.repository);
  const GeneratedProject made = generate({plan, {0, 1}}, {EngineKind::kSql, SqlDialect::kBigQuery});
  ASSERT_EQ(made.refusals.size(), 1U);
  EXPECT_EQ(made.refusals[0].feature, "newest");
  for (const GeneratedFile& file : made.files) {
    EXPECT_FALSE(file.path.ends_with("entities/valve.sql"));
    const bool is_program = file.path.ends_with("features.py") || file.path == "pipeline.py";
    if (is_program) {
      EXPECT_NE(file.text.find("ENTITIES: list[str] = [\n    \"pump\",\n]"), std::string::npos);
    }
  }
  const GeneratedProject none = generate({plan, {1}}, {EngineKind::kSql, SqlDialect::kBigQuery});
  EXPECT_TRUE(none.files.empty());
  EXPECT_EQ(none.refusals.size(), 1U);
}

}  // namespace headrace
