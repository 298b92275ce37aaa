/// Which rows of live features changed, and what they are now.

#include "base/check.h"
#include "compute/expressions/expr.h"
#include "engine/layout/layout.h"
#include "session/live/live_entity.h"
#include "session/live/live_features.h"
#include "session/project/feature_selection.h"

#include <algorithm>
#include <set>

namespace headrace {
namespace {

/// Of all features that these are made of, each once.
std::vector<WindowSpec> windows_of(const Plan& plan, const Layout& layout) {
  std::vector<WindowSpec> windows;
  for (size_t state = 0; state < plan.states.size(); ++state) {
    if (layout.states[state].features.empty()) continue;
    const WindowSpec& window = plan.states[state].window;
    if (std::ranges::find(windows, window) == windows.end()) windows.push_back(window);
  }
  return windows;
}

/// Whether the value of some feature changes between events and edges too.
bool has_moving_feature(const Plan& plan, const Layout& layout) {
  for (size_t f = 0; f < plan.features.size(); ++f) {
    if (!layout.features[f].is_needed) continue;
    const PlanFeature& feature = plan.features[f];
    if (!feature.is_derived() && plan.state_of(feature).kind == StateKind::kTimeWeighted) return true;
    if (feature.is_derived() && feature.formula && uses_event_time(*feature.formula)) return true;
  }
  return false;
}

}  // namespace

Status LiveFeatures::track_changes(const Session& session) {
  if (!options_.tracks_changes) return {};
  std::set<std::string> internal;
  for (const FeatureDefinition& feature : session.repository().features) {
    if (feature.is_internal) internal.insert(feature.name);
  }
  for (size_t e = 0; e < entities_.size(); ++e) {
    if (!entities_[e]) continue;
    Entity& entity = *entities_[e];
    for (const size_t f : entity.features) {
      if (!internal.contains(plan_->features[f].name)) entity.changed_features.push_back(f);
    }
    if (entity.changed_features.empty()) continue;
    const Layout layout = make_layout(*plan_, e, entity.changed_features);
    entity.moves_with_time = has_moving_feature(*plan_, layout);
    entity.due = std::make_unique<DueKeys>(windows_of(*plan_, layout));
  }
  return {};
}

/// What a checkpoint brought was told nobody.
void LiveFeatures::change_restored() {
  for (const auto& entity : entities_) {
    if (!entity || !entity->due) continue;
    const std::lock_guard lock(entity->mutex);
    const int64_t elapsed_us = options_.clock->elapsed_us();
    const auto keys = static_cast<uint32_t>(entity->stream.keys().size());
    for (uint32_t key = 0; key < keys; ++key) {
      for (const int64_t time : entity->stream.kept_times(key)) entity->due->note(key, time, kTimeMin, elapsed_us);
    }
  }
}

Result<ChangedRows> LiveFeatures::take_changed(size_t index, size_t max) {
  ChangedRows rows;
  rows.entity = index;
  if (!entities_[index] || !entities_[index]->due) return rows;
  Entity& entity = *entities_[index];
  {
    const std::lock_guard lock(entity.mutex);
    if (const auto failure = commit_ ? commit_->failure() : std::nullopt) return *failure;
    const MeasuredStream measured(entity.stream, entity.accounts);
    entity.now = std::max(entity.now, options_.clock->now_us());
    RETURN_IF_ERROR(entity.advance(entity.now));
    rows.due = entity.due->take(max, entity.now);
    if (rows.due.empty()) return rows;
    const Status read = entity.read_changed(plan_->entities[index].keys.size(), rows);
    if (!read.ok()) {
      entity.due->put_back(rows.due);
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
Status LiveFeatures::Entity::read_changed(size_t key_columns, ChangedRows& rows) {
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
  places.times = make_column(ScalarType::kTimestamp, std::move(read_at));
  ASSIGN_OR_RETURN(rows.values, stream.read(places, changed_features));
  rows.moves_with_time = moves_with_time;
  rows.newest = rows.times;
  for (EventTime& newest : rows.newest) newest.us = kTimestampMicrosMin;
  for (const std::vector<int64_t>& of_source : stream.newest_events(places)) {
    for (size_t row = 0; row < rows.size(); ++row) rows.newest[row].us = std::max(rows.newest[row].us, of_source[row]);
  }
  return {};
}

void LiveFeatures::note_written(const ChangedRows& rows) {
  Entity& entity = *entities_[rows.entity];
  const std::lock_guard lock(entity.mutex);
  entity.due->note_written(rows.due);
}

void LiveFeatures::put_back(const ChangedRows& rows) {
  Entity& entity = *entities_[rows.entity];
  const std::lock_guard lock(entity.mutex);
  entity.due->put_back(rows.due);
}

void LiveFeatures::change_all() {
  for (const auto& entity : entities_) {
    if (!entity || !entity->due) continue;
    const std::lock_guard lock(entity->mutex);
    entity->due->note_all(options_.clock->elapsed_us());
  }
}

/// An entity is not locked for long.
void LiveFeatures::pass_edges() {
  constexpr size_t kEdgesAtOnce = 1024;
  for (const auto& entity : entities_) {
    for (bool has_more = entity && entity->due; has_more;) {
      const std::lock_guard lock(entity->mutex);
      entity->now = std::max(entity->now, options_.clock->now_us());
      has_more = entity->due->pass_edges(kEdgesAtOnce, entity->now, options_.clock->elapsed_us());
    }
  }
}

ChangesWaiting LiveFeatures::changes_waiting() const {
  ChangesWaiting waiting;
  for (const auto& entity : entities_) {
    if (!entity || !entity->due) continue;
    const std::lock_guard lock(entity->mutex);
    waiting.keys += static_cast<int64_t>(entity->due->waiting());
    const std::optional<int64_t> oldest = entity->due->oldest_us();
    if (oldest) waiting.oldest_us = std::min(*oldest, waiting.oldest_us.value_or(*oldest));
  }
  return waiting;
}

const std::vector<size_t>& LiveFeatures::changed_features(size_t entity) const {
  static const std::vector<size_t> kNone;
  return entities_[entity] ? entities_[entity]->changed_features : kNone;
}

}  // namespace headrace
