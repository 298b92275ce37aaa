#include "session/running/event_watch.h"

#include "data/time.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

constexpr int64_t kYearUs = 31'556'952 * kMicrosPerSecond;
constexpr int64_t kJanuaryUs = 31 * kMicrosPerDay;
/// Days as eight digits, taken for seconds, are all before.
constexpr int64_t kSeptemberUs = 243 * kMicrosPerDay;

std::string text_of(int64_t us) { return to_string(EventTime{us}); }

/// "1 of 6 events" with its verb.
std::string share_of(int64_t some, int64_t all) {
  return fmt::format("{} of {} events {}", some, all, some == 1 ? "is" : "are");
}

/// All events together.
YearOfEvents total_of(const std::map<int64_t, YearOfEvents>& years) {
  YearOfEvents total = years.begin()->second;
  for (const auto& [year, part] : years) {
    total.time_max = std::max(total.time_max, part.time_max);
    total.events += &part == &years.begin()->second ? 0 : part.events;
  }
  return total;
}

/// A few events further from all others than those are from each other.
std::optional<std::string> far_off(const std::map<int64_t, YearOfEvents>& years, const YearOfEvents& total) {
  const int64_t few = std::max<int64_t>(1, total.events / 100);
  const auto is_far = [](int64_t gap, int64_t span) { return gap > 2 * kYearUs && gap > 2 * span; };
  int64_t late = 0;
  for (auto year = years.rbegin(); std::next(year) != years.rend(); ++year) {
    late += year->second.events;
    if (late > few || 2 * late >= total.events) break;
    const int64_t before = std::next(year)->second.time_max;
    if (!is_far(year->second.time_min - before, before - total.time_min)) continue;
    return fmt::format("{} at {} or later, {} years after all others", share_of(late, total.events),
                       text_of(year->second.time_min), (year->second.time_min - before) / kYearUs);
  }
  int64_t early = 0;
  for (auto year = years.begin(); std::next(year) != years.end(); ++year) {
    early += year->second.events;
    if (early > few || 2 * early >= total.events) break;
    const int64_t after = std::next(year)->second.time_min;
    if (!is_far(after - year->second.time_max, total.time_max - after)) continue;
    return fmt::format("{} at {} or earlier, {} years before all others", share_of(early, total.events),
                       text_of(year->second.time_max), (after - year->second.time_max) / kYearUs);
  }
  return std::nullopt;
}

}  // namespace

std::string key_text(const std::vector<Column>& keys, int64_t row) {
  std::string text;
  for (const Column& key : keys) {
    if (!text.empty()) text += ", ";
    text += key.type.scalar == ScalarType::kString ? std::string(key.string_at(row)) : to_json(key.value_at(row));
  }
  return text;
}

void UnitEvents::add_to_year(int64_t time_min, int64_t time_max, int64_t events) {
  const auto [place, is_new] = years_.try_emplace(floor_divide(time_min, kYearUs), YearOfEvents{0, time_min, time_max});
  YearOfEvents& year = place->second;
  year.events += events;
  year.time_min = std::min(year.time_min, time_min);
  year.time_max = std::max(year.time_max, time_max);
}

void UnitEvents::add(const Batch& batch, const SourceRequest& request) {
  if (batch.rows == 0) return;
  if (events_ == 0) {
    first_key_ = key_text({batch.columns.begin(), batch.columns.begin() + static_cast<int64_t>(request.key_count)}, 0);
  }
  events_ += batch.rows;

  // A batch is mostly of one year, and then its ends say all.
  const int64_t* const times = batch.columns[request.time_column()].int64s();
  const auto [least, most] = std::minmax_element(times, times + batch.rows);
  if (floor_divide(*least, kYearUs) == floor_divide(*most, kYearUs)) return add_to_year(*least, *most, batch.rows);
  for (int64_t row = 0; row < batch.rows; ++row) add_to_year(times[row], times[row], 1);
}

void EventWatch::set_unit(size_t unit, UnitEvents seen) {
  const std::lock_guard lock(mutex_);
  units_[unit] = std::move(seen);
}

std::string EventWatch::first_key() const {
  const std::lock_guard lock(mutex_);
  for (const auto& unit : units_) {
    if (unit && unit->events() > 0) return unit->first_key();
  }
  return {};
}

std::optional<EventTime> EventWatch::time_min() const {
  const std::lock_guard lock(mutex_);
  std::optional<EventTime> least;
  for (const auto& unit : units_) {
    if (!unit || unit->events() == 0) continue;
    const EventTime time{unit->years().begin()->second.time_min};
    if (!least || time.us < least->us) least = time;
  }
  return least;
}

std::vector<std::string> EventWatch::warnings(int64_t now_us) const {
  std::map<int64_t, YearOfEvents> years;
  bool is_whole = true;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& unit : units_) {
      is_whole &= unit.has_value();
      if (!unit) continue;
      for (const auto& [year, part] : unit->years()) {
        YearOfEvents& all = years.try_emplace(year, YearOfEvents{0, part.time_min, part.time_max}).first->second;
        all.events += part.events;
        all.time_min = std::min(all.time_min, part.time_min);
        all.time_max = std::max(all.time_max, part.time_max);
      }
    }
  }

  const std::string source = fmt::format("source `{}`", request_.source);
  if (years.empty())
    return is_whole ? std::vector{source + ": no event was read; has it rows, and is its path the right one?"}
                    : std::vector<std::string>();

  // All of them at a wrong time tell of the unit, some of a clock.
  const YearOfEvents total = total_of(years);
  const std::string& column = request_.columns[request_.time_column()];
  if (total.time_min >= 0 && total.time_max < kJanuaryUs) {
    return {fmt::format("{}: all {} events are in January 1970, the last at {}: does `unit` say what `{}` counts?",
                        source, total.events, text_of(total.time_max), column)};
  }
  if (total.time_min >= 0 && total.time_max < kSeptemberUs) {
    return {
        fmt::format("{}: all {} events are before September 1970, the last at {}: does `unit` say what `{}` counts? "
                    "Days such as 19970101 are read with `time_format: \"%Y%m%d\"` and without `unit`",
                    source, total.events, text_of(total.time_max), column)};
  }
  if (total.time_min > now_us + kYearUs) {
    return {
        fmt::format("{}: all {} events are more than a year from now, the first at {}: does `unit` say what `{}` "
                    "counts?",
                    source, total.events, text_of(total.time_min), column)};
  }

  const auto far = far_off(years, total);
  if (!far) return {};
  return {fmt::format("{}: {}: is a clock wrong?", source, *far)};
}

}  // namespace headrace
