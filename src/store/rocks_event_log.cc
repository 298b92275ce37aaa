#include "store/rocks_event_log.h"

#include "base/hash.h"
#include "store/acknowledged_count.h"
#include "store/big_endian.h"
#include "store/checkpoint_bytes.h"
#include "store/left_out_store.h"
#include "store/push_bytes.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <string_view>

namespace headrace {
namespace {

constexpr std::string_view kFormatKey = "format";
constexpr std::string_view kFormat = "2";
constexpr char kChunkPrefix = 'c';             // + number of the checkpoint + number of the chunk
constexpr std::string_view kCheckpoint = "k";  // the checkpoint that holds: its CheckpointHead
constexpr size_t kChunkBytes = size_t{4} << 20;

std::string chunk_key(uint64_t checkpoint, uint64_t chunk) {
  std::string key(1, kChunkPrefix);
  append_number(key, checkpoint, 8);
  append_number(key, chunk, 8);
  return key;
}

Error error_of(const rocksdb::Status& status, const std::string& what) {
  const std::string message = fmt::format("{}: {}", what, status.ToString());
  if (status.IsCorruption() || status.IsPathNotFound()) {  // a file that another one names
    return Error::data(message).with_help("the store is damaged; restore it from a copy, or start with another folder");
  }
  if (status.IsNoSpace()) {
    return Error::environment(message).with_help(
        "free some space and start again; nothing that was acknowledged is lost");
  }
  return Error::environment(message).with_help(
      "look after the disk, and whether the folder may be written; then start again");
}

Error damaged(const std::string& folder, const std::string& what) {
  return Error::data(fmt::format("the store `{}` lacks {} or cannot read it", folder, what))
      .with_help("the store is damaged; restore it from a copy, or start with another folder");
}

Result<std::optional<CheckpointHead>> read_head(rocksdb::DB& db, const std::string& folder) {
  std::string bytes;
  const rocksdb::Status found =
      db.Get(rocksdb::ReadOptions(), rocksdb::Slice(kCheckpoint.data(), kCheckpoint.size()), &bytes);
  if (found.IsNotFound()) return std::optional<CheckpointHead>();
  if (!found.ok()) return error_of(found, fmt::format("cannot read the store `{}`", folder));
  std::optional<CheckpointHead> head = CheckpointHead::of(bytes);
  if (!head) return damaged(folder, "the head of its checkpoint");
  return head;
}

/// The number of the push that comes next. A checkpoint may have made all pushes before it go.
Result<uint64_t> next_number(rocksdb::DB& db, const std::string& folder) {
  ASSIGN_OR_RETURN(const std::optional<CheckpointHead> head, read_head(db, folder));
  const std::unique_ptr<rocksdb::Iterator> at(db.NewIterator(rocksdb::ReadOptions()));
  at->SeekForPrev(push_key(UINT64_MAX));
  if (!at->status().ok()) return error_of(at->status(), fmt::format("cannot read the store `{}`", folder));
  const uint64_t least = head ? head->next : 0;
  if (!at->Valid() || at->key().size() != 9 || at->key()[0] != kPushPrefix) {
    if (head && head->keep_from < least) return damaged(folder, fmt::format("push {}", least - 1));
    return least;
  }
  const uint64_t next = number_at({at->key().data() + 1, 8}) + 1;
  if (next < least) return damaged(folder, fmt::format("push {}", next));
  return next;
}

Error other_format(const std::string& folder, const std::string& format) {
  return Error::data(
             fmt::format("the store `{}` has the format {}, and this program knows {}", folder, format, kFormat))
      .with_help("use the version of headrace that wrote it, or another folder");
}

class RocksEventLog : public EventLog {
 public:
  RocksEventLog(std::string folder, std::unique_ptr<rocksdb::DB> db, FileSystem& files)
      : folder_(std::move(folder)), db_(std::move(db)), files_(files), acknowledged_(files, folder_), left_out_(*db_) {}

  Status settle() {
    RETURN_IF_ERROR(check_format());
    ASSIGN_OR_RETURN(const uint64_t next, next_number(*db_, folder_));
    next_ = next;
    ASSIGN_OR_RETURN(head_, read_head(*db_, folder_));
    const rocksdb::Status counted = left_out_.begin();
    if (!counted.ok()) return error_of(counted, fmt::format("cannot read the store `{}`", folder_));
    return acknowledged_.begin(next_);
  }

