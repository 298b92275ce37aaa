#pragma once

/// Gives each entity key a dense number, so that states are plain arrays.
///
/// Numbers follow the order of first sight, which depends on threads; nothing that leaves the engine depends on them.
/// A key of several columns is several slots; strings are interned.
///
/// When the states of all keys do not fit into memory, a run goes over the events several times and takes a share of
/// the keys each time (KeyShare). The table stays; numbers inside a share are dense again, and all functions but
/// resolve() take and give those.
///
/// Keys can be removed, as long as there is one share.
///
/// Thread-safe, except for take_share().

#include "base/result.h"
#include "compute/aggregates/aggregate.h"
#include "data/column.h"

#include <atomic>
#include <cstdint>
#include <optional>
#include <shared_mutex>
#include <span>
#include <vector>

namespace headrace {

/// One of `count` shares of the keys. Keys of one partition are dealt out in turn, so that shares are even.
struct KeyShare {
  uint32_t index = 0;
  uint32_t count = 1;
  int partition_bits = 0;

  /// Whether a key of the whole table belongs to this share.
  bool has(uint32_t whole) const { return (whole >> partition_bits) % count == index; }
  /// The number inside the share of a key that belongs to it.
  uint32_t to_share(uint32_t whole) const {
    return ((whole >> partition_bits) / count) << partition_bits | (whole & ((1u << partition_bits) - 1));
  }
  uint32_t to_whole(uint32_t own) const {
    return ((own >> partition_bits) * count + index) << partition_bits | (own & ((1u << partition_bits) - 1));
  }
};

class KeyTable {
 public:
  explicit KeyTable(size_t columns) : columns_(columns) {}

  /// Fixes the types of the key columns at the first call; later calls must agree. `owner` (a source, or the
  /// observations) is named in the message.
  Status agree_on_types(const std::vector<ScalarType>& types, const std::string& owner);
  /// Empty before the first call of agree_on_types().
  std::vector<ScalarType> types() const;

  /// From now on, numbers are those inside the share.
  void take_share(KeyShare share) { share_ = share; }
  const KeyShare& share() const { return share_; }

  /// Writes the numbers in the whole table of `rows` keys, given column by column. Types must be the same at every
  /// call.
  void resolve(std::span<const Slot* const> key_columns, size_t rows, uint32_t* ids);

  /// The number of a key, given by a slot for each column, where it has one already. REQUIRES: one share.
  std::optional<uint32_t> find(std::span<const Slot> key) const;

  /// Numbers of the share are below this.
  size_t size() const;

  /// Forgets a key; its number is given to a key to come. REQUIRES: has_key(id), and one share.
  void remove(uint32_t id);
  /// Whether a number below size() is of a key. REQUIRES: one share.
  bool has_key(uint32_t id) const;
  /// Keys that are there. REQUIRES: one share.
  size_t key_count() const;

  /// The slot of a key's column. REQUIRES: id < size().
  Slot slot(uint32_t id, size_t column) const;

  /// The order of keys in results: column by column, numbers by value, strings by bytes.
  bool less(uint32_t a, uint32_t b) const;

  /// Runs `read` while no key is added; inside, slot_unlocked and less_unlocked may be used in a loop.
  template <typename Read>
  void with_lock(Read&& read) const {
    const std::shared_lock lock(mutex_);
    read();
  }
  Slot slot_unlocked(uint32_t id, size_t column) const { return keys_[share_.to_whole(id) * columns_ + column]; }
  bool less_unlocked(uint32_t a, uint32_t b) const;

  int64_t memory_bytes() const;

 private:
  struct Entry {
    uint64_t hash;
    uint32_t id;
    uint32_t used;
  };

  /// Numbers of keys that are one small integer, by the key itself; others are hashed.
  static constexpr Slot kDirectMax = Slot{1} << 20;
  bool is_direct(std::span<const Slot* const> key_columns, size_t row) const {
    return columns_ == 1 && key_columns[0][row] < direct_.size();
  }
  bool find_all(const Slot* keys, size_t rows, uint32_t* ids) const;
  uint32_t known_id(std::span<const Slot* const> key_columns, size_t row) const;
  uint32_t add(std::span<const Slot* const> key_columns, size_t row);

  uint64_t hash_at(std::span<const Slot* const> key_columns, size_t row) const;
  /// The entry of a key, or the free entry where it belongs.
  size_t find(uint64_t hash, std::span<const Slot* const> key_columns, size_t row) const;
  void grow();
  void erase_entry(size_t at);

  size_t columns_;
  KeyShare share_;
  std::vector<ScalarType> types_;
  std::string types_owner_;
  mutable std::shared_mutex mutex_;
  std::vector<uint32_t> direct_;  // grows to the largest small key; kUnknown where there is no key
  std::vector<Entry> entries_ = std::vector<Entry>(1024);
  std::vector<Slot> keys_;
  std::atomic<size_t> size_ = 0;  // changes under the mutex
  std::vector<uint32_t> free_;    // numbers of removed keys
  std::vector<uint8_t> is_free_;  // by number; shorter: the others are not
};

}  // namespace headrace
