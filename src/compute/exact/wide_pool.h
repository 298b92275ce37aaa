#pragma once

/// Storage for the few states whose values do not fit a compact state: blocks of limbs with a free list.
///
/// Not thread-safe: one pool belongs to one aggregate object.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace headrace {

class WidePool {
 public:
  explicit WidePool(size_t limbs_per_block) : limbs_per_block_(limbs_per_block) {}

  /// Returns the index of a block of zeros.
  uint64_t allocate();
  void release(uint64_t index);

  /// Valid until the next allocate().
  std::span<uint64_t> block(uint64_t index) { return {limbs_.data() + index * limbs_per_block_, limbs_per_block_}; }
  std::span<const uint64_t> block(uint64_t index) const {
    return {limbs_.data() + index * limbs_per_block_, limbs_per_block_};
  }

  size_t blocks_in_use() const { return limbs_.size() / limbs_per_block_ - free_.size(); }

 private:
  size_t limbs_per_block_;
  std::vector<uint64_t> limbs_;
  std::vector<uint64_t> free_;
};

}  // namespace headrace
