#pragma once

/// What opening a store and keeping the log in it share. Internal to store/.

#include "base/file_system.h"
#include "store/checkpoint_bytes.h"
#include "store/rocks_event_log.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace headrace {

/// The key of the checkpoint that holds: its CheckpointHead.
inline constexpr std::string_view kCheckpointKey = "k";

/// Puts a push under its number; its records, which are most of it, are copied once.
void put_push(uint64_t number, const LoggedPush& push, rocksdb::WriteBatch& batch);
/// Damage is data, anything else the environment's.
Error error_of(const rocksdb::Status& status, const std::string& what);
Error damaged(const std::string& folder, const std::string& what);
Result<std::optional<CheckpointHead>> read_head(rocksdb::DB& db, const std::string& folder);
/// The number of the push that comes next. A checkpoint may have made all pushes before it go.
Result<uint64_t> next_number(rocksdb::DB& db, const std::string& folder);

/// The log in a store that is open.
Result<std::unique_ptr<EventLog>> make_rocks_event_log(const std::string& folder, std::unique_ptr<rocksdb::DB> db,
                                                       FileSystem& files, StoreDurability durability);
/// Reads all of it.
Result<EventStoreSummary> look_through_store(const std::string& folder, std::unique_ptr<rocksdb::DB> db,
                                             FileSystem& files);

}  // namespace headrace
