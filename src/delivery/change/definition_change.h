#pragma once

/// What a change of definitions means: each feature classed by its canonical meaning, never by text.
///
///   DefinitionChange change = definition_change(before, now);
///
/// Features that only use changed ones change with them, and say which. What an author declares (`expected_change`) is
/// taken as a claim: a rollout, and a comparison of values, hold it against what is so.

#include "delivery/change/feature_change.h"
#include "delivery/change/value_difference.h"
#include "language/definitions/repository.h"

namespace headrace {

/// What the definitions were held against.
struct ChangeBase {
  bool is_environment = false;  // else a revision
  std::string name;             // as it was asked for
  std::string commit;           // of a revision
};

struct OwnerChange {
  std::string owner;
  int64_t features = 0;
};

/// Work for one entity, as far as it is known without doing it.
struct BackfillWork {
  std::string entity;
  std::vector<std::string> features;  // that are to be backfilled
  std::optional<int64_t> rows;        // of the files that are read for it; nothing: not known before reading
  std::optional<int64_t> bytes;
};

struct DefinitionChange {
  static constexpr int kFormatVersion = 1;

  std::string project;
  ChangeBase base;
  std::string digest_before, digest_now;  // of everything that the definitions say
  std::string digest;                     // of the change: from where to where
  std::vector<FeatureChange> features;    // in the order of now, then the removed; those without a change are left out
  int64_t unchanged = 0;
  std::vector<ChangedSource> sources;
  std::vector<OwnerChange> owners;  // of features whose readers may notice, by falling number
  std::vector<BackfillWork> work;
  std::optional<ValueReport> values;  // nothing: they were not compared
  std::vector<std::string> problems;  // why it cannot be applied as it stands
  std::vector<std::string> notes;

  bool is_empty() const { return features.empty() && sources.empty(); }
};

/// Base, values and files are left to the caller. REQUIRES: both are free of errors.
DefinitionChange definition_change(const Repository& before, const Repository& now);

/// Whether values under the feature's name become others, or may.
bool changes_values(ChangeKind kind);

}  // namespace headrace
