#include "session/live/live_features.h"

#include "engine/stream/entity_stream.h"
#include "io/json/json_events.h"
#include "language/diagnostics/suggest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <mutex>

namespace headrace {
namespace {

std::optional<EventTime> time_or_nothing(int64_t us) {
  return us == kTimeMin ? std::nullopt : std::optional(EventTime{us});
}

/// Types of the keys of a question: those of their values.
Result<Observations> places_of(const PlanEntity& entity, const LiveQuestion& question, EventTime at) {
  Observations places;
  for (size_t key = 0; key < entity.keys.size(); ++key) {
    std::optional<ColumnBuilder> builder;
    std::optional<ScalarType> type;
    for (const std::vector<Value>& values : question.entities) {
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
    for (const std::vector<Value>& values : question.entities) builder->append(values[key]);
    places.keys.push_back(std::move(*builder).finish());
  }

  places.times = make_column(ScalarType::kTimestamp, std::vector<int64_t>(question.entities.size(), at.us));
  return places;
}

}  // namespace

/// The stream of one entity, and how events of its sources are read.
struct LiveFeatures::Entity {
  Entity(const Plan& plan, size_t entity, std::vector<size_t> outputs, const StreamOptions& options)
      : features(std::move(outputs)), stream(plan, entity, features, options) {
    for (const SourceLayout& layout : stream.layout().sources) {
      const PlanSource& source = plan.sources[layout.plan_source];
      readers.push_back(
          std::make_unique<JsonEvents>(source, layout.request, fmt::format("events of `{}`", source.name)));
      LiveSource& status = sources.emplace_back();
      status.name = source.name;
      status.entity = plan.entities[entity].name;
    }
  }

  std::optional<size_t> find_source(const std::string& name) const {
    for (size_t s = 0; s < sources.size(); ++s) {
      if (sources[s].name == name) return s;
    }
    return std::nullopt;
  }

  /// Moves on to the clock's time.
  Status advance(int64_t now) {
    return stream.advance(now, [&](const TimeStep& step) -> Status {
      final_rows += stream.final_rows(step).rows;
      return {};
    });
  }

  Result<LivePush> push(size_t source, std::string_view text, int64_t now) {
    ASSIGN_OR_RETURN(const std::vector<std::string_view> records, records_of(text));
    ASSIGN_OR_RETURN(const DecodedEvents events, readers[source]->decode(records));
    LivePush push;
    for (const Batch& batch : events.batches) {
      ASSIGN_OR_RETURN(const PushResult result, stream.push(source, 0, batch, now));
      push.accepted += result.accepted;
      push.ahead += result.ahead;
      push.late += static_cast<int64_t>(result.late.size());
      const int64_t* times = batch.columns[stream.layout().sources[source].request.time_column()].int64s();
      int64_t newest = sources[source].newest ? sources[source].newest->us : kTimeMin;
      for (int64_t row = 0; row < batch.rows; ++row) newest = std::max(newest, times[row]);
      if (result.accepted > 0) sources[source].newest = time_or_nothing(newest);
    }
    RETURN_IF_ERROR(advance(now));

    push.unreadable = events.unreadable;
    for (const BadRow& problem : events.problems) push.bad_cells += problem.is_cell ? 1 : 0;
    const size_t shown = std::min(events.problems.size(), LivePush::kShownMax);
    push.problems.assign(events.problems.begin(), events.problems.begin() + static_cast<int64_t>(shown));
    push.watermark = time_or_nothing(stream.watermark(source));

    LiveSource& status = sources[source];
    status.accepted += push.accepted;
    status.late += push.late;
    status.unreadable += push.unreadable;
    status.bad_cells += push.bad_cells;
    return push;
  }

