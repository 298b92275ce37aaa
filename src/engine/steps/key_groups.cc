#include "engine/steps/key_groups.h"

namespace headrace {
namespace {

/// Counting costs a word for each key; more keys than this for each instant are not worth it.
constexpr size_t kKeysPerInstantMax = 4;

}  // namespace

void KeyGroups::assign(std::span<const uint32_t> instants, const uint32_t* ids, int key_shift, size_t keys) {
  groups_.clear();
  instants_.resize(instants.size());
  if (keys <= kKeysPerInstantMax * instants.size()) return sort(instants, ids, key_shift, keys);
  for (uint32_t i = 0; i < instants.size(); ++i) {
    const uint32_t key = ids[instants[i]] >> key_shift;
    instants_[i] = instants[i];
    if (i == 0 || groups_.back().key != key) groups_.push_back({key, i, i});
    groups_.back().end = i + 1;
  }
}

void KeyGroups::sort(std::span<const uint32_t> instants, const uint32_t* ids, int key_shift, size_t keys) {
  places_.assign(keys, 0);
  for (uint32_t instant : instants) ++places_[ids[instant] >> key_shift];

  uint32_t begin = 0;
  for (uint32_t key = 0; key < keys; ++key) {
    const uint32_t count = places_[key];
    places_[key] = begin;
    if (count > 0) groups_.push_back({key, begin, begin + count});
    begin += count;
  }
  for (uint32_t instant : instants) instants_[places_[ids[instant] >> key_shift]++] = instant;
}

}  // namespace headrace
