#pragma once

/// Pairs of an old and a new value of the same entity and instant, gathered into the units that judges count.
///
/// Values of a rolling window that lie near each other share most of their events, so rows are no evidence of their
/// own: 76,800 rows of one pump are one pump. A unit is
///   an entity                     all its pairs, averaged. What entities say is independent of each other where they were chosen by
///                                 a hash of their key. For every judge.
///   an entity's stretch of time   at least as long as the window reaches back, so that no two share an event. Assumed is that a stretch of
///                                 an entity whose stretches before it were good is as good as any. For equality and missing
///                                 values; for means it would take what distinguishes these entities for a change.
///   a stretch of time             all entities together. For what comes over all of them at once, and for latencies.
///
/// Null and NaN are missing. Two nulls are equal, and two NaN; a null and a NaN are not, −0.0 and 0.0 are. Infinities are ordered
/// values and are clipped like others.
///
/// Not thread-safe.

#include "data/time.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace headrace {

struct PairedValue {
  uint64_t entity = 0;  // a hash of its key
  EventTime time;
  bool is_equal = false;
  std::optional<double> old_value, new_value;  // of features that are numbers; no value: null
};
/// With is_equal as said above.
PairedValue paired_numbers(uint64_t entity, EventTime time, std::optional<double> old_value,
                           std::optional<double> new_value);

enum class UnitKind { kEntity, kEntityStretch, kStretch };

/// What is gathered, fixed before the first pair is seen: limits and edges come from the values of a time before the rollout.
struct UnitShape {
  UnitKind kind = UnitKind::kEntity;
  Duration stretch;           // of the two other kinds
  double low = 0, high = 0;   // values are clipped to these
  std::vector<double> edges;  // rising; where distributions are compared
};

struct PairedUnit {
  int64_t pairs = 0;
  double mismatched = 0;  // shares of the pairs
  double old_missing = 0;
  double new_missing = 0;
  int64_t both = 0;           // pairs without a missing side, over which are
  double shift = 0;           //   the mean of new − old, both clipped
  std::vector<double> risen;  //   for each edge: the share of new <= edge less the share of old <= edge
};

struct PairedEvidence {
  std::vector<PairedUnit> units;  // entities in the order of their hashes scrambled, stretches by time
  int64_t entities = 0;           // distinct ones
};

class PairedUnits {
 public:
  /// REQUIRES: low <= high, edges rise; a stretch > 0 where the kind has one.
  explicit PairedUnits(UnitShape shape);
  void take(const PairedValue& pair);
  PairedEvidence evidence() const;

 private:
  struct Sums {
    int64_t pairs = 0, both = 0, mismatched = 0, old_missing = 0, new_missing = 0;
    double shift = 0;
    std::vector<int64_t> risen;
  };

  UnitShape shape_;
  std::map<std::pair<int64_t, uint64_t>, Sums> units_;  // by stretch and scrambled entity
  std::set<uint64_t> entities_;
};

}  // namespace headrace
