#include "session/live/rewound_feed.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <variant>

namespace headrace {
namespace {

constexpr size_t kPlacesPage = 1000;

}  // namespace

RewoundFeed::RewoundFeed(std::unique_ptr<EventFeed> feed, const SourceRewind& rewind,
                         const std::vector<LeftOutEvent>& left_out, Done done)
    : feed_(std::move(feed)), done_(std::move(done)) {
  progress_.to = rewind.to;
  for (const SourceRewind::Lane& each : rewind.lanes) {
    lanes_[each.lane] = {each.first, each.end, each.position};
    progress_.messages += std::max<int64_t>(0, each.end - each.first);
  }
  for (const LeftOutEvent& event : left_out) {
    if (!event.offset) continue;
    LeftOut& found = left_out_[{event.lane, *event.offset}];
    found.places.push_back({event.push, event.index});
    found.reason = event.reason;
  }
}

Result<std::vector<FedEvents>> RewoundFeed::poll(Duration wait) {
  ASSIGN_OR_RETURN(std::vector<FedEvents> events, feed_->poll(wait));
  if (is_done_) return events;
  std::vector<FedEvents> out;
  for (FedEvents& fed : events) {
    const auto lane = lanes_.find(fed.lane);
    if (lane == lanes_.end() || lane->second.is_over()) {
      out.push_back(std::move(fed));
    } else {
      split(std::move(fed), lane->second, out);
    }
  }
  return out;
}

/// Into what is judged again and what comes for the first time; what was taken in before is in neither.
void RewoundFeed::split(FedEvents fed, Lane& lane, std::vector<FedEvents>& out) {
  std::string_view rest = std::get<std::string>(fed.events);
  FedEvents again{.source = fed.source, .lane = fed.lane, .events = std::string(), .position = lane.position};
  FedEvents first_time{.source = fed.source, .lane = fed.lane, .events = std::string(), .position = fed.position};
  std::string again_lines, first_lines;
  int64_t read = 0, kept = 0;
  for (const int64_t offset : fed.offsets) {
    const size_t size = std::min(rest.find('\n'), rest.size() - 1) + 1;
    const std::string_view line = rest.substr(0, size);
    rest.remove_prefix(size);

    lane.next = offset + 1;
    if (offset >= lane.end) {
      first_lines += line;
      first_time.offsets.push_back(offset);
      continue;
    }
    ++read;
    const auto found = left_out_.find({fed.lane, offset});
    if (found == left_out_.end()) {
      ++kept;
      continue;
    }
    again_lines += line;
    again.offsets.push_back(offset);
    again.taken_back.insert(again.taken_back.end(), found->second.places.begin(), found->second.places.end());
    again.counted_before.add(found->second.reason);
    left_out_.erase(found);
  }
  // At the end of the topic there is nothing more, whatever the offsets say: some may be of no message.
  if (fed.is_drained.value_or(false)) lane.next = std::max(lane.next, lane.end);

  {
    const std::lock_guard lock(mutex_);
    progress_.read += read;
    progress_.kept_before += kept;
    progress_.left_out.late += again.counted_before.late;
    progress_.left_out.unreadable += again.counted_before.unreadable;
    progress_.left_out.ahead += again.counted_before.ahead;
  }
  if (!again.offsets.empty()) {
    again.events = std::move(again_lines);
    out.push_back(std::move(again));
  }
  if (first_time.offsets.empty() && !fed.is_drained) return;
  if (first_time.offsets.empty()) first_time.position.clear();
  first_time.events = std::move(first_lines);
  first_time.is_drained = fed.is_drained;
  out.push_back(std::move(first_time));
}

void RewoundFeed::commit() {
  feed_->commit();
  if (is_done_ || !std::ranges::all_of(lanes_, [](const auto& lane) { return lane.second.is_over(); })) return;
  is_done_ = true;
  {
    const std::lock_guard lock(mutex_);
    progress_.is_over = true;
  }
  done_();
}

std::vector<FeedState> RewoundFeed::state() const {
  std::vector<FeedState> states = feed_->state();
  const std::lock_guard lock(mutex_);
  for (FeedState& each : states) each.rewind = progress_;
  return states;
}

Result<std::vector<LeftOutEvent>> places_left_out(const EventLog& log, const std::string& source) {
  std::vector<LeftOutEvent> all;
  LeftOutPlace after;
  while (true) {
    ASSIGN_OR_RETURN(std::vector<LeftOutEvent> page, log.left_out(source, after, kPlacesPage));
    if (page.empty()) return all;
    after = {page.back().push, page.back().index};
    for (LeftOutEvent& event : page) {
      event.record = event.problem = std::string();
      all.push_back(std::move(event));
    }
  }
}

}  // namespace headrace
