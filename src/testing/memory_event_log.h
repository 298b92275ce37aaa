#pragma once

/// A log in memory that does what event_log.h says, for tests of those who write into one.

#include "engine/stream/event_log.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace headrace {

class MemoryEventLog : public EventLog {
 public:
  uint64_t next() const override { return first_ + pushes_.size(); }
  Status append(std::span<const LoggedPush> pushes) override {
    if (is_full) return Error::environment("no space is left");
    for (const LoggedPush& push : pushes) {
      for (const LeftOutPlace& place : push.taken_back) taken_back_.insert({place.push, place.index.value_or(0)});
    }
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
        if (taken_back_.contains({first_ + i, index})) continue;
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
    for (const RestingRow& row : std::exchange(checkpoint_->resting, {})) {
      resting_[{row.place.entity, row.place.generation, row.place.name}] = row.bytes;
    }
    for (const auto& [entity, generation] : std::exchange(checkpoint_->first_generations, {})) {
      resting_.erase(resting_.lower_bound({entity, 0, ""}), resting_.lower_bound({entity, generation, ""}));
    }
    for (; first_ < checkpoint.keep_from; ++first_) pushes_.pop_front();
    return {};
  }
  Result<std::optional<LogCheckpoint>> checkpoint() const override { return checkpoint_; }
  bool keeps_resting() const override { return true; }
  Result<std::optional<std::string>> resting(const RestingPlace& place) const override {
    const auto found = resting_.find({place.entity, place.generation, place.name});
    return found == resting_.end() ? std::nullopt : std::optional(found->second);
  }
  Result<std::vector<RestingRow>> resting_after(const RestingPlace& place, size_t count) const override {
    std::vector<RestingRow> rows;
    auto at = place.name.empty() ? resting_.lower_bound({place.entity, place.generation, ""})
                                 : resting_.upper_bound({place.entity, place.generation, place.name});
    for (; at != resting_.end() && rows.size() < count; ++at) {
      const auto& [entity, generation, name] = at->first;
      if (entity != place.entity || generation != place.generation) break;
      rows.push_back({{entity, generation, name}, at->second});
    }
    return rows;
  }
  Result<uint64_t> next_generation(const std::string& entity) const override {
    uint64_t generation = 1;
    for (const auto& [place, bytes] : resting_) {
      if (std::get<0>(place) == entity) generation = std::max(generation, std::get<1>(place) + 1);
    }
    return generation;
  }
  Result<bool> remove_resting(const RestingPlace& place) override {
    const auto key = std::tuple(place.entity, place.generation, place.name);
    const bool was_there = resting_.erase(key) > 0;
    std::erase_if(resting_, [&](const auto& row) {
      return std::get<0>(row.first) == place.entity && std::get<1>(row.first) != place.generation;
    });
    return was_there;
  }
  Status rewrite(uint64_t from, const Rewrite& rewrite) override {
    for (uint64_t number = std::max(from, first_); number < next(); ++number) {
      if (is_full) return Error::environment("no space is left");
      ASSIGN_OR_RETURN(std::optional<LoggedPush> other, rewrite(pushes_[number - first_]));
      if (!other) continue;
      other->left_out = std::move(pushes_[number - first_].left_out);
      pushes_[number - first_] = *std::move(other);
    }
    return {};
  }
  Status remove_left_out(const std::string& /*source*/, const std::vector<LeftOutPlace>& places) override {
    for (const LeftOutPlace& place : places) taken_back_.insert({place.push, place.index.value_or(0)});
    return {};
  }
  Status note(const std::string& name, const std::optional<std::string>& bytes) override {
    if (is_full) return Error::environment("no space is left");
    notes_.erase(name);
    if (bytes) notes_[name] = *bytes;
    return {};
  }
  Result<std::map<std::string, std::string>> notes(const std::string& prefix) const override {
    std::map<std::string, std::string> found;
    for (const auto& [name, bytes] : notes_) {
      if (name.starts_with(prefix)) found[name.substr(prefix.size())] = bytes;
    }
    return found;
  }

  bool is_full = false;  // nothing can be appended

  /// The first push that is kept.
  uint64_t first() const { return first_; }

 private:
  std::deque<LoggedPush> pushes_;
  std::set<std::pair<uint64_t, uint32_t>> taken_back_;  // places in the side outputs
  uint64_t first_ = 0;
  std::optional<LogCheckpoint> checkpoint_;
  std::map<std::string, std::string> notes_;
  std::map<std::tuple<std::string, uint64_t, std::string>, std::string> resting_;  // by place
};

}  // namespace headrace
