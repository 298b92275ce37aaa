#include "session/live/due_keys.h"

#include <algorithm>

namespace headrace {

void DueKeys::make_due(uint32_t key, int64_t since_us) {
  if (key >= keys_.size()) keys_.resize(key + 1);
  if (keys_[key].is_due) return;
  keys_[key].is_due = true;
  queue_.push_back({key, since_us});
}

void DueKeys::note(uint32_t key, int64_t time, int64_t now, int64_t elapsed_us) {
  constexpr uint32_t kNotedAtOnce = 64;
  changes_.add(key, time);
  make_due(key, elapsed_us);
  // Nobody may take keys for days.
  if (++keys_[key].noted % kNotedAtOnce == 0) changes_.forget(key, now);
}

void DueKeys::note_all(int64_t elapsed_us) {
  for (size_t key = 0; key < changes_.keys(); ++key) {
    note_key(static_cast<uint32_t>(key), elapsed_us);
  }
}

void DueKeys::set_timer(uint32_t key, int64_t time) {
  Key& own = keys_[key];
  if (own.timer == time) return;
  if (own.timer != kTimeMax) timers_.erase({own.timer, key});
  own.timer = time;
  if (time != kTimeMax) timers_.emplace(time, key);
}

bool DueKeys::pass_edges(size_t max, int64_t now, int64_t elapsed_us) {
  const auto is_there_one = [&] { return !timers_.empty() && timers_.begin()->first <= now; };
  for (size_t passed = 0; passed < max && is_there_one(); ++passed) {
    const uint32_t key = timers_.begin()->second;
    set_timer(key, kTimeMax);
    make_due(key, elapsed_us);
  }
  return is_there_one();
}

std::vector<DueKeys::Due> DueKeys::take(size_t max, int64_t now) {
  std::vector<Due> taken;
  while (!queue_.empty() && taken.size() < max) {
    const Waiting next = queue_.front();
    queue_.pop_front();
    Key& own = keys_[next.key];
    own.is_due = false;
    set_timer(next.key, changes_.next(next.key, now));
    const int64_t changed_at = changes_.last(next.key, now);
    changes_.forget(next.key, now);
    if (changed_at == kTimeMin) continue;
    taken.push_back({next.key, changed_at, next.since_us, !own.was_taken});
    own.was_taken = true;
    own.is_taken = true;
  }
  taken_ += taken.size();
  return taken;
}

void DueKeys::note_key(uint32_t key, int64_t elapsed_us) {
  make_due(key, elapsed_us);
  keys_[key].was_taken = false;
}

void DueKeys::forget(uint32_t key) {
  changes_.forget_key(key);
  if (key < keys_.size()) keys_[key] = Key();
}

void DueKeys::note_written(std::span<const Due> keys) {
  taken_ -= keys.size();
  for (const Due& due : keys) keys_[due.key].is_taken = false;
}

void DueKeys::put_back(std::span<const Due> keys) {
  taken_ -= keys.size();
  for (auto due = keys.rbegin(); due != keys.rend(); ++due) {
    Key& own = keys_[due->key];
    own.is_taken = false;
    if (due->is_first) own.was_taken = false;
    if (own.is_due) continue;
    own.is_due = true;
    queue_.push_front({due->key, due->since_us});
  }
}

std::optional<int64_t> DueKeys::oldest_us() const {
  if (queue_.empty()) return std::nullopt;
  return queue_.front().since_us;
}

int64_t DueKeys::memory_bytes() const {
  constexpr size_t kTreeNode = 48;
  return changes_.memory_bytes() + static_cast<int64_t>(keys_.capacity() * sizeof(Key) +
                                                        queue_.size() * sizeof(Waiting) + timers_.size() * kTreeNode);
}

}  // namespace headrace
