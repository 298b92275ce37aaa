#pragma once

/// What a rollout brings to readers, and how. Values; any thread may read them.

#include "delivery/change/change_kind.h"
#include "language/definitions/expected_change.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// A feature whose values or place readers may notice.
struct RolloutFeature {
  std::string feature;
  ChangeKind kind = ChangeKind::kValuesChanged;
  std::string owner;
  std::string version_before, version_now;  // empty: it is not there
  std::optional<ExpectedChange> expected;
};

/// From which definitions to which.
struct RolloutPlan {
  std::string digest;                     // of the change: from where to where
  std::string digest_before, digest_now;  // of everything that the definitions say
  std::string name_before, name_now;      // of the revisions, for people
  std::vector<RolloutFeature> features;

  /// Whether old and new values of the feature are held against each other.
  static bool is_compared(const RolloutFeature& feature);
};

enum class StepKind {
  kReplay,  // both over what is stored; nobody reads the new values
  kShadow,  // both over what comes; nobody reads the new values
  kCanary,  // a share of the entities is read from the new version
  kAll,     // every entity is
  kBake,    // likewise, and the old version is kept warm
};
/// "replay", "shadow", "canary", "all", "bake".
std::string_view to_string(StepKind kind);

struct RolloutStep {
  StepKind kind = StepKind::kReplay;
  double share = 0.0;          // of the entities, read from the new version
  double planned_share = 0;    // what the policy asked for, where it would have been too few entities; else the share
  int64_t at_least_s = 0;      // stays so long, whatever the judges say
  int64_t at_most_s = 86'400;  // without a pass until then it is rolled back
};

/// "canary 5 %", or "canary 1 % as a full shadow".
std::string to_string(const RolloutStep& step);

struct RolloutPolicy {
  std::vector<RolloutStep> steps;  // shares do not fall
  int64_t min_entities = 30;       // of a step in which readers see new values, else it becomes a full shadow
  double alpha = 0.01;             // the probability that a change without effect is rolled back
  double mismatch_max = 1e-4;      // of the units of a feature that keeps its values: what a pass shows it to be below
  /// A person other than the one who applied it has to approve before readers see the first new value.
  bool is_critical = false;
};

/// Replay, shadow, 1 %, 5 %, 25 %, 50 %, all, and a bake of a day.
RolloutPolicy default_policy();

/// The steps as they are for so many entities: those with fewer than min_entities compute the new version for all
/// entities and show it to none.
std::vector<RolloutStep> steps_for(const RolloutPolicy& policy, int64_t entities);

}  // namespace headrace
