#pragma once

/// What of each key is not settled yet, and how far its live state has gone over it.
///
/// A live state (a key's state in the partitions that continue the settled ones) is made when the key is first read and
/// goes on from read to read, over the rows that came in between. It is begun anew, from the settled state, when
///   - a row came that is not after everything that it was asked about (a late or tied event),
///   - it is asked about a time before that, or was asked about one before its newest row, which it then left out,
///   - rows were settled that it had not taken, or the settled state has gone past it.
///
/// Time: O(1) a row where rows come about in order of time; a settlement looks at the rows of a key as far as the last one that it
/// takes. Space: 16 bytes an unsettled row.
///
/// Not thread-safe.

#include "engine/steps/step.h"

#include <vector>

namespace headrace {

class LiveKeys {
 public:
  void resize(size_t keys) {
    if (keys > keys_.size()) keys_.resize(keys);
  }

  /// Rows that were accepted. The block lives until settle() was told of all its rows.
  void add(const BlockSlice& slice);
  /// The rows of the step's slice are settled, and the settled states have gone to the step's instants.
  void settle(const TimeSlice& slice, const TimeStep& step);

  /// What a live state has to take in to give values at a time.
  struct Advance {
    bool begins_anew = false;        // from the settled state
    std::vector<BlockSlice> slices;  // appended to: rows in order of arrival; they own nothing
  };
  /// Notes that the state of the key goes to the times from `first` to `last`.
  void advance(uint32_t key, int64_t first, int64_t last, Advance& advance);

  /// Whether rows of the key are not settled.
  bool has_rows(uint32_t key) const { return key < keys_.size() && keys_[key].first < keys_[key].rows.size(); }
  /// A live state that is there begins anew.
  void begin_anew(uint32_t key) {
    if (key < keys_.size()) keys_[key].is_live = false;
  }
  void begin_all_anew() {
    for (Key& key : keys_) key.is_live = false;
  }
  /// Whether no row of the key came since it was watched.
  void watch(uint32_t key) {
    resize(key + size_t{1});
    keys_[key].is_watched = true;
  }
  bool is_untouched(uint32_t key) const { return key < keys_.size() && keys_[key].is_watched; }
  /// The key has seen nothing. REQUIRES: it has no rows.
  void forget(uint32_t key) {
    if (key < keys_.size()) keys_[key] = Key();
  }

  /// The time of the newest row of the key and source, at `last` at the latest, that is not settled; kTimeMin for none.
  int64_t newest(uint32_t key, size_t source, int64_t last) const;

  int64_t memory_bytes() const;
  /// What the number of a key without rows takes.
  static int64_t room_of_key() { return static_cast<int64_t>(sizeof(Key)); }

 private:
  struct Row {
    const RowBlock* block;
    uint32_t row;

    int64_t time() const { return block->times[row]; }
  };
  struct Key {
    std::vector<Row> rows;        // from `first` on: not settled, in order of arrival
    uint32_t first = 0;           // those before are settled, and leave now and then
    uint32_t taken = 0;           // the live state has those before; first <= taken
    uint32_t leaving = 0;         // scratch of settle(): how many of them leave
    bool is_live = false;         // there is a live state
    bool is_watched = false;      // no row came since watch()
    int64_t moved_to = kTimeMin;  // the latest time that it was asked about or has a row of
  };

  static void append(const Row& row, std::vector<BlockSlice>& slices);
  static void drop_settled(Key& key, int64_t end);
  static void forget_settled(Key& key);

  std::vector<Key> keys_;
};

}  // namespace headrace
