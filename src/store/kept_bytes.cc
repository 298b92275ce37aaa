#include "store/kept_bytes.h"

#include "data/time.h"
#include "store/big_endian.h"
#include "store/push_bytes.h"

#include <algorithm>
#include <memory>
#include <string_view>

namespace headrace {
namespace {

constexpr char kAddedPrefix = 'u';
constexpr char kRemovedPrefix = 'v';
constexpr size_t kKeyBytes = 9;

int64_t day_of(int64_t clock_us) { return clock_us / kMicrosPerDay; }

}  // namespace

int64_t stored_bytes(const LoggedPush& push) {
  return static_cast<int64_t>(push_head(push).size() + push.records.size() + kKeyBytes);
}

void KeptBytesStore::put(char prefix, const std::pair<std::string, int64_t>& place, const Counts& counts,
                         rocksdb::WriteBatch& batch) {
  std::string key(1, prefix);
  key += place.first;
  key += '\0';
  append_number(key, static_cast<uint64_t>(place.second), 8);
  std::string value;
  for (const int64_t each : {counts.pushes, counts.bytes, counts.clock_us})
    append_number(value, static_cast<uint64_t>(each), 8);
  batch.Put(key, value);
}

rocksdb::Status KeptBytesStore::read(char prefix, ByDay& into) const {
  const std::unique_ptr<rocksdb::Iterator> at(db_.NewIterator(rocksdb::ReadOptions()));
  for (at->Seek(std::string(1, prefix)); at->Valid() && at->key()[0] == prefix; at->Next()) {
    const std::string_view key(at->key().data(), at->key().size());
    const std::string_view value(at->value().data(), at->value().size());
    const size_t end = key.find('\0');
    if (end == std::string_view::npos || key.size() != end + 9 || value.size() != 24)
      return rocksdb::Status::Corruption("how much a source keeps");
    Counts& counts = into[{std::string(key.substr(1, end - 1)), static_cast<int64_t>(number_at(key.substr(end + 1)))}];
    counts = {static_cast<int64_t>(number_at(value.substr(0, 8))), static_cast<int64_t>(number_at(value.substr(8, 8))),
              static_cast<int64_t>(number_at(value.substr(16)))};
  }
  return at->status();
}

rocksdb::Status KeptBytesStore::begin(bool& is_known) {
  const std::lock_guard lock(mutex_);
  rocksdb::Status status = read(kAddedPrefix, added_);
  if (status.ok()) status = read(kRemovedPrefix, removed_);
  is_known = !added_.empty();
  return status;
}

void KeptBytesStore::add(std::span<const LoggedPush> pushes, rocksdb::WriteBatch& batch) {
  for (const LoggedPush& push : pushes) add(push, stored_bytes(push), batch);
}

void KeptBytesStore::add(const LoggedPush& push, int64_t bytes, rocksdb::WriteBatch& batch) {
  const std::lock_guard lock(mutex_);
  const std::pair place(push.source, day_of(push.now_us));
  Counts& counts = added_[place];
  counts.clock_us = counts.pushes == 0 ? push.now_us : std::min(counts.clock_us, push.now_us);
  ++counts.pushes;
  counts.bytes += bytes;
  put(kAddedPrefix, place, counts, batch);
}

void KeptBytesStore::remove(const LoggedPush& push, int64_t bytes, bool stays, rocksdb::WriteBatch& batch) {
  const std::lock_guard lock(mutex_);
  const std::pair place(push.source, day_of(push.now_us));
  Counts& counts = removed_[place];
  if (!stays) {
    ++counts.pushes;
    counts.clock_us = std::max(counts.clock_us, push.now_us);
  }
  counts.bytes += bytes;
  put(kRemovedPrefix, place, counts, batch);
}

std::map<std::string, KeptBytes> KeptBytesStore::kept() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, KeptBytes> kept;
  for (const auto& [place, added] : added_) {
    const auto found = removed_.find(place);
    const Counts removed = found == removed_.end() ? Counts() : found->second;
    KeptBytes& of_source = kept[place.first];
    of_source.forgotten += removed.pushes;
    if (added.pushes <= removed.pushes) continue;
    of_source.pushes += added.pushes - removed.pushes;
    of_source.bytes += added.bytes - removed.bytes;
    of_source.first_us = std::min(of_source.first_us, std::max(added.clock_us, removed.clock_us));
  }
  return kept;
}

}  // namespace headrace
