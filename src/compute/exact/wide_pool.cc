#include "compute/exact/wide_pool.h"

#include <algorithm>

namespace headrace {

uint64_t WidePool::allocate() {
  if (free_.empty()) {
    const uint64_t index = limbs_.size() / limbs_per_block_;
    limbs_.resize(limbs_.size() + limbs_per_block_, 0);
    return index;
  }
  const uint64_t index = free_.back();
  free_.pop_back();
  std::ranges::fill(block(index), 0);
  return index;
}

void WidePool::release(uint64_t index) { free_.push_back(index); }

}  // namespace headrace
