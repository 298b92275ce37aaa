#include "engine/rows/row_block.h"

#include <algorithm>
#include <array>
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
  out.tie_orders = gather(block.tie_orders, permutation);
  out.event_ids = gather(block.event_ids, permutation);
  out.is_deleted = gather(block.is_deleted, permutation);
  out.origins = gather(block.origins, permutation);
  for (const RowColumn& column : block.columns) {
    out.columns.push_back({gather(column.values, permutation), gather(column.valid, permutation)});
  }
  return out;
}

void keep_rows(RowBlock& block, std::span<const uint8_t> is_kept) {
  std::vector<uint32_t> rows;
  for (uint32_t row = 0; row < block.rows(); ++row) {
    if (is_kept[row] != 0) rows.push_back(row);
  }
  block = permuted(block, rows);
}

void keep_share(RowBlock& block, const KeyShare& share) {
  if (share.count == 1) return;
  std::vector<uint32_t> rows;
  for (uint32_t row = 0; row < block.rows(); ++row) {
    if (!share.has(block.ids[row])) continue;
    block.ids[row] = share.to_share(block.ids[row]);
    rows.push_back(row);
  }
  block = permuted(block, rows);
}

/// By counting 11 bits at a time from the lowest (least significant digit radix sort).
std::vector<uint32_t> order_of_times(std::span<const int64_t> times) {
  constexpr int kBits = 11;
  constexpr size_t kDigits = size_t{1} << kBits;
  std::vector<uint32_t> order(times.size());
  std::iota(order.begin(), order.end(), 0u);
  if (std::is_sorted(times.begin(), times.end())) return order;

  const auto [low, high] = std::minmax_element(times.begin(), times.end());
  const uint64_t range = static_cast<uint64_t>(*high) - static_cast<uint64_t>(*low);
  std::vector<uint32_t> next(times.size());
  for (int shift = 0; shift < 64 && (range >> shift) != 0; shift += kBits) {
    const auto digit = [&](uint32_t row) {
      return ((static_cast<uint64_t>(times[row]) - static_cast<uint64_t>(*low)) >> shift) & (kDigits - 1);
    };
    std::array<uint32_t, kDigits + 1> starts{};
    for (uint32_t row : order) ++starts[digit(row) + 1];
    std::partial_sum(starts.begin(), starts.end(), starts.begin());
    for (uint32_t row : order) next[starts[digit(row)]++] = row;
    order.swap(next);
  }
  return order;
}

void sort_block(RowBlock& block) {
  const auto before = [&](uint32_t a, uint32_t b) {
    if (block.times[a] != block.times[b]) return block.times[a] < block.times[b];
    if (!block.arrivals.empty() && block.arrivals[a] != block.arrivals[b]) return block.arrivals[a] < block.arrivals[b];
    return tie_order_of(block, a) < tie_order_of(block, b);
  };
  bool in_order = true;
  for (uint32_t row = 1; row < block.rows() && in_order; ++row) in_order = !before(row, row - 1);
  if (in_order) return;
  if (block.arrivals.empty() && block.tie_orders.empty()) {
    block = permuted(block, order_of_times(block.times));
    return;
  }
  std::vector<uint32_t> permutation(block.rows());
  std::iota(permutation.begin(), permutation.end(), 0u);
  std::stable_sort(permutation.begin(), permutation.end(), before);
  block = permuted(block, permutation);
}

}  // namespace headrace
