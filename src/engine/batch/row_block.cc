#include "engine/batch/row_block.h"

#include <algorithm>
#include <numeric>

namespace headrace {
namespace {

template <typename T>
std::vector<T> gather(const std::vector<T>& values, const std::vector<uint32_t>& permutation) {
  if (values.empty()) return {};
  std::vector<T> out(permutation.size());
  for (size_t i = 0; i < permutation.size(); ++i) out[i] = values[permutation[i]];
  return out;
}

}  // namespace

RowBlock permuted(const RowBlock& block, const std::vector<uint32_t>& permutation) {
  RowBlock out;
  out.source = block.source;
  out.order = block.order;
  out.times = gather(block.times, permutation);
  out.ids = gather(block.ids, permutation);
  out.arrivals = gather(block.arrivals, permutation);
  out.origins = gather(block.origins, permutation);
  for (const SlotColumn& slot : block.slots) {
    out.slots.push_back({gather(slot.values, permutation), gather(slot.valid, permutation)});
  }
  return out;
}

void sort_block(RowBlock& block) {
  const auto before = [&](uint32_t a, uint32_t b) {
    if (block.times[a] != block.times[b]) return block.times[a] < block.times[b];
    return !block.arrivals.empty() && block.arrivals[a] < block.arrivals[b];
  };
  bool in_order = true;
  for (uint32_t row = 1; row < block.rows() && in_order; ++row) in_order = !before(row, row - 1);
  if (in_order) return;
  std::vector<uint32_t> permutation(block.rows());
  std::iota(permutation.begin(), permutation.end(), 0u);
  std::stable_sort(permutation.begin(), permutation.end(), before);
  block = permuted(block, permutation);
}

}  // namespace headrace
