#include "app/server/served_features.h"

#include "app/server/entity_keys.h"
#include "app/server/logged_reads.h"
#include "app/server/values_to_come.h"
#include "base/base64.h"
#include "base/utf8.h"
#include "data/time.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace headrace {
namespace {

constexpr size_t kKeyBytesMax = 255;
constexpr int64_t kPausedRetrySeconds = 30;
constexpr size_t kPageBytes = size_t{4} << 20;  // of events in one answer

/// Why events were not accepted, and what to do.
std::string help_of(const LivePush& push, std::string_view source) {
  std::string help;
  if (push.late > 0) {
    help = fmt::format(
        "{} of the events are before the watermark; `allowed_lateness` of `{}` says how far behind the "
        "newest event one may come",
        push.late, source);
  }
  if (push.too_far_ahead > 0) {
    help += fmt::format(
        "{}{} of the events are farther ahead of the server's clock than `max_ahead` of `{}` in environments.yaml, or "
        "more "
        "than may wait there",
        help.empty() ? "" : "; ", push.too_far_ahead, source);
  }
  if (push.covered > 0) {
    help += fmt::format(
        "{}{} of the events are before the time up to which `{}` was filled from its files, which have them",
        help.empty() ? "" : "; ", push.covered, source);
  }

  if (!push.problems.empty()) {
    const BadRow& first = push.problems.front();
    const std::string where = first.column.empty() ? "" : fmt::format(", `{}`", first.column);
    help += fmt::format("{}event {}{} {}", help.empty() ? "" : "; ", first.row, where, first.problem);
  }
  return help;
}

}  // namespace

ApiError not_kept(const Error& error) {
  ApiError out = ApiError::of(error);
  if (error.kind() == ErrorKind::kEnvironment) {
    out.status = 507;
    out.code = "not_kept";
  }
  return out;
}

ServedFeatures::ServedFeatures(const LiveOptions& options)
    : options_([&] {
        LiveOptions own = options;
        own.commit_took = [this](int64_t us) { commits_.observe_us(us); };
        own.is_skipped = [this](const std::string& source, uint32_t lane, int64_t offset) {
          return states_->is_skipped(source, lane, offset);
        };
        own.is_stopped = [this, is_stopped = options.is_stopped] { return is_ending_ || (is_stopped && is_stopped()); };
        return own;
      }()) {}

Result<std::shared_ptr<ServedFeatures>> ServedFeatures::open(const Session& session, const LiveOptions& options,
                                                             LiveBeginning beginning, const std::string& backups,
                                                             TraceSink* traces) {
  std::shared_ptr<ServedFeatures> served(new ServedFeatures(options));
  served->traces_ = traces;
  served->backups_ = backups;
  ASSIGN_OR_RETURN(served->states_, SourceStates::open(options.log));
  ASSIGN_OR_RETURN(served->live_, LiveFeatures::open(session, served->options_, std::move(beginning)));
  RETURN_IF_ERROR(served->live_->begin_feeding());
  return served;
}

Status ServedFeatures::reload(const Session& session) {
  if (options_.log == nullptr) {
    return Error::conflict("a replay keeps no events, so nothing could be fed into other definitions")
        .with_help("stop the server and start the replay again");
  }
  if (check_) {
    ASSIGN_OR_RETURN(const Plan plan, session.plan({}, CheckNodes::kLeftOut));
    RETURN_IF_ERROR(check_(plan));
  }
  OpenSpan span(traces_, "reload", TraceSpan::Kind::kInternal);
  // The files stand still, so nobody waits while they are read; the log is as it was found, but for its end.
  const std::lock_guard saves(saves_);
  ASSIGN_OR_RETURN(LiveBeginning beginning, LiveBeginning::find(session, options_));
  RETURN_IF_ERROR(fill(beginning));
  const std::unique_lock whole(pushes_);
  RETURN_IF_ERROR(live()->flush());
  ASSIGN_OR_RETURN(std::shared_ptr<LiveFeatures> next, LiveFeatures::open(session, options_, std::move(beginning)));
  meter_.keep(*live());
  replace_live(std::move(next));
  return {};
}

void ServedFeatures::replace_live(std::shared_ptr<LiveFeatures> next) {
  const std::lock_guard lock(mutex_);
  live_ = std::move(next);
  asked_.clear();  // found in the ones before, which would answer for ever
}

/// On one thread: the others are for requests.
Status ServedFeatures::fill(LiveBeginning& beginning) {
  if (!beginning.needs_files()) return {};
  const auto progress = std::make_shared<JobProgress>();
  {
    const std::lock_guard lock(mutex_);
    filling_ = progress;
  }
  const Status filled = beginning.fill(*progress, 1);
  const std::lock_guard lock(mutex_);
  filling_ = nullptr;
  return filled;
}

