#pragma once

/// The side outputs in RocksDB: events that were left out, in the batch of the push that brought them.
///
///   's' + source + 0 + push (8 bytes) + index (4)      clock (8), lane (4), reason (1), problem length (4), problem, record
///
/// Where the first bit of the reason is set, the offset (8 bytes) stands before the problem.
///
/// Numbers are big-endian. Of each source the newest are kept, up to kEventsMax and kBytesMax, whichever is reached first:
/// a feed that brings nothing else must not fill the disk. The oldest tenth goes in one write with what comes new.

#include "base/result.h"
#include "engine/stream/event_log.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace headrace {

/// add() is called on one thread at a time; read() on any.
class LeftOutStore {
 public:
  static constexpr int64_t kEventsMax = 100'000;
  static constexpr int64_t kBytesMax = int64_t{64} << 20;

  /// The database lives longer. Smaller limits are for tests.
  explicit LeftOutStore(rocksdb::DB& db, int64_t events_max = kEventsMax, int64_t bytes_max = kBytesMax)
      : db_(db), events_max_(events_max), bytes_max_(bytes_max) {}

  /// Counts what is there. To be called once, first.
  rocksdb::Status begin();
  /// Adds those of pushes, the first of that number, to their batch, and removes those that they take back. REQUIRES: each batch is written before the next call,
  /// or there is none.
  void add(uint64_t first, std::span<const LoggedPush> pushes, rocksdb::WriteBatch& batch);
  /// Reads all. How many there are.
  rocksdb::Status check(int64_t& events) const;
  /// Appends events of a source in their order, none more after some megabytes; an entry that cannot be read is corruption.
  rocksdb::Status read(const std::string& source, const LeftOutPlace& after, size_t count,
                       std::vector<LeftOutEvent>& events) const;

  /// Removes places of a source. REQUIRES: as add().
  void remove(const std::string& source, const std::vector<LeftOutPlace>& places, rocksdb::WriteBatch& batch);

 private:
  struct Kept {
    int64_t events = 0;
    int64_t bytes = 0;
  };

  void remove_one(const std::string& source, const LeftOutPlace& place, rocksdb::WriteBatch& batch);
  void take_back(std::span<const LoggedPush> pushes, rocksdb::WriteBatch& batch);
  void make_room(const std::string& source, Kept& kept, rocksdb::WriteBatch& batch) const;

  rocksdb::DB& db_;
  const int64_t events_max_;
  const int64_t bytes_max_;
  std::map<std::string, Kept> kept_;  // by source
  std::set<std::string> gone_;        // keys that the batch in work takes back
};

}  // namespace headrace
