/// Which rows of live features changed, and what they are now.

#include "base/check.h"
#include "compute/expressions/expr.h"
#include "session/live/live_entity.h"
#include "session/live/live_features.h"
#include "session/project/feature_selection.h"

#include <algorithm>
#include <optional>
#include <set>

namespace headrace {
namespace {

using Windows = std::vector<WindowSpec>;

/// Whether a feature changes between events and edges too, whatever it is made of.
bool is_moving_itself(const Plan& plan, const PlanFeature& feature) {
  if (feature.is_derived()) return feature.formula && uses_event_time(*feature.formula);
  return plan.state_of(feature).kind == StateKind::kTimeWeighted;
}

/// The place of a window among those that are known, each once.
size_t place_of(const WindowSpec& window, Windows& windows) {
  const auto found = std::ranges::find(windows, window);
  const auto place = static_cast<size_t>(found - windows.begin());
  if (found == windows.end()) windows.push_back(window);
  return place;
}

}  // namespace

/// What features are made of ages as they do.
class LiveFeatures::Agings {
 public:
  explicit Agings(const Plan& plan) : plan_(plan), known_(plan.features.size()) {}

  const Entity::Aging& of(size_t f) {
    if (known_[f]) return *known_[f];
    const PlanFeature& feature = plan_.features[f];
    Entity::Aging aging{.windows = {}, .is_moving = is_moving_itself(plan_, feature)};
    std::set<size_t> windows;
    if (!feature.is_derived()) windows.insert(place_of(plan_.state_of(feature).window, windows_));
    for (const size_t used : feature.uses) {
      const Entity::Aging& part = of(used);
      windows.insert(part.windows.begin(), part.windows.end());
      aging.is_moving = aging.is_moving || part.is_moving;
    }
    aging.windows.assign(windows.begin(), windows.end());
    return known_[f].emplace(std::move(aging));
  }

  /// Of all that was asked for.
  const Windows& windows() const { return windows_; }

