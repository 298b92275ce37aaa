#pragma once

/// Divides a whole number into shares that add up to it again.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace headrace {

/// Shares in proportion to the weights, each rounded down; what is left goes to those with the largest remainders, one each,
/// the first among equals. Without any weight all have the same.
/// REQUIRES: nothing is negative, and there is a weight.
std::vector<int64_t> exact_shares(int64_t whole, const std::vector<int64_t>& weights);

/// So many equal shares: the first ones have one more than the others where the number does not divide the whole, so that no
/// share shrinks when the whole grows.
std::vector<int64_t> equal_shares(int64_t whole, size_t count);

}  // namespace headrace
