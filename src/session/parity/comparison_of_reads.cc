#include "session/parity/comparison_of_reads.h"

#include "plan/reach.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace headrace {
namespace {

/// Earlier instants at which a value is looked for, the newest first.
constexpr size_t kStaleInstantsMax = 4000;
/// Edits of which one is looked for that changes a value by itself.
constexpr size_t kEditsTriedMax = 20;

/// Lengths of the windows of the features, for the instants at which events leave them.
std::set<int64_t> window_sizes(const Plan& plan) {
  std::set<int64_t> sizes;
  for (const StateNode& state : plan.states) {
    if (state.window.size.us > 0) sizes.insert(state.window.size.us + state.window.offset.us);
  }
  return sizes;
}

void add_until(std::set<int64_t, std::greater<>>& times, int64_t time, int64_t end) {
  if (time < end) times.insert(time);
}

std::vector<std::string> words_of(const std::vector<ParityCause>& causes) {
  std::vector<std::string> words;
  for (const ParityCause cause : causes) words.emplace_back(to_string(cause));
  return words;
}

}  // namespace

ComparisonOfReads::ComparisonOfReads(const Plan& plan, const ParityEvents& server, const ParityEvents& reference,
                                     size_t examples_max, ParityReport& report, ParityTally& tally)
    : plan_(plan),
      server_(server),
      reference_(reference),
      examples_max_(examples_max),
      report_(report),
      tally_(tally),
      features_(features_of_entity(plan, server.entity)) {
  for (size_t i = 0; i < features_.size(); ++i) places_[features_[i]] = i;
}

/// Without the values whose events may be gone.
std::vector<ServedRead> ComparisonOfReads::comparable(const std::vector<ServedRead>& reads) {
  if (!server_.forgotten_to) return reads;
  std::map<size_t, std::optional<EventTime>> first;  // by feature: the first instant that can be compared
  for (const size_t f : features_) {
    int64_t longest = 0;
    bool is_bounded = true;
    for (const auto& reach : reach_of_sources(plan_, {f})) {
      is_bounded = is_bounded && reach.has_value();
      longest = std::max(longest, reach ? reach->us : 0);
    }
    if (is_bounded) first[f] = EventTime{server_.forgotten_to->us + longest};
  }
  std::vector<ServedRead> out = reads;
  for (ServedRead& read : out) {
    const size_t before = read.cells.size();
    std::erase_if(read.cells, [&](const ServedCell& cell) {
      const auto found = first.find(cell.feature);
      return found == first.end() || read.at <= *found->second;
    });
    report_.not_comparable += static_cast<int64_t>(before - read.cells.size());
  }
  std::erase_if(out, [](const ServedRead& read) { return read.cells.empty(); });
  return out;
}

Status ComparisonOfReads::compare(const std::vector<ServedRead>& all) {
  const std::vector<ServedRead> reads = comparable(all);
  std::map<std::string, std::vector<const ServedRead*>> by_key;
  for (const ServedRead& read : reads) by_key[read.key].push_back(&read);
  report_.entities += static_cast<int64_t>(by_key.size());
  report_.reads += static_cast<int64_t>(reads.size());

  // One key at a time, so that its events alone are in order of time before the engine.
  for (const auto& [key, of_key] : by_key) {
    std::vector<ParityPlace> places;
    for (const ServedRead* read : of_key) places.push_back({key, read->at});
    ASSIGN_OR_RETURN(const std::vector<std::vector<Value>> computed,
                     batch_values(plan_, reference_, taken_events(reference_, key, std::nullopt), places));
    for (size_t i = 0; i < of_key.size(); ++i) RETURN_IF_ERROR(compare_read(*of_key[i], computed[i]));
  }
  for (const auto& [feature, counts] : feature_counts_) {
    report_.features.push_back({plan_.features[feature].name, counts.first, counts.second});
  }
  return {};
}

Status ComparisonOfReads::compare_read(const ServedRead& read, const std::vector<Value>& computed) {
  std::optional<std::vector<ServerView>> views;
  for (const ServedCell& cell : read.cells) {
    auto& [compared, different] = feature_counts_[cell.feature];
    ++compared;
    ++report_.compared;
    const Value& value = computed[places_.at(cell.feature)];
    if (value == cell.value) continue;
    ++different;
    if (!views) {
      ASSIGN_OR_RETURN(views, views_of(read));
    }
    ASSIGN_OR_RETURN(const Verdict verdict, verdict_of(read, cell, *views));
    RETURN_IF_ERROR(tell(read, cell, value, verdict));
  }
  return {};
}

