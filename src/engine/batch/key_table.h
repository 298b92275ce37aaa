#pragma once

/// Gives each entity key a dense number, so that states are plain arrays.
///
/// Numbers follow the order of first sight, which depends on threads; nothing that leaves the engine depends on them.
/// A key of several columns is several slots; strings are interned.
///
/// Thread-safe.

#include "base/result.h"
#include "compute/aggregates/aggregate.h"
#include "data/column.h"

#include <cstdint>
#include <shared_mutex>
#include <span>
#include <vector>

namespace headrace {

class KeyTable {
 public:
  explicit KeyTable(size_t columns) : columns_(columns) {}

  /// Fixes the types of the key columns at the first call; later calls must agree. `owner` (a source, or the
  /// observations) is named in the message.
  Status agree_on_types(const std::vector<ScalarType>& types, const std::string& owner);
  /// Empty before the first call of agree_on_types().
  std::vector<ScalarType> types() const;

  /// Writes the numbers of `rows` keys, given column by column. Types must be the same at every call.
  void resolve(std::span<const Slot* const> key_columns, size_t rows, uint32_t* ids);

  /// How many keys there are; their numbers are below this.
  size_t size() const;

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
  Slot slot_unlocked(uint32_t id, size_t column) const { return keys_[id * columns_ + column]; }
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
  uint32_t known_id(std::span<const Slot* const> key_columns, size_t row) const;
  uint32_t add(std::span<const Slot* const> key_columns, size_t row);

  uint64_t hash_at(std::span<const Slot* const> key_columns, size_t row) const;
  /// The entry of a key, or the free entry where it belongs.
  size_t find(uint64_t hash, std::span<const Slot* const> key_columns, size_t row) const;
  void grow();

  size_t columns_;
  std::vector<ScalarType> types_;
  std::string types_owner_;
  mutable std::shared_mutex mutex_;
  std::vector<uint32_t> direct_;  // grows to the largest small key; kUnknown where there is no key
  std::vector<Entry> entries_ = std::vector<Entry>(1024);
  std::vector<Slot> keys_;
  size_t size_ = 0;
};

}  // namespace headrace
