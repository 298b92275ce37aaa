#pragma once

/// The event log in RocksDB: one write batch for each append, synced.
///
///   key                      value
///   "format"                 "1"
///   'p' + 8 bytes, number    source length (4 bytes), source, clock (8 bytes), records
///
/// Numbers are big-endian, so that the order of keys is that of the pushes.
///
/// After a crash the last append may be cut off in the write-ahead log; it was not acknowledged, and is dropped. Damage
/// anywhere else is an error (WALRecoveryMode::kTolerateCorruptedTailRecords; the mode that is RocksDB's default would
/// drop all that follows it). Checksums are verified at every read (paranoid_checks).

#include "engine/stream/event_log.h"

#include <memory>
#include <string>

namespace headrace {

/// Opens or creates the log in a folder, which it locks: a second process gets kConflict. A folder of another format is
/// refused, damage is kData, what the system refuses kEnvironment.
Result<std::unique_ptr<EventLog>> open_rocks_event_log(const std::string& folder);

}  // namespace headrace
