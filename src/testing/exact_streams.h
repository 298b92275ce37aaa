#pragma once

/// Drives an exact aggregate through random updates, retractions, merges and resets, beside the list of what it holds.

#include "compute/aggregates/aggregate.h"
#include "testing/number_streams.h"

#include <cmath>
#include <optional>
#include <utility>
#include <vector>

namespace headrace {

/// A value as written, and nothing for null.
template <typename A>
std::optional<double> written(const A& aggregate, const typename A::State& state, Aggregation which) {
  Slot slot = 0;
  if (!aggregate.write(state, which, {}, slot)) return std::nullopt;
  return from_slot<double>(slot);
}

/// Calls check(state, values) after every step; draw() gives the values.
template <typename A, typename Draw, typename Check>
void drive_exact(const A& aggregate, NumberSource& source, int steps, Draw draw, Check check) {
  using Input = typename A::Input;
  std::vector<Input> values;
  std::vector<Input> tile_values;
  typename A::State state = aggregate.identity();
  typename A::State tile = aggregate.identity();

  const auto window = static_cast<size_t>(uniform(source, 1, 12));
  const auto retract_any = [&] {
    const auto at = static_cast<size_t>(uniform(source, 0, static_cast<int64_t>(values.size()) - 1));
    aggregate.retract(state, values[at], {});
    values.erase(values.begin() + static_cast<std::ptrdiff_t>(at));
  };

  for (int step = 0; step < steps; ++step) {
    const int64_t action = uniform(source, 0, 9);
    if (action < 6) {
      values.push_back(draw());
      aggregate.update(state, values.back(), {});
    } else if (action < 8) {
      tile_values.push_back(draw());
      aggregate.update(tile, tile_values.back(), {});
    } else if (action < 9) {
      aggregate.merge(state, tile);
      aggregate.reset(tile);
      values.insert(values.end(), tile_values.begin(), tile_values.end());
      tile_values.clear();
    } else if (uniform(source, 0, 9) == 0) {
      while (!values.empty()) retract_any();
    }

    while (values.size() > window) retract_any();
    check(state, values);
  }
  aggregate.reset(state);
  aggregate.reset(tile);
}

}  // namespace headrace
