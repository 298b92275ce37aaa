#pragma once

/// How many bytes of pushes a store keeps of each source, so that nobody has to read them all to know.
///
///   'u' + source + 0 + day (8 bytes)      what was added on that day of the clock: pushes (8), bytes (8), first clock (8)
///   'v' + source + 0 + day (8 bytes)      what of that was forgotten: likewise, with the last clock
///
/// Each is written with what it counts, in one batch. Bytes are those of keys and values, before compression. A store that has
/// none of it yet is counted once.
///
/// Thread-safe; add() is called on one thread at a time, and so is remove().

#include "engine/stream/event_log.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <map>
#include <mutex>
#include <span>
#include <string>
#include <utility>

namespace headrace {

class KeptBytesStore {
 public:
  /// The database lives longer.
  explicit KeptBytesStore(rocksdb::DB& db) : db_(db) {}

  /// Reads what is there. To be called once, first. False: there is nothing, though there may be pushes.
  rocksdb::Status begin(bool& is_known);
  /// Pushes that a batch adds.
  void add(std::span<const LoggedPush> pushes, rocksdb::WriteBatch& batch);
  void add(const LoggedPush& push, int64_t bytes, rocksdb::WriteBatch& batch);
  /// A push that a batch removes, or so many bytes of it where it stays.
  void remove(const LoggedPush& push, int64_t bytes, bool stays, rocksdb::WriteBatch& batch);

  std::map<std::string, KeptBytes> kept() const;

 private:
  struct Counts {
    int64_t pushes = 0;
    int64_t bytes = 0;
    int64_t clock_us = 0;
  };
  using ByDay = std::map<std::pair<std::string, int64_t>, Counts>;  // source and day

  static void put(char prefix, const std::pair<std::string, int64_t>& place, const Counts& counts,
                  rocksdb::WriteBatch& batch);
  rocksdb::Status read(char prefix, ByDay& into) const;

  rocksdb::DB& db_;
  mutable std::mutex mutex_;
  ByDay added_, removed_;
};

/// As the store has it.
int64_t stored_bytes(const LoggedPush& push);

}  // namespace headrace
