/// How a stream has events wait whose time has not come, and how it judges those that are not there any more.

#include "engine/stream/entity_stream.h"

namespace headrace {

PushResult EntityStream::pass_forgotten(size_t source, uint32_t lane, int64_t time, int64_t now) {
  release_waiting(now);
  PushResult result;
  Watermark& watermark = watermarks_[source];
  watermark.advance(now);
  const bool is_covered = time < covered_to_[source];
  const bool is_late = !is_covered && (time < watermark.value() || is_finished_);
  if (is_late || time > latest_time(source, now)) {
    result.left_out.push_back({0, is_late ? LeftOutRow::Reason::kLate : LeftOutRow::Reason::kAhead, 0});
    return result;
  }
  if (is_covered) result.left_out.push_back({0, LeftOutRow::Reason::kCovered, 0});
  result.accepted = is_covered ? 0 : 1;
  if (time > now) {
    result.ahead = result.accepted;
    let_wait(time, source, lane, 0);
  } else {
    watermark.observe(lane, time, now);
    watermark.advance(now);
  }
  return result;
}

/// The latest time of an event that is taken at a time of the clock.
int64_t EntityStream::latest_time(size_t source, int64_t now) const {
  const auto own = options_.max_ahead_of.find(layout_.sources[source].request.source);
  const std::optional<Duration> ahead = own == options_.max_ahead_of.end() ? options_.max_ahead : own->second;
  int64_t latest;
  return !ahead || __builtin_add_overflow(now, ahead->us, &latest) ? kTimeMax : latest;
}

/// An event that is larger than all that may wait has no room either.
bool EntityStream::has_room(size_t source, int64_t bytes) const {
  const auto own = options_.ahead_max_of.find(layout_.sources[source].request.source);
  const StreamOptions::AheadMax& max = own == options_.ahead_max_of.end() ? options_.ahead_max : own->second;
  const AheadTotals& waiting = ahead_totals_[source];
  return waiting.events < max.events && waiting.bytes + bytes <= max.bytes;
}

void EntityStream::let_wait(int64_t time, size_t source, uint32_t lane, int64_t bytes) {
  ahead_.insert({time, static_cast<uint32_t>(source), lane, static_cast<uint32_t>(bytes)});
  ++ahead_totals_[source].events;
  ahead_totals_[source].bytes += bytes;
}

void EntityStream::release_waiting(int64_t now) {
  while (!ahead_.empty() && ahead_.begin()->time <= now) {
    const Ahead& event = *ahead_.begin();
    watermarks_[event.source].observe(event.lane, event.time, now);
    --ahead_totals_[event.source].events;
    ahead_totals_[event.source].bytes -= event.bytes;
    ahead_.erase(ahead_.begin());
  }
  for (BlockSlice& slice : waiting_.cut(now + 1).slices) admit(std::move(slice));
}

}  // namespace headrace
