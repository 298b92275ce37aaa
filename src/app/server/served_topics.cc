#include "app/server/served_topics.h"

#include "app/command_line.h"
#include "app/server/serve_options.h"
#include "app/server/served_messages.h"
#include "app/server/served_subscriptions.h"
#include "app/server/topic_gaps.h"
#include "brokers/kafka_offsets.h"
#include "engine/stream/counted_position.h"
#include "session/live/rewound_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace headrace {
namespace {

std::string option_of(const StreamLocation& stream, const std::string& name) {
  const auto found = stream.options.find(name);
  return found == stream.options.end() ? "" : found->second;
}

/// The position of a source's lane; null: it has none.
LanePosition* find_position(std::vector<LanePosition>& positions, const std::string& source, uint32_t lane) {
  const auto found = std::ranges::find_if(
      positions, [&](const LanePosition& each) { return each.source == source && each.lane == lane; });
  return found == positions.end() ? nullptr : &*found;
}

/// Tells why a source is fed no longer.
FeedRunner::Ended tell_end_of(const std::string& source) {
  return [source](const Status& status) {
    if (status.ok()) return;
    report_error(
        status.error().with_context(fmt::format("source `{}` has stopped, and reads go on without its news", source)));
  };
}

}  // namespace

/// Nothing: no topic of it is read here.
std::optional<KafkaOptions> ServedTopics::options_of(const PlanSource& source,
                                                     const std::vector<LanePosition>& positions) const {
  if (!environment_.kafka || !source.stream || source.stream->kind != StreamKind::kKafka) return std::nullopt;
  KafkaOptions options;
  options.source = source.name;
  options.topic = option_of(*source.stream, "topic");
  options.brokers = environment_.kafka->brokers;
  if (options.brokers.empty()) options.brokers = option_of(*source.stream, "brokers");
  options.group = environment_.kafka->group;
  if (options.group.empty()) options.group = option_of(*source.stream, "group");
  if (options.group.empty()) options.group = "headrace-" + environment_.name;
  options.settings = environment_.kafka->settings;
  options.positions = positions;
  const auto idle = environment_.idle_after.find(source.name);
  options.idle_after = idle == environment_.idle_after.end() ? std::optional(kIdleAfter) : idle->second;
  return options;
}

/// A topic that is to be read again begins there, and passes what was taken in before over.
Result<std::unique_ptr<EventFeed>> ServedTopics::open_feed(const PlanSource& definition, KafkaOptions options,
                                                           ServedFeatures& values) const {
  const std::string source = options.source;
  ASSIGN_OR_RETURN(std::unique_ptr<MessageDecoder> decoder, open_decoder(environment_, definition));
  std::optional<SourceRewind> rewind = values.states().of(source).rewind;
  if (rewind) {
    // Of another topic there is nothing to read again.
    std::erase_if(rewind->lanes, [&](const SourceRewind::Lane& lane) {
      return lane.first >= lane.end || !offset_of_position(lane.position, options.topic);
    });
    for (const SourceRewind::Lane& lane : rewind->lanes) {
      LanePosition* const position = find_position(options.positions, source, lane.lane);
      if (position != nullptr) position->position = counted_position(lane.first, options.topic);
    }
  }
  ASSIGN_OR_RETURN(std::unique_ptr<EventFeed> feed, open_kafka_feed(options, std::move(decoder)));
  if (role_ != ServerRole::kAlone) {
    // Where servers stand by for each other, the owner shows the offsets, as a member of the group.
    const bool commits = role_ == ServerRole::kReplica;
    feed = std::make_unique<SharedFeed>(std::move(feed), std::move(options), log_, commits);
  }
  if (!rewind) return feed;
  ASSIGN_OR_RETURN(const std::vector<LeftOutEvent> left_out, places_left_out(log_, source));
  return std::unique_ptr<EventFeed>(std::make_unique<RewoundFeed>(std::move(feed), *rewind, left_out,
                                                                  [&values, source] { values.end_rewind(source); }));
}

std::vector<KafkaOptions> ServedTopics::topics(const ServedFeatures& values) const {
  std::vector<KafkaOptions> topics;
  const std::shared_ptr<LiveFeatures> live = values.live();
  for (const PlanSource& source : live->plan().sources) {
    if (std::optional<KafkaOptions> options = options_of(source, {})) topics.push_back(*std::move(options));
  }
  return topics;
}

