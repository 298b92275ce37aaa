#include "app/server/values_file_target.h"

#include <algorithm>
#include <map>
#include <utility>

namespace headrace {
namespace {

ValuesEntity values_entity_of(const Plan& plan, size_t index, const std::vector<size_t>& features) {
  const PlanEntity& entity = plan.entities[index];
  ValuesEntity out{.name = entity.name, .keys = {}, .features = {}};
  for (size_t key = 0; key < entity.keys.size(); ++key)
    out.keys.push_back({.name = entity.keys[key], .version = "", .type = values_type({entity.key_types[key], false})});
  for (const size_t f : features) {
    const PlanFeature& feature = plan.features[f];
    out.features.push_back({.name = feature.name, .version = feature.version, .type = values_type(feature.type)});
  }
  return out;
}

std::vector<TimedValue> timed_values(const ChangedRows& rows, size_t row) {
  std::vector<TimedValue> values;
  for (size_t f = 0; f < rows.values.size(); ++f) {
    values.push_back({.value = rows.values[f].value_at(static_cast<int64_t>(row)),
                      .event_time = rows.event_times[f][row],
                      .holds_until = rows.holds_until[f][row]});
  }
  return values;
}

}  // namespace

Result<std::vector<std::string>> ValuesFileTarget::take_definitions(LiveFeatures& live) {
  const Plan& plan = live.plan();
  std::vector<ValuesEntity> entities;
  entities_.clear();
  features_.clear();
  names_.clear();
  for (size_t e = 0; e < plan.entities.size(); ++e) {
    const std::vector<size_t>& features = live.changed_features(e);
    if (features.empty()) continue;
    entities.push_back(values_entity_of(plan, e, features));
    entities_.push_back(e);
    features_.push_back(features.size());
    names_.push_back(plan.entities[e].name);
  }

  RETURN_IF_ERROR(file_->begin(std::move(entities), EventTime{clock_.now_us()}));
  for (size_t i = 0; i < entities_.size(); ++i) {
    ASSIGN_OR_RETURN(const ChangedRows row, live.row_without_events(entities_[i]));
    RETURN_IF_ERROR(file_->put_nobody(i, timed_values(row, 0)));
  }
  wants_all_ = true;
  return std::vector<std::string>();
}

Result<bool> ValuesFileTarget::begin_round(int64_t) { return std::exchange(wants_all_, false); }

Result<OnlineWrite> ValuesFileTarget::write(size_t entity, const ChangedRows& rows, EventTime) {
  OnlineWrite write;
  for (size_t row = 0; row < rows.size(); ++row) {
    const Status put = file_->put(entity, rows.keys[row], timed_values(rows, row));
    if (put.ok()) {
      ++write.written;
    } else if (put.error().kind() == ErrorKind::kData) {
      ++write.refused;
      write.problem = put.error().message();
    } else {
      return put.error();
    }
  }
  return write;
}

/// A file that lacks entities would give the values of those without events for them.
Status ValuesFileTarget::finish_round(const LiveFeatures& live, EventTime current_to) {
  if (!live.changes_waiting(follower()).are_all_known) return {};
  set_watermarks(live);
  return file_->publish(current_to);
}

/// Of an entity: the least of its sources.
void ValuesFileTarget::set_watermarks(const LiveFeatures& live) {
  std::map<std::string, std::optional<EventTime>> least;
  for (const LiveSource& source : live.sources()) {
    const auto [known, is_new] = least.try_emplace(source.entity, source.watermark);
    if (!is_new) known->second = std::min(known->second, source.watermark);
  }
  for (size_t i = 0; i < names_.size(); ++i) file_->set_watermark(i, least[names_[i]]);
}

}  // namespace headrace
