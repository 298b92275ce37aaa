#pragma once

/// Exact running sums of powers and products: the part that all exact aggregates share, and their slow paths.
///
/// A compact state holds a few limbs for each sum (a SumTerm), in units fixed by its first values; an aggregate adds
/// to them inline. What does not fit comes here, in this order: choose the units, lower them, or move the state to a
/// wide block that holds every double. A wide state is as exact, and slower; it ends when the state is released.
///
/// Invariants:
///   (1) The limbs of a compact state hold Σ x^i·y^j in units of unit_x^i · unit_y^j, in two's complement.
///   (2) A wide state holds in limbs[0] the index of its block; the other limbs mean nothing.
///   (3) Nothing here changes the count, except release() and merge().
///
/// A wide state owns its block: copy it with clone(), drop it with release().
/// Not thread-safe: one ExactSums, and the states it serves, belong to one thread.

#include "compute/exact/big_integer.h"
#include "compute/exact/operand.h"
#include "compute/exact/wide_pool.h"

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

namespace headrace {

/// The word beside the limbs: how many values, and the unit of each side.
class SumHeader {
 public:
  static constexpr unsigned kUnset = 4095;  // no value but zero so far
  static constexpr unsigned kWide = 4094;

  static constexpr SumHeader with_bases(unsigned x, unsigned y) {
    SumHeader header;
    header.set_bases(x, y);
    return header;
  }

  uint64_t count() const { return word_ >> 24; }
  unsigned base_x() const { return word_ & 0xfff; }
  unsigned base_y() const { return (word_ >> 12) & 0xfff; }
  bool is_wide() const { return base_x() == kWide; }

  void increment() { word_ += kOne; }
  void decrement() { word_ -= kOne; }
  void add_count(uint64_t count) { word_ += count * kOne; }
  void set_count(uint64_t count) { word_ = (word_ & (kOne - 1)) | (count * kOne); }
  constexpr void set_bases(unsigned x, unsigned y) { word_ = (word_ & ~uint64_t{0xffffff}) | x | (y << 12); }

 private:
  static constexpr uint64_t kOne = uint64_t{1} << 24;
  uint64_t word_ = 0;
};

/// The state of an aggregate of exact sums, `N` limbs in all. Trivially copyable; see ExactSums for wide states.
template <int N>
struct ExactState {
  uint64_t limbs[N];
  SumHeader header;
};

/// The sum of x^degree_x · y^degree_y · weight.
struct SumTerm {
  int degree_x;
  int degree_y;
  int compact_limbs;
};

class ExactSums {
 public:
  static constexpr int kTermsMax = 5;
  static constexpr int kCompactLimbsMax = 20;

  /// `weight_bits`: room for the weight in wide sums. The headers of empty states have these bases.
  ExactSums(std::initializer_list<SumTerm> terms, unsigned empty_base_x, unsigned empty_base_y, int weight_bits);

  SumHeader empty_header() const { return SumHeader::with_bases(empty_base_x_, empty_base_y_); }

  /// Adds the products of x, y and a non-negative weight to all sums, or subtracts them, whatever it takes.
  void accumulate(uint64_t* limbs, SumHeader& header, Operand x, Operand y, uint64_t weight, bool subtract);

  /// Adds the sums and the count of another state of this object.
  void merge(uint64_t* limbs, SumHeader& header, const uint64_t* other, SumHeader other_header);

  /// Gives the state a block of its own after it was copied.
  void clone_block(uint64_t* limbs, SumHeader header);

  /// The same after it was copied from a state of another object of the same terms.
  void adopt_block(const ExactSums& owner, uint64_t* limbs, SumHeader header);

  /// All limbs of a state, wherever they lie. Valid until a state of this object changes.
  std::span<const uint64_t> limbs_of(const uint64_t* limbs, SumHeader header) const;
  /// The same to be filled, of an empty state that was given the header; a wide one is given its block.
  std::span<uint64_t> new_limbs_of(uint64_t* limbs, SumHeader header);

  /// Makes the state empty.
  void release(uint64_t* limbs, SumHeader& header);

  /// Whether all sums are 0.
  bool is_zero(const uint64_t* limbs, SumHeader header) const;

  /// One sum, in units of 2^exponent(header, term).
  BigInteger read(const uint64_t* limbs, SumHeader header, int term) const;
  int exponent(SumHeader header, int term) const;

  /// How often a state did not fit, over the life of the object.
  uint64_t wide_promotions() const { return wide_promotions_; }
  size_t wide_states() const { return pool_.blocks_in_use(); }

 private:
  struct Layout {
    SumTerm term;
    size_t compact_at;
    size_t wide_at;
    size_t wide_limbs;
  };

  static std::span<uint64_t> compact(uint64_t* limbs, const Layout& layout);
  std::span<uint64_t> wide(uint64_t* limbs, const Layout& layout);
  bool try_accumulate(uint64_t* limbs, SumHeader& header, Operand x, Operand y, uint64_t weight, bool subtract) const;
  bool try_merge(uint64_t* limbs, SumHeader& header, const uint64_t* other, SumHeader other_header) const;
  bool rebase(uint64_t* limbs, SumHeader& header, unsigned base_x, unsigned base_y) const;
  void promote(uint64_t* limbs, SumHeader& header);

  std::vector<Layout> layouts_;
  size_t compact_limbs_ = 0;
  unsigned empty_base_x_;
  unsigned empty_base_y_;
  WidePool pool_{1};
  uint64_t wide_promotions_ = 0;
};

}  // namespace headrace
