#pragma once

/// A log in memory that does what event_log.h says, for tests of those who write into one.

#include "engine/stream/event_log.h"

#include <deque>

namespace headrace {

class MemoryEventLog : public EventLog {
 public:
  uint64_t next() const override { return first_ + pushes_.size(); }
  Status append(std::span<const LoggedPush> pushes) override {
    if (is_full) return Error::environment("no space is left");
    pushes_.insert(pushes_.end(), pushes.begin(), pushes.end());
    return {};
  }
  Status replay(uint64_t from, const Take& take) const override {
    if (from < first_) return Error::data("push " + std::to_string(from) + " is forgotten");
    for (uint64_t number = from; number < next(); ++number) RETURN_IF_ERROR(take(pushes_[number - first_]));
    return {};
  }
  Result<std::vector<LeftOutEvent>> left_out(const std::string& source, LeftOutPlace after,
                                             size_t count) const override {
    std::vector<LeftOutEvent> events;
    for (size_t i = 0; i < pushes_.size(); ++i) {
      if (pushes_[i].source != source || first_ + i < after.push) continue;
      const uint32_t begin = first_ + i == after.push && after.index ? *after.index + 1 : 0;
      for (uint32_t index = begin; index < pushes_[i].left_out.size() && events.size() < count; ++index) {
        LeftOutEvent& event = events.emplace_back(pushes_[i].left_out[index]);
        event.push = first_ + i;
        event.index = index;
        event.now_us = pushes_[i].now_us;
        event.lane = pushes_[i].lane;
      }
    }
    return events;
  }
  Status save(const LogCheckpoint& checkpoint) override {
    checkpoint_ = checkpoint;
    for (; first_ < checkpoint.keep_from; ++first_) pushes_.pop_front();
    return {};
  }
  Result<std::optional<LogCheckpoint>> checkpoint() const override { return checkpoint_; }

  bool is_full = false;  // nothing can be appended

  /// The first push that is kept.
  uint64_t first() const { return first_; }

 private:
  std::deque<LoggedPush> pushes_;
  uint64_t first_ = 0;
  std::optional<LogCheckpoint> checkpoint_;
};

}  // namespace headrace