  const std::vector<size_t> features;  // of the plan, in the order of the stream's values
  mutable std::mutex mutex;            // of what follows
  EntityStream stream;
  std::vector<std::unique_ptr<JsonEvents>> readers;  // by layout source
  std::vector<LiveSource> sources;                   // likewise
  int64_t now = kTimeMin;                            // the clock, which never goes back here
  int64_t final_rows = 0;
};

LiveFeatures::LiveFeatures(Plan plan, const LiveOptions& options)
    : plan_(std::make_unique<const Plan>(std::move(plan))), options_(options) {
  StreamOptions stream;
  stream.idle_after = options.idle_after;
  for (size_t entity = 0; entity < plan_->entities.size(); ++entity) {
    std::vector<size_t> features;
    for (size_t f = 0; f < plan_->features.size(); ++f) {
      if (plan_->features[f].entity == entity) features.push_back(f);
    }
    entities_.push_back(features.empty() ? nullptr
                                         : std::make_unique<Entity>(*plan_, entity, std::move(features), stream));
  }
}

LiveFeatures::~LiveFeatures() = default;

Result<std::unique_ptr<LiveFeatures>> LiveFeatures::open(const Session& session, const LiveOptions& options) {
  ASSIGN_OR_RETURN(Plan plan, session.plan({}, CheckNodes::kLeftOut));
  std::unique_ptr<LiveFeatures> live(new LiveFeatures(std::move(plan), options));
  if (options.log != nullptr) {
    RETURN_IF_ERROR(live->replay_log());
    live->commit_ = std::make_unique<GroupCommit>(*options.log);
  }
  return live;
}

Status LiveFeatures::replay_log() {
  return options_.log->replay([&](const LoggedPush& push) -> Status {
    ++replayed_;
    Entity* const entity = entity_of_source(push.source);
    if (entity == nullptr) {
      ++not_replayed_;
      return {};
    }
    const std::lock_guard lock(entity->mutex);
    entity->now = std::max(entity->now, push.now_us);
    const Result<LivePush> pushed = entity->push(*entity->find_source(push.source), push.records, entity->now);
    if (!pushed) return pushed.error().with_context(fmt::format("push {} of the store", replayed_));
    return {};
  });
}

LiveFeatures::Entity* LiveFeatures::entity_of_source(const std::string& source) const {
  for (const auto& entity : entities_) {
    if (entity && entity->find_source(source)) return entity.get();
  }
  return nullptr;
}

Result<LivePush> LiveFeatures::push(const std::string& source, std::string_view text) {
  Entity* const entity = entity_of_source(source);
  if (entity == nullptr) {
    std::vector<std::string> names;
    for (const LiveSource& each : sources()) names.push_back(each.name);
    const std::string guess = did_you_mean(source, names);
    return Error::not_found(fmt::format("no feature reads a source `{}`", source))
        .with_help(guess.empty() ? fmt::format("sources are {}", fmt::join(names, ", ")) : guess);
  }

  const size_t place = *entity->find_source(source);
  uint64_t number = 0;
  LivePush answer;
  {
    const std::lock_guard lock(entity->mutex);
    if (const auto failure = commit_ ? commit_->failure() : std::nullopt) return *failure;
    const int64_t now = std::max(entity->now, options_.clock->now_us());
    ASSIGN_OR_RETURN(answer, entity->push(place, text, now));
    entity->now = now;
    if (commit_) number = commit_->add({source, now, std::string(text)});  // in the order in which they were taken
  }
  if (commit_) RETURN_IF_ERROR(commit_->wait(number));
  return answer;
}

Result<std::vector<size_t>> LiveFeatures::features_of(const LiveQuestion& question) const {
  std::vector<size_t> features;
  for (const std::string& name : question.features) {
    const PlanFeature* feature = plan_->find_feature(name);
    if (feature == nullptr) {
      std::vector<std::string> names;
      for (const PlanFeature& each : plan_->features) names.push_back(each.name);
      const std::string guess = did_you_mean(name, names);
      return Error::not_found(fmt::format("there is no feature `{}`", name)).with_help(guess);
    }
    features.push_back(static_cast<size_t>(feature - plan_->features.data()));
    const PlanFeature& first = plan_->features[features.front()];
    if (feature->entity == first.entity) continue;
    return Error::usage(fmt::format("`{}` is of the entity `{}`, and `{}` of `{}`", first.name,
                                    plan_->entities[first.entity].name, name, plan_->entities[feature->entity].name))
        .with_help("ask for the features of one entity at a time");
  }
  if (features.empty()) return Error::usage("no feature is asked for");
  return features;
}

Result<LiveAnswer> LiveFeatures::read(const LiveQuestion& question) {
  ASSIGN_OR_RETURN(const std::vector<size_t> features, features_of(question));
  const size_t entity_index = plan_->features[features.front()].entity;
  const PlanEntity& definition = plan_->entities[entity_index];
  for (const std::vector<Value>& keys : question.entities) {
    if (keys.size() == definition.keys.size()) continue;
    return Error::usage(fmt::format("the entity `{}` has {} keys ({}), and {} are given", definition.name,
                                    definition.keys.size(), fmt::join(definition.keys, ", "), keys.size()));
  }

  Entity& entity = *entities_[entity_index];
  const std::lock_guard lock(entity.mutex);
  entity.now = std::max(entity.now, options_.clock->now_us());
  RETURN_IF_ERROR(entity.advance(entity.now));
  LiveAnswer answer;
  answer.at = question.as_of.value_or(EventTime{entity.now});
  if (answer.at.us > entity.now) {
    return Error::usage(
        fmt::format("{} has not come: it is {}", to_string(answer.at), to_string(EventTime{entity.now})));
  }

  ASSIGN_OR_RETURN(const Observations places, places_of(definition, question, answer.at));
  ASSIGN_OR_RETURN(const std::vector<Column> columns, entity.stream.read(places));
  answer.entity = definition.name;
  answer.keys = definition.keys;
  answer.values.resize(question.entities.size());
  answer.newest.resize(question.entities.size());
  const std::vector<std::vector<int64_t>> newest = entity.stream.newest_events(places);
  for (size_t f : features) {
    const auto place = std::find(entity.features.begin(), entity.features.end(), f) - entity.features.begin();
    answer.types.push_back(plan_->features[f].type);
    for (size_t row = 0; row < answer.values.size(); ++row) {
      answer.values[row].push_back(columns[static_cast<size_t>(place)].value_at(static_cast<int64_t>(row)));
      const auto source = entity.find_source(plan_->sources[plan_->features[f].source].name);
      const int64_t time = source ? newest[*source][row] : kTimeMin;
      answer.newest[row].push_back(time > answer.at.us ? std::nullopt : time_or_nothing(time));
    }
  }
  return answer;
}

Status LiveFeatures::tick() {
  for (const auto& entity : entities_) {
    if (!entity) continue;
    const std::lock_guard lock(entity->mutex);
    entity->now = std::max(entity->now, options_.clock->now_us());
    RETURN_IF_ERROR(entity->advance(entity->now));
  }
  return {};
}

std::vector<LiveSource> LiveFeatures::sources() const {
  std::vector<LiveSource> sources;
  for (const auto& entity : entities_) {
    if (!entity) continue;
    const std::lock_guard lock(entity->mutex);
    for (size_t s = 0; s < entity->sources.size(); ++s) {
      LiveSource& source = sources.emplace_back(entity->sources[s]);
      source.waiting = static_cast<int64_t>(entity->stream.waiting_rows());
      source.unsettled = static_cast<int64_t>(entity->stream.unsettled_rows());
      source.watermark = time_or_nothing(entity->stream.watermark(s));
    }
  }
  return sources;
}

EventTime LiveFeatures::earliest(size_t entity) const {
  if (!entities_[entity]) return {kTimestampMicrosMin};
  const std::lock_guard lock(entities_[entity]->mutex);
  return {std::max(entities_[entity]->stream.settled_to(), kTimestampMicrosMin)};
}

int64_t LiveFeatures::final_rows() const {
  int64_t rows = 0;
  for (const auto& entity : entities_) {
    if (!entity) continue;
    const std::lock_guard lock(entity->mutex);
    rows += entity->final_rows;
  }
  return rows;
}

}  // namespace headrace
