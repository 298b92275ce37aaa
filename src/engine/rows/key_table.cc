#include "engine/rows/key_table.h"

#include "base/check.h"
#include "base/hash.h"

#include <fmt/format.h>

#include <bit>
#include <mutex>

namespace headrace {
namespace {

constexpr uint32_t kUnknown = UINT32_MAX;

}  // namespace

uint64_t KeyTable::hash_at(std::span<const Slot* const> key_columns, size_t row) const {
  uint64_t hash = 0;
  for (const Slot* column : key_columns) hash = mix64(hash ^ column[row]) + 0x9e3779b97f4a7c15ULL;
  return hash;
}

size_t KeyTable::find(uint64_t hash, std::span<const Slot* const> key_columns, size_t row) const {
  const size_t mask = entries_.size() - 1;
  for (size_t at = hash & mask;; at = (at + 1) & mask) {
    const Entry& entry = entries_[at];
    if (entry.used == 0) return at;
    if (entry.hash != hash) continue;
    bool equal = true;
    for (size_t column = 0; column < columns_; ++column) {
      equal &= keys_[entry.id * columns_ + column] == key_columns[column][row];
    }
    if (equal) return at;
  }
}

void KeyTable::grow() {
  std::vector<Entry> old(entries_.size() * 2);
  old.swap(entries_);
  const size_t mask = entries_.size() - 1;
  for (const Entry& entry : old) {
    if (entry.used == 0) continue;
    size_t at = entry.hash & mask;
    while (entries_[at].used != 0) at = (at + 1) & mask;
    entries_[at] = entry;
  }
}

void KeyTable::resolve(std::span<const Slot* const> key_columns, size_t rows, uint32_t* ids) {
  CHECK_EQ(key_columns.size(), columns_);
  bool any_unknown = false;
  {
    const std::shared_lock lock(mutex_);
    if (columns_ == 1) {
      any_unknown = find_all(key_columns[0], rows, ids);
    } else {
      for (size_t row = 0; row < rows; ++row) {
        ids[row] = known_id(key_columns, row);
        any_unknown |= ids[row] == kUnknown;
      }
    }
  }
  if (!any_unknown) return;
  const std::unique_lock lock(mutex_);
  for (size_t row = 0; row < rows; ++row) {
    if (ids[row] != kUnknown) continue;
    ids[row] = known_id(key_columns, row);
    if (ids[row] == kUnknown) ids[row] = add(key_columns, row);
  }
}

/// known_id() for keys of one column; returns whether any is unknown.
bool KeyTable::find_all(const Slot* keys, size_t rows, uint32_t* ids) const {
  const uint32_t* direct = direct_.data();
  const size_t direct_size = direct_.size();
  bool any_unknown = false;
  for (size_t row = 0; row < rows; ++row) {
    const uint32_t id = keys[row] < direct_size ? direct[keys[row]] : known_id({&keys, 1}, row);
    any_unknown |= id == kUnknown;
    ids[row] = id;
  }
  return any_unknown;
}

uint32_t KeyTable::known_id(std::span<const Slot* const> key_columns, size_t row) const {
  if (is_direct(key_columns, row)) return direct_[key_columns[0][row]];
  if (columns_ == 1 && key_columns[0][row] < kDirectMax) return kUnknown;
  const Entry& entry = entries_[find(hash_at(key_columns, row), key_columns, row)];
  return entry.used != 0 ? entry.id : kUnknown;
}

uint32_t KeyTable::add(std::span<const Slot* const> key_columns, size_t row) {
  CHECK_LT(size_.load(), size_t{kUnknown});
  uint32_t id;
  if (free_.empty()) {
    id = static_cast<uint32_t>(size_++);
    for (const Slot* column : key_columns) keys_.push_back(column[row]);
  } else {
    id = free_.back();
    free_.pop_back();
    is_free_[id] = 0;
    for (size_t column = 0; column < columns_; ++column) keys_[id * columns_ + column] = key_columns[column][row];
  }
  if (columns_ == 1 && key_columns[0][row] < kDirectMax) {
    const size_t key = key_columns[0][row];
    if (key >= direct_.size()) direct_.resize(std::bit_ceil(key + 1), kUnknown);
    direct_[key] = id;
    return id;
  }
  if ((size_ + 1) * 2 > entries_.size()) grow();
  const uint64_t hash = hash_at(key_columns, row);
  entries_[find(hash, key_columns, row)] = {hash, id, 1};
  return id;
}

void KeyTable::remove(uint32_t id) {
  const std::unique_lock lock(mutex_);
  CHECK_EQ(share_.count, uint32_t{1});
  CHECK_LT(size_t{id}, size_.load());
  std::vector<const Slot*> columns;
  for (size_t column = 0; column < columns_; ++column) columns.push_back(&keys_[id * columns_ + column]);
  if (columns_ == 1 && columns[0][0] < kDirectMax) {
    CHECK_EQ(direct_[columns[0][0]], id);
    direct_[columns[0][0]] = kUnknown;
  } else {
    erase_entry(find(hash_at(columns, 0), columns, 0));
  }
  if (id >= is_free_.size()) is_free_.resize(size_);
  is_free_[id] = 1;
  free_.push_back(id);
}

/// Entries behind it go back to where they belong, or to the place that is nearest to that.
void KeyTable::erase_entry(size_t at) {
  const size_t mask = entries_.size() - 1;
  CHECK(entries_[at].used != 0);
  size_t gap = at;
  for (size_t next = (at + 1) & mask; entries_[next].used != 0; next = (next + 1) & mask) {
    const size_t home = entries_[next].hash & mask;
    if (((next - home) & mask) < ((next - gap) & mask)) continue;
    entries_[gap] = entries_[next];
    gap = next;
  }
  entries_[gap] = {};
}

bool KeyTable::has_key(uint32_t id) const {
  const std::shared_lock lock(mutex_);
  return id < size_ && (id >= is_free_.size() || is_free_[id] == 0);
}

size_t KeyTable::key_count() const {
  const std::shared_lock lock(mutex_);
  return size_ - free_.size();
}

std::optional<uint32_t> KeyTable::find(std::span<const Slot> key) const {
  CHECK_EQ(key.size(), columns_);
  const Slot* only = key.data();
  std::vector<const Slot*> several;
  for (size_t column = 0; columns_ > 1 && column < columns_; ++column) several.push_back(&key[column]);
  const std::shared_lock lock(mutex_);
  const uint32_t id = known_id(columns_ == 1 ? std::span<const Slot* const>(&only, 1) : several, 0);
  return id == kUnknown ? std::nullopt : std::optional(id);
}

size_t KeyTable::size() const {
  const size_t size = size_;
  if (share_.count == 1) return size;
  const size_t group = size_t{share_.count} << share_.partition_bits;
  return ((size + group - 1) / group) << share_.partition_bits;
}

Slot KeyTable::slot(uint32_t id, size_t column) const {
  const std::shared_lock lock(mutex_);
  return slot_unlocked(id, column);
}

bool KeyTable::less(uint32_t a, uint32_t b) const {
  const std::shared_lock lock(mutex_);
  return less_unlocked(a, b);
}

Status KeyTable::agree_on_types(const std::vector<ScalarType>& types, const std::string& owner) {
  CHECK_EQ(types.size(), columns_);
  const std::unique_lock lock(mutex_);
  if (types_.empty()) {
    types_ = types;
    types_owner_ = owner;
  }
  for (size_t column = 0; column < columns_; ++column) {
    if (types[column] == types_[column]) continue;
    return Error::data(fmt::format("key column {} is {} in {}, but {} in {}", column + 1, to_string(types[column]),
                                   owner, to_string(types_[column]), types_owner_))
        .with_help("give the key one type everywhere; declare it in the columns of each source");
  }
  return {};
}

std::vector<ScalarType> KeyTable::types() const {
  const std::shared_lock lock(mutex_);
  return types_;
}

bool KeyTable::less_unlocked(uint32_t a, uint32_t b) const {
  for (size_t column = 0; column < columns_; ++column) {
    const Slot left = slot_unlocked(a, column);
    const Slot right = slot_unlocked(b, column);
    if (left == right) continue;
    if (types_[column] == ScalarType::kString) return from_slot<Text>(left) < from_slot<Text>(right);
    return from_slot<int64_t>(left) < from_slot<int64_t>(right);
  }
  return false;
}

int64_t KeyTable::memory_bytes() const {
  const std::shared_lock lock(mutex_);
  return static_cast<int64_t>(entries_.capacity() * sizeof(Entry) + direct_.capacity() * sizeof(uint32_t) +
                              keys_.capacity() * sizeof(Slot) + free_.capacity() * sizeof(uint32_t) +
                              is_free_.capacity());
}

}  // namespace headrace
