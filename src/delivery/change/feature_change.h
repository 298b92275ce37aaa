#pragma once

/// What becomes of one feature, and of one source, by a change of definitions. Values; any thread may read them.

#include "delivery/change/change_kind.h"
#include "language/definitions/expected_change.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// What a server has to do for the state that a feature is read from.
enum class StateWork {
  kReused,   // the state that is there goes on
  kRebuilt,  // of the events that are kept for the features of before
  kFilled,   // of events further back than are kept: from the source's files
};
/// "reused", "rebuilt", "filled".
std::string_view to_string(StateWork work);

struct FeatureChange {
  std::string feature;
  ChangeKind kind = ChangeKind::kNone;
  std::string entity;
  std::string owner;
  std::string version_before, version_now;  // empty: it is not there
  std::string digest_before, digest_now;    // of the meaning; likewise
  /// In words: "window: 2h, was 1h", "uses `low`, which went from 1.0 to 1.1".
  std::vector<std::string> reasons;
  /// Features that it uses directly and whose meaning changes.
  std::vector<std::string> follows;
  std::optional<ExpectedChange> expected;  // as the author says it
  std::optional<StateWork> state;          // nothing: it has no state, or none any more
  std::string same_meaning_as;             // added, of a removed feature; removed, of an added one
};

struct ChangedSource {
  std::string source;
  std::vector<std::string> changes;   // "added", "removed", "allowed_lateness: 10m, was 0s"
  std::vector<std::string> effects;   // what that is to features, as sentences
  std::vector<std::string> features;  // that read it, itself or through others, now or before
};

}  // namespace headrace
