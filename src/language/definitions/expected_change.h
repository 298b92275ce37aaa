#pragma once

/// What an author says that a change of a feature does to its values: `expected_change`. No part of the meaning.
///
///   expected_change: none                                                # the values stay the same
///   expected_change: {mean_shift: [0.02, 0.08], null_rate_delta: [-0.01, 0]}
///
/// Values; any thread may read them.

#include <optional>

namespace headrace {

struct ExpectedInterval {
  double low = 0.0;
  double high = 0.0;
  bool contains(double value) const { return low <= value && value <= high; }
  friend bool operator==(const ExpectedInterval&, const ExpectedInterval&) = default;
};

struct ExpectedChange {
  bool is_none = false;  // the values stay the same, bit for bit; nothing else is said then
  /// (mean now − mean before) / |mean before|, of the values that are not null.
  std::optional<ExpectedInterval> mean_shift;
  /// Share of nulls now − share of nulls before.
  std::optional<ExpectedInterval> null_rate_delta;
  friend bool operator==(const ExpectedChange&, const ExpectedChange&) = default;
};

}  // namespace headrace