/// Where a read tells its position there is one. A replay tells none: its reads have all events, or those that had come by
/// their instant.
Result<std::vector<ComparisonOfReads::ServerView>> ComparisonOfReads::views_of(const ServedRead& read) {
  std::vector<std::optional<uint64_t>> positions = {read.position};
  if (server_.is_replay) {
    positions = {std::nullopt, replay_position(read.at) + 1, replay_position(read.at)};
  }
  std::vector<ServerView> views;
  for (const std::optional<uint64_t>& position : positions) {
    ServerView view{.sides = {server_, reference_, read.key, position}, .edits = {}, .values = {}};
    for (const ParityEdit& edit : edits_of(view.sides)) {
      if (edit.is_before(read.at)) view.edits.push_back(edit);
    }
    const ChosenEvents events = taken_events(server_, read.key, position);
    ASSIGN_OR_RETURN(auto values, batch_values(plan_, server_, events, {{read.key, read.at}}));
    view.values = std::move(values.front());
    views.push_back(std::move(view));
  }
  return views;
}

const std::vector<ParityEdit>& ComparisonOfReads::edits_of(const ParitySides& sides) {
  std::string wanted = fmt::format("{}\n{}", sides.key, sides.position ? std::to_string(*sides.position) : "");
  if (wanted != cached_for_) {
    cached_edits_ = differences(sides);
    cached_for_ = std::move(wanted);
  }
  return cached_edits_;
}

Result<ComparisonOfReads::Verdict> ComparisonOfReads::verdict_of(const ServedRead& read, const ServedCell& cell,
                                                                 const std::vector<ServerView>& views) {
  for (const ServerView& view : views) {
    if (view.values[places_.at(cell.feature)] == cell.value) return causes_of(read, cell, view);
  }
  const PlanFeature& feature = plan_.features[cell.feature];
  if (cell.version != feature.version) {
    return Verdict{{ParityCause::kOtherVersion},
                   nullptr,
                   fmt::format("served by version {}, and the definitions have {}", cell.version, feature.version)};
  }
  if (!cell.digest.empty() && !feature.digest.starts_with(cell.digest)) {
    return Verdict{
        {ParityCause::kOtherVersion}, nullptr, "served by a definition of another meaning under the same version"};
  }
  ASSIGN_OR_RETURN(const std::optional<EventTime> since, stale_since(read, cell));
  if (since) {
    return Verdict{{ParityCause::kStaleValue}, nullptr, fmt::format("it is the value of {}", to_string(*since))};
  }
  return Verdict{{ParityCause::kUnexplained}, nullptr, "neither side's events give this value"};
}

/// The least causes whose edits make the served value of the reference's events.
Result<ComparisonOfReads::Verdict> ComparisonOfReads::causes_of(const ServedRead& read, const ServedCell& cell,
                                                                const ServerView& view) {
  std::set<ParityCause> met;
  for (const ParityEdit& edit : view.edits) met.insert(edit.cause);
  if (met.empty()) return Verdict{{ParityCause::kOtherOrder}, nullptr, "both sides have the same events"};

  const size_t place = places_.at(cell.feature);
  const auto gives = [&](const std::vector<ParityCause>& causes) -> Result<bool> {
    ASSIGN_OR_RETURN(const auto values, values_at(edited_events(view.sides, view.edits, causes), read));
    return values[place] == cell.value;
  };
  std::vector<ParityCause> needed(met.begin(), met.end());
  ASSIGN_OR_RETURN(const bool is_whole, gives(needed));
  for (size_t i = needed.size(); is_whole && needed.size() > 1 && i-- > 0;) {
    std::vector<ParityCause> fewer = needed;
    fewer.erase(fewer.begin() + static_cast<int64_t>(i));
    ASSIGN_OR_RETURN(const bool is_enough, gives(fewer));
    if (is_enough) needed = std::move(fewer);
  }
  if (!is_whole) needed.push_back(ParityCause::kOtherOrder);

  return Verdict{std::move(needed), &view, ""};
}