 private:
  const Plan& plan_;
  Windows windows_;
  std::vector<std::optional<Entity::Aging>> known_;  // by feature
};

Status LiveFeatures::track_changes() {
  if (options_.followers == 0) return {};
  for (const auto& each : entities_) {
    if (!each) continue;
    Entity& entity = *each;
    for (const size_t f : entity.features) {
      if (!internal_.contains(plan_->features[f].name)) entity.changed_features.push_back(f);
    }
    if (entity.changed_features.empty()) continue;
    Agings agings(*plan_);
    for (const size_t f : entity.changed_features) entity.agings.push_back(agings.of(f));
    entity.moves_with_time = std::ranges::any_of(entity.agings, &Entity::Aging::is_moving);
    for (size_t follower = 0; follower < options_.followers; ++follower) entity.dues.emplace_back(agings.windows());
  }
  return {};
}

/// What a checkpoint brought was told nobody.
void LiveFeatures::change_restored() {
  for (const auto& entity : entities_) {
    if (!entity || entity->dues.empty()) continue;
    const std::lock_guard lock(entity->mutex);
    const int64_t elapsed_us = options_.clock->elapsed_us();
    entity->change_resting();
    const auto keys = static_cast<uint32_t>(entity->stream.keys().size());
    for (uint32_t key = 0; key < keys; ++key) {
      for (const int64_t time : entity->stream.kept_times(key)) {
        for (DueKeys& due : entity->dues) due.note(key, time, kTimeMin, elapsed_us);
      }
    }
  }
}

Result<ChangedRows> LiveFeatures::take_changed(size_t follower, size_t index, size_t max) {
  ChangedRows rows;
  rows.follower = follower;
  rows.entity = index;
  if (!entities_[index] || entities_[index]->dues.empty()) return rows;
  Entity& entity = *entities_[index];
  {
    const std::lock_guard lock(entity.mutex);
    if (const auto failure = commit_ ? commit_->failure() : std::nullopt) return *failure;
    const MeasuredStream measured(entity.stream, entity.accounts);
    entity.now = std::max(entity.now, options_.clock->now_us());
    RETURN_IF_ERROR(entity.advance(entity.now));
    rows.due = entity.dues[follower].take(max, entity.now);
    if (rows.due.empty()) return rows;
    const Status read = entity.read_changed(*plan_, plan_->entities[index].keys.size(), rows);
    if (!read.ok()) {
      entity.dues[follower].put_back(rows.due);
      return read.error();
    }
    measured.meter().note_features(entity.changed_features);
  }

  const Status durable = commit_ ? commit_->flush() : Status();
  if (durable.ok()) return rows;
  put_back(rows);
  return durable.error();
}

/// Values are those of now: since the change they are the same, but where they move with time. Then they are of the change,
/// if that can still be read.
Status LiveFeatures::Entity::read_changed(const Plan& plan, size_t key_columns, ChangedRows& rows) {
  std::vector<ColumnBuilder> builders;
  const std::vector<ScalarType> types = stream.keys().types();
  CHECK_EQ(types.size(), key_columns);
  for (const ScalarType type : types) builders.emplace_back(Type{type, false});
  std::vector<int64_t> read_at;
  for (const DueKeys::Due& due_key : rows.due) {
    const bool is_of_change = moves_with_time && due_key.changed_at >= stream.earliest();
    read_at.push_back(is_of_change ? due_key.changed_at : now);
    rows.times.push_back({moves_with_time ? read_at.back() : due_key.changed_at});
    rows.keys.push_back(stream.key_values(due_key.key));
    for (size_t column = 0; column < key_columns; ++column) builders[column].append(rows.keys.back()[column]);
  }

  Observations places;
  for (ColumnBuilder& builder : builders) places.keys.push_back(std::move(builder).finish());
  places.times = make_column(ScalarType::kTimestamp, std::vector(read_at));
  ASSIGN_OR_RETURN(rows.values, stream.read(places, changed_features));
  rows.moves_with_time = moves_with_time;
  rows.newest = rows.times;
  for (EventTime& newest : rows.newest) newest.us = kTimestampMicrosMin;
  for (const std::vector<int64_t>& of_source : stream.newest_events(places)) {
    for (size_t row = 0; row < rows.size(); ++row) rows.newest[row].us = std::max(rows.newest[row].us, of_source[row]);
  }
  set_event_times(plan, places, rows);
  set_ends(read_at, rows);
  return {};
}

void LiveFeatures::Entity::set_event_times(const Plan& plan, const Observations& places, ChangedRows& rows) const {
  const std::vector<std::vector<int64_t>> newest = stream.newest_events(places);
  for (const size_t f : changed_features) {
    const auto source = find_source(plan.sources[plan.features[f].source].name);
    std::vector<std::optional<EventTime>>& times = rows.event_times.emplace_back(rows.size());
    for (size_t row = 0; source && row < rows.size(); ++row) times[row] = time_or_nothing(newest[*source][row]);
  }
}

void LiveFeatures::Entity::set_ends(std::span<const int64_t> read_at, ChangedRows& rows) const {
  rows.holds_until.assign(changed_features.size(), std::vector<int64_t>(rows.size(), kTimeMax));
  for (size_t row = 0; row < rows.size(); ++row) {
    const std::vector<int64_t> next = dues[rows.follower].next_of_windows(rows.due[row].key, now);
    for (size_t i = 0; i < agings.size(); ++i) {
      int64_t& end = rows.holds_until[i][row];
      if (agings[i].is_moving) end = read_at[row] + 1;
      for (const size_t window : agings[i].windows) end = std::min(end, next[window]);
    }
  }
}

Result<ChangedRows> LiveFeatures::row_without_events(size_t index) {
  Entity& entity = *entities_[index];
  const std::lock_guard lock(entity.mutex);
  entity.now = std::max(entity.now, options_.clock->now_us());
  ChangedRows row;
  row.entity = index;
  row.due.resize(1);
  ASSIGN_OR_RETURN(row.values, entity.stream.read_without_events(EventTime{entity.now}, entity.changed_features));
  row.event_times.assign(entity.changed_features.size(), {std::nullopt});
  for (const Entity::Aging& aging : entity.agings)
    row.holds_until.push_back({aging.is_moving ? entity.now + 1 : kTimeMax});
  row.moves_with_time = entity.moves_with_time;
  return row;
}

void LiveFeatures::note_written(const ChangedRows& rows) {
  Entity& entity = *entities_[rows.entity];
  const std::lock_guard lock(entity.mutex);
  entity.dues[rows.follower].note_written(rows.due);
}

void LiveFeatures::put_back(const ChangedRows& rows) {
  Entity& entity = *entities_[rows.entity];
  const std::lock_guard lock(entity.mutex);
  entity.dues[rows.follower].put_back(rows.due);
}

void LiveFeatures::change_all(size_t follower) {
  for (const auto& entity : entities_) {
    if (!entity || entity->dues.empty()) continue;
    const std::lock_guard lock(entity->mutex);
    entity->dues[follower].note_all(options_.clock->elapsed_us());
    if (entity->resting.keys > 0) entity->resting.due_after[follower] = "";
  }
}

/// An entity is not locked for long.
Status LiveFeatures::pass_edges(size_t follower) {
  constexpr size_t kEdgesAtOnce = 1024;
  for (size_t e = 0; e < entities_.size(); ++e) {
    const std::unique_ptr<Entity>& entity = entities_[e];
    if (!entity || entity->dues.empty()) continue;
    RETURN_IF_ERROR(change_some_resting(*entity, plan_->entities[e].name, follower));
    for (bool has_more = true; has_more;) {
      const std::lock_guard lock(entity->mutex);
      entity->now = std::max(entity->now, options_.clock->now_us());
      has_more = entity->dues[follower].pass_edges(kEdgesAtOnce, entity->now, options_.clock->elapsed_us());
    }
  }
  return {};
}

ChangesWaiting LiveFeatures::changes_waiting(size_t follower) const {
  ChangesWaiting waiting;
  for (const auto& entity : entities_) {
    if (!entity || entity->dues.empty()) continue;
    const std::lock_guard lock(entity->mutex);
    waiting.are_all_known = waiting.are_all_known && !entity->resting.due_after.contains(follower);
    waiting.keys += static_cast<int64_t>(entity->dues[follower].waiting());
    const std::optional<int64_t> oldest = entity->dues[follower].oldest_us();
    if (oldest) waiting.oldest_us = std::min(*oldest, waiting.oldest_us.value_or(*oldest));
  }
  return waiting;
}

const std::vector<size_t>& LiveFeatures::changed_features(size_t entity) const {
  static const std::vector<size_t> none;
  return entities_[entity] ? entities_[entity]->changed_features : none;
}

}  // namespace headrace
