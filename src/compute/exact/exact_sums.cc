#include "compute/exact/exact_sums.h"

#include "base/check.h"

#include <algorithm>
#include <bit>

namespace headrace {
namespace {

/// Bits from the last place of the smallest double to the top of the largest, and of a count and a sign.
constexpr int kDoubleBits = 2098;
constexpr int kCountBits = 41;

BigInteger product_of(const SumTerm& term, const Operand& x, const Operand& y, uint64_t weight) {
  BigInteger product = BigInteger::from_unsigned(weight);
  for (int i = 0; i < term.degree_x; ++i) product = product * BigInteger::from_unsigned(x.magnitude);
  for (int i = 0; i < term.degree_y; ++i) product = product * BigInteger::from_unsigned(y.magnitude);
  return product;
}

bool is_negative_product(const SumTerm& term, const Operand& x, const Operand& y) {
  return (x.negative && term.degree_x % 2 != 0) != (y.negative && term.degree_y % 2 != 0);
}

/// The base that holds the values so far and the operand. Zero needs none; a first value gets room on both sides.
unsigned base_for(unsigned base, const Operand& operand) {
  if (operand.magnitude == 0) return base;
  if (base == SumHeader::kUnset) return operand.base > kFirstShift ? operand.base - kFirstShift : 1;
  return std::min(base, operand.base + static_cast<unsigned>(std::countr_zero(operand.magnitude)));
}

/// Expresses the operand in the unit of a base. REQUIRES: base_for(base, operand) == base.
Operand in_units_of(unsigned base, Operand operand) {
  if (operand.magnitude == 0) return {0, base, false};
  if (operand.base < base) {
    operand.magnitude >>= base - operand.base;
    operand.base = base;
  }
  return operand;
}

unsigned shift_of(const SumTerm& term, unsigned shift_x, unsigned shift_y) {
  return static_cast<unsigned>(term.degree_x) * shift_x + static_cast<unsigned>(term.degree_y) * shift_y;
}

bool all_zero(std::span<const uint64_t> limbs) {
  return std::ranges::all_of(limbs, [](uint64_t limb) { return limb == 0; });
}

}  // namespace

ExactSums::ExactSums(std::initializer_list<SumTerm> terms, unsigned empty_base_x, unsigned empty_base_y,
                     int weight_bits)
    : empty_base_x_(empty_base_x), empty_base_y_(empty_base_y) {
  size_t wide_limbs = 0;
  for (const SumTerm& term : terms) {
    const int bits = kDoubleBits * (term.degree_x + term.degree_y) + kCountBits + weight_bits;
    const size_t limbs = static_cast<size_t>((bits + 63) / 64);
    layouts_.push_back({term, compact_limbs_, wide_limbs, limbs});
    compact_limbs_ += static_cast<size_t>(term.compact_limbs);
    wide_limbs += limbs;
  }
  CHECK(layouts_.size() <= kTermsMax && compact_limbs_ <= kCompactLimbsMax);
  pool_ = WidePool(wide_limbs);
}

std::span<uint64_t> ExactSums::compact(uint64_t* limbs, const Layout& layout) {
  return {limbs + layout.compact_at, static_cast<size_t>(layout.term.compact_limbs)};
}

std::span<uint64_t> ExactSums::wide(uint64_t* limbs, const Layout& layout) {
  return pool_.block(limbs[0]).subspan(layout.wide_at, layout.wide_limbs);
}

void ExactSums::accumulate(uint64_t* limbs, SumHeader& header, Operand x, Operand y, uint64_t weight, bool subtract) {
  if (!header.is_wide()) {
    if (try_accumulate(limbs, header, x, y, weight, subtract)) return;
    promote(limbs, header);
  }
  for (const Layout& layout : layouts_) {
    const BigInteger product = product_of(layout.term, x, y, weight);
    const unsigned shift = shift_of(layout.term, x.base - 1, y.base - 1);
    const bool negative = is_negative_product(layout.term, x, y) != subtract;
    CHECK(add_shifted(wide(limbs, layout), product.magnitude(), shift, negative));
  }
}

bool ExactSums::try_accumulate(uint64_t* limbs, SumHeader& header, Operand x, Operand y, uint64_t weight,
                               bool subtract) const {
  uint64_t changed[kCompactLimbsMax];
  std::copy_n(limbs, compact_limbs_, changed);
  SumHeader changed_header = header;
  const unsigned base_x = base_for(header.base_x(), x);
  const unsigned base_y = base_for(header.base_y(), y);
  if (!rebase(changed, changed_header, base_x, base_y)) return false;
  x = in_units_of(base_x, x);
  y = in_units_of(base_y, y);
  for (const Layout& layout : layouts_) {
    const BigInteger product = product_of(layout.term, x, y, weight);
    const unsigned shift = shift_of(layout.term, x.base - base_x, y.base - base_y);
    const bool negative = is_negative_product(layout.term, x, y) != subtract;
    if (!add_shifted(compact(changed, layout), product.magnitude(), shift, negative)) return false;
  }
  std::copy_n(changed, compact_limbs_, limbs);
  header = changed_header;
  return true;
}

bool ExactSums::rebase(uint64_t* limbs, SumHeader& header, unsigned base_x, unsigned base_y) const {
  // Sums in units not yet chosen are zero, so any shift of them is right.
  const unsigned shift_x = header.base_x() == SumHeader::kUnset ? 0 : header.base_x() - base_x;
  const unsigned shift_y = header.base_y() == SumHeader::kUnset ? 0 : header.base_y() - base_y;
  header.set_bases(base_x, base_y);
  if (shift_x == 0 && shift_y == 0) return true;
  return std::ranges::all_of(layouts_, [&](const Layout& layout) {
    return shift_left(compact(limbs, layout), shift_of(layout.term, shift_x, shift_y));
  });
}

void ExactSums::promote(uint64_t* limbs, SumHeader& header) {
  const uint64_t index = pool_.allocate();
  for (size_t i = 0; i < layouts_.size(); ++i) {
    const Layout& layout = layouts_[i];
    const BigInteger sum = read(limbs, header, static_cast<int>(i));
    if (sum.is_zero()) continue;
    // A sum that is not zero has had values on every side that its term names.
    const unsigned shift = shift_of(layout.term, header.base_x() - 1, header.base_y() - 1);
    CHECK(add_shifted(pool_.block(index).subspan(layout.wide_at, layout.wide_limbs), sum.magnitude(), shift,
                      sum.negative()));
  }
  limbs[0] = index;
  header.set_bases(SumHeader::kWide, SumHeader::kWide);
  ++wide_promotions_;
}

void ExactSums::merge(uint64_t* limbs, SumHeader& header, const uint64_t* other, SumHeader other_header) {
  if (!header.is_wide() && !other_header.is_wide() && try_merge(limbs, header, other, other_header)) {
    header.add_count(other_header.count());
    return;
  }
  if (!header.is_wide()) promote(limbs, header);
  // The other state stays as it is, so a compact one is promoted as a copy.
  uint64_t copy[kCompactLimbsMax];
  std::copy_n(other, compact_limbs_, copy);
  SumHeader copy_header = other_header;
  if (!other_header.is_wide()) promote(copy, copy_header);
  for (const Layout& layout : layouts_) CHECK(add_limbs(wide(limbs, layout), wide(copy, layout)));
  if (!other_header.is_wide()) {
    release(copy, copy_header);
    --wide_promotions_;
  }
  header.add_count(other_header.count());
}

bool ExactSums::try_merge(uint64_t* limbs, SumHeader& header, const uint64_t* other, SumHeader other_header) const {
  uint64_t left[kCompactLimbsMax];
  uint64_t right[kCompactLimbsMax];
  std::copy_n(limbs, compact_limbs_, left);
  std::copy_n(other, compact_limbs_, right);
  SumHeader left_header = header;
  const unsigned base_x = std::min(header.base_x(), other_header.base_x());  // kUnset is above every base
  const unsigned base_y = std::min(header.base_y(), other_header.base_y());
  if (!rebase(left, left_header, base_x, base_y) || !rebase(right, other_header, base_x, base_y)) return false;
  for (const Layout& layout : layouts_) {
    if (!add_limbs(compact(left, layout), compact(right, layout))) return false;
  }
  std::copy_n(left, compact_limbs_, limbs);
  header = left_header;
  return true;
}

void ExactSums::clone_block(uint64_t* limbs, SumHeader header) {
  if (!header.is_wide()) return;
  const uint64_t index = pool_.allocate();
  std::ranges::copy(pool_.block(limbs[0]), pool_.block(index).begin());
  limbs[0] = index;
}

void ExactSums::adopt_block(const ExactSums& owner, uint64_t* limbs, SumHeader header) {
  if (!header.is_wide()) return;
  const uint64_t index = pool_.allocate();
  std::ranges::copy(owner.pool_.block(limbs[0]), pool_.block(index).begin());
  limbs[0] = index;
}

std::span<const uint64_t> ExactSums::limbs_of(const uint64_t* limbs, SumHeader header) const {
  return header.is_wide() ? pool_.block(limbs[0]) : std::span(limbs, compact_limbs_);
}

std::span<uint64_t> ExactSums::new_limbs_of(uint64_t* limbs, SumHeader header) {
  if (!header.is_wide()) return {limbs, compact_limbs_};
  limbs[0] = pool_.allocate();
  return pool_.block(limbs[0]);
}

void ExactSums::release(uint64_t* limbs, SumHeader& header) {
  if (header.is_wide()) pool_.release(limbs[0]);
  std::fill_n(limbs, compact_limbs_, 0);
  header = empty_header();
}

bool ExactSums::is_zero(const uint64_t* limbs, SumHeader header) const {
  return header.is_wide() ? all_zero(pool_.block(limbs[0])) : all_zero({limbs, compact_limbs_});
}

BigInteger ExactSums::read(const uint64_t* limbs, SumHeader header, int term) const {
  const Layout& layout = layouts_[static_cast<size_t>(term)];
  if (header.is_wide()) {
    return BigInteger::from_limbs(pool_.block(limbs[0]).subspan(layout.wide_at, layout.wide_limbs));
  }
  return BigInteger::from_limbs({limbs + layout.compact_at, static_cast<size_t>(layout.term.compact_limbs)});
}

int ExactSums::exponent(SumHeader header, int term) const {
  const SumTerm& which = layouts_[static_cast<size_t>(term)].term;
  const auto unit = [&](unsigned base) {
    if (base == SumHeader::kWide) return 1 - static_cast<int>(kExponentBias);
    return base == SumHeader::kUnset ? 0 : static_cast<int>(base) - static_cast<int>(kExponentBias);
  };
  return which.degree_x * unit(header.base_x()) + which.degree_y * unit(header.base_y());
}

}  // namespace headrace
