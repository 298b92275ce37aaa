/// Sources as people operate them: what feeds each, and how that is paused, goes on, and is read again.

#include "app/command_line.h"
#include "app/server/served_features.h"
#include "app/server/served_topics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace headrace {
namespace {

std::string word_of(SourceState::Kind kind) {
  switch (kind) {
    case SourceState::Kind::kRunning: return "running";
    case SourceState::Kind::kPaused: return "paused";
    case SourceState::Kind::kStopped: return "stopped";
  }
  return "";
}

RewindStatus status_of(const RewindState& rewind, const JudgedAgain& again) {
  return {.to = rewind.to,
          .messages = rewind.messages,
          .read = rewind.read,
          .kept_before = rewind.kept_before,
          .accepted = again.accepted,
          .late = again.left_out.late,
          .unreadable = again.left_out.unreadable,
          .too_far_ahead = again.left_out.ahead,
          .is_over = rewind.is_over};
}

}  // namespace

bool ServedFeatures::is_fed(const std::string& source) const {
  const std::shared_lock lock(feeds_mutex_);
  return std::ranges::any_of(feeds_, [&](const Feed& feed) {
    const std::vector<FeedState> states = feed.runner->state();
    return std::ranges::find(states, source, &FeedState::source) != states.end();
  });
}

/// What feeds a source, and how that goes.
void ServedFeatures::set_feed(const LiveSource& source, SourceStatus& status) const {
  const SourceState state = states_->of(status.name);
  status.feed = state.feed;
  status.state = word_of(state.kind);
  if (state.kind != SourceState::Kind::kRunning) {
    status.state_since = EventTime{state.since_us};
    status.problem = state.kind == SourceState::Kind::kStopped
                         ? state.problem
                         : fmt::format("paused; `headrace source resume {}` goes on", status.name);
  }
  const std::shared_lock lock(feeds_mutex_);
  for (const Feed& feed : feeds_) {
    for (const FeedState& fed : feed.runner->state()) {
      if (fed.source != status.name) continue;
      status.feed = feed.kind;
      status.lag = fed.lag;
      if (status.problem.empty()) status.problem = fed.problem;
      if (fed.rewind) status.rewind = status_of(*fed.rewind, source.judged_again);
    }
  }
}

/// What is known of messages that a broker brings again.
void ServedFeatures::set_messages(const LiveSource& source, SourceStatus& status) const {
  if (!source.messages) return;
  status.repeated = source.messages->repeated;
  if (source.messages->shortest_kept.us == 0 || !status.problem.empty()) return;
  const auto own = options_.dedupe_for_of.find(status.name);
  status.problem =
      fmt::format("more messages come than ids of {} are kept for: one that comes again after {} s would count twice",
                  to_string(own == options_.dedupe_for_of.end() ? options_.dedupe_for : own->second),
                  source.messages->shortest_kept.us / kMicrosPerSecond);
}

/// What the feed of a source brought is taken, and its lanes are no longer known to be drained, so that none becomes idle.
Status ServedFeatures::end_feed(const std::string& source) {
  std::vector<Feed> ended;
  {
    const std::unique_lock lock(feeds_mutex_);
    const auto others = std::stable_partition(feeds_.begin(), feeds_.end(), [&](const Feed& feed) {
      const std::vector<FeedState> states = feed.runner->state();
      return std::ranges::find(states, source, &FeedState::source) == states.end();
    });
    ended.assign(std::make_move_iterator(others), std::make_move_iterator(feeds_.end()));
    feeds_.erase(others, feeds_.end());
  }
  ended.clear();  // waits for their threads, which need what the lock is of
  const std::shared_lock going(pushes_);
  return live()->hold(source);
}

Status ServedFeatures::feed_topics() {
  const std::lock_guard operating(operations_);
  if (topics_ == nullptr) return {};
  const std::shared_ptr<LiveFeatures> live = this->live();
  Status ended;
  for (const PlanSource& source : live->plan().sources) {
    const Status own = end_other_feed(source);
    if (ended.ok()) ended = own.ok() ? own : own.error().with_context(fmt::format("source `{}`", source.name));
  }
  const Status fed = topics_->feed(*this);
  const std::unique_lock lock(feeds_mutex_);
  refeds_.clear();
  return fed.ok() ? ended : fed;
}