  /// settle() for those who only read.
  Result<EventStoreSummary> look_through() {
    std::string format;
    const rocksdb::Status known =
        db_->Get(rocksdb::ReadOptions(), rocksdb::Slice(kFormatKey.data(), kFormatKey.size()), &format);
    if (!known.ok()) return error_of(known, fmt::format("cannot read the store `{}`", folder_));
    if (format != kFormat && format != "1") return other_format(folder_, format);
    ASSIGN_OR_RETURN(const uint64_t next, next_number(*db_, folder_));
    ASSIGN_OR_RETURN(head_, read_head(*db_, folder_));
    next_ = next;

    EventStoreSummary found{.first = head_ ? head_->keep_from : 0, .next = next};
    const rocksdb::Status sound = db_->VerifyChecksum();
    if (!sound.ok()) return error_of(sound, fmt::format("cannot read the store `{}`", folder_));
    RETURN_IF_ERROR(replay(found.first, [&](const LoggedPush& push) -> Status {
      found.record_bytes += static_cast<int64_t>(push.records.size());
      return {};
    }));
    ASSIGN_OR_RETURN(const std::optional<LogCheckpoint> stored, checkpoint());
    if (stored) {
      found.checkpoint = stored->next;
      found.checkpoint_bytes = static_cast<int64_t>(head_->bytes);
    }
    const rocksdb::Status left_out = left_out_.check(found.left_out);
    if (!left_out.ok()) return error_of(left_out, fmt::format("cannot read the store `{}`", folder_));
    ASSIGN_OR_RETURN(const std::vector<LanePosition> lanes, positions());
    return found;
  }

  uint64_t next() const override { return next_; }

  Status append(std::span<const LoggedPush> pushes) override {
    if (failed_) return *failed_;
    rocksdb::WriteBatch batch;
    uint64_t number = next_;
    for (const LoggedPush& push : pushes) {
      batch.Put(push_key(number++), push_bytes(push));
      if (!push.position.empty()) batch.Put(position_key(push), push.position);
    }
    left_out_.add(next_, pushes, batch);
    const rocksdb::Status written = db_->Write(synced(), &batch);
    if (written.ok()) next_ = number;
    // What the system did with a failed sync is not known: nothing is tried again.
    if (!written.ok()) failed_ = error_of(written, fmt::format("cannot write into the store `{}`", folder_));
    if (const Status counted = written.ok() ? acknowledged_.raise(next_) : Status(); !counted.ok()) {
      failed_ = counted.error().with_help("free some space and start again; nothing that was acknowledged is lost");
    }
    return failed_ ? Status(*failed_) : Status();
  }

  Status replay(uint64_t from, const Take& take) const override {
    rocksdb::ReadOptions options;
    options.verify_checksums = true;
    options.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(options));
    uint64_t expected = from;
    for (at->Seek(push_key(from)); at->Valid() && at->key()[0] == kPushPrefix; at->Next(), ++expected) {
      const std::optional<LoggedPush> push = push_of({at->value().data(), at->value().size()});
      if (!push || at->key().size() != 9 || number_at({at->key().data() + 1, 8}) != expected) {
        return damaged(folder_, fmt::format("push {}", expected));
      }
      RETURN_IF_ERROR(take(*push));
    }
    if (!at->status().ok()) return error_of(at->status(), fmt::format("cannot read the store `{}`", folder_));
    if (expected < next_) return damaged(folder_, fmt::format("push {}", expected));
    return {};
  }

  Result<std::vector<LeftOutEvent>> left_out(const std::string& source, LeftOutPlace after,
                                             size_t count) const override {
    std::vector<LeftOutEvent> events;
    const rocksdb::Status status = left_out_.read(source, after, count, events);
    if (!status.ok()) return error_of(status, fmt::format("cannot read the store `{}`", folder_));
    return events;
  }

