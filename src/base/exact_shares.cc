#include "base/exact_shares.h"

#include "base/check.h"

#include <algorithm>
#include <numeric>

namespace headrace {

using Wide = unsigned __int128;

std::vector<int64_t> exact_shares(int64_t whole, const std::vector<int64_t>& weights) {
  CHECK_LE(int64_t{0}, whole);
  Wide sum = 0;
  for (const int64_t weight : weights) sum += static_cast<Wide>(weight);
  if (sum == 0) return equal_shares(whole, weights.size());

  std::vector<int64_t> shares;
  std::vector<Wide> remainders;
  int64_t left = whole;
  for (const int64_t weight : weights) {
    const Wide part = static_cast<Wide>(whole) * static_cast<Wide>(weight);
    shares.push_back(static_cast<int64_t>(part / sum));
    remainders.push_back(part % sum);
    left -= shares.back();
  }

  std::vector<size_t> order(weights.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, [&](size_t a, size_t b) { return remainders[a] > remainders[b]; });
  for (size_t i = 0; i < static_cast<size_t>(left); ++i) ++shares[order[i]];
  return shares;
}

std::vector<int64_t> equal_shares(int64_t whole, size_t count) {
  CHECK_LT(size_t{0}, count);
  const auto parts = static_cast<int64_t>(count);
  std::vector<int64_t> shares(count, whole / parts);
  for (size_t i = 0; i < static_cast<size_t>(whole % parts); ++i) ++shares[i];
  return shares;
}

}  // namespace headrace
