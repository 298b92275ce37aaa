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
      messages_(options.dedupe_for, options.dedupe_for_of, *options.clock),
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
  return std::make_unique<Entity>(*plan_, entity, std::move(features), stream_options(),
                                  Repeats(options_.dedupe_for, options_.dedupe_for_of), *options_.clock);
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
    // Reading takes most of the time, and nobody who asks for values waits for it.
    std::unique_lock reading(entity->readers[place]->mutex);
    const WorkMeter meter = meter_of_thread(entity->accounts);
    const Result<Entity::ReadEvents> read = entity->read_events(place, text);
    const std::string digest = key ? sha256_hex(text) : "";
    std::string records(commit_ ? text : "");
    meter.note_source(place);
    std::unique_lock lock(entity->mutex);
    if (read.ok()) {
      RETURN_IF_ERROR(wake(*entity, lock, [&] { return entity->unknown_names(place, *read); }));
    }
    reading.unlock();
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
      if (!read) return read.error();
      const MeasuredStream measured(entity->stream, entity->accounts);
      ASSIGN_OR_RETURN(Entity::Taken taken, entity->push(place, *read, now, stops_on_bad_row(source)));
      measured.meter().note_source(place);
      measured.meter().add_bytes(place, static_cast<int64_t>(text.size()));
      answer = std::move(taken.answer);
      entity->rates[place].add(answer.accepted, options_.clock->elapsed_us());
      entity->now = now;
      LoggedPush logged{.source = source,
                        .now_us = now,
                        .records = std::move(records),
                        .key = std::string(key.value_or("")),
                        .left_out = std::move(taken.left_out)};
      if (commit_) number = commit_->add(std::move(logged));  // in the order in which they were taken
      if (key) entity->repeats.keep(source, *key, digest, answer, number, now);
    }
    span.note("headrace.events.accepted", answer.accepted);
    span.note("headrace.events.late", answer.late);
  }
  RETURN_IF_ERROR(settle(*entity));
  if (commit_) RETURN_IF_ERROR(wait_for_commit(number));
  return answer;
}

Result<std::optional<BadMessage>> LiveFeatures::take(std::span<const FedEvents> events, Durable durable) {
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
    const size_t place = entity == nullptr ? 0 : *entity->find_source(given.source);
    std::unique_lock<std::mutex> reading;
    if (entity != nullptr) reading = std::unique_lock(entity->readers[place]->mutex);
    FedEvents before;
    if (entity != nullptr && stops_on_bad_row(given.source)) {
      ASSIGN_OR_RETURN(bad, entity->find_bad(place, given, options_.is_skipped, before));
    }
    if (bad && before.offsets.empty()) break;

    const FedEvents& fed = bad ? before : given;
    std::unique_lock<std::mutex> lock;
    std::vector<LeftOutEvent> left_out;
    int64_t now = fed.came_at ? fed.came_at->us : options_.clock->now_us();
    if (entity != nullptr) {
      const WorkMeter meter = meter_of_thread(entity->accounts);
      ASSIGN_OR_RETURN(const Entity::ReadEvents read, entity->read_events(place, fed));
      meter.note_source(place);
      lock = std::unique_lock(entity->mutex);
      RETURN_IF_ERROR(wake(*entity, lock, [&] { return entity->unknown_names(place, read); }));
      reading.unlock();
      if (const auto failure = commit_ ? commit_->failure() : std::nullopt) return *failure;
      now = std::max(entity->now, now);
      const MeasuredStream measured(entity->stream, entity->accounts);
      ASSIGN_OR_RETURN(Entity::Taken taken, entity->take(place, fed, read, now));
      measured.meter().note_source(place);
      const auto* text = std::get_if<std::string>(&fed.events);
      if (text != nullptr) measured.meter().add_bytes(place, static_cast<int64_t>(text->size()));
      left_out = std::move(taken.left_out);
      if (!fed.taken_back.empty()) entity->count_again(place, taken.answer);
      entity->rates[place].add(taken.answer.accepted, options_.clock->elapsed_us());
      entity->now = now;
    }

    // What no feature reads is kept too: for definitions to come.
    if (commit_) {
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
    if (entity == nullptr) continue;
    lock.unlock();
    RETURN_IF_ERROR(settle(*entity));
  }
  if (bad || is_acknowledged) durable = Durable::kNow;
  if (number > 0) RETURN_IF_ERROR(wait_for_commit(number, durable));
  // Positions are lost together with their events; a broker that got an acknowledgement brings nothing again.
  if (is_acknowledged) RETURN_IF_ERROR(flush());
  return bad;
}

/// What the watermarks have passed, some at a time, so that nobody waits long for a value.
Status LiveFeatures::settle(Entity& entity) {
  constexpr int64_t kLockedUsMax = 250;
  for (bool is_all = false; !is_all;) {
    {
      const std::lock_guard lock(entity.mutex);
      const MeasuredStream measured(entity.stream, entity.accounts);
      const int64_t start_us = options_.clock->elapsed_us();
      ASSIGN_OR_RETURN(is_all, entity.advance_some(entity.now, entity.rows_at_once));
      measured.meter().note_entity();
      entity.fit_rows_at_once(options_.clock->elapsed_us() - start_us, kLockedUsMax, is_all);
    }
    if (!is_all) entity.let_a_read_go_first();
  }
  return {};
}

Status LiveFeatures::wait_for_commit(uint64_t number, Durable durable) {
  constexpr size_t kOnTheWayBytesMax = size_t{16} << 20;
  OpenSpan span("commit");
  Status status = durable == Durable::kNow ? commit_->wait(number) : commit_->wait_for_room(kOnTheWayBytesMax);
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
  ASSIGN_OR_RETURN(const FoundFeatures found, find({&name, 1}));
  const EventTime now{options_.clock->now_us()};
  LiveExplainQuestion question{.feature = found.features.front(), .keys = keys, .at = as_of.value_or(now)};
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

Status LiveFeatures::tick() {
  for (const auto& entity : entities_) {
    if (!entity) continue;
    {
      const std::lock_guard lock(entity->mutex);
      entity->now = std::max(entity->now, options_.clock->now_us());
    }
    RETURN_IF_ERROR(settle(*entity));
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

}  // namespace headrace
