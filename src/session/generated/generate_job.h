#pragma once

/// Writes the code of a feature repository for another runtime.
///
/// A generated folder holds `generated.json`: which files are ours, with the digests of their texts. A second run
/// writes what has changed, removes what it no longer makes, and refuses to overwrite a file that somebody has edited.

#include "codegen/generated_project.h"
#include "session/generated/generate_targets.h"
#include "session/project/session.h"

#include <string>
#include <vector>

namespace headrace {

struct GenerateJob {
  std::string target;
  GenerateChoices choices = {};
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
  GenerateChoices choices;            // with the target's defaults
  std::vector<std::string> features;  // that were generated, or would be without those refused
};

Result<GenerateReport> generate(const Session& session, const GenerateJob& job);

/// What a target cannot say, as a problem of the feature's definition.
Diagnostic refusal_at(const Repository& repository, const Refusal& refusal);

}  // namespace headrace