/// The newest instant before the read at which the server's events gave the value.
Result<std::optional<EventTime>> ComparisonOfReads::stale_since(const ServedRead& read, const ServedCell& cell) {
  const ChosenEvents events = taken_events(server_, read.key, read.position);
  const std::set<int64_t> sizes = window_sizes(plan_);
  std::set<int64_t, std::greater<>> times;
  for (const auto& of_source : events) {
    for (const ParityEvent* event : of_source) {
      add_until(times, event->time.us, read.at.us);
      add_until(times, event->time.us - 1, read.at.us);
      for (const int64_t size : sizes) {
        add_until(times, event->time.us + size, read.at.us);
        add_until(times, event->time.us + size + 1, read.at.us);
      }
    }
  }

  std::vector<ParityPlace> places;
  for (const int64_t time : times) {
    if (places.size() < kStaleInstantsMax) places.push_back({read.key, {time}});
  }
  if (places.empty()) return std::optional<EventTime>();
  ASSIGN_OR_RETURN(const auto values, batch_values(plan_, server_, events, places));
  for (size_t i = 0; i < places.size(); ++i) {
    if (values[i][places_.at(cell.feature)] == cell.value) return std::optional(places[i].at);
  }
  return std::optional<EventTime>();
}

Result<std::vector<Value>> ComparisonOfReads::values_at(const ChosenEvents& events, const ServedRead& read) const {
  ASSIGN_OR_RETURN(auto values, batch_values(plan_, server_, events, {{read.key, read.at}}));
  return std::move(values.front());
}

std::vector<std::pair<std::string, Value>> ComparisonOfReads::shown_key(const std::string& key) const {
  std::vector<std::pair<std::string, Value>> out;
  const std::vector<std::string> parts = key_parts(key);
  const std::vector<std::string>& names = plan_.entities[server_.entity].keys;
  for (size_t i = 0; i < names.size(); ++i) out.emplace_back(names[i], Value{i < parts.size() ? parts[i] : ""});
  return out;
}

/// The last edit of the first cause before the instant that changes the value by itself; where none does, the last one.
Result<const ParityEdit*> ComparisonOfReads::responsible(const ServedRead& read, const ServedCell& cell,
                                                         const Value& computed, const Verdict& verdict) const {
  std::vector<const ParityEdit*> edits;
  if (verdict.view == nullptr) return static_cast<const ParityEdit*>(nullptr);
  for (const ParityEdit& edit : verdict.view->edits) {
    if (edit.cause == verdict.causes.front()) edits.push_back(&edit);
  }
  if (edits.empty()) return static_cast<const ParityEdit*>(nullptr);
  std::ranges::stable_sort(edits, std::ranges::greater(),
                           [&](const ParityEdit* each) { return std::min(each->time(), read.at); });
  for (size_t i = 0; i < std::min(edits.size(), kEditsTriedMax); ++i) {
    const ChosenEvents events = edited_events(verdict.view->sides, {*edits[i]}, {edits[i]->cause});
    ASSIGN_OR_RETURN(const std::vector<Value> values, values_at(events, read));
    if (values[places_.at(cell.feature)] != computed) return edits[i];
  }
  return edits.front();
}

Status ComparisonOfReads::tell(const ServedRead& read, const ServedCell& cell, const Value& computed,
                               const Verdict& verdict) {
  const ParityCause cause = verdict.causes.front();
  ++tally_[verdict.causes];
  if (shown_[cause] >= examples_max_) return {};
  ParityDifference out;
  out.feature = plan_.features[cell.feature].name;
  out.note = verdict.note;
  ASSIGN_OR_RETURN(const ParityEdit* const edit, responsible(read, cell, computed, verdict));
  if (edit != nullptr) {
    const ParityEvent& event = edit->removed != nullptr ? *edit->removed : *edit->added;
    const ParitySource& source = server_.sources[edit->source];
    out.source = source.name;
    out.event = shown_event(source.request, event);
    if (!edit->note.empty()) out.note = edit->note;
    if (edit->added != nullptr && !server_.is_replay) out.position = static_cast<int64_t>(edit->added->position);
    const std::string told = fmt::format("{}\n{}\n{}\n{}", to_string(cause), out.feature, read.key, *out.event);
    if (!shown_events_.insert(told).second) return {};
  }
  ++shown_[cause];

  out.key = shown_key(read.key);
  out.at = read.at;
  out.served = cell.value;
  out.computed = computed;
  out.causes = words_of(verdict.causes);
  out.cause = out.causes.front();
  report_.differences.push_back(std::move(out));
  return {};
}

}  // namespace headrace
