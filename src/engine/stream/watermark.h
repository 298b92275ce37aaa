#pragma once

/// The watermark of one source (language, section 1): no event before it is accepted any more.
///
/// A source comes in lanes: the partitions of a topic, one for files and pushes. The watermark is the newest event time
/// of the slowest lane that is not idle, less the allowed lateness, and never goes back. A lane is idle when the outside
/// said that nothing is left and it brought nothing for `idle_after` since; while all are idle, the watermark follows
/// the clock. Events ahead of the clock are not told to it before their time has come.
///
/// Not thread-safe.

#include "compute/aggregates/state_bytes.h"
#include "data/time.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace headrace {

class Watermark {
 public:
  /// `idle_after`: nothing for never.
  Watermark(Duration allowed_lateness, std::optional<Duration> idle_after)
      : lateness_us_(allowed_lateness.us), idle_after_(idle_after) {}

  /// Makes lanes 0 to count − 1 known. A lane that brought nothing yet holds the watermark where it is.
  void resize(size_t count);
  size_t lanes() const { return lanes_.size(); }

  /// An event of the lane was accepted at the clock's time `now`. REQUIRES: time <= now.
  void observe(size_t lane, int64_t time, int64_t now);
  /// The lane was asked and has nothing left (true), or nobody knows (false): an outage, a pause, our own start.
  void set_drained(size_t lane, bool is_drained, int64_t now);

  /// Of which is known that nothing is left.
  std::set<uint32_t> drained_lanes() const;

  void store(StateWriter& writer) const;
  /// REQUIRES: no lane is known.
  void restore(StateReader& reader);

  /// Moves on with the clock, which never goes back; returns the watermark, kTimeMin before the first event.
  int64_t advance(int64_t now);
  int64_t value() const { return value_; }

 private:
  struct Lane {
    int64_t newest = kTimeMin;
    int64_t quiet_since = kTimeMax;  // the clock when it was first found drained after it last brought something
  };

  bool is_idle(const Lane& lane, int64_t now) const;

  int64_t lateness_us_;
  std::optional<Duration> idle_after_;
  std::vector<Lane> lanes_;
  int64_t value_ = kTimeMin;
};

}  // namespace headrace
