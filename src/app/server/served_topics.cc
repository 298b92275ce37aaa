#include "app/server/served_topics.h"

#include "app/command_line.h"
#include "app/server/serve_options.h"
#include "brokers/kafka_feed.h"

#include <fmt/format.h>

namespace headrace {
namespace {

std::string option_of(const StreamLocation& stream, const std::string& name) {
  const auto found = stream.options.find(name);
  return found == stream.options.end() ? "" : found->second;
}

}  // namespace

Result<ServedTopics> ServedTopics::open(const ServedEnvironment& environment, const EventLog& log) {
  ASSIGN_OR_RETURN(std::vector<LanePosition> positions, log.positions());
  return ServedTopics(environment, std::move(positions));
}

Status ServedTopics::feed(ServedFeatures& values) const {
  if (!environment_.kafka) return {};
  const std::shared_ptr<LiveFeatures> live = values.live();
  for (const PlanSource& source : live->plan().sources) {
    if (!source.stream || source.stream->kind != StreamKind::kKafka) continue;
    if (values.feed_of(source.name) != "push") continue;
    KafkaOptions options;
    options.source = source.name;
    options.topic = option_of(*source.stream, "topic");
    options.brokers = environment_.kafka->brokers;
    if (options.brokers.empty()) options.brokers = option_of(*source.stream, "brokers");
    options.group = environment_.kafka->group;
    if (options.group.empty()) options.group = option_of(*source.stream, "group");
    if (options.group.empty()) options.group = "headrace-" + environment_.name;
    options.settings = environment_.kafka->settings;
    options.positions = positions_;
    const auto idle = environment_.idle_after.find(source.name);
    options.idle_after = idle == environment_.idle_after.end() ? std::optional(kIdleAfter) : idle->second;

    Result<std::unique_ptr<EventFeed>> feed = open_kafka_feed(std::move(options));
    if (!feed) return feed.error().with_context(fmt::format("source `{}`", source.name));
    values.feed(*std::move(feed), "kafka", [name = source.name](const Status& status) {
      if (!status.ok()) {
        report_error(status.error().with_context(
            fmt::format("source `{}` has stopped, and reads go on without its news", name)));
      }
    });
  }
  return {};
}

}  // namespace headrace
