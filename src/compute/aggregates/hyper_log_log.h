#pragma once

/// approx_count_distinct: exact for up to kExactDistinctMax distinct values, HyperLogLog (Flajolet et al. 2007) beyond,
/// with the improved raw estimator of Ertl (arXiv:1702.01284), which needs no tables.
///
/// Error: none up to 4,096 distinct values; beyond, a standard error of 0.81 % (1.04 / sqrt(2^14)). The value depends
/// on the set of values alone: not on their order, on merges, or on what was in the window before.
///
/// There are two aggregates with the same values. Both see values as 64-bit hashes that are the same on every machine.
///   LifetimeHyperLogLogAggregate  cannot retract; at most 16 KiB of registers, 192 KiB of hashes before that.
///   HyperLogLogAggregate          retracts, for windows. It remembers how often each hash is in the window (about 32
///                                 bytes a distinct value, bounded by the window's events, which the engine keeps
///                                 anyway), and from 4,097 distinct values on how often each (register, rank) is.

#include "base/hash.h"
#include "compute/aggregates/count_map.h"
#include "compute/aggregates/state_bytes.h"

#include <span>

namespace headrace {

inline constexpr size_t kExactDistinctMax = 4096;

inline uint64_t stable_hash(Text value) { return hash_bytes(value.view()); }
inline uint64_t stable_hash(uint64_t bits) { return mix64(bits + 0x9e3779b97f4a7c15ULL); }

/// Where a hash goes: the first 14 bits choose the register, the zeros that follow them are its rank, from 1 to 51.
struct RegisterRank {
  uint32_t index;
  uint8_t rank;

  explicit RegisterRank(uint64_t hash);
  uint64_t key() const { return uint64_t{index} << 8 | rank; }
};

/// How many distinct values there are, by how many of 2^index_bits registers have each rank from 0 to 65 − index_bits: the
/// standard error is 1.04 / sqrt(2^index_bits).
int64_t estimate_distinct(std::span<const int32_t> registers_of_rank, int index_bits);

/// The registers, and how many of them have each rank; empty until they are needed.
class Registers {
 public:
  bool empty() const { return ranks_.empty(); }
  void allocate();
  void clear() { *this = Registers(); }

  uint8_t rank(uint32_t index) const { return ranks_[index]; }
  void set_rank(uint32_t index, uint8_t rank);
  void raise(RegisterRank to) {
    if (to.rank > ranks_[to.index]) set_rank(to.index, to.rank);
  }
  void merge(const Registers& other);
  int64_t estimate() const;

 private:
  std::vector<uint8_t> ranks_;
  std::vector<int32_t> registers_of_rank_;
};

/// The state without retraction.
class HyperLogLog {
 public:
  void insert(uint64_t hash);
  void merge(const HyperLogLog& other);
  int64_t estimate() const;
  void store(StateWriter& writer) const;
  void restore(StateReader& reader);

 private:
  CountMap hashes_;  // empty once there are registers
  Registers registers_;
};

/// The state with retraction. Registers are derived from the hashes: they exist for sure above kExactDistinctMax, and
/// for sure not at half of it, so that a window that hovers around the limit does not build them again and again.
class CountedHyperLogLog {
 public:
  void insert(uint64_t hash) { insert(hash, 1); }
  /// REQUIRES: the hash is there.
  void remove(uint64_t hash);
  void merge(const CountedHyperLogLog& other);
  int64_t estimate() const;
  void store(StateWriter& writer) const;
  void restore(StateReader& reader);

 private:
  void insert(uint64_t hash, int64_t count);
  void add_to_registers(uint64_t hash);

  CountMap hashes_;
  CountMap ranks_;  // distinct hashes for each RegisterRank::key
  Registers registers_;
};

/// T is double, int64_t (timestamps, and bools as 0 and 1) or Text.
template <typename T>
class HyperLogLogAggregate {
 public:
  using State = CountedHyperLogLog;
  using Input = T;

  State identity() const { return {}; }
  void update(State& state, Input value, EventTime /*time*/) const { state.insert(hash_of(value)); }
  void merge(State& state, const State& other) const { state.merge(other); }
  /// REQUIRES: the value is there; any value, not only the oldest.
  void retract(State& state, Input value, EventTime /*time*/) const { state.remove(hash_of(value)); }
  void store(const State& state, StateWriter& writer) const { state.store(writer); }
  void restore(State& state, StateReader& reader) const { state.restore(reader); }
  bool write(const State& state, Aggregation /*which*/, const AggregationParams& /*params*/, Slot& out) const {
    out = to_slot(state.estimate());
    return true;
  }

  static uint64_t hash_of(T value) {
    if constexpr (std::same_as<T, Text>) {
      return stable_hash(value);
    } else {
      return stable_hash(to_slot(value));
    }
  }
};

/// The same without retraction, in bounded memory.
template <typename T>
class LifetimeHyperLogLogAggregate {
 public:
  using State = HyperLogLog;
  using Input = T;

  State identity() const { return {}; }
  void update(State& state, Input value, EventTime /*time*/) const {
    state.insert(HyperLogLogAggregate<T>::hash_of(value));
  }
  void merge(State& state, const State& other) const { state.merge(other); }
  void store(const State& state, StateWriter& writer) const { state.store(writer); }
  void restore(State& state, StateReader& reader) const { state.restore(reader); }
  bool write(const State& state, Aggregation /*which*/, const AggregationParams& /*params*/, Slot& out) const {
    out = to_slot(state.estimate());
    return true;
  }
};

static_assert(Retractable<HyperLogLogAggregate<Text>>);
static_assert(Aggregate<LifetimeHyperLogLogAggregate<Text>> && !Retractable<LifetimeHyperLogLogAggregate<Text>>);

}  // namespace headrace
