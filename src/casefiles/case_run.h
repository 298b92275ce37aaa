#pragma once

/// Runs a test of features through an engine and compares.
///
/// As thread-safe as the engine: a run keeps nothing.

#include "base/result.h"
#include "casefiles/case_engine.h"
#include "casefiles/case_events.h"
#include "casefiles/case_file.h"
#include "language/load_repository.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// One value that differs.
struct CaseMismatch {
  size_t ask = 0;      // index
  std::string entity;  // "pump_id=p1"
  EventTime at;
  std::string feature;
  Value expected;  // in the feature's type
  Value actual;
  Span span;  // of the expected value
};

struct CaseReport {
  enum class Outcome {
    kPassed,
    kFailed,   // values or a refusal differ
    kSkipped,  // `engines` leaves this one out, or it refuses every feature
    kBroken,   // the test or its definitions are wrong, or the engine could not run: see problems and error
  };
  Outcome outcome = Outcome::kPassed;
  std::string engine;
  std::string file;
  std::string about;
  size_t asks = 0;
  size_t values = 0;  // compared
  std::vector<CaseMismatch> mismatches;
  /// Features that the engine cannot compute, and why; their values are not compared.
  std::vector<std::pair<std::string, std::string>> refused;
  std::string refusal;  // what is wrong about `expect: {error: CODE}`; empty: nothing
  Diagnostics problems;
  std::vector<DefinitionFile> files;  // that the problems point into
  std::optional<Error> error;
  std::vector<BadEvent> bad_events;  // that were passed over
  BatchStatistics statistics;        // summed over entities
};

/// Reads the test and runs it. `surrounding` is the repository that the file lies in, for tests without one of their
/// own; null: there is none.
/// `skips_bad_rows`: events and cells that cannot be read are passed over with a warning.
CaseReport run_case(const DefinitionFile& file, const LoadedRepository* surrounding, CaseEngine& engine,
                    bool skips_bad_rows = false);

}  // namespace headrace
