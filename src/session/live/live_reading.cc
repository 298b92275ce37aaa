/// Reading values of live features.

#include "base/trace.h"
#include "language/diagnostics/suggest.h"
#include "session/live/live_entity.h"
#include "session/live/live_features.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace {
namespace {

/// That are settled by a read, so that they are where nobody pushes any more.
constexpr size_t kRowsOfRead = 8;

/// Types of the keys of a question: those of their values.
Result<Observations> places_of(const PlanEntity& entity, std::span<const std::vector<Value>> entities, EventTime at) {
  Observations places;
  for (size_t key = 0; key < entity.keys.size(); ++key) {
    std::optional<ColumnBuilder> builder;
    std::optional<ScalarType> type;
    for (const std::vector<Value>& values : entities) {
      const Value& value = values[key];
      const ScalarType own = std::holds_alternative<std::string>(value.data) ? ScalarType::kString
                             : std::holds_alternative<bool>(value.data)      ? ScalarType::kBool
                             : std::holds_alternative<EventTime>(value.data) ? ScalarType::kTimestamp
                                                                             : ScalarType::kInt64;
      const bool can_be_key =
          value.is_null() || own != ScalarType::kInt64 || std::holds_alternative<int64_t>(value.data);
      if (!can_be_key || (type && !value.is_null() && *type != own)) {
        return Error::data(fmt::format("the key `{}` is {}: keys are integers, texts or booleans, all of one type",
                                       entity.keys[key], to_json(value)));
      }
      if (!value.is_null()) type = own;
    }
    builder.emplace(Type{type.value_or(ScalarType::kInt64), false});
    for (const std::vector<Value>& values : entities) builder->append(values[key]);
    places.keys.push_back(std::move(*builder).finish());
  }

  places.times = make_column(ScalarType::kTimestamp, std::vector<int64_t>(entities.size(), at.us));
  return places;
}

}  // namespace

Result<FoundFeatures> LiveFeatures::find(std::span<const std::string> features) const {
  FoundFeatures found;
  for (const std::string& name : features) {
    const PlanFeature* feature = plan_->find_feature(name);
    if (feature == nullptr) {
      std::vector<std::string> names;
      for (const PlanFeature& each : plan_->features) names.push_back(each.name);
      const std::string guess = did_you_mean(name, names);
      return Error::not_found(fmt::format("there is no feature `{}`", name)).with_help(guess);
    }
    found.features.push_back(static_cast<size_t>(feature - plan_->features.data()));
    const PlanFeature& first = plan_->features[found.features.front()];
    if (feature->entity == first.entity) continue;
    return Error::usage(fmt::format("`{}` is of the entity `{}`, and `{}` of `{}`", first.name,
                                    plan_->entities[first.entity].name, name, plan_->entities[feature->entity].name))
        .with_help("ask for the features of one entity at a time");
  }
  if (found.features.empty()) return Error::usage("no feature is asked for");

  found.entity = plan_->features[found.features.front()].entity;
  for (const size_t f : found.features) {
    found.sources.push_back(entities_[found.entity]->find_source(plan_->sources[plan_->features[f].source].name));
  }
  return found;
}

Result<LiveAnswer> LiveFeatures::read(const LiveQuestion& question) {
  ASSIGN_OR_RETURN(const FoundFeatures found, find(question.features));
  return read(found, question.entities, question.as_of);
}

Result<LiveAnswer> LiveFeatures::read(const FoundFeatures& found, std::span<const std::vector<Value>> entities,
                                      std::optional<EventTime> as_of, bool may_wait) {
  const PlanEntity& definition = plan_->entities[found.entity];
  for (const std::vector<Value>& keys : entities) {
    if (keys.size() == definition.keys.size()) continue;
    return Error::usage(fmt::format("the entity `{}` has {} keys ({}), and {} are given", definition.name,
                                    definition.keys.size(), fmt::join(definition.keys, ", "), keys.size()));
  }

  Entity& entity = *entities_[found.entity];
  OpenSpan span("read features");
  span.note("headrace.features", static_cast<int64_t>(found.features.size()));
  span.note("headrace.entities", static_cast<int64_t>(entities.size()));
  std::unique_lock lock = entity.lock_for_read();
  if (entity.resting.keys > 0) {
    const auto unknown = [&] {
      const Result<Observations> places = places_of(definition, entities, EventTime{entity.now});
      if (!places) return std::vector<std::string>();  // refused below
      return entity.stream.unknown_names(places->keys, places->times.length);
    };
    if (!may_wait && !unknown().empty()) {
      span.drop();  // it is told when it is read
      LiveAnswer unread;
      unread.waits = true;
      return unread;
    }
    if (may_wait) RETURN_IF_ERROR(wake(entity, lock, unknown));
  }
  const MeasuredStream measured(entity.stream, entity.accounts);
  measured.meter().note_features(found.features);
  entity.now = std::max(entity.now, options_.clock->now_us());
  RETURN_IF_ERROR(entity.advance_some(entity.now, kRowsOfRead));
  measured.meter().note_entity();
  LiveAnswer answer;
  answer.at = as_of.value_or(EventTime{entity.now});
  if (answer.at.us > entity.now) {
    return Error::usage(
        fmt::format("{} has not come: it is {}", to_string(answer.at), to_string(EventTime{entity.now})));
  }

  ASSIGN_OR_RETURN(const Observations places, places_of(definition, entities, answer.at));
  ASSIGN_OR_RETURN(const std::vector<Column> columns, entity.stream.read(places, found.features));
  if (commit_) answer.position = commit_->next();  // under the entity's lock: it has all of its pushes before that
  const std::vector<std::vector<int64_t>> newest = entity.stream.newest_events(places);
  answer.values.resize(entities.size());
  answer.newest.resize(entities.size());
  for (size_t row = 0; row < entities.size(); ++row) {
    answer.values[row].reserve(columns.size());
    answer.newest[row].reserve(columns.size());
    for (size_t i = 0; i < columns.size(); ++i) {
      answer.values[row].push_back(columns[i].value_at(static_cast<int64_t>(row)));
      const int64_t time = found.sources[i] ? newest[*found.sources[i]][row] : kTimeMin;
      answer.newest[row].push_back(time > answer.at.us ? std::nullopt : time_or_nothing(time));
    }
  }
  for (const size_t f : found.features) measured.meter().add_values(f, static_cast<int64_t>(entities.size()));
  measured.meter().note_features(found.features);
  return answer;
}

}  // namespace headrace
