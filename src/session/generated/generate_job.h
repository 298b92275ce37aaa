#pragma once

/// Writes the code of a feature repository for another runtime.
///
/// A generated folder holds `generated.json`: which files are ours, with the digests of their texts. A second run
/// writes what has changed, removes what it no longer makes, and refuses to overwrite a file that somebody has edited.

#include "codegen/generated_project.h"
#include "session/project/session.h"

#include <string>
#include <vector>

namespace headrace {

/// A runtime that code can be generated for: "beam", "sql", "feast".
struct GenerateTarget {
  std::string_view name;
  std::string_view summary;
  std::vector<std::string_view> dialects;  // the first is the default; empty: there are none
  GeneratedProject (*generate)(const GeneratorInput& input, std::string_view dialect);
  /// The program that runs tests of features through the code (of the first dialect); null: there is none.
  std::string_view (*case_worker)();
  double tolerance = 0.0;  // of its doubles, relative; 0: the engine's bits
  /// The name of the engine that runs tests through the code with our compiled kernel inside; empty: there is none.
  std::string_view native_engine = {};
};

const std::vector<GenerateTarget>& generate_targets();
/// Null: there is none of that name.
const GenerateTarget* find_generate_target(std::string_view name);

struct GenerateJob {
  std::string target;
  std::string dialect;                // empty: the target's first
  std::vector<std::string> features;  // selectors (feature_selection.h); empty: all
  std::vector<std::string> excluded;  // likewise
  std::string output;
  EventTime now;  // today is the first day that an orchestrator computes, where no earlier run into the folder said one
  bool skips_refused = false;  // leave features out that the target cannot say; else nothing is written
  bool overwrites_edits = false;
};

struct GenerateReport {
  struct File {
    enum class Change { kWritten, kUnchanged, kRemoved };
    std::string path;
    Change change = Change::kWritten;
  };
  std::vector<File> files;            // by path
  std::vector<Refusal> refusals;      // features that the target cannot say
  Diagnostics diagnostics;            // the same, at the features' definitions
  bool is_refused = false;            // nothing was written because of them
  std::string dialect;                // empty: the target has none
  std::vector<std::string> features;  // that were generated, or would be without those refused
};

Result<GenerateReport> generate(const Session& session, const GenerateJob& job);

/// What a target cannot say, as a problem of the feature's definition.
Diagnostic refusal_at(const Repository& repository, const Refusal& refusal);

}  // namespace headrace
