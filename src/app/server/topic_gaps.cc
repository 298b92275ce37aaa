#include "app/server/topic_gaps.h"

#include "base/clock.h"
#include "brokers/kafka_offsets.h"
#include "compute/aggregates/state_bytes.h"
#include "engine/stream/counted_position.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace headrace {
namespace {

const std::string kGapNotes = "topic gap ";

std::string to_bytes(const TopicGap& gap) {
  std::string bytes;
  StateWriter writer(bytes);
  writer.text(gap.source);
  writer.text(gap.place);
  writer.value(gap.to.us);
  return bytes;
}

}  // namespace

Result<std::vector<TopicGap>> gaps_of(const EventLog& log) {
  std::vector<TopicGap> gaps;
  ASSIGN_OR_RETURN(const auto notes, log.notes(kGapNotes));
  for (const auto& [name, bytes] : notes) {
    TextPool texts;
    StateReader reader(bytes, texts);
    TopicGap& gap = gaps.emplace_back();
    gap.source = reader.text();
    gap.place = reader.text();
    gap.to.us = reader.number();
    if (!reader.ok() || !reader.at_end())
      return Error::data(fmt::format("the note of a gap of `{}` in the store is damaged", name));
  }
  return gaps;
}

Status SharedFeed::note_gap(const std::string& lane, std::string place, EventTime to) {
  return log_.note(fmt::format("{}{} {}", kGapNotes, options_.source, lane),
                   to_bytes({.source = options_.source, .place = std::move(place), .to = to}));
}

Status SharedFeed::find_gaps() {
  ASSIGN_OR_RETURN(const std::vector<TopicBegin> begins, kafka_begins(options_));
  for (size_t lane = 0; lane < begins.size(); ++lane) {
    int64_t next = 0;
    for (const LanePosition& each : options_.positions) {
      if (each.source == options_.source && each.lane == lane)
        next = offset_of_position(each.position, options_.topic).value_or(0);
    }
    const TopicBegin& begin = begins[lane];
    if (begin.first_offset <= next) continue;
    RETURN_IF_ERROR(note_gap(
        std::to_string(lane),
        fmt::format("{} (partition {}, offsets {} to {})", options_.brokers, lane, next, begin.first_offset - 1),
        begin.first_time.value_or(EventTime{system_clock().now_us()})));
  }
  return {};
}

Result<std::vector<FedEvents>> SharedFeed::poll(Duration wait) {
  if (is_stopped_) return std::vector<FedEvents>();
  if (!is_looked_at_) {
    const Status found = find_gaps();
    if (!found.ok() && found.error().kind() != ErrorKind::kUnavailable) return found.error();
    {
      const std::lock_guard lock(mutex_);
      problem_ = found.ok() ? "" : found.error().message();
    }
    if (!found.ok()) return std::vector<FedEvents>();
    is_looked_at_ = true;
  }

  ASSIGN_OR_RETURN(std::vector<FedEvents> events, feed_->poll(wait));
  int64_t removed = 0;
  for (const FeedState& each : feed_->state()) removed += each.removed;
  if (std::exchange(removed_, removed) < removed) {
    const EventTime now{system_clock().now_us()};
    RETURN_IF_ERROR(note_gap(
        "later", fmt::format("{} ({} messages that this server was to read)", options_.brokers, removed), now));
  }
  return events;
}

void SharedFeed::stop() {
  is_stopped_ = true;
  feed_->stop();
}

std::vector<FeedState> SharedFeed::state() const {
  std::vector<FeedState> states = feed_->state();
  if (is_looked_at_) return states;
  const std::lock_guard lock(mutex_);
  for (FeedState& each : states) {
    each.lag.reset();
    each.problem = problem_;
  }
  return states;
}

}  // namespace headrace
