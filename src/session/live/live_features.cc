#include "session/live/live_features.h"

#include "base/check.h"
#include "base/hash.h"
#include "base/trace.h"
#include "language/diagnostics/suggest.h"
#include "session/live/explain_live.h"
#include "session/live/live_entity.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

namespace headrace {
namespace {

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

/// As far as events are needed for windows anyway.
Duration longest_window(const Plan& plan) {
  Duration longest{0};
  for (const StateNode& node : plan.states) {
    const WindowSpec& window = node.window;
    const bool is_of_time = window.kind == WindowSpec::Kind::kSize || window.kind == WindowSpec::Kind::kTumbling;
    if (is_of_time) longest.us = std::max(longest.us, window.size.us + window.offset.us);
  }
  return longest;
}

}  // namespace

LiveFeatures::LiveFeatures(Plan plan, std::set<std::string> internal, const LiveOptions& options)
    : plan_(std::make_unique<const Plan>(std::move(plan))),
      options_(options),
      messages_(options.dedupe_for, *options.clock),
      internal_(std::move(internal)) {
  for (size_t entity = 0; entity < plan_->entities.size(); ++entity) entities_.push_back(make_entity(entity));
}

/// Null where no feature is of the entity.
std::unique_ptr<LiveFeatures::Entity> LiveFeatures::make_entity(size_t entity) const {
  std::vector<size_t> features;
  for (size_t f = 0; f < plan_->features.size(); ++f) {
    if (plan_->features[f].entity == entity) features.push_back(f);
  }
  if (features.empty()) return nullptr;
  return std::make_unique<Entity>(*plan_, entity, std::move(features), stream_options(), options_.dedupe_for,
                                  *options_.clock);
}

LiveFeatures::~LiveFeatures() = default;

StreamOptions LiveFeatures::stream_options() const {
  StreamOptions stream;
  stream.idle_after = options_.idle_after;
  stream.history = options_.history.value_or(longest_window(*plan_));
  stream.idle_after_of = options_.idle_after_of;
  stream.max_ahead = options_.max_ahead;
  stream.max_ahead_of = options_.max_ahead_of;
  stream.ahead_max_of = options_.ahead_max_of;
  return stream;
}

LiveFeatures::Entity* LiveFeatures::entity_of_source(const std::string& source) const {
  for (const auto& entity : entities_) {
    if (entity && entity->find_source(source)) return entity.get();
  }
  return nullptr;
}

bool LiveFeatures::stops_on_bad_row(const std::string& source) const {
  const auto own = options_.stops_on_bad_row_of.find(source);
  return own == options_.stops_on_bad_row_of.end() ? options_.stops_on_bad_row : own->second;
}

Error LiveFeatures::unknown_source(const std::string& source) const {
  std::vector<std::string> names;
  for (const LiveSource& each : sources()) names.push_back(each.name);
  const std::string guess = did_you_mean(source, names);
  return Error::not_found(fmt::format("no feature reads a source `{}`", source))
      .with_help(guess.empty() ? fmt::format("sources are {}", fmt::join(names, ", ")) : guess);
}

Result<LivePush> LiveFeatures::push(const std::string& source, std::string_view text,
                                    std::optional<std::string_view> key) {
  Entity* const entity = entity_of_source(source);
  if (entity == nullptr) return unknown_source(source);

  const size_t place = *entity->find_source(source);
  uint64_t number = 0;
  LivePush answer;
  {
    OpenSpan span("take events");
    const std::lock_guard lock(entity->mutex);
    if (const auto failure = commit_ ? commit_->failure() : std::nullopt) return *failure;
    const int64_t now = std::max(entity->now, options_.clock->now_us());
    const Repeats::Earlier* earlier = nullptr;
    if (key) {
      ASSIGN_OR_RETURN(earlier, entity->repeats.find(source, *key, text, now));
    }
    if (earlier != nullptr) {
      answer = earlier->answer;
      answer.is_repeated = true;
      number = earlier->number;
    } else {
      const MeasuredStream measured(entity->stream, entity->accounts);
      measured.meter().note_source(place);
      ASSIGN_OR_RETURN(Entity::Taken taken, entity->push(place, text, now, stops_on_bad_row(source)));
      measured.meter().note_source(place);
      measured.meter().add_bytes(place, static_cast<int64_t>(text.size()));
      answer = std::move(taken.answer);
      entity->rates[place].add(answer.accepted, options_.clock->elapsed_us());
      entity->now = now;
      LoggedPush logged{.source = source,
                        .now_us = now,
                        .records = std::string(text),
                        .key = std::string(key.value_or("")),
                        .left_out = std::move(taken.left_out)};
      if (commit_) number = commit_->add(std::move(logged));  // in the order in which they were taken
      if (key) entity->repeats.keep(source, *key, sha256_hex(text), answer, number, now);
    }
    span.note("headrace.events.accepted", answer.accepted);
    span.note("headrace.events.late", answer.late);
  }
  if (commit_) RETURN_IF_ERROR(wait_for_commit(number));
  return answer;
}

Result<std::optional<BadMessage>> LiveFeatures::take(std::span<const FedEvents> events) {
  if (events.empty()) RETURN_IF_ERROR(tick());
  uint64_t number = 0;
  bool is_acknowledged = false;
  std::optional<BadMessage> bad;
  for (const FedEvents& brought : events) {
    if (bad) break;
    std::optional<FedEvents> news;  // nothing: no message has an id
    if (!brought.ids.empty()) news = messages_.without_repeats(brought);
    is_acknowledged = is_acknowledged || news;
    if (news && news->ids.empty()) continue;
    const FedEvents& given = news ? *news : brought;
    Entity* const entity = entity_of_source(given.source);
    FedEvents before;
    if (entity != nullptr && stops_on_bad_row(given.source)) {
      const std::lock_guard lock(entity->mutex);
      ASSIGN_OR_RETURN(bad, entity->find_bad(*entity->find_source(given.source), given, options_.is_skipped, before));
    }
    if (bad && before.offsets.empty()) break;

    const FedEvents& fed = bad ? before : given;
    std::unique_lock<std::mutex> lock;
    std::vector<LeftOutEvent> left_out;
    int64_t now = fed.came_at ? fed.came_at->us : options_.clock->now_us();
    if (entity != nullptr) {
      lock = std::unique_lock(entity->mutex);
      if (const auto failure = commit_ ? commit_->failure() : std::nullopt) return *failure;
      now = std::max(entity->now, now);
      const size_t place = *entity->find_source(fed.source);
      const MeasuredStream measured(entity->stream, entity->accounts);
      measured.meter().note_source(place);
      ASSIGN_OR_RETURN(Entity::Taken taken, entity->take(place, fed, now));
      measured.meter().note_source(place);
      const auto* text = std::get_if<std::string>(&fed.events);
      if (text != nullptr) measured.meter().add_bytes(place, static_cast<int64_t>(text->size()));
      left_out = std::move(taken.left_out);
      if (!fed.taken_back.empty()) entity->count_again(place, taken.answer);
      entity->rates[place].add(taken.answer.accepted, options_.clock->elapsed_us());
      entity->now = now;
    }

    // What no feature reads is kept too: for definitions to come.
    if (!commit_) continue;
    CHECK(std::holds_alternative<std::string>(fed.events));
    number = messages_.add(*commit_, {.source = fed.source,
                                      .now_us = now,
                                      .records = std::get<std::string>(fed.events),
                                      .lane = fed.lane,
                                      .position = fed.position,
                                      .is_drained = fed.is_drained,
                                      .left_out = std::move(left_out),
                                      .counted_before = fed.counted_before,
                                      .taken_back = fed.taken_back,
                                      .ids = fed.ids});
  }
  if (number > 0) RETURN_IF_ERROR(wait_for_commit(number));
  // Positions are lost together with their events; a broker that got an acknowledgement brings nothing again.
  if (is_acknowledged) RETURN_IF_ERROR(flush());
  return bad;
}

Status LiveFeatures::wait_for_commit(uint64_t number) {
  OpenSpan span("commit");
  Status status = commit_->wait(number);
  if (!status.ok()) span.fail();
  return status;
}

Status LiveFeatures::begin_feeding() {
  uint64_t number = 0;
  for (const auto& entity : entities_) {
    if (!entity) continue;
    const std::lock_guard lock(entity->mutex);
    for (size_t s = 0; s < entity->sources.size(); ++s) number = std::max(number, forget_drained(*entity, s));
  }
  return number > 0 ? commit_->wait(number) : Status();
}

Status LiveFeatures::hold(const std::string& source) {
  Entity* const entity = entity_of_source(source);
  if (entity == nullptr) return unknown_source(source);
  uint64_t number = 0;
  {
    const std::lock_guard lock(entity->mutex);
    const size_t place = *entity->find_source(source);
    entity->sources[place].judged_again = {};
    number = forget_drained(*entity, place);
  }
  return number > 0 ? commit_->wait(number) : Status();
}

/// The number to wait for; 0: none. REQUIRES: the entity is locked.
uint64_t LiveFeatures::forget_drained(Entity& entity, size_t source) {
  uint64_t number = 0;
  for (const uint32_t lane : std::set(entity.sources[source].drained)) {
    entity.set_drained(source, lane, false, entity.now);
    if (commit_) number = commit_->add({entity.sources[source].name, entity.now, "", lane, "", false});
  }
  return number;
}

Result<Explanation> LiveFeatures::explain(const std::string& name, const std::vector<std::string>& keys,
                                          std::optional<EventTime> as_of) {
  if (options_.log == nullptr) return Error::usage("no events are kept, so that none can be told");
  ASSIGN_OR_RETURN(const std::vector<size_t> features, features_of({.features = {name}}));
  const EventTime now{options_.clock->now_us()};
  LiveExplainQuestion question{.feature = features.front(), .keys = keys, .at = as_of.value_or(now)};
  if (question.at.us > now.us) {
    return Error::usage(fmt::format("{} has not come: it is {}", to_string(question.at), to_string(now)));
  }
  {
    const std::lock_guard lock(save_mutex_);
    question.first = kept_from_;
  }
  question.cuts = entities_[plan_->features[question.feature].entity]->cuts;
  question.places = places_ ? &*places_ : nullptr;
  return explain_live(*plan_, *options_.log, stream_options(), question);
}

Result<std::vector<LeftOutEvent>> LiveFeatures::left_out(const std::string& source, LeftOutPlace after,
                                                         size_t count) const {
  if (options_.log == nullptr) return Error::usage("no events are kept, so that none of those left out can be shown");
  ASSIGN_OR_RETURN(std::vector<LeftOutEvent> events, options_.log->left_out(source, after, count));
  if (events.empty() && !after.index && entity_of_source(source) == nullptr) return unknown_source(source);
  return events;
}

int64_t LiveFeatures::memory_bytes() const {
  int64_t bytes = 0;
  for (const auto& entity : entities_) {
    if (!entity) continue;
    const std::lock_guard lock(entity->mutex);
    bytes += entity->stream.memory_bytes() + entity->dues_bytes();
  }
  return bytes;
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
  OpenSpan span("read features");
  span.note("headrace.features", static_cast<int64_t>(features.size()));
  span.note("headrace.entities", static_cast<int64_t>(question.entities.size()));
  const std::lock_guard lock(entity.mutex);
  const MeasuredStream measured(entity.stream, entity.accounts);
  measured.meter().note_features(features);
  entity.now = std::max(entity.now, options_.clock->now_us());
  RETURN_IF_ERROR(entity.advance(entity.now));
  measured.meter().note_entity();
  LiveAnswer answer;
  answer.at = question.as_of.value_or(EventTime{entity.now});
  if (answer.at.us > entity.now) {
    return Error::usage(
        fmt::format("{} has not come: it is {}", to_string(answer.at), to_string(EventTime{entity.now})));
  }

  ASSIGN_OR_RETURN(const Observations places, places_of(definition, question, answer.at));
  ASSIGN_OR_RETURN(const std::vector<Column> columns, entity.stream.read(places, features));
  if (commit_) answer.position = commit_->next();  // under the entity's lock: it has all of its pushes before that
  answer.entity = definition.name;
  answer.keys = definition.keys;
  answer.values.resize(question.entities.size());
  answer.newest.resize(question.entities.size());
  const std::vector<std::vector<int64_t>> newest = entity.stream.newest_events(places);
  for (size_t i = 0; i < features.size(); ++i) {
    const size_t f = features[i];
    answer.types.push_back(plan_->features[f].type);
    for (size_t row = 0; row < answer.values.size(); ++row) {
      answer.values[row].push_back(columns[i].value_at(static_cast<int64_t>(row)));
      const auto source = entity.find_source(plan_->sources[plan_->features[f].source].name);
      const int64_t time = source ? newest[*source][row] : kTimeMin;
      answer.newest[row].push_back(time > answer.at.us ? std::nullopt : time_or_nothing(time));
    }
    measured.meter().add_values(f, static_cast<int64_t>(answer.values.size()));
  }
  measured.meter().note_features(features);
  return answer;
}

Status LiveFeatures::tick() {
  for (const auto& entity : entities_) {
    if (!entity) continue;
    const std::lock_guard lock(entity->mutex);
    const MeasuredStream measured(entity->stream, entity->accounts);
    entity->now = std::max(entity->now, options_.clock->now_us());
    RETURN_IF_ERROR(entity->advance(entity->now));
    measured.meter().note_entity();
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
      source.waiting = entity->stream.ahead(s).events;
      source.waiting_bytes = entity->stream.ahead(s).bytes;
      source.unsettled = static_cast<int64_t>(entity->stream.unsettled_rows());
      source.watermark = time_or_nothing(entity->stream.watermark(s));
      source.messages = messages_.of(source.name);
      if (const auto cut = entity->cuts.find(source.name); cut != entity->cuts.end()) source.cut = cut->second;
      const auto rate = entity->rates.find(s);
      if (rate != entity->rates.end()) source.per_second = rate->second.per_second(options_.clock->elapsed_us());
    }
  }
  return sources;
}

EventTime LiveFeatures::earliest(size_t entity) const {
  if (!entities_[entity]) return {kTimestampMicrosMin};
  const std::lock_guard lock(entities_[entity]->mutex);
  return {std::max(entities_[entity]->stream.earliest(), kTimestampMicrosMin)};
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
