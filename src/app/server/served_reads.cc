/// Reads of a server.

#include "app/server/entity_keys.h"
#include "app/server/logged_reads.h"
#include "app/server/served_features.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

const SharedText& null_reason_of(const std::optional<EventTime>& newest) {
  static const SharedText no_value = "the events in its window give no value";
  static const SharedText no_event = "no event of this entity has come";
  return newest ? no_value : no_event;
}

}  // namespace

ApiOr<std::shared_ptr<const ServedFeatures::Asked>> ServedFeatures::find_asked(const SharedTexts& features) {
  std::shared_ptr<LiveFeatures> live;
  {
    const std::lock_guard lock(mutex_);
    const auto known = asked_.find(features.identity());
    if (known != asked_.end()) return known->second;
    live = live_;
  }

  auto asked = std::make_shared<Asked>(Asked{.live = live, .features = features});
  const Plan& plan = live->plan();
  std::vector<std::string> versions;
  std::map<size_t, std::vector<size_t>> by_entity;  // of the plan: places in the list
  for (size_t i = 0; i < features.size(); ++i) {
    const PlanFeature* feature = plan.find_feature(features[i]);
    if (feature == nullptr) {
      return ApiError::of(Error::not_found(fmt::format("there is no feature `{}`", features[i])));
    }
    by_entity[feature->entity].push_back(i);
    versions.push_back(feature->version);
  }
  asked->versions = std::move(versions);
  for (auto& [entity, places] : by_entity) {
    std::vector<std::string> names;
    for (const size_t place : places) names.push_back(features[place]);
    Result<FoundFeatures> found = live->find(names);
    if (!found) return ApiError::of(found.error());
    asked->parts.push_back({*std::move(found), std::move(places)});
  }

  const std::lock_guard lock(mutex_);
  if (live == live_ && features.size() <= kAskedFeaturesMax) {
    if (asked_.size() >= kAskedMax) asked_.clear();
    asked_.emplace(features.identity(), asked);
  }
  return asked;
}

ApiOr<ReadAnswer> ServedFeatures::read(const ReadRequest& request) {
  const ApiOr<std::shared_ptr<const Asked>> asked = find_asked(request.features);
  if (const auto* error = std::get_if<ApiError>(&asked)) return *error;
  const Asked& features = *std::get<std::shared_ptr<const Asked>>(asked);
  ReadAnswer answer{.features = request.features, .versions = features.versions};
  // What one entity's part would log again, when another's part makes the request come twice.
  const bool is_of_several = features.parts.size() > 1;
  answer.waits = !request.may_wait && is_of_several && features.live->has_resting();
  if (answer.waits) return answer;
  answer.rows.reserve(request.entities.size());
  for (const EntityKey& entity : request.entities) {
    answer.rows.push_back({entity, std::vector<ServedValue>(request.features.size())});
  }
  for (const AskedOfEntity& part : features.parts) {
    const bool may_wait = request.may_wait || is_of_several;
    if (std::optional<ApiError> error = read_part(request, may_wait, *features.live, part, answer)) {
      return *std::move(error);
    }
  }
  return answer;
}

/// The values of one entity's features go to the places that asked.
std::optional<ApiError> ServedFeatures::read_part(const ReadRequest& request, bool may_wait, LiveFeatures& live,
                                                  const AskedOfEntity& part, ReadAnswer& answer) {
  std::vector<std::vector<Value>> keys;
  keys.reserve(request.entities.size());
  for (const EntityKey& given : request.entities) {
    Result<std::vector<Value>> own = keys_of(live.plan().entities[part.found.entity], given);
    if (!own) return ApiError::of(own.error());
    keys.push_back(*std::move(own));
  }

  Result<LiveAnswer> got = live.read(part.found, keys, request.as_of, may_wait);
  if (!got && got.error().kind() == ErrorKind::kNotFound) {
    ApiError error = ApiError::of(got.error());
    error.status = 410;
    error.code = "out_of_history";
    error.earliest = live.earliest(part.found.entity);
    return error;
  }
  if (!got) return ApiError::of(got.error());
  answer.waits = got->waits;
  if (answer.waits) return std::nullopt;

  if (feature_log_ && request.is_logged.value_or(true)) log_reads(*feature_log_, live.plan(), part.found, keys, *got);
  answer.as_of = got->at;
  if (got->position) {
    const auto position = static_cast<int64_t>(*got->position);
    answer.position = std::min(answer.position.value_or(position), position);
  }

  for (size_t row = 0; row < answer.rows.size(); ++row) {
    for (size_t i = 0; i < part.places.size(); ++i) {
      ServedValue& value = answer.rows[row].values[part.places[i]];
      value.value = std::move(got->values[row][i]);
      value.event_time = got->newest[row][i];
      if (value.event_time) value.age_seconds = static_cast<double>(got->at.us - value.event_time->us) / 1e6;
      if (value.value.is_null()) value.null_reason = null_reason_of(value.event_time);
    }
  }
  return std::nullopt;
}

}  // namespace headrace
