#pragma once

/// Two states of a repository in one, so that one pass over the events computes the values of both.
///
///   SideBySide both = side_by_side(before, now);
///   Plan plan = make_plan(both.repository);   // flow_mean, and flow_mean__v1_2 for what it was
///
/// What means the same in both is there once, with the words of now. What differs is there twice: as it is now under its
/// own name, as it was under an internal name made of its version. Earlier versions are internal: they are given out
/// where they are named. They keep their versions, digests and checks; the plan shares series and states among all.
///
/// Places of sources and allowed lateness are those of now. An earlier source has a name of its own (`pumps__before`)
/// where its rows would be read as other events: another entity or key, event time, unit, arrival, identity, or another
/// type of a column. It lies where it lay; checks of its rows are left to the later one.

#include "language/definitions/repository.h"

#include <string>
#include <vector>

namespace headrace {

/// One feature of either state: what it is called in the combined repository.
struct VersionPair {
  std::string feature;
  std::string before;  // empty: it was not there
  std::string now;     // its own name; empty: it is not there any more

  bool is_same() const { return before == now; }
};

struct SideBySide {
  Repository repository;
  std::vector<VersionPair> features;  // as they are now in order, then those that are gone
};

/// Whether the rows of a source are the same events in both states, so that what was kept of them holds on.
bool are_same_events(const Repository& before, const Repository& now, const std::string& source);

/// REQUIRES: both are free of errors.
SideBySide side_by_side(const Repository& before, const Repository& now);

}  // namespace headrace
