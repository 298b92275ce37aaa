#pragma once

/// The profiles of a backfill: those of the store, those that its rows give, and the checks that they decide.
///
/// Profiles are made where a feature of the table has a `drift` check, where the store has profiles already, or where a
/// run asks for them. They are written with the verdicts, after the tables: what a killed run leaves is the profiles of before,
/// whose days the next run that computes them replaces.
///
/// Not thread-safe.

#include "io/offline/offline_store.h"
#include "quality/profiles/profile_sink.h"
#include "quality/report.h"

#include <memory>
#include <optional>
#include <string>

namespace headrace {

class BackfillProfiles {
 public:
  /// Reads those of the store. Of bytes that have changed nothing is taken, and the answer says so for people; else it is empty.
  Result<std::string> open(OfflineStore& store);
  void want_all() { wants_all_ = true; }

  /// Is there a table without profiles, though they are asked for? Then its rows have to be computed.
  bool lacks(const Plan& plan, const BackfillRequest& wanted) const;
  /// Makes profiles of what goes to `next`; null: none are wanted.
  std::unique_ptr<ProfileSink> sink(const Plan& plan, const BackfillRequest& wanted, Sink& next) const;
  /// Puts the profiles of a table's rows in place of those of its range, and gives the checks of drift their verdicts.
  void take(const Plan& plan, const BackfillRequest& wanted, ProfileSet made, QualityReport& report);
  Status save(OfflineStore& store) const;

 private:
  bool are_wanted(const Plan& plan, const BackfillRequest& wanted) const;

  bool wants_all_ = false;
  bool has_changed_ = false;
  ProfileSet profiles_;
};

}  // namespace headrace