/// Nothing happens to a source whose feed reads what the definition says.
Status ServedFeatures::end_other_feed(const PlanSource& source) {
  std::string kind;
  const std::string reading = topics_->reading_of(source);
  {
    const std::shared_lock lock(feeds_mutex_);
    for (const Feed& feed : feeds_) {
      const std::vector<FeedState> states = feed.runner->state();
      const bool feeds_it = std::ranges::find(states, source.name, &FeedState::source) != states.end();
      if (feeds_it && feed.reading != reading) kind = feed.kind;
    }
  }
  if (kind.empty()) return {};
  RETURN_IF_ERROR(topics_->check(source, *this));
  if (!reading.empty()) {
    const std::unique_lock lock(feeds_mutex_);
    refeds_[source.name] = kind;  // takes no pushes meanwhile
  }
  return end_feed(source.name);
}

std::optional<ApiError> ServedFeatures::why_not_operated() const {
  if (options_.log != nullptr) return std::nullopt;
  return ApiError{.status = 409,
                  .code = "conflict",
                  .message = "this server replays files, from their begin to their end",
                  .help = "stop it, and start it with other files or another --start"};
}

ApiOr<SourceChange> ServedFeatures::change_of(const std::string& source, std::string remark) const {
  const SourceState state = states_->of(source);
  SourceChange change{.source = source, .state = word_of(state.kind), .remark = std::move(remark)};
  if (state.kind != SourceState::Kind::kRunning) change.since = EventTime{state.since_us};
  return change;
}

ApiOr<SourceChange> ServedFeatures::pause_source(const std::string& source) {
  if (std::optional<ApiError> why = why_not_operated()) return *std::move(why);
  const std::lock_guard operating(operations_);
  if (const Status known = live()->hold(source); !known.ok()) return not_kept(known.error());
  if (states_->of(source).kind != SourceState::Kind::kRunning) return change_of(source, "it was so before");

  const std::string feed = feed_of(source);
  const int64_t now_us = now().us;
  const Status paused = states_->change(source, [&](SourceState& state) {
    state.kind = SourceState::Kind::kPaused;
    state.since_us = now_us;
    state.feed = feed;
  });
  if (!paused.ok()) return not_kept(paused.error());
  if (const Status ended = end_feed(source); !ended.ok()) return not_kept(ended.error());
  {
    const std::unique_lock none(pushes_);
  }  // those in work are answered
  return change_of(source, feed == "push" ? "pushes are refused until it is resumed"
                           : feed == "pubsub"
                               ? "its subscription is not read until it is resumed"
                               : "its topic is not read until it is resumed, and it does not become idle");
}

/// From the thread of the feed: the source stays so over a start, until somebody resumes it.
Status ServedFeatures::stop_source(const BadMessage& bad) {
  const std::string feed = feed_of(bad.source);
  const int64_t now_us = now().us;
  const std::string place = feed == "pubsub" ? fmt::format("message {}", bad.offset)
                                             : fmt::format("partition {}, offset {}", bad.lane, bad.offset);
  const std::string problem = fmt::format("stopped before {}, which cannot be read: {}", place, bad.problem);
  const std::string help = fmt::format(
      "put the definition right and `headrace source resume {}`, or leave the message out "
      "with --skip",
      bad.source);
  RETURN_IF_ERROR(states_->change(bad.source, [&](SourceState& state) {
    state.kind = SourceState::Kind::kStopped;
    state.since_us = now_us;
    state.feed = feed;
    state.problem = fmt::format("{}; {}", problem, help);
    state.stopped_at = SourceState::Message{bad.lane, bad.offset};
  }));
  {
    const std::shared_lock going(pushes_);
    RETURN_IF_ERROR(live()->hold(bad.source));
  }
  return Error::data(problem).with_help(help);
}

