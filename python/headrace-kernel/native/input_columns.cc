#include "input_columns.h"

#include "language/diagnostics/suggest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace {

std::vector<InputColumn> input_columns(const Plan& plan, const SourceRequest& request, const TableStream& events) {
  const auto source = std::find_if(plan.sources.begin(), plan.sources.end(),
                                   [&](const PlanSource& each) { return each.name == request.source; });
  std::vector<InputColumn> columns;
  const size_t required = request.key_count + 1 + (request.has_arrival ? 1 : 0);
  for (size_t i = 0; i < request.columns.size(); ++i) {
    const std::string& name = request.columns[i];
    InputColumn column{name, {request.types[i], std::nullopt}, i < required};
    const bool is_event_time = i == request.key_count;
    if (is_event_time && events.has_column(name) && events.is_integer(name)) column.wanted.unit = source->unit;
    columns.push_back(std::move(column));
  }
  return columns;
}

Result<InputColumn> time_column_of(const Plan& plan, const TableStream& observations, const std::string& named) {
  std::vector<std::pair<std::string, std::optional<TimeUnit>>> candidates;
  for (const PlanSource& source : plan.sources) candidates.emplace_back(source.event_time, source.unit);
  candidates.emplace_back("event_time", std::nullopt);
  candidates.emplace_back("event_timestamp", std::nullopt);
  if (!named.empty()) candidates.emplace_back(named, std::nullopt);
  for (const auto& [name, unit] : candidates) {
    if ((!named.empty() && name != named) || !observations.has_column(name)) continue;
    return InputColumn{name, {ScalarType::kTimestamp, observations.is_integer(name) ? unit : std::nullopt}, false};
  }
  if (!named.empty()) {
    return Error::not_found(fmt::format("{} has no column `{}`", observations.shown(), named))
        .with_help(did_you_mean(named, observations.names()));
  }
  return Error::usage(fmt::format("which column of {} says when?", observations.shown()))
      .with_help(fmt::format("name it with time_column; the columns are {}", fmt::join(observations.names(), ", ")));
}

}  // namespace headrace