Status ServedTopics::feed(ServedFeatures& values) const {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const std::vector<LanePosition> positions, log_.positions());
  const std::shared_ptr<LiveFeatures> live = values.live();
  for (const PlanSource& source : live->plan().sources) {
    if (values.is_fed(source.name)) continue;
    if (values.states().of(source.name).kind != SourceState::Kind::kRunning) continue;
    RETURN_IF_ERROR(feed_subscription(source, values));
    std::optional<KafkaOptions> options = options_of(source, positions);
    if (!options) continue;

    Result<std::unique_ptr<EventFeed>> feed = open_feed(source, *std::move(options), values);
    if (!feed) return feed.error().with_context(fmt::format("source `{}`", source.name));
    values.feed(*std::move(feed), "kafka", tell_end_of(source.name), reading_of(source));
  }
  return {};
}

/// Event time and unit are what messages of other formats are decoded by.
std::string ServedTopics::reading_of(const PlanSource& source) const {
  if (!source.stream) return "";
  const StreamKind kind = source.stream->kind;
  const bool is_read = kind == StreamKind::kKafka ? environment_.kafka.has_value() : environment_.pubsub.has_value();
  if (!is_read) return "";
  std::string text = fmt::format("{}\nevent_time {}\n", static_cast<int>(kind), source.event_time);
  if (source.unit) text += fmt::format("unit {}\n", static_cast<int>(*source.unit));
  for (const auto& [name, value] : source.stream->options) text += fmt::format("{} {}\n", name, value);
  return text;
}

Status ServedTopics::check(const PlanSource& source, ServedFeatures& values) const {
  ASSIGN_OR_RETURN(const std::optional<PubSubOptions> subscription, subscription_options(source));
  if (subscription) {
    const auto feed = open_pubsub_feed(*subscription);
    return feed.ok() ? Status() : Status(feed.error());
  }
  std::optional<KafkaOptions> options = options_of(source, {});
  if (!options) return {};
  const auto feed = open_feed(source, *std::move(options), values);
  return feed.ok() ? Status() : Status(feed.error());
}

Result<std::optional<PubSubOptions>> ServedTopics::subscription_options(const PlanSource& source) const {
  const char* const emulator = std::getenv("PUBSUB_EMULATOR_HOST");
  return subscription_of(source, environment_, emulator != nullptr ? emulator : "");
}

/// Nothing happens where it is read from none.
Status ServedTopics::feed_subscription(const PlanSource& source, ServedFeatures& values) const {
  ASSIGN_OR_RETURN(const std::optional<PubSubOptions> options, subscription_options(source));
  if (!options) return {};
  Result<std::unique_ptr<EventFeed>> feed = open_pubsub_feed(*options);
  if (!feed) return feed.error().with_context(fmt::format("source `{}`", source.name));
  values.feed(*std::move(feed), "pubsub", tell_end_of(source.name), reading_of(source));
  return {};
}

Result<CompleteTopic> ServedTopics::complete_from(const PlanSource& source) const {
  constexpr char kSayIt[] =
      "say it: `fill: {before: TIME}` of the source in environments.yaml, or --fill-before SOURCE=TIME";
  const std::optional<KafkaOptions> options = options_of(source, {});
  if (!options) {
    return Error::usage(fmt::format("`{}` is read from no topic of Kafka, so that nobody knows from when on its stream "
                                    "has all events",
                                    source.name))
        .with_help(kSayIt);
  }
  ASSIGN_OR_RETURN(const std::vector<TopicBegin> begins, kafka_begins(*options, FirstTimes::kAll));
  const Result<CompleteTopic> complete = headrace::complete_from(begins, source.allowed_lateness);
  if (!complete) return complete.error().with_help(kSayIt);
  return complete;
}

Result<SourceRewind> ServedTopics::find_messages(const ServedFeatures& values, const std::string& source,
                                                 EventTime time) const {
  ASSIGN_OR_RETURN(std::vector<LanePosition> positions, log_.positions());
  const std::shared_ptr<LiveFeatures> live = values.live();
  const auto found = std::ranges::find(live->plan().sources, source, &PlanSource::name);
  std::optional<KafkaOptions> options;
  if (found != live->plan().sources.end()) options = options_of(*found, positions);
  if (!options) return Error::conflict(fmt::format("`{}` is read from no topic", source));

  ASSIGN_OR_RETURN(const std::vector<int64_t> offsets, kafka_offsets_at(*options, time));
  SourceRewind rewind{.to = time};
  for (size_t i = 0; i < offsets.size(); ++i) {
    const auto lane = static_cast<uint32_t>(i);
    const LanePosition* const position = find_position(positions, source, lane);
    const auto end = position != nullptr ? offset_of_position(position->position, options->topic) : std::nullopt;
    // A lane without a position has brought nothing: all of it is still to come.
    if (end && offsets[i] < *end) rewind.lanes.push_back({lane, offsets[i], *end, position->position});
  }
  return rewind;
}

}  // namespace headrace