ApiOr<SourceChange> ServedFeatures::resume_source(const std::string& source, bool skips) {
  if (std::optional<ApiError> why = why_not_operated()) return *std::move(why);
  const std::lock_guard operating(operations_);
  if (const Status known = live()->hold(source); !known.ok()) return not_kept(known.error());
  const bool was_running = states_->of(source).kind == SourceState::Kind::kRunning;
  bool has_failed = false;
  {
    const std::shared_lock lock(feeds_mutex_);
    for (const Feed& feed : feeds_) {
      const std::vector<FeedState> states = feed.runner->state();
      if (std::ranges::find(states, source, &FeedState::source) == states.end()) continue;
      has_failed = feed.runner->has_failed();
    }
  }
  if (skips && !states_->of(source).stopped_at) {
    return ApiError{.status = 409,
                    .code = "conflict",
                    .message = fmt::format("no message has stopped `{}`, so that none can be skipped", source),
                    .help = "resume it without skipping"};
  }
  if (was_running && !has_failed) return change_of(source, "it was so before");

  // One that failed is begun anew where the store says.
  if (const Status ended = end_feed(source); !ended.ok()) return not_kept(ended.error());
  const Status resumed = states_->change(source, [&](SourceState& state) {
    if (skips) state.skipped = state.stopped_at;
    state.kind = SourceState::Kind::kRunning;
    state.problem.clear();
    state.stopped_at.reset();
    state.feed = "push";  // whoever feeds it says so
  });
  if (!resumed.ok()) return not_kept(resumed.error());
  if (topics_ != nullptr) {
    if (const Status fed = topics_->feed(*this); !fed.ok()) return ApiError::of(fed.error());
  }
  if (skips) return change_of(source, "the message is left out, and can be seen with `headrace left-out`");
  return change_of(source, !is_fed(source)               ? "pushes are taken"
                           : feed_of(source) == "pubsub" ? "its subscription is read on"
                                                         : "its topic is read on from where it was");
}

ApiOr<SourceChange> ServedFeatures::rewind_source(const RewindRequest& request) {
  if (std::optional<ApiError> why = why_not_operated()) return *std::move(why);
  const std::string& source = request.source;
  const std::lock_guard operating(operations_);
  if (const Status known = live()->hold(source); !known.ok()) return not_kept(known.error());
  if (feed_of(source) == "pubsub") {
    return ApiError{
        .status = 409,
        .code = "conflict",
        .message = fmt::format("`{}` is read from a subscription, which has no offsets to go back to", source),
        .help =
            fmt::format("those that were left out are kept here: `headrace left-out {} --format ndjson` gives them, "
                        "to be repaired and published again",
                        source)};
  }
  if (feed_of(source) != "kafka" || topics_ == nullptr) {
    return ApiError{
        .status = 409,
        .code = "conflict",
        .message = fmt::format("the events of `{}` are pushed: there is nothing to read again", source),
        .help = fmt::format("those that were left out are kept here: `headrace left-out {} --format ndjson` "
                            "gives them, to be repaired and pushed again",
                            source)};
  }

  // Nothing comes meanwhile, so that the ends of the lanes stay where they are.
  if (const Status ended = end_feed(source); !ended.ok()) return not_kept(ended.error());
  Result<SourceRewind> rewind = topics_->find_messages(*this, source, request.to);
  int64_t messages = 0;
  Status changed = rewind ? Status() : Status(rewind.error());
  if (rewind) {
    for (const SourceRewind::Lane& lane : rewind->lanes) messages += lane.end - lane.first;
    changed = states_->change(source, [&](SourceState& state) {
      state.rewind = messages > 0 ? std::optional(*std::move(rewind)) : std::nullopt;
    });
  }
  const Status fed = topics_->feed(*this);
  if (!changed.ok()) return not_kept(changed.error());
  if (!fed.ok()) return ApiError::of(fed.error());
  ApiOr<SourceChange> answer =
      change_of(source, messages == 0 ? "the topic has no message from then on that was read before"
                        : states_->of(source).kind == SourceState::Kind::kRunning
                            ? "those that were left out are judged again; the others were kept and are passed over"
                            : "they are read again when the source is resumed");
  std::get<SourceChange>(answer).messages = messages;
  return answer;
}

void ServedFeatures::end_rewind(const std::string& source) {
  const Status ended = states_->change(source, [](SourceState& state) { state.rewind.reset(); });
  if (!ended.ok())
    report_warning(fmt::format("`{}` will be read again at the next start: {}", source, ended.error().message()));
}

}  // namespace headrace
