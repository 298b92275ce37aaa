#include "store/rocks_event_log.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <optional>
#include <string_view>

namespace headrace {
namespace {

constexpr std::string_view kFormatKey = "format";
constexpr std::string_view kFormat = "1";
constexpr char kPushPrefix = 'p';

void append_number(std::string& bytes, uint64_t number, int width) {
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
}

uint64_t number_at(std::string_view bytes) {
  uint64_t number = 0;
  for (char byte : bytes) number = number << 8 | static_cast<uint8_t>(byte);
  return number;
}

std::string key_of(uint64_t number) {
  std::string key(1, kPushPrefix);
  append_number(key, number, 8);
  return key;
}

std::string value_of(const LoggedPush& push) {
  std::string value;
  value.reserve(12 + push.source.size() + push.records.size());
  append_number(value, push.source.size(), 4);
  value += push.source;
  append_number(value, static_cast<uint64_t>(push.now_us), 8);
  value += push.records;
  return value;
}

std::optional<LoggedPush> push_of(std::string_view value) {
  if (value.size() < 4) return std::nullopt;
  const uint64_t length = number_at(value.substr(0, 4));
  value.remove_prefix(4);
  if (value.size() < length + 8) return std::nullopt;
  LoggedPush push;
  push.source = value.substr(0, length);
  push.now_us = static_cast<int64_t>(number_at(value.substr(length, 8)));
  push.records = value.substr(length + 8);
  return push;
}

Error error_of(const rocksdb::Status& status, const std::string& what) {
  const std::string message = fmt::format("{}: {}", what, status.ToString());
  if (status.IsCorruption()) {
    return Error::data(message).with_help("the store is damaged; restore it from a copy, or start with another folder");
  }
  if (status.IsNoSpace()) {
    return Error::environment(message).with_help(
        "free some space and start again; nothing that was acknowledged is lost");
  }
  return Error::environment(message);
}

class RocksEventLog : public EventLog {
 public:
  RocksEventLog(std::string folder, std::unique_ptr<rocksdb::DB> db) : folder_(std::move(folder)), db_(std::move(db)) {}

  Status settle() {
    RETURN_IF_ERROR(check_format());
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(rocksdb::ReadOptions()));
    at->SeekForPrev(key_of(UINT64_MAX));
    if (at->Valid() && at->key().size() == 9 && at->key()[0] == kPushPrefix) {
      next_ = number_at({at->key().data() + 1, 8}) + 1;
    }
    if (!at->status().ok()) return error_of(at->status(), fmt::format("cannot read the store `{}`", folder_));
    return {};
  }

  Status append(std::span<const LoggedPush> pushes) override {
    if (failed_) return *failed_;
    rocksdb::WriteBatch batch;
    for (const LoggedPush& push : pushes) batch.Put(key_of(next_++), value_of(push));
    const rocksdb::Status written = db_->Write(synced(), &batch);
    if (written.ok()) return {};
    // What the system did with a failed sync is not known: nothing is tried again.
    failed_ = error_of(written, fmt::format("cannot write into the store `{}`", folder_));
    return *failed_;
  }

  Status replay(const Take& take) const override {
    rocksdb::ReadOptions options;
    options.verify_checksums = true;
    options.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(options));
    uint64_t expected = 0;
    for (at->Seek(key_of(0)); at->Valid() && at->key()[0] == kPushPrefix; at->Next(), ++expected) {
      const std::optional<LoggedPush> push = push_of({at->value().data(), at->value().size()});
      if (!push || at->key().size() != 9 || number_at({at->key().data() + 1, 8}) != expected) {
        return Error::data(fmt::format("the store `{}` lacks push {} or cannot read it", folder_, expected))
            .with_help("the store is damaged; restore it from a copy, or start with another folder");
      }
      RETURN_IF_ERROR(take(*push));
    }
    if (!at->status().ok()) return error_of(at->status(), fmt::format("cannot read the store `{}`", folder_));
    return {};
  }

 private:
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
    return Error::data(
               fmt::format("the store `{}` has the format {}, and this program knows {}", folder_, format, kFormat))
        .with_help("use the version of headrace that wrote it, or another folder");
  }

  const std::string folder_;
  const std::unique_ptr<rocksdb::DB> db_;
  uint64_t next_ = 0;
  std::optional<Error> failed_;
};

}  // namespace

Result<std::unique_ptr<EventLog>> open_rocks_event_log(const std::string& folder) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.paranoid_checks = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.write_buffer_size = size_t{16} << 20;
  options.max_background_jobs = 2;
  options.keep_log_file_num = 3;

  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options, folder, &opened);
  std::unique_ptr<rocksdb::DB> db(opened);
  if (!status.ok()) {
    if (status.ToString().find("lock") != std::string::npos) {
      return Error::conflict(fmt::format("the store `{}` is in use by another process", folder))
          .with_help("stop the other one, or give this one a folder of its own");
    }
    return error_of(status, fmt::format("cannot open the store `{}`", folder));
  }

  auto log = std::make_unique<RocksEventLog>(folder, std::move(db));
  RETURN_IF_ERROR(log->settle());
  return std::unique_ptr<EventLog>(std::move(log));
}

}  // namespace headrace
