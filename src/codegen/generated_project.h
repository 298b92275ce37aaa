#pragma once

/// What a generator makes of a plan: files, and features that the target cannot say.
///
/// Generators are pure: same input, same bytes. They read the plan, never the repository, the engine, a clock or a
/// disk.

#include "language/diagnostics/definition_file.h"
#include "plan/plan.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// The files of a source as the engine reads them; paths are relative to the project's folder.
struct SourceFiles {
  std::vector<std::string> paths;  // in order of arrival, without texts of no bytes
  /// How many files of the format a search of the folder meets that follows no links; 0: the location is no folder.
  int64_t in_folder = 0;
  /// Of columns that no file has, but folders `column=value` or a table's log: the value of each path as text.
  std::map<std::string, std::vector<std::optional<std::string>>> folder_columns = {};
  /// Columns that a folder or log gives beside files that have them, or may have them in single records.
  std::vector<std::string> mixed_columns = {};
};

struct GeneratorInput {
  const Plan& plan;
  /// Features to write results of, in the plan's order; what they use is in the plan too.
  std::vector<size_t> outputs;
  /// The texts that the plan was made of, by their paths in the project: "project.yaml", "features/pump.yaml". A
  /// generator may hand them on, for a kernel that reads definitions, but reads none itself. Empty: not known.
  std::vector<DefinitionFile> definitions;
  /// By name of source: those whose files could be listed.
  std::map<std::string, SourceFiles> files = {};
  /// The first day that an orchestrator is to compute, "2026-03-01": the day on which the folder was first generated.
  std::string first_day = "1970-01-01";
};

struct GeneratedFile {
  std::string path;  // relative to the output folder, with `/`
  std::string text;
};

/// A feature that the target cannot say exactly. Nothing is approximated silently.
struct Refusal {
  std::string feature;
  std::string code;     // G0xx, of language/diagnostics
  std::string message;  // "duckdb cannot say approx_percentile exactly"
  std::string help;     // the remedy; may be empty
};

struct GeneratedProject {
  std::vector<GeneratedFile> files;  // in byte order of their paths; nothing of refused features
  std::vector<Refusal> refusals;     // at most one for each feature, in the plan's order; users of a refused one too
};

}  // namespace headrace
