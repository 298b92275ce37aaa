#include "engine/stream/live_keys.h"

#include <algorithm>
#include <span>

namespace headrace {

void LiveKeys::add(const BlockSlice& slice) {
  const RowBlock& block = *slice.block;
  for (size_t row = slice.begin; row < slice.end; ++row) {
    Key& key = keys_[block.ids[row]];
    key.rows.push_back({&block, static_cast<uint32_t>(row)});
    key.is_watched = false;
  }
}

void LiveKeys::settle(const TimeSlice& slice, const TimeStep& step) {
  for (const BlockSlice& part : slice.slices) {
    for (size_t row = part.begin; row < part.end; ++row) ++keys_[part.block->ids[row]].leaving;
  }
  for (const BlockSlice& part : slice.slices) {
    for (size_t row = part.begin; row < part.end; ++row) {
      Key& key = keys_[part.block->ids[row]];
      if (key.leaving > 0) drop_settled(key, slice.end);
    }
  }

  for (size_t i = 0; i < step.ids.size(); ++i) {
    Key& key = keys_[step.ids[i]];
    if (step.times[i] > key.moved_to) key.is_live = false;
  }
}

/// Those that stay go to those behind the last one that leaves, which are not looked at. Places that are asked for leave too, and
/// are among no key's rows.
void LiveKeys::drop_settled(Key& key, int64_t end) {
  bool has_missed = false;
  uint32_t at = key.first;
  std::vector<Row> staying;  // nothing, where rows come in order of time
  uint32_t staying_taken = 0;
  for (; key.leaving > 0 && at < key.rows.size(); ++at) {
    const bool is_taken = at < key.taken;
    if (key.rows[at].time() < end) {
      --key.leaving;
      has_missed |= !is_taken;
      continue;
    }
    staying.push_back(key.rows[at]);
    staying_taken += is_taken ? 1 : 0;
  }
  key.leaving = 0;

  const auto stay = static_cast<uint32_t>(staying.size());
  std::copy(staying.begin(), staying.end(), key.rows.begin() + (at - stay));
  if (key.taken <= at) key.taken = at - stay + staying_taken;
  key.first = at - stay;
  if (has_missed) key.is_live = false;
  forget_settled(key);
}

/// When they are more than those that are left, so that each row is moved about once.
void LiveKeys::forget_settled(Key& key) {
  if (key.first * 2 < key.rows.size()) return;
  key.rows.erase(key.rows.begin(), key.rows.begin() + key.first);
  key.taken -= key.first;
  key.first = 0;
}

/// Neighbours of one block go into one slice.
void LiveKeys::append(const Row& row, std::vector<BlockSlice>& slices) {
  BlockSlice* const last = slices.empty() ? nullptr : &slices.back();
  if (last != nullptr && last->block.get() == row.block && last->end == row.row) {
    ++last->end;
  } else {
    slices.push_back({BlockPtr(BlockPtr(), row.block), row.row, row.row + size_t{1}});
  }
}

void LiveKeys::advance(uint32_t id, int64_t first, int64_t last, Advance& advance) {
  Key& key = keys_[id];
  const auto is_after = [&](const Row& row) { return row.time() > key.moved_to; };
  advance.begins_anew =
      !key.is_live || first < key.moved_to || !std::all_of(key.rows.begin() + key.taken, key.rows.end(), is_after);
  if (advance.begins_anew) {
    key.is_live = true;
    key.taken = key.first;
    key.moved_to = kTimeMin;
  }

  bool has_later = false;
  for (; key.taken < key.rows.size(); ++key.taken) {
    const Row& row = key.rows[key.taken];
    if (row.time() > last) {
      has_later = true;
      continue;
    }
    append(row, advance.slices);
    key.moved_to = std::max(key.moved_to, row.time());
  }
  if (has_later) key.is_live = false;
  key.moved_to = std::max(key.moved_to, last);
}

int64_t LiveKeys::newest(uint32_t key, size_t source, int64_t last) const {
  int64_t newest = kTimeMin;
  if (key >= keys_.size()) return newest;
  for (const Row& row : std::span(keys_[key].rows).subspan(keys_[key].first)) {
    if (row.block->source == source && row.time() <= last) newest = std::max(newest, row.time());
  }
  return newest;
}

int64_t LiveKeys::memory_bytes() const {
  auto bytes = static_cast<int64_t>(keys_.capacity() * sizeof(Key));
  for (const Key& key : keys_) bytes += static_cast<int64_t>(key.rows.capacity() * sizeof(Row));
  return bytes;
}

}  // namespace headrace
