#include "app/server/shared_values.h"

#include "app/server/topic_gaps.h"
#include "brokers/kafka_offsets.h"
#include "engine/stream/counted_position.h"
#include "plan/reach.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace headrace {
namespace {

/// A server that is so little behind has read that before anybody could tell.
constexpr double kBehindMax = 1000;
/// Later than any message.
constexpr EventTime kAfterAll{253'402'300'799'000'000};

/// By source: how long before now events matter for what is answered; nothing: for ever.
std::vector<std::optional<Duration>> needed_of(const Plan& plan, const std::optional<Duration>& history) {
  std::vector<size_t> features(plan.features.size());
  std::iota(features.begin(), features.end(), size_t{0});
  std::vector<std::optional<Duration>> reach = reach_of_sources(plan, features);
  Duration longest{0};
  for (const std::optional<Duration>& each : reach) longest.us = std::max(longest.us, each.value_or(Duration{0}).us);
  for (std::optional<Duration>& each : reach) {
    if (each) each->us += history.value_or(longest).us;
  }
  return reach;
}

}  // namespace

std::string SharedValues::missing() const {
  const Result<std::vector<TopicGap>> gaps = gaps_of(log_);
  if (!gaps) return gaps.error().message();
  if (gaps->empty()) return {};
  const std::shared_ptr<LiveFeatures> live = values_->live();
  const Plan& plan = live->plan();
  const std::vector<std::optional<Duration>> needed = needed_of(plan, history_);
  const std::vector<LiveSource> sources = live->sources();

  for (size_t s = 0; s < plan.sources.size(); ++s) {
    const std::string& name = plan.sources[s].name;
    const auto known = std::ranges::find(sources, name, &LiveSource::name);
    std::optional<EventTime> needed_from;
    if (needed[s]) needed_from = EventTime{values_->now().us - needed[s]->us};
    if (known != sources.end() && known->cut)
      needed_from = std::max(needed_from.value_or(known->cut->at), known->cut->at);
    for (const TopicGap& gap : *gaps) {
      if (gap.source != name || (needed_from && gap.to <= *needed_from)) continue;
      return fmt::format(
          "events of `{}` are missing: {} removed those before {} from its topic, and windows need them "
          "from {} on; fill them from files (`fill` of the source in environments.yaml), copy the store of "
          "another server (`headrace store backup`), or let the broker keep them longer",
          name, gap.place, to_string(gap.to), needed_from ? to_string(*needed_from) : "the first one");
    }
  }
  return {};
}

std::string SharedValues::why_not() const {
  if (std::string gap = missing(); !gap.empty()) return gap;
  for (const SourceStatus& source : values_->sources()) {
    if (source.state != "running") return fmt::format("`{}` is {} here", source.name, source.state);
    if (!source.lag) {
      return source.problem.empty() ? fmt::format("`{}`: its broker has not answered yet", source.name)
                                    : fmt::format("`{}`: {}", source.name, source.problem);
    }
    if (static_cast<double>(*source.lag) > kBehindMax + source.per_second)
      return fmt::format("`{}` has {} messages to be read first", source.name, *source.lag);
  }
  return {};
}

std::string SharedValues::not_ready() {
  if (was_read_) return missing();
  std::string reason = why_not();
  if (reason.empty()) was_read_ = true;
  return reason;
}

/// A group is of one cluster.
std::vector<KafkaOptions> SharedValues::topics_of_group() const {
  std::vector<KafkaOptions> topics = topics_.topics(*values_);
  std::erase_if(topics, [&](const KafkaOptions& each) { return each.brokers != brokers_; });
  return topics;
}

Result<std::vector<ShownOffset>> SharedValues::ends() const {
  std::vector<ShownOffset> ends;
  for (const KafkaOptions& topic : topics_of_group()) {
    ASSIGN_OR_RETURN(const std::vector<int64_t> offsets, kafka_offsets_at(topic, kAfterAll));
    for (size_t i = 0; i < offsets.size(); ++i) ends.push_back({topic.topic, static_cast<int32_t>(i), offsets[i]});
  }
  return ends;
}

Result<std::vector<ShownOffset>> SharedValues::positions() const {
  std::vector<ShownOffset> shown;
  ASSIGN_OR_RETURN(const std::vector<LanePosition> positions, log_.positions());
  for (const KafkaOptions& topic : topics_of_group()) {
    for (const LanePosition& each : positions) {
      const auto offset = offset_of_position(each.position, topic.topic);
      if (each.source == topic.source && offset)
        shown.push_back({topic.topic, static_cast<int32_t>(each.lane), *offset});
    }
  }
  return shown;
}

}  // namespace headrace
