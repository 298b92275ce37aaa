#include "engine/stream/watermark.h"

#include "base/check.h"

#include <algorithm>

namespace headrace {

void Watermark::resize(size_t count) {
  if (count > lanes_.size()) lanes_.resize(count);
}

void Watermark::observe(size_t lane, int64_t time, int64_t now) {
  CHECK_LE(time, now);
  resize(lane + 1);
  lanes_[lane].newest = std::max(lanes_[lane].newest, time);
  lanes_[lane].quiet_since = kTimeMax;
}

void Watermark::set_drained(size_t lane, bool is_drained, int64_t now) {
  resize(lane + 1);
  int64_t& since = lanes_[lane].quiet_since;
  since = is_drained ? std::min(since, now) : kTimeMax;
}

std::set<uint32_t> Watermark::drained_lanes() const {
  std::set<uint32_t> drained;
  for (size_t lane = 0; lane < lanes_.size(); ++lane) {
    if (lanes_[lane].quiet_since != kTimeMax) drained.insert(static_cast<uint32_t>(lane));
  }
  return drained;
}

void Watermark::store(StateWriter& writer) const {
  writer.value(value_);
  writer.word(lanes_.size());
  for (const Lane& lane : lanes_) {
    writer.value(lane.newest);
    writer.value(lane.quiet_since);
  }
}

void Watermark::restore(StateReader& reader) {
  value_ = reader.number();
  lanes_.resize(reader.count(16));
  for (Lane& lane : lanes_) {
    lane.newest = reader.number();
    lane.quiet_since = reader.number();
  }
}

bool Watermark::is_idle(const Lane& lane, int64_t now) const {
  return idle_after_ && lane.quiet_since != kTimeMax && now - lane.quiet_since >= idle_after_->us;
}

int64_t Watermark::advance(int64_t now) {
  if (lanes_.empty()) return value_;
  int64_t least = kTimeMax;
  for (const Lane& lane : lanes_) {
    if (!is_idle(lane, now)) least = std::min(least, lane.newest);
  }
  if (least == kTimeMin) return value_;

  const int64_t newest = least == kTimeMax ? now - idle_after_->us : least;  // kTimeMax: all are idle
  int64_t behind;
  if (__builtin_sub_overflow(newest, lateness_us_, &behind)) return value_;
  return value_ = std::max(value_, behind);
}

}  // namespace headrace
