#pragma once

/// What all exact aggregates share: states, merging, and the ownership of wide states.
///
/// An object owns the wide blocks of its states: a state that may be wide is copied with clone() and emptied with
/// reset(). A state that holds no values is never wide. Not thread-safe: an object and its states belong to one thread.

#include "compute/aggregates/state_bytes.h"
#include "compute/exact/exact_sums.h"

#include <cmath>
#include <initializer_list>
#include <memory>

namespace headrace {

/// The base of a state without values: integers have one unit for ever, doubles choose it by the first value.
template <typename T>
inline constexpr unsigned kEmptyBase = SumHeader::kUnset;
template <>
inline constexpr unsigned kEmptyBase<int64_t> = kIntegerBase;

enum class Change { kUpdate, kRetract };

/// Stores a result; returns false, for null, when it is past the largest double.
inline bool store_finite(double value, Slot& out) {
  out = to_slot(value + 0.0);  // an underflowing division may give −0.0
  return std::isfinite(value);
}

template <int N>
class ExactAggregate {
 public:
  using State = ExactState<N>;

  State identity() const { return {{}, sums_->empty_header()}; }

  /// Both states are of this object; `other` stays as it is.
  void merge(State& state, const State& other) const {
    sums_->merge(state.limbs, state.header, other.limbs, other.header);
  }

  State clone(const State& state) const {
    State copy = state;
    sums_->clone_block(copy.limbs, copy.header);
    return copy;
  }

  /// A copy, for this object, of a state of another object with the same parameters.
  State adopt(const ExactAggregate& owner, const State& state) const {
    State copy = state;
    sums_->adopt_block(*owner.sums_, copy.limbs, copy.header);
    return copy;
  }

  /// Makes the state empty, whatever it holds.
  void reset(State& state) const { sums_->release(state.limbs, state.header); }

  void store(const State& state, StateWriter& writer) const {
    writer.word(state.header.count());
    writer.word(state.header.base_x());
    writer.word(state.header.base_y());
    for (const uint64_t limb : sums_->limbs_of(state.limbs, state.header)) writer.word(limb);
  }
  void restore(State& state, StateReader& reader) const {
    const uint64_t count = reader.word();
    const uint64_t base_x = reader.word();
    const uint64_t base_y = reader.word();
    if (count >> 40 != 0 || base_x > SumHeader::kUnset || base_y > SumHeader::kUnset) reader.fail();
    if (!reader.ok()) return;
    state.header.set_bases(static_cast<unsigned>(base_x), static_cast<unsigned>(base_y));
    state.header.set_count(count);
    for (uint64_t& limb : sums_->new_limbs_of(state.limbs, state.header)) limb = reader.word();
  }

  /// How often a state became wide, over the life of the object.
  uint64_t wide_promotions() const { return sums_->wide_promotions(); }
  /// How many states are wide now.
  size_t wide_states() const { return sums_->wide_states(); }

 protected:
  ExactAggregate(std::initializer_list<SumTerm> terms, unsigned empty_base_x, unsigned empty_base_y,
                 int weight_bits = 0)
      : sums_(std::make_unique<ExactSums>(terms, empty_base_x, empty_base_y, weight_bits)) {}

  BigInteger read(const State& state, int term) const { return sums_->read(state.limbs, state.header, term); }
  int exponent(const State& state, int term) const { return sums_->exponent(state.header, term); }

  std::unique_ptr<ExactSums> sums_;  // behind a pointer: states change through an aggregate that does not
};

}  // namespace headrace
