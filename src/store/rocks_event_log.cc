#include "store/rocks_event_log.h"

#include "base/hash.h"
#include "base/kill_point.h"
#include "store/acknowledged_count.h"
#include "store/big_endian.h"
#include "store/checkpoint_bytes.h"
#include "store/kept_bytes.h"
#include "store/left_out_store.h"
#include "store/push_bytes.h"
#include "store/resting_rows.h"
#include "store/rocks_store.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>

namespace headrace {
namespace {

constexpr std::string_view kFormatKey = "format";
constexpr std::string_view kFormat = "2";
constexpr char kNotePrefix = 'n';   // + name
constexpr char kChunkPrefix = 'c';  // + number of the checkpoint + number of the chunk
constexpr size_t kChunkBytes = size_t{4} << 20;

std::string chunk_key(uint64_t checkpoint, uint64_t chunk) {
  std::string key(1, kChunkPrefix);
  append_number(key, checkpoint, 8);
  append_number(key, chunk, 8);
  return key;
}

Error other_format(const std::string& folder, const std::string& format) {
  return Error::data(
             fmt::format("the store `{}` has the format {}, and this program knows {}", folder, format, kFormat))
      .with_help("use the version of headrace that wrote it, or another folder");
}

class RocksEventLog : public EventLog {
 public:
  RocksEventLog(std::string folder, std::unique_ptr<rocksdb::DB> db, FileSystem& files, StoreDurability durability)
      : folder_(std::move(folder)),
        db_(std::move(db)),
        files_(files),
        is_synced_(durability == StoreDurability::kSync),
        acknowledged_(files, folder_),
        left_out_(*db_),
        kept_(*db_) {}

  Status settle() {
    RETURN_IF_ERROR(check_format());
    ASSIGN_OR_RETURN(const uint64_t next, next_number(*db_, folder_));
    next_ = next;
    ASSIGN_OR_RETURN(head_, read_head(*db_, folder_));
    bool is_known = true;
    rocksdb::Status counted = left_out_.begin();
    if (counted.ok()) counted = kept_.begin(is_known);
    if (counted.ok() && !is_known) RETURN_IF_ERROR(count_kept());
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
    if (has_sync_failed_) return not_synced();
    if (failed_) return *failed_;
    rocksdb::WriteBatch batch;
    uint64_t number = next_;
    for (const LoggedPush& push : pushes) {
      put_push(number++, push, batch);
      if (!push.position.empty()) batch.Put(position_key(push), push.position);
    }
    left_out_.add(next_, pushes, batch);
    kept_.add(pushes, batch);
    const rocksdb::Status written = db_->Write(is_synced_ ? synced() : rocksdb::WriteOptions(), &batch);
    kill_point("push-written");
    if (written.ok()) next_ = number;
    // What the system did with a failed sync is not known: nothing is tried again.
    if (!written.ok()) failed_ = error_of(written, fmt::format("cannot write into the store `{}`", folder_));
    const Status counted = written.ok() && is_synced_ ? acknowledged_.raise(next_) : Status();
    if (!counted.ok()) {
      failed_ = counted.error().with_help("free some space and start again; nothing that was acknowledged is lost");
    }
    return failed_ ? Status(*failed_) : Status();
  }

