#pragma once

/// The runtimes that code can be generated for, and what each of them can be asked for.

#include "base/result.h"
#include "codegen/generated_project.h"

#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// What a target is asked for beside the features. Each is empty where the target has no such choice; as a request,
/// empty is the target's first.
struct GenerateChoices {
  std::string dialect;  // of SQL
  std::string engine;   // what computes where an orchestrator starts it: "native", "beam", "sql"
  std::string offline;  // where Feast reads rows: "file", "bigquery", "snowflake"
  std::string views;    // how Feast groups features: "entity", "owner"; first: that of the offline store

  friend bool operator==(const GenerateChoices&, const GenerateChoices&) = default;
};

struct GenerateTarget {
  std::string_view name;
  std::string_view summary;
  GeneratedProject (*generate)(const GeneratorInput& input, const GenerateChoices& choices);
  // The first is the default; none: there is no such choice. Dialects beside engines are those of `sql`.
  std::vector<std::string_view> dialects = {};
  std::vector<std::string_view> engines = {};
  std::vector<std::string_view> offlines = {};
  std::vector<std::string_view> views = {};
  /// The program that runs tests of features through the code (of the first dialect); null: there is none.
  std::string_view (*case_worker)() = nullptr;
  double tolerance = 0.0;  // of its doubles, relative; 0: the engine's bits
  /// The name of the engine that runs tests through the code with our compiled kernel inside; empty: there is none.
  std::string_view native_engine = {};
};

const std::vector<GenerateTarget>& generate_targets();
/// Null: there is none of that name.
const GenerateTarget* find_generate_target(std::string_view name);

/// What is asked for, with the target's defaults in the place of what is not. Fails with what the target cannot be asked.
Result<GenerateChoices> choices_of(const GenerateTarget& target, const GenerateChoices& asked);

/// What tells a project from the target's others: choices that are the default are empty, but a dialect, which always
/// tells. So what was generated before a target had a choice is the project of its default.
GenerateChoices beside_defaults(const GenerateTarget& target, const GenerateChoices& choices);

}  // namespace headrace
