#pragma once

/// The algebra of an aggregate: what states can do. Nothing here knows of windows, nulls, columns or storage.
///
/// An aggregate A is an object that holds parameters; A::State is a value. Laws (aggregate_laws_test.cc):
///   identity       merge(s, identity()) leaves s unchanged
///   associativity  merge(merge(a, b), c) and merge(a, merge(b, c)) write the same
///   concatenation  updating with x then y = merging the states of x and of y
///   retraction     update(s, v, t) then retract(s, v, t) of the oldest value gives what was before, bit for bit
///   storage        a state that was stored and restored goes on as the first would have, bit for bit
///
/// Values come in order of (time, arrival), which only aggregates with depends_on_arrival() may rely on.

#include "compute/aggregates/aggregation.h"
#include "data/text_pool.h"
#include "data/time.h"

#include <bit>
#include <concepts>
#include <cstdint>
#include <vector>

namespace headrace {

/// One value in one machine word: double bits, int64, timestamp us, bool 0 or 1, Text bits.
using Slot = uint64_t;

inline Slot to_slot(double v) { return std::bit_cast<Slot>(v); }
inline Slot to_slot(int64_t v) { return static_cast<Slot>(v); }
inline Slot to_slot(bool v) { return v ? 1 : 0; }
inline Slot to_slot(Text v) { return v.bits(); }
template <typename T>
T from_slot(Slot slot) {
  if constexpr (std::same_as<T, double>) {
    return std::bit_cast<double>(slot);
  } else if constexpr (std::same_as<T, Text>) {
    return Text::from_bits(slot);
  } else {
    return static_cast<T>(slot);
  }
}

template <typename A>
concept Aggregate =
    requires(const A a, typename A::State s, const typename A::State c, typename A::Input v, EventTime t) {
      { a.identity() } -> std::same_as<typename A::State>;
      a.update(s, v, t);
      a.merge(s, c);
    };

/// Makes `to`, a state of `aggregate`, what `from` is, a state of another object with the same parameters.
template <typename A, typename State>
void assign_state(const A& aggregate, State& to, const A& owner, const State& from) {
  if constexpr (requires { aggregate.adopt(owner, from); }) {
    aggregate.reset(to);
    to = aggregate.adopt(owner, from);
  } else {
    to = from;
  }
}

/// Makes a state one that has seen nothing, and gives back what it holds.
template <typename A, typename State>
void clear_state(const A& aggregate, State& state) {
  if constexpr (requires { aggregate.reset(state); }) aggregate.reset(state);
  state = aggregate.identity();
}

/// Retraction is exact or absent.
template <typename A>
concept Retractable =
    Aggregate<A> && requires(const A a, typename A::State s, typename A::Input v, EventTime t) { a.retract(s, v, t); };

// Scalar results:  bool write(const State&, Aggregation which, const AggregationParams&, Slot& out) const;
//                  false: null. The slot's type is result_type(which, input type).
// List results:    bool write_list(const State&, Aggregation, const AggregationParams&, std::vector<Slot>& out) const;
//                  appends the elements to `out`; false: null, and nothing is appended.
// Storage:         void store(const State&, StateWriter&) const;
//                  void restore(State&, StateReader&) const;  REQUIRES: the state is identity(); see state_bytes.h.

}  // namespace headrace
