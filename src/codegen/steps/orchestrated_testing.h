#pragma once

/// What must be true of the generated project of every orchestrator, over one small repository. For tests.

#include "codegen/generated_project.h"
#include "language/load_repository.h"
#include "plan/make_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

namespace headrace {

using GenerateOrchestrated = GeneratedProject (*)(const GeneratorInput& input);

/// The project of a repository called `two pumps`.
inline GeneratedProject generate_two_pumps(GenerateOrchestrated generate) {
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
  return generate({plan, {0}});
}

inline void expect_sorted_full_and_stable(GenerateOrchestrated generate) {
  const GeneratedProject first = generate_two_pumps(generate);
  const GeneratedProject second = generate_two_pumps(generate);
  EXPECT_TRUE(first.refusals.empty());
  ASSERT_EQ(first.files.size(), second.files.size());
  EXPECT_TRUE(std::is_sorted(first.files.begin(), first.files.end(),
                             [](const GeneratedFile& a, const GeneratedFile& b) { return a.path < b.path; }));
  for (size_t i = 0; i < first.files.size(); ++i) {
    EXPECT_EQ(first.files[i].text, second.files[i].text);
    EXPECT_FALSE(first.files[i].text.empty()) << first.files[i].path;
    EXPECT_EQ(first.files[i].text.find("{{"), std::string::npos) << first.files[i].path;
  }
}

inline void expect_paths(GenerateOrchestrated generate, std::initializer_list<std::string_view> expected) {
  const GeneratedProject project = generate_two_pumps(generate);
  for (const std::string_view path : expected) {
    EXPECT_TRUE(std::any_of(project.files.begin(), project.files.end(), [&](const GeneratedFile& file) {
      return file.path == path;
    })) << path;
  }
}

}  // namespace headrace