  /// The chunks go first, under a number that nobody reads yet; what makes them hold is one synced batch.
  Status save(const LogCheckpoint& checkpoint) override {
    const std::string text = text_of(checkpoint.parts);
    CheckpointHead head = {head_ ? head_->number + 1 : 1, checkpoint.next, checkpoint.replay_from,
                           checkpoint.keep_from,          text.size(),     sha256_hex(text)};
    const auto failed = [&](const rocksdb::Status& status) {
      return error_of(status, fmt::format("cannot write a checkpoint into the store `{}`", folder_));
    };
    rocksdb::Status written = erase(chunk_key(head.number, 0), chunk_key(UINT64_MAX, UINT64_MAX));  // of a broken try
    for (size_t begin = 0, chunk = 0; written.ok() && begin < text.size(); begin += kChunkBytes, ++chunk) {
      const size_t size = std::min(kChunkBytes, text.size() - begin);
      written = db_->Put(rocksdb::WriteOptions(), chunk_key(head.number, chunk), rocksdb::Slice(&text[begin], size));
    }
    if (!written.ok()) return failed(written);

    rocksdb::WriteBatch batch;
    batch.Put(rocksdb::Slice(kCheckpoint.data(), kCheckpoint.size()), head.to_bytes());
    batch.DeleteRange(chunk_key(0, 0), chunk_key(head.number, 0));
    if (head.keep_from > 0) batch.DeleteRange(push_key(0), push_key(head.keep_from));
    written = db_->Write(synced(), &batch);
    if (!written.ok()) return failed(written);
    head_ = std::move(head);
    return {};
  }

  Result<std::optional<LogCheckpoint>> checkpoint() const override {
    if (!head_) return std::optional<LogCheckpoint>();
    std::string text;
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    for (uint64_t chunk = 0; text.size() < head_->bytes; ++chunk) {
      std::string bytes;
      const rocksdb::Status found = db_->Get(options, chunk_key(head_->number, chunk), &bytes);
      if (found.IsNotFound()) return damaged(folder_, "a part of the checkpoint");
      if (!found.ok()) return error_of(found, fmt::format("cannot read the store `{}`", folder_));
      text += bytes;
    }
    if (text.size() != head_->bytes || sha256_hex(text) != head_->digest) return damaged(folder_, "the checkpoint");
    auto parts = parts_of(text);
    if (!parts) return damaged(folder_, "the checkpoint");
    return std::optional(LogCheckpoint{head_->next, head_->replay_from, head_->keep_from, *std::move(parts)});
  }

  /// The count is taken first: it may say less than the copy has, never more.
  Status copy_to(const std::string& folder) const override {
    const uint64_t acknowledged = next_;
    rocksdb::Checkpoint* made = nullptr;
    rocksdb::Status status = rocksdb::Checkpoint::Create(db_.get(), &made);
    const std::unique_ptr<rocksdb::Checkpoint> copy(made);
    if (status.ok()) status = copy->CreateCheckpoint(folder);
    if (!status.ok()) return error_of(status, fmt::format("cannot copy the store `{}` to `{}`", folder_, folder));
    RETURN_IF_ERROR(AcknowledgedCount(files_, folder).begin(acknowledged));
    return files_.sync_folder(folder_of(folder));
  }

  Result<std::vector<LanePosition>> positions() const override {
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(rocksdb::ReadOptions()));
    std::vector<LanePosition> positions;
    for (at->Seek(std::string(1, kPositionPrefix)); at->Valid() && at->key()[0] == kPositionPrefix; at->Next()) {
      const std::string_view key(at->key().data(), at->key().size());
      if (key.size() < 5) return Error::data(fmt::format("the store `{}` has a position of no lane", folder_));
      positions.push_back({std::string(key.substr(1, key.size() - 5)),
                           static_cast<uint32_t>(number_at(key.substr(key.size() - 4))), at->value().ToString()});
    }
    if (!at->status().ok()) return error_of(at->status(), fmt::format("cannot read the store `{}`", folder_));
    return positions;
  }

 private:
  rocksdb::Status erase(const std::string& begin, const std::string& end) {
    return db_->DeleteRange(rocksdb::WriteOptions(), db_->DefaultColumnFamily(), begin, end);
  }

  static rocksdb::WriteOptions synced() {
    rocksdb::WriteOptions options;
    options.sync = true;
    return options;
  }

