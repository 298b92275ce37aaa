/// How a store is opened, and what is made sure of before.

#include "base/kill_point.h"
#include "store/acknowledged_count.h"
#include "store/rocks_event_log.h"
#include "store/rocks_store.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>

#include <memory>
#include <string>

namespace headrace {
namespace {

constexpr double kFilterBitsAKey = 10;

/// Beside a store that was written without a sync for each append.
std::string interval_mark(const std::string& folder) { return join_path(folder, "interval"); }

Result<rocksdb::Options> options_of(const std::string& folder, FileSystem& files, rocksdb::Env* env) {
  ASSIGN_OR_RETURN(const bool has_mark, files.exists(interval_mark(folder)));
  rocksdb::Options options;
  options.env = env;
  options.create_if_missing = true;
  options.paranoid_checks = true;
  options.wal_recovery_mode = has_mark ? rocksdb::WALRecoveryMode::kPointInTimeRecovery
                                       : rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.max_bgerror_resume_count = 0;
  options.write_buffer_size = size_t{16} << 20;
  // What is young is compacted with all of the first level, since positions and counts lie on both sides of the pushes; from there on
  // pushes only move. So that level is small, and is compacted with more at a time.
  options.level0_file_num_compaction_trigger = 8;
  options.max_bytes_for_level_base = uint64_t{64} << 20;
  options.max_background_jobs = 2;
  options.keep_log_file_num = 3;
  // Most entities that are looked up in vain are new: no table is read for them.
  rocksdb::BlockBasedTableOptions tables;
  tables.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBitsAKey));
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(tables));
  return options;
}

/// The mark is there before anything is written without a sync, and goes once all that was is durable: opening has put it into
/// files of its own.
Status set_interval_mark(const std::string& folder, FileSystem& files, StoreDurability durability) {
  const std::string path = interval_mark(folder);
  ASSIGN_OR_RETURN(const bool is_there, files.exists(path));
  const bool is_wanted = durability == StoreDurability::kInterval;
  if (is_there == is_wanted) return {};
  if (is_wanted) {
    RETURN_IF_ERROR(files.remove_all(path + ".new"));
    return write_file_atomically(files, path, "written without a sync for each append\n", path + ".new");
  }
  RETURN_IF_ERROR(files.remove(path));
  return files.sync_folder(folder);
}

/// Makes the folder where it is not there, so that a power cut does not take it away with what is in it.
Status make_folder(const std::string& folder, FileSystem& files) {
  ASSIGN_OR_RETURN(std::vector<std::string> made, make_new_folders(files, folder));
  ASSIGN_OR_RETURN(const uint64_t acknowledged, AcknowledgedCount(files, folder).read());
  if (made.empty() && acknowledged == 0) made.push_back(folder);  // by a process that may have come no further
  for (const std::string& each : made) RETURN_IF_ERROR(files.sync_folder(folder_of(each)));
  return {};
}

/// Nobody else has the store. RocksDB's status has no code of its own for this.
Status check_free(const std::string& folder, rocksdb::Env& env) {
  rocksdb::FileLock* lock = nullptr;
  const rocksdb::Status status = env.LockFile(join_path(folder, "LOCK"), &lock);
  if (status.ok()) {
    env.UnlockFile(lock);
    return {};
  }
  const std::string why = status.ToString();
  const bool is_held =
      why.find("While lock file: ") != std::string::npos || why.find("lock hold by") != std::string::npos;
  if (!is_held) return error_of(status, fmt::format("cannot open the store `{}`", folder));
  return Error::conflict(fmt::format("the store `{}` is in use by another process", folder))
      .with_help("stop the other one, or give this one a folder of its own");
}

/// All that was acknowledged is there. Changes nothing.
Status check_whole(const std::string& folder, FileSystem& files, const rocksdb::Options& options) {
  ASSIGN_OR_RETURN(const uint64_t acknowledged, AcknowledgedCount(files, folder).read());
  if (acknowledged == 0) return {};
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = rocksdb::DB::OpenForReadOnly(options, folder, &opened);
  const std::unique_ptr<rocksdb::DB> db(opened);
  if (!status.ok()) return error_of(status, fmt::format("cannot open the store `{}`", folder));
  ASSIGN_OR_RETURN(const uint64_t next, next_number(*db, folder));
  if (next >= acknowledged) return {};
  return Error::data(fmt::format("the store `{}` has {} pushes, and {} were acknowledged", folder, next, acknowledged))
      .with_help("the store is damaged; restore it from a copy, or start with another folder");
}

}  // namespace

Result<EventStoreSummary> check_event_store(const std::string& folder) {
  FileSystem& files = real_file_system();
  ASSIGN_OR_RETURN(const bool is_there, files.exists(join_path(folder, "CURRENT")));
  if (!is_there) {
    return Error::not_found(fmt::format("there is no store in `{}`", folder))
        .with_help("name the folder of a server's store");
  }
  ASSIGN_OR_RETURN(const rocksdb::Options options, options_of(folder, files, rocksdb::Env::Default()));
  RETURN_IF_ERROR(check_free(folder, *options.env));
  RETURN_IF_ERROR(check_whole(folder, files, options));
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = rocksdb::DB::OpenForReadOnly(options, folder, &opened);
  std::unique_ptr<rocksdb::DB> db(opened);
  if (!status.ok()) return error_of(status, fmt::format("cannot open the store `{}`", folder));
  ASSIGN_OR_RETURN(EventStoreSummary found, look_through_store(folder, std::move(db), files));
  ASSIGN_OR_RETURN(found.acknowledged, AcknowledgedCount(files, folder).read());
  return found;
}

Status compact_event_store(const std::string& folder) {
  RETURN_IF_ERROR(check_event_store(folder));
  ASSIGN_OR_RETURN(const rocksdb::Options options, options_of(folder, real_file_system(), rocksdb::Env::Default()));
  rocksdb::DB* opened = nullptr;
  rocksdb::Status status = rocksdb::DB::Open(options, folder, &opened);
  const std::unique_ptr<rocksdb::DB> db(opened);
  kill_point("store-opened");
  if (status.ok()) status = db->CompactRange(rocksdb::CompactRangeOptions(), nullptr, nullptr);
  kill_point("store-compacted");
  return status.ok() ? Status() : error_of(status, fmt::format("cannot compact the store `{}`", folder));
}

Result<std::unique_ptr<EventLog>> open_rocks_event_log(const std::string& folder, StoreDurability durability) {
  return open_rocks_event_log_over(folder, real_file_system(), rocksdb::Env::Default(), durability);
}

Result<std::unique_ptr<EventLog>> open_rocks_event_log_over(const std::string& folder, FileSystem& files,
                                                            rocksdb::Env* env, StoreDurability durability) {
  RETURN_IF_ERROR(make_folder(folder, files));
  ASSIGN_OR_RETURN(const rocksdb::Options options, options_of(folder, files, env));
  RETURN_IF_ERROR(check_free(folder, *env));
  RETURN_IF_ERROR(check_whole(folder, files, options));
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options, folder, &opened);
  std::unique_ptr<rocksdb::DB> db(opened);
  if (!status.ok()) return error_of(status, fmt::format("cannot open the store `{}`", folder));

  RETURN_IF_ERROR(set_interval_mark(folder, files, durability));
  return make_rocks_event_log(folder, std::move(db), files, durability);
}

}  // namespace headrace
