#pragma once

/// The event log in RocksDB: one write batch for each append, synced with it or a little later.
///
///   key                      value
///   "format"                 "2"
///   'o' + source + lane (4 bytes)   the position where the lane of a feed goes on, of its last push
///   'n' + name               a note
///   'u' ..., 'v' ...         how much is kept of each source (kept_bytes.h)
///   's' ...                  events that were left out (left_out_store.h)
///   "k"                      the head of the checkpoint that holds (checkpoint_bytes.h)
///   'c' + 8 bytes + 8 bytes  a chunk of a checkpoint's text, by the numbers of checkpoint and chunk
///   'r' ...                  entities that are not in memory (resting_rows.h)
///   'p' + 8 bytes, number    source length (4 bytes), source, clock (8 bytes), records
///
/// Numbers are big-endian, so that the order of keys is that of the pushes. Where the first bit of the length is set, there
/// stand before the records: lane (4 bytes), whether it is drained (1 byte: 0 not said, 1 no, 2 yes), position length (4 bytes),
/// position. The second bit says so of the push's key: its length (4 bytes), the key; the third of how its events had been counted
/// before: late, unreadable, ahead (8 bytes each); the fourth of events that were forgotten: the digest's length (4 bytes), their number
/// (4 bytes), the digest, and of each before which event it stood (4 bytes), whether it had a time (1 byte), and that (8 bytes).
///
/// After a crash the last append may be cut off in the write-ahead log; it was not acknowledged, and is dropped. Damage
/// anywhere else is an error (WALRecoveryMode::kTolerateCorruptedTailRecords; the mode that is RocksDB's default would
/// drop all that follows it, and kAbsoluteConsistency would refuse what every crash leaves). What that mode takes for a
/// cut, and is none, the count of acknowledged pushes tells (acknowledged_count.h); it is asked before the store is
/// opened for writing, which removes what RocksDB does not know. Checksums are verified at every read (paranoid_checks).
///
/// Without a sync for each append (StoreDurability::kInterval) the system may write a later file of the write-ahead log before the
/// end of an earlier one, so a store that was written so has a file "interval" beside it, and is read up to the first push that is
/// not whole (kPointInTimeRecovery): as it was at one moment. Nothing is counted as acknowledged there before it is synced, so
/// that damage to what was durable is still told.
///
/// After a write that failed nothing more is written, and RocksDB does not try again either: what a failed sync left on
/// the disk is not known, and a second one may succeed without having written anything.

#include "base/file_system.h"
#include "engine/stream/event_log.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace rocksdb {
class Env;
}

namespace headrace {

/// When what is appended is synced.
enum class StoreDurability {
  kSync,      // by the append
  kInterval,  // by EventLog::sync()
};

/// Opens or creates the log in a folder, which it locks: a second process gets kConflict. A folder of another format is
/// refused, damage is kData, what the system refuses kEnvironment.
Result<std::unique_ptr<EventLog>> open_rocks_event_log(const std::string& folder,
                                                       StoreDurability durability = StoreDurability::kSync);

/// What was found in a store.
struct EventStoreSummary {
  uint64_t first = 0;                  // the first push that is kept
  uint64_t next = 0;                   // the number of the next one
  uint64_t acknowledged = 0;           // pushes that were, at least
  int64_t record_bytes = 0;            // of the pushes that are kept
  int64_t left_out = 0;                // events in the side outputs
  std::optional<uint64_t> checkpoint;  // up to which push states are stored
  int64_t checkpoint_bytes = 0;
};

/// Reads a store whole: the checksums of RocksDB's files, each push, the checkpoint by its digest, the side outputs, and
/// whether all that was acknowledged is there. Changes nothing. kConflict while a server has it, kData for damage,
/// kNotFound where there is none.
Result<EventStoreSummary> check_event_store(const std::string& folder);

/// Puts a copy of a store, such as EventLog::copy_to() makes, in place of none: `folder` is not there, or empty. The copy is
/// checked first, and stays. After an Error nothing is there.
Result<EventStoreSummary> restore_event_store(const std::string& copy, const std::string& folder);

/// Gives the space of what was forgotten back to the disk. Takes as long as reading and writing all of it.
Status compact_event_store(const std::string& folder);

/// The same with other files than the system's, for RocksDB and beside it; both live longer.
Result<std::unique_ptr<EventLog>> open_rocks_event_log_over(const std::string& folder, FileSystem& files,
                                                            rocksdb::Env* env,
                                                            StoreDurability durability = StoreDurability::kSync);

}  // namespace headrace