std::shared_ptr<const JobProgress> ServedFeatures::filling() const {
  const std::lock_guard lock(mutex_);
  return filling_;
}

Status ServedFeatures::save() {
  OpenSpan span(traces_, "checkpoint", TraceSpan::Kind::kInternal);
  const std::lock_guard saves(saves_);
  Status saved = live()->save();
  if (!saved.ok()) span.fail();
  return saved;
}

void ServedFeatures::feed(std::unique_ptr<EventFeed> feed, const std::string& kind, FeedRunner::Ended ended,
                          const std::string& reading) {
  const auto take = [this](std::span<const FedEvents> events) -> Status {
    OpenSpan span(events.empty() ? nullptr : traces_, "take from feed", TraceSpan::Kind::kInternal);
    std::optional<BadMessage> bad;
    {
      const std::shared_lock going(pushes_);
      ASSIGN_OR_RETURN(bad, live()->take(events, LiveFeatures::Durable::kSoon));
    }
    return bad ? stop_source(*bad) : Status();
  };
  // What was taken before the definitions were changed is durable since then.
  const auto wait = [this] { return live()->wait_for_taken(); };
  const std::unique_lock lock(feeds_mutex_);
  feeds_.push_back({kind, reading, std::make_unique<FeedRunner>(std::move(feed), take, wait, std::move(ended))});
}

void ServedFeatures::stop_feeding() {
  const std::unique_lock lock(feeds_mutex_);
  feeds_.clear();
}

std::string ServedFeatures::feed_of(const std::string& source) const {
  const std::shared_lock lock(feeds_mutex_);
  if (const auto refed = refeds_.find(source); refed != refeds_.end()) return refed->second;
  for (const Feed& feed : feeds_) {
    for (const FeedState& state : feed.runner->state()) {
      if (state.source == source) return feed.kind;
    }
  }
  return states_->of(source).feed;
}

std::shared_ptr<LiveFeatures> ServedFeatures::live() const {
  const std::lock_guard lock(mutex_);
  return live_;
}

ApiOr<PushAnswer> ServedFeatures::push(const PushRequest& request) {
  const size_t key_bytes = request.idempotency_key ? request.idempotency_key->size() : 1;
  if (key_bytes == 0 || key_bytes > kKeyBytesMax) {
    return ApiError{.code = "bad_request",
                    .message = fmt::format("Idempotency-Key has {} bytes", key_bytes),
                    .help = fmt::format("give it 1 to {}; a UUID is usual", kKeyBytesMax)};
  }

  const std::string source(request.source);
  const std::string feed = feed_of(source);
  if (feed != "push" || options_.log == nullptr) {
    return ApiError{.status = 409,
                    .code = "conflict",
                    .message = options_.log == nullptr ? "this server replays files: it keeps no events and takes none"
                                                       : fmt::format("the events of `{}` come from {}", source, feed),
                    .help = options_.log == nullptr ? "push to a server without a replay"
                                                    : "write them there: two feeds of one source have no common order"};
  }

  const std::shared_lock going(pushes_);
  if (const SourceState state = states_->of(source); state.kind != SourceState::Kind::kRunning) {
    return ApiError{
        .status = 503,
        .code = "paused",
        .message =
            fmt::format("`{}` takes no events: it was paused at {}", source, to_string(EventTime{state.since_us})),
        .help = fmt::format("send them again later; `headrace source resume {}` takes events again", source),
        .retry_after_seconds = kPausedRetrySeconds};
  }
  const Result<LivePush> pushed = live()->push(source, request.text, request.idempotency_key);
  if (!pushed) return not_kept(pushed.error());
  PushAnswer answer;
  answer.accepted = pushed->accepted;
  answer.late = pushed->late;
  answer.ahead = pushed->ahead;
  answer.unreadable = pushed->unreadable;
  answer.too_far_ahead = pushed->too_far_ahead;
  answer.covered = pushed->covered;
  answer.watermark = pushed->watermark;
  answer.is_repeated = pushed->is_repeated;
  answer.help = help_of(*pushed, source);
  return answer;
}

std::vector<SourceStatus> ServedFeatures::sources() {
  const std::shared_ptr<LiveFeatures> live = this->live();
  const EventTime now = this->now();
  std::vector<SourceStatus> sources;
  const std::map<std::string, KeptBytes> kept =
      options_.log != nullptr ? options_.log->kept() : std::map<std::string, KeptBytes>();
  for (const LiveSource& each : live->sources()) {
    SourceStatus& status = sources.emplace_back();
    if (const auto found = kept.find(each.name); found != kept.end()) set_kept(found->second, status);
    status.name = each.name;
    status.entity = each.entity;
    for (const PlanSource& source : live->plan().sources) {
      if (source.name == each.name) status.event_time = source.event_time;
    }

    status.accepted = each.accepted;
    status.late = each.late;
    status.ahead = each.waiting;
    status.ahead_bytes = each.waiting_bytes;
    status.unreadable = each.unreadable;
    status.too_far_ahead = each.too_far_ahead;
    status.bad_cells = each.bad_cells;
    status.covered = each.covered;
    if (each.cut) {
      status.filled_before = each.cut->at;
      status.filled_rows = each.cut->rows;
      status.files_end = each.cut->files_end;
    }

    status.newest = each.newest;
    status.watermark = each.watermark;
    status.per_second = each.per_second;
    // What a replay has just fed may be ahead of its clock.
    if (each.newest) status.behind_s = std::max(0.0, static_cast<double>(now.us - each.newest->us) / 1e6);
    set_feed(each, status);
    set_messages(each, status);
  }
  return sources;
}