  Status sync() override {
    if (is_synced_) return {};
    const std::lock_guard lock(sync_mutex_);  // two streams may have the log for a while, as definitions change
    if (has_sync_failed_) return not_synced();
    const uint64_t next = next_;
    const rocksdb::Status done = db_->SyncWAL();
    Status status = done.ok() ? acknowledged_.raise(next)
                              : Status(error_of(done, fmt::format("cannot write into the store `{}`", folder_)));
    has_sync_failed_ = !status.ok();
    return status;
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
    kill_point("checkpoint-chunks");

    rocksdb::WriteBatch batch;
    batch.Put(rocksdb::Slice(kCheckpointKey.data(), kCheckpointKey.size()), head.to_bytes());
    batch.DeleteRange(chunk_key(0, 0), chunk_key(head.number, 0));
    add_resting(checkpoint, batch);
    if (head.keep_from > 0) batch.DeleteRange(push_key(0), push_key(head.keep_from));
    RETURN_IF_ERROR(count_forgotten(head_ ? head_->keep_from : 0, head.keep_from, batch));
    written = db_->Write(synced(), &batch);
    if (!written.ok()) return failed(written);
    kill_point("checkpoint-holds");
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

  /// In batches of some megabytes, so that one that ends half-way leaves whole pushes.
  Status rewrite(uint64_t from, const Rewrite& rewrite) override {
    rocksdb::WriteBatch batch;
    uint64_t number = from;
    const auto write = [&]() -> Status {
      const rocksdb::Status written = db_->Write(synced(), &batch);
      batch.Clear();
      kill_point("forget-some");
      return written.ok() ? Status() : error_of(written, fmt::format("cannot write into the store `{}`", folder_));
    };
    RETURN_IF_ERROR(replay(from, [&](const LoggedPush& push) -> Status {
      ASSIGN_OR_RETURN(const std::optional<LoggedPush> other, rewrite(push));
      if (other) {
        batch.Put(push_key(number), push_bytes(*other));
        kept_.remove(push, stored_bytes(push) - stored_bytes(*other), /*stays=*/true, batch);
      }
      ++number;
      return batch.GetDataSize() < kChunkBytes ? Status() : write();
    }));
    return batch.Count() > 0 ? write() : Status();
  }

  Status remove_left_out(const std::string& source, const std::vector<LeftOutPlace>& places) override {
    rocksdb::WriteBatch batch;
    left_out_.remove(source, places, batch);
    if (batch.Count() == 0) return {};
    const rocksdb::Status written = db_->Write(synced(), &batch);
    return written.ok() ? Status() : error_of(written, fmt::format("cannot write into the store `{}`", folder_));
  }

  Status compact() override { return compact(nullptr, nullptr); }
  Status compact_notes() override {
    const std::string first(1, kNotePrefix), end(1, kNotePrefix + 1);
    const rocksdb::Slice begin_slice(first), end_slice(end);
    return compact(&begin_slice, &end_slice);
  }

  bool keeps_resting() const override { return true; }
  Result<std::optional<std::string>> resting(const RestingPlace& place) const override {
    std::optional<std::string> bytes;
    const rocksdb::Status status = read_resting(*db_, resting_key(place.entity, place.generation, place.name), bytes);
    if (!status.ok()) return error_of(status, fmt::format("cannot read the store `{}`", folder_));
    return bytes;
  }
  Result<std::vector<RestingRow>> resting_after(const RestingPlace& place, size_t count) const override {
    std::vector<RestingRow> rows;
    const rocksdb::Status status = list_resting(*db_, place, count, rows);
    if (!status.ok()) return error_of(status, fmt::format("cannot read the store `{}`", folder_));
    return rows;
  }
  Result<uint64_t> next_generation(const std::string& entity) const override {
    uint64_t generation = 0;
    const rocksdb::Status status = next_resting_generation(*db_, entity, generation);
    if (!status.ok()) return error_of(status, fmt::format("cannot read the store `{}`", folder_));
    return generation;
  }
  Result<bool> remove_resting(const RestingPlace& place) override {
    bool was_there = false;
    rocksdb::WriteBatch batch;
    rocksdb::Status status = headrace::remove_resting(*db_, place, was_there, batch);
    if (status.ok()) status = db_->Write(synced(), &batch);
    if (!status.ok()) return error_of(status, fmt::format("cannot write into the store `{}`", folder_));
    return was_there;
  }

  std::map<std::string, KeptBytes> kept() const override { return kept_.kept(); }

  Status note(const std::string& name, const std::optional<std::string>& bytes) override {
    const std::string key = kNotePrefix + name;
    const rocksdb::Status written = bytes ? db_->Put(synced(), key, *bytes) : db_->Delete(synced(), key);
    return written.ok() ? Status() : error_of(written, fmt::format("cannot write into the store `{}`", folder_));
  }

  Result<std::map<std::string, std::string>> notes(const std::string& prefix) const override {
    const std::string first = kNotePrefix + prefix;
    std::map<std::string, std::string> found;
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(rocksdb::ReadOptions()));
    for (at->Seek(first); at->Valid() && at->key().starts_with(first); at->Next()) {
      found[at->key().ToString().substr(first.size())] = at->value().ToString();
    }
    if (!at->status().ok()) return error_of(at->status(), fmt::format("cannot read the store `{}`", folder_));
    return found;
  }

 private:
  Error not_synced() const {
    return Error::environment(fmt::format("the store `{}` could not be synced, and takes nothing more", folder_))
        .with_help("look after the disk, and whether the folder may be written; then start again");
  }

  /// Once, in a store that was written before this was counted.
  Status count_kept() {
    rocksdb::WriteBatch batch;
    const auto count = [&](const LoggedPush& push) -> Status {
      kept_.add(push, stored_bytes(push), batch);
      return {};
    };
    RETURN_IF_ERROR(replay(head_ ? head_->keep_from : 0, count));
    const rocksdb::Status written = batch.Count() > 0 ? db_->Write(synced(), &batch) : rocksdb::Status();
    return written.ok() ? Status() : error_of(written, fmt::format("cannot write into the store `{}`", folder_));
  }

  /// The pushes from `begin` to before `end`, which the batch removes.
  Status count_forgotten(uint64_t begin, uint64_t end, rocksdb::WriteBatch& batch) {
    uint64_t number = begin;
    if (begin == end) return {};
    const Status read = replay(begin, [&](const LoggedPush& push) -> Status {
      if (number++ == end) return Error::stopped("enough");
      kept_.remove(push, stored_bytes(push), /*stays=*/false, batch);
      return {};
    });
    return !read.ok() && read.error().kind() != ErrorKind::kStopped ? read : Status();
  }

  Status compact(const rocksdb::Slice* begin, const rocksdb::Slice* end) {
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
    kill_point("compact-begins");
    const rocksdb::Status done = db_->CompactRange(options, begin, end);
    kill_point("compact-done");
    return done.ok() ? Status() : error_of(done, fmt::format("cannot compact the store `{}`", folder_));
  }

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
  const bool is_synced_;  // by each append
  std::mutex sync_mutex_;
  std::atomic<bool> has_sync_failed_ = false;
  AcknowledgedCount acknowledged_;  // raised by append(), or by sync()
  LeftOutStore left_out_;
  KeptBytesStore kept_;
  std::atomic<uint64_t> next_ = 0;  // changed by append() only
  std::optional<CheckpointHead> head_;
  std::optional<Error> failed_;
};

}  // namespace

Result<std::unique_ptr<EventLog>> make_rocks_event_log(const std::string& folder, std::unique_ptr<rocksdb::DB> db,
                                                       FileSystem& files, StoreDurability durability) {
  auto log = std::make_unique<RocksEventLog>(folder, std::move(db), files, durability);
  RETURN_IF_ERROR(log->settle());
  return std::unique_ptr<EventLog>(std::move(log));
}

Result<EventStoreSummary> look_through_store(const std::string& folder, std::unique_ptr<rocksdb::DB> db,
                                             FileSystem& files) {
  return RocksEventLog(folder, std::move(db), files, StoreDurability::kSync).look_through();
}

}  // namespace headrace
