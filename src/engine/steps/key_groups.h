#pragma once

/// Brings the instants of a partition's step from order of time together by key.
///
/// Not thread-safe: scratch memory of one thread.

#include "compute/windows/kernel.h"

#include <cstdint>
#include <span>
#include <vector>

namespace headrace {

class KeyGroups {
 public:
  /// Groups instants whose local keys are ids[instant] >> key_shift, all below `keys`. Groups are in order of the key,
  /// or, where the keys are many and the instants few, of their first instants.
  void assign(std::span<const uint32_t> instants, const uint32_t* ids, int key_shift, size_t keys);

  std::span<const uint32_t> instants() const { return instants_; }
  std::span<const KeyGroup> groups() const { return groups_; }

 private:
  void sort(std::span<const uint32_t> instants, const uint32_t* ids, int key_shift, size_t keys);

  std::vector<uint32_t> instants_;
  std::vector<KeyGroup> groups_;
  std::vector<uint32_t> places_;  // by key: where its next instant goes
};

}  // namespace headrace
