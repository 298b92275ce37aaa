#pragma once

/// From definitions to a plan: the one way into what engines and generators read.
///
///   Plan plan = make_plan(loaded.repository, {"flow_mean"});

#include "language/definitions/repository.h"
#include "plan/plan.h"

#include <map>
#include <string>
#include <vector>

namespace headrace {

/// Whether the expressions of quality checks become features of the plan, marked as is_for_check: what a run needs that
/// holds checks against values, and nothing else does.
enum class CheckNodes { kLeftOut, kAdded };

/// Lowers the named features (all when empty) and what they use; entities without features too where the plan is whole.
/// Nodes are added for the checks of the named features. REQUIRES: repository is free of errors and has the names.
Plan make_plan(const Repository& repository, const std::vector<std::string>& feature_names = {},
               CheckNodes check_nodes = CheckNodes::kLeftOut);

/// All sources of the repository with their checks, and no features: for what looks at the sources alone.
Plan make_plan_of_sources(const Repository& repository);

/// The meanings of a repository's features, each worked out once.
///
/// The repository must outlive it. Not thread-safe: it remembers.
class Meanings {
 public:
  /// REQUIRES: the repository is free of errors.
  explicit Meanings(const Repository& repository) : repository_(repository) {}

  /// The canonical text of a feature's meaning: formula as parsed, window, aggregation, source, filter, default and the
  /// digests of the features it uses (language, section 8). Comments, description, owner, checks and places are not in
  /// it. REQUIRES: what it uses is in the repository, or was asked for before.
  std::string text_of(const FeatureDefinition& feature);
  /// The SHA-256 of text_of().
  const std::string& digest_of(const FeatureDefinition& feature);

 private:
  const std::string& digest_of(const std::string& name);

  const Repository& repository_;
  std::map<std::string, std::string> digests_;  // by feature
};

}  // namespace headrace
