#include "store/left_out_store.h"

#include "store/big_endian.h"

#include <memory>
#include <optional>
#include <set>
#include <string_view>

namespace headrace {
namespace {

constexpr char kLeftOutPrefix = 's';
constexpr size_t kPlaceBytes = 12;  // push and index
constexpr int64_t kReadBytes = int64_t{4} << 20;
constexpr uint64_t kHasOffset = 0x80;  // beside the reason

std::string prefix_of(const std::string& source) {
  std::string prefix(1, kLeftOutPrefix);
  prefix += source;
  prefix += '\0';
  return prefix;
}

std::string left_out_key(const std::string& source, uint64_t push, uint64_t index) {
  std::string key = prefix_of(source);
  append_number(key, push, 8);
  append_number(key, index, 4);
  return key;
}

std::string left_out_value(const LoggedPush& push, const LeftOutEvent& event) {
  std::string value;
  append_number(value, static_cast<uint64_t>(push.now_us), 8);
  append_number(value, push.lane, 4);
  append_number(value, static_cast<uint64_t>(event.reason) | (event.offset ? kHasOffset : 0), 1);
  append_number(value, event.problem.size(), 4);
  if (event.offset) append_number(value, static_cast<uint64_t>(*event.offset), 8);
  return value + event.problem + event.record;
}

std::optional<LeftOutEvent> left_out_of(std::string_view place, std::string_view value) {
  if (value.size() < 17) return std::nullopt;
  LeftOutEvent event;
  event.push = number_at(place.substr(0, 8));
  event.index = static_cast<uint32_t>(number_at(place.substr(8)));
  event.now_us = static_cast<int64_t>(number_at(value.substr(0, 8)));
  event.lane = static_cast<uint32_t>(number_at(value.substr(8, 4)));
  const uint64_t first = number_at(value.substr(12, 1));
  const uint64_t reason = first & ~kHasOffset;
  const uint64_t length = number_at(value.substr(13, 4));
  value.remove_prefix(17);
  if ((first & kHasOffset) != 0) {
    if (value.size() < 8) return std::nullopt;
    event.offset = static_cast<int64_t>(number_at(value.substr(0, 8)));
    value.remove_prefix(8);
  }
  if (reason < 1 || reason > 3 || value.size() < length) return std::nullopt;
  event.reason = static_cast<LeftOutEvent::Reason>(reason);
  event.problem = value.substr(0, length);
  event.record = value.substr(length);
  return event;
}

std::string_view view_of(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

}  // namespace

rocksdb::Status LeftOutStore::begin() {
  const std::unique_ptr<rocksdb::Iterator> at(db_.NewIterator(rocksdb::ReadOptions()));
  for (at->Seek(std::string(1, kLeftOutPrefix)); at->Valid() && at->key()[0] == kLeftOutPrefix; at->Next()) {
    const std::string_view key = view_of(at->key());
    const size_t end = key.find('\0');
    if (end == std::string_view::npos) return rocksdb::Status::Corruption("a side output of no source");
    Kept& kept = kept_[std::string(key.substr(1, end - 1))];
    ++kept.events;
    kept.bytes += static_cast<int64_t>(key.size() + at->value().size());
  }
  return at->status();
}

void LeftOutStore::add(uint64_t first, std::span<const LoggedPush> pushes, rocksdb::WriteBatch& batch) {
  std::set<std::string> sources;
  for (const LoggedPush& push : pushes) {
    if (!push.left_out.empty()) sources.insert(push.source);
  }
  take_back(pushes, batch);
  for (const std::string& source : sources) make_room(source, kept_[source], batch);

  for (size_t i = 0; i < pushes.size(); ++i) {
    Kept* const kept = pushes[i].left_out.empty() ? nullptr : &kept_[pushes[i].source];
    uint64_t index = 0;
    for (const LeftOutEvent& event : pushes[i].left_out) {
      const std::string key = left_out_key(pushes[i].source, first + i, index++);
      const std::string value = left_out_value(pushes[i], event);
      batch.Put(key, value);
      ++kept->events;
      kept->bytes += static_cast<int64_t>(key.size() + value.size());
    }
  }
}

/// Events that are judged again leave, in the write of what becomes of them.
void LeftOutStore::take_back(std::span<const LoggedPush> pushes, rocksdb::WriteBatch& batch) {
  gone_.clear();
  for (const LoggedPush& push : pushes) {
    for (const LeftOutPlace& place : push.taken_back) remove_one(push.source, place, batch);
  }
}

void LeftOutStore::remove(const std::string& source, const std::vector<LeftOutPlace>& places,
                          rocksdb::WriteBatch& batch) {
  gone_.clear();
  for (const LeftOutPlace& place : places) remove_one(source, place, batch);
}

void LeftOutStore::remove_one(const std::string& source, const LeftOutPlace& place, rocksdb::WriteBatch& batch) {
  const std::string key = left_out_key(source, place.push, place.index.value_or(0));
  std::string value;
  const bool is_there = db_.Get(rocksdb::ReadOptions(), key, &value).ok();
  if (!is_there || !gone_.insert(key).second) return;
  batch.Delete(key);
  Kept& kept = kept_[source];
  --kept.events;
  kept.bytes -= static_cast<int64_t>(key.size() + value.size());
}

/// Only what was written before can go, so that one write may be above the limits until the next.
void LeftOutStore::make_room(const std::string& source, Kept& kept, rocksdb::WriteBatch& batch) const {
  if (kept.events < events_max_ && kept.bytes < bytes_max_) return;
  const std::string prefix = prefix_of(source);
  const std::unique_ptr<rocksdb::Iterator> at(db_.NewIterator(rocksdb::ReadOptions()));
  const auto is_enough = [&] { return kept.events <= events_max_ * 9 / 10 && kept.bytes <= bytes_max_ / 10 * 9; };
  at->Seek(prefix);
  for (; at->Valid() && at->key().starts_with(prefix) && !is_enough(); at->Next()) {
    if (gone_.contains(at->key().ToString())) continue;
    batch.Delete(at->key());
    --kept.events;
    kept.bytes -= static_cast<int64_t>(at->key().size() + at->value().size());
  }
}

rocksdb::Status LeftOutStore::check(int64_t& events) const {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> at(db_.NewIterator(options));
  for (at->Seek(std::string(1, kLeftOutPrefix)); at->Valid() && at->key()[0] == kLeftOutPrefix; at->Next(), ++events) {
    const std::string_view key = view_of(at->key());
    const size_t place = key.find('\0') + 1;
    if (place == 0 || key.size() != place + kPlaceBytes || !left_out_of(key.substr(place), view_of(at->value()))) {
      return rocksdb::Status::Corruption("a side output");
    }
  }
  return at->status();
}

rocksdb::Status LeftOutStore::read(const std::string& source, const LeftOutPlace& after, size_t count,
                                   std::vector<LeftOutEvent>& events) const {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  const std::string prefix = prefix_of(source);
  const uint64_t first = after.index ? uint64_t{*after.index} + 1 : 0;
  const bool is_past = first > UINT32_MAX;
  const std::unique_ptr<rocksdb::Iterator> at(db_.NewIterator(options));
  at->Seek(left_out_key(source, is_past ? after.push + 1 : after.push, is_past ? 0 : first));
  int64_t bytes = 0;
  for (; at->Valid() && at->key().starts_with(prefix) && events.size() < count && bytes < kReadBytes; at->Next()) {
    bytes += static_cast<int64_t>(at->value().size());
    const std::string_view place = view_of(at->key()).substr(prefix.size());
    auto event = place.size() == kPlaceBytes ? left_out_of(place, view_of(at->value())) : std::nullopt;
    if (!event) return rocksdb::Status::Corruption("a side output of " + source);
    events.push_back(*std::move(event));
  }
  return at->status();
}

}  // namespace headrace
