#include "session/running/unmatched_warning.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace headrace {

std::optional<std::string> unmatched_warning(const PlanEntity& entity, const Observations& observations,
                                             const DatasetResult& result, const OpenedSources& opened) {
  const int64_t complete = observations.times.length - result.incomplete_observations;
  if (complete == 0 || result.statistics.rows_read == 0) return std::nullopt;
  const std::string all = fmt::format("none of the {} observations of `{}` found an event", complete, entity.name);
  int64_t row = 0;
  int64_t last = std::numeric_limits<int64_t>::min();
  for (int64_t i = 0; i < observations.times.length; ++i) {
    const bool is_complete =
        observations.times.is_valid(i) && std::all_of(observations.keys.begin(), observations.keys.end(),
                                                      [&](const Column& key) { return key.is_valid(i); });
    if (!is_complete) continue;
    if (last == std::numeric_limits<int64_t>::min()) row = i;
    last = std::max(last, observations.times.int64s()[i]);
  }

  std::optional<EventTime> first;
  for (const auto& watch : opened.watches()) {
    const auto time = watch->time_min();
    if (time && (!first || time->us < first->us)) first = time;
  }
  if (first && first->us > last) {
    return fmt::format("{}: the last of them is at {}, the first event at {}", all, to_string(EventTime{last}),
                       to_string(*first));
  }
  if (result.statistics.rows_of_observed_keys > 0) return std::nullopt;

  std::string written;
  for (const auto& watch : opened.watches()) {
    if (const std::string key = watch->first_key(); !key.empty())
      written += fmt::format("{} `{}` in source `{}`", written.empty() ? "" : ",", key, watch->request().source);
  }
  return fmt::format("{}: a key is `{}` in the observations and{}", all, key_text(observations.keys, row), written);
}

}  // namespace headrace