  Status check_format() {
    std::string format;
    const rocksdb::Status found =
        db_->Get(rocksdb::ReadOptions(), rocksdb::Slice(kFormatKey.data(), kFormatKey.size()), &format);
    if (found.IsNotFound()) {
      const rocksdb::Status written = db_->Put(synced(), rocksdb::Slice(kFormatKey.data(), kFormatKey.size()),
                                               rocksdb::Slice(kFormat.data(), kFormat.size()));
      if (!written.ok()) return error_of(written, fmt::format("cannot write into the store `{}`", folder_));
      return {};
    }
    if (!found.ok()) return error_of(found, fmt::format("cannot read the store `{}`", folder_));
    if (format == kFormat) return {};
    if (format == "1") {  // the same without checkpoints
      const rocksdb::Status written = db_->Put(synced(), rocksdb::Slice(kFormatKey.data(), kFormatKey.size()),
                                               rocksdb::Slice(kFormat.data(), kFormat.size()));
      if (!written.ok()) return error_of(written, fmt::format("cannot write into the store `{}`", folder_));
      return {};
    }
    return other_format(folder_, format);
  }

  const std::string folder_;
  const std::unique_ptr<rocksdb::DB> db_;
  FileSystem& files_;
  AcknowledgedCount acknowledged_;
  LeftOutStore left_out_;
  std::atomic<uint64_t> next_ = 0;  // changed by append() only
  std::optional<CheckpointHead> head_;
  std::optional<Error> failed_;
};

rocksdb::Options options_of(rocksdb::Env* env) {
  rocksdb::Options options;
  options.env = env;
  options.create_if_missing = true;
  options.paranoid_checks = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.max_bgerror_resume_count = 0;
  options.write_buffer_size = size_t{16} << 20;
  options.max_background_jobs = 2;
  options.keep_log_file_num = 3;
  return options;
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
  const rocksdb::Options options = options_of(rocksdb::Env::Default());
  RETURN_IF_ERROR(check_free(folder, *options.env));
  RETURN_IF_ERROR(check_whole(folder, files, options));
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = rocksdb::DB::OpenForReadOnly(options, folder, &opened);
  std::unique_ptr<rocksdb::DB> db(opened);
  if (!status.ok()) return error_of(status, fmt::format("cannot open the store `{}`", folder));
  ASSIGN_OR_RETURN(EventStoreSummary found, RocksEventLog(folder, std::move(db), files).look_through());
  ASSIGN_OR_RETURN(found.acknowledged, AcknowledgedCount(files, folder).read());
  return found;
}

Status compact_event_store(const std::string& folder) {
  RETURN_IF_ERROR(check_event_store(folder));
  rocksdb::DB* opened = nullptr;
  rocksdb::Status status = rocksdb::DB::Open(options_of(rocksdb::Env::Default()), folder, &opened);
  const std::unique_ptr<rocksdb::DB> db(opened);
  if (status.ok()) status = db->CompactRange(rocksdb::CompactRangeOptions(), nullptr, nullptr);
  return status.ok() ? Status() : error_of(status, fmt::format("cannot compact the store `{}`", folder));
}

Result<std::unique_ptr<EventLog>> open_rocks_event_log(const std::string& folder) {
  return open_rocks_event_log_over(folder, real_file_system(), rocksdb::Env::Default());
}

Result<std::unique_ptr<EventLog>> open_rocks_event_log_over(const std::string& folder, FileSystem& files,
                                                            rocksdb::Env* env) {
  RETURN_IF_ERROR(make_folder(folder, files));
  const rocksdb::Options options = options_of(env);
  RETURN_IF_ERROR(check_free(folder, *env));
  RETURN_IF_ERROR(check_whole(folder, files, options));
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options, folder, &opened);
  std::unique_ptr<rocksdb::DB> db(opened);
  if (!status.ok()) return error_of(status, fmt::format("cannot open the store `{}`", folder));

  auto log = std::make_unique<RocksEventLog>(folder, std::move(db), files);
  RETURN_IF_ERROR(log->settle());
  return std::unique_ptr<EventLog>(std::move(log));
}

}  // namespace headrace
