#pragma once

/// A hash table from a slot (or another 64-bit key) to how often it occurs.
///
/// Open addressing with linear probing; removal shifts back, so there are no tombstones and a window that slides for
/// ever does not decay. The table halves when it is nearly empty. Nothing read from it may depend on the order of its
/// entries, which depends on the history.
///
/// Not thread-safe.

#include "base/check.h"
#include "base/hash.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace headrace {

class CountMap {
 public:
  /// The number of distinct keys.
  size_t size() const { return size_; }

  /// Zero when the key is not there.
  int64_t count_of(uint64_t key) const { return table_.empty() ? 0 : table_[find(key)].count; }

  /// Adds to the key's count and returns it. REQUIRES: count > 0.
  int64_t add(uint64_t key, int64_t count) {
    if ((size_ + 1) * 4 > table_.size() * 3) resize(table_.empty() ? kTableMin : table_.size() * 2);
    Entry& entry = table_[find(key)];
    if (entry.count == 0) {
      entry.key = key;
      ++size_;
    }
    return entry.count += count;
  }

  /// Takes one from the key's count and returns it. REQUIRES: count_of(key) > 0.
  int64_t remove_one(uint64_t key) {
    CHECK(!table_.empty());
    const size_t index = find(key);
    CHECK(table_[index].count > 0);
    if (--table_[index].count > 0) return table_[index].count;
    close_gap(index);
    --size_;
    if (table_.size() > kTableMin && size_ * 8 < table_.size()) resize(table_.size() / 2);
    return 0;
  }

  /// visit(key, count), in no particular order.
  template <typename Visit>
  void visit_all(Visit visit) const {
    for (const Entry& entry : table_) {
      if (entry.count != 0) visit(entry.key, entry.count);
    }
  }

 private:
  struct Entry {
    uint64_t key = 0;
    int64_t count = 0;  // 0: free
  };
  static constexpr size_t kTableMin = 8;

  size_t home_of(uint64_t key) const { return mix64(key) & (table_.size() - 1); }

  /// The key's entry, or the free one where it belongs.
  size_t find(uint64_t key) const {
    size_t index = home_of(key);
    while (table_[index].count != 0 && table_[index].key != key) index = (index + 1) & (table_.size() - 1);
    return index;
  }

  /// Moves entries back that would no longer be found behind the free entry at `gap`.
  void close_gap(size_t gap) {
    const size_t mask = table_.size() - 1;
    for (size_t next = (gap + 1) & mask; table_[next].count != 0; next = (next + 1) & mask) {
      const size_t distance_home = (next - home_of(table_[next].key)) & mask;
      if (distance_home < ((next - gap) & mask)) continue;
      table_[gap] = table_[next];
      table_[next].count = 0;
      gap = next;
    }
  }

  void resize(size_t entries) {
    const std::vector<Entry> old = std::exchange(table_, std::vector<Entry>(entries));
    for (const Entry& entry : old) {
      if (entry.count != 0) table_[find(entry.key)] = entry;
    }
  }

  std::vector<Entry> table_;  // empty, or a power of two
  size_t size_ = 0;
};

}  // namespace headrace