ApiOr<std::string> ServedFeatures::explain(const ExplainQuestion& question) {
  const std::shared_ptr<LiveFeatures> live = this->live();
  const PlanFeature* feature = live->plan().find_feature(question.feature);
  if (feature == nullptr)
    return ApiError::of(Error::not_found(fmt::format("there is no feature `{}`", question.feature)));
  const PlanEntity& entity = live->plan().entities[feature->entity];
  const Result<std::vector<Value>> given = keys_of(entity, question.entity);
  if (!given) return ApiError::of(given.error());
  std::vector<std::string> keys;
  for (const Value& key : *given) {
    const auto* text = std::get_if<std::string>(&key.data);
    const auto* time = std::get_if<EventTime>(&key.data);
    keys.push_back(text != nullptr ? *text : time != nullptr ? to_string(*time) : to_json(key));
  }

  const Result<Explanation> told = live->explain(question.feature, keys, question.as_of);
  if (!told) return ApiError::of(told.error());
  return to_json(*told);
}

std::optional<OnlineStoreStatus> ServedFeatures::online_store() {
  return online_store_ ? std::optional(online_store_()) : std::nullopt;
}

std::optional<OnlineStoreStatus> ServedFeatures::values_file() {
  return values_file_ ? std::optional(values_file_()) : std::nullopt;
}

ApiOr<PushPage> ServedFeatures::pushes(const PushesQuestion& question) {
  if (options_.log == nullptr) {
    return ApiError{.status = 409,
                    .code = "conflict",
                    .message = "this server replays files and keeps no events",
                    .help = "its events are those of the files"};
  }
  const Result<LivePushes> found = live()->pushes(question.source, question.from, kPageBytes);
  if (!found) return ApiError::of(found.error());
  PushPage page{.next = static_cast<int64_t>(found->next),
                .end = static_cast<int64_t>(found->end),
                .forgotten_to = found->forgotten_to};
  for (const LivePushes::Push& each : found->pushes) {
    const bool is_text = is_valid_utf8(each.push.records);
    page.pushes.push_back({.position = static_cast<int64_t>(each.position),
                           .clock = EventTime{each.push.now_us},
                           .lane = each.push.lane,
                           .is_of_feed = !each.push.position.empty(),
                           .is_drained = each.push.is_drained,
                           .events = is_text ? each.push.records : std::string()});
    if (!is_text) page.pushes.back().events_base64 = to_base64(each.push.records);
  }
  return page;
}

std::optional<FeatureLogStatus> ServedFeatures::feature_log() {
  return feature_log_ ? std::optional(status_of(*feature_log_)) : std::nullopt;
}

std::optional<std::string> ServedFeatures::reload_progress() {
  const std::shared_ptr<const JobProgress> filling = this->filling();
  return filling ? std::optional(shown_progress(*filling)) : std::nullopt;
}

MeterReport ServedFeatures::meter() { return meter_.report(*live()); }

std::optional<MemoryUse> ServedFeatures::memory_use() const {
  if (!options_.memory_bytes) return std::nullopt;
  return MemoryUse{live()->memory_in_use(), *options_.memory_bytes};
}

std::vector<EntityStatus> ServedFeatures::entities() {
  std::vector<EntityStatus> entities;
  for (const LiveEntity& each : live()->entities()) {
    entities.push_back({.name = each.name,
                        .in_memory = each.in_memory,
                        .at_rest = each.at_rest,
                        .forgotten = each.forgotten,
                        .paged = each.paged,
                        .woken = each.woken});
  }
  return entities;
}

LiveCosts ServedFeatures::costs() {
  const std::shared_ptr<LiveFeatures> live = this->live();
  LiveCosts costs{.commits = &commits_, .state_bytes = live->memory_bytes()};
  std::map<std::string, int64_t> unsettled;  // told of each source, and the same for those of one entity
  for (const LiveSource& each : live->sources()) unsettled[each.entity] = each.unsettled;
  for (const auto& [entity, events] : unsettled) costs.unsettled += events;
  return costs;
}

}  // namespace headrace
