#pragma once

/// Which keys of an entity have other values than those that were taken last: because an event of theirs came, or because a
/// window's edge has passed one. There is one timer a key, at its next change; keys are kept, never values, so that it
/// stays bounded however long nobody takes them.
///
/// Not thread-safe.

#include "engine/stream/change_times.h"

#include <deque>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace headrace {

class DueKeys {
 public:
  explicit DueKeys(std::vector<WindowSpec> windows) : changes_(std::move(windows)) {}

  /// An event, which may be ahead of the clock. `now`: at least a time of the clock that has passed; `elapsed_us`: of
  /// Clock::elapsed_us(), like below.
  void note(uint32_t key, int64_t time, int64_t now, int64_t elapsed_us);
  /// An event of which nothing new is to be told.
  void note_earlier(uint32_t key, int64_t time) { changes_.add(key, time); }
  /// The key is due, and was not taken before.
  void note_key(uint32_t key, int64_t elapsed_us);
  /// Nothing of the key is due, and nothing will be before another event comes.
  bool is_calm(uint32_t key) const {
    return key >= keys_.size() || (!keys_[key].is_due && !keys_[key].is_taken && keys_[key].timer == kTimeMax);
  }
  /// The key has seen nothing. REQUIRES: it is calm.
  void forget(uint32_t key);
  /// All keys that have events are due, and none was taken before.
  void note_all(int64_t elapsed_us);

  /// Keys of which an edge has passed an event by `now` are due; up to `max` at a time, since an hour's end is one for all.
  /// True: there are more.
  bool pass_edges(size_t max, int64_t now, int64_t elapsed_us);

  struct Due {
    uint32_t key = 0;
    int64_t changed_at = 0;  // the newest change
    int64_t since_us = 0;    // elapsed time when it became due
    bool is_first = false;   // it was not taken before
  };
  /// Up to `max` keys that are due at a time, those first that have been so longest. They are not due any more. Keys whose
  /// first event is ahead are left for its time.
  std::vector<Due> take(size_t max, int64_t now);
  /// What was taken has been written; or it was not, and is due again, since when it was. Either is to be told of all keys that
  /// take() gave.
  void note_written(std::span<const Due> keys);
  void put_back(std::span<const Due> keys);

  /// When each window changes a key's values next, as time goes on: see ChangeTimes::next_of_windows().
  std::vector<int64_t> next_of_windows(uint32_t key, int64_t now) const { return changes_.next_of_windows(key, now); }

  /// Those that are due, and those that were taken and are not written yet.
  size_t waiting() const { return queue_.size() + taken_; }
  /// Of the key that is due longest, where none is taken.
  std::optional<int64_t> oldest_us() const;
  int64_t memory_bytes() const;

 private:
  struct Key {
    int64_t timer = kTimeMax;  // its next change, where it has a timer
    uint32_t noted = 0;        // events since the start
    bool is_due = false;
    bool was_taken = false;
    bool is_taken = false;  // and is not written yet
  };
  struct Waiting {
    uint32_t key;
    int64_t since_us;
  };

  void make_due(uint32_t key, int64_t since_us);
  void set_timer(uint32_t key, int64_t time);

  ChangeTimes changes_;
  std::vector<Key> keys_;
  std::deque<Waiting> queue_;  // in order of `since_us`, but for what was put back: that is first
  std::set<std::pair<int64_t, uint32_t>> timers_;
  size_t taken_ = 0;
};

}  // namespace headrace
