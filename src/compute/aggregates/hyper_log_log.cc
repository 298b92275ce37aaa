#include "compute/aggregates/hyper_log_log.h"

#include <cmath>

namespace headrace {
namespace {

constexpr int kIndexBits = 14;
constexpr uint32_t kRegisters = uint32_t{1} << kIndexBits;
constexpr int kRankMax = 64 - kIndexBits + 1;

/// Ertl's sigma for 0 <= x < 1: x + Σ x^(2^k)·2^(k−1), k = 1, 2, ...; both loops end when doubles no longer change.
double sigma(double x) {
  double sum = x;
  double scale = 1.0;
  double before = -1.0;
  while (sum != before) {
    x *= x;
    before = sum;
    sum += x * scale;
    scale += scale;
  }
  return sum;
}

/// Ertl's tau for 0 <= x <= 1: (1 − x − Σ (1 − x^(2^−k))²·2^−k) / 3.
double tau(double x) {
  if (x == 0.0 || x == 1.0) return 0.0;
  double sum = 1.0 - x;
  double scale = 1.0;
  double before = 2.0;
  while (sum != before) {
    x = std::sqrt(x);
    before = sum;
    scale *= 0.5;
    sum -= (1.0 - x) * (1.0 - x) * scale;
  }
  return sum / 3.0;
}

}  // namespace

RegisterRank::RegisterRank(uint64_t hash)
    : index(static_cast<uint32_t>(hash >> (64 - kIndexBits))),
      rank(static_cast<uint8_t>(std::countl_zero(hash << kIndexBits | uint64_t{1} << (kIndexBits - 1)) + 1)) {}

void Registers::allocate() {
  ranks_.assign(kRegisters, 0);
  registers_of_rank_.assign(kRankMax + 1, 0);
  registers_of_rank_[0] = kRegisters;
}

void Registers::set_rank(uint32_t index, uint8_t rank) {
  --registers_of_rank_[ranks_[index]];
  ++registers_of_rank_[rank];
  ranks_[index] = rank;
}

void Registers::merge(const Registers& other) {
  for (uint32_t index = 0; index < kRegisters; ++index) {
    if (other.ranks_[index] > ranks_[index]) set_rank(index, other.ranks_[index]);
  }
}

int64_t estimate_distinct(std::span<const int32_t> registers_of_rank, int index_bits) {
  constexpr double kTwiceLn2 = 1.3862943611198906;
  const int32_t registers = int32_t{1} << index_bits;
  const double count = registers;
  const int rank_max = 64 - index_bits + 1;
  if (registers_of_rank[0] == registers) return 0;
  double z = count * tau(1.0 - registers_of_rank[static_cast<size_t>(rank_max)] / count);
  for (int rank = rank_max - 1; rank >= 1; --rank) z = 0.5 * (z + registers_of_rank[static_cast<size_t>(rank)]);
  z += count * sigma(registers_of_rank[0] / count);
  return static_cast<int64_t>(std::floor(count * count / (kTwiceLn2 * z) + 0.5));
}

int64_t Registers::estimate() const { return estimate_distinct(registers_of_rank_, kIndexBits); }

void HyperLogLog::insert(uint64_t hash) {
  if (!registers_.empty()) {
    registers_.raise(RegisterRank(hash));
    return;
  }
  hashes_.add(hash, 1);
  if (hashes_.size() <= kExactDistinctMax) return;
  registers_.allocate();
  hashes_.visit_all([&](uint64_t key, int64_t /*count*/) { registers_.raise(RegisterRank(key)); });
  hashes_ = CountMap();
}

void HyperLogLog::merge(const HyperLogLog& other) {
  other.hashes_.visit_all([&](uint64_t key, int64_t /*count*/) { insert(key); });
  if (other.registers_.empty()) return;
  if (registers_.empty()) {
    registers_.allocate();
    hashes_.visit_all([&](uint64_t key, int64_t /*count*/) { registers_.raise(RegisterRank(key)); });
    hashes_ = CountMap();
  }
  registers_.merge(other.registers_);
}

int64_t HyperLogLog::estimate() const {
  return registers_.empty() ? static_cast<int64_t>(hashes_.size()) : registers_.estimate();
}

/// The hashes, or else the registers, eight to a word.
void HyperLogLog::store(StateWriter& writer) const {
  writer.value(!registers_.empty());
  if (registers_.empty()) {
    writer.word(hashes_.size());
    hashes_.visit_all([&](uint64_t key, int64_t /*count*/) { writer.word(key); });
    return;
  }
  for (uint32_t index = 0; index < kRegisters; index += 8) {
    uint64_t word = 0;
    for (uint32_t i = 0; i < 8; ++i) word |= uint64_t{registers_.rank(index + i)} << (8 * i);
    writer.word(word);
  }
}

void HyperLogLog::restore(StateReader& reader) {
  if (!reader.value<bool>()) {
    for (size_t left = reader.count(8); left > 0; --left) insert(reader.word());
    return;
  }
  registers_.allocate();
  for (uint32_t index = 0; index < kRegisters; index += 8) {
    const uint64_t word = reader.word();
    for (uint32_t i = 0; i < 8; ++i) {
      const auto rank = static_cast<uint8_t>(word >> (8 * i));
      if (rank > kRankMax) return reader.fail();
      if (rank > 0) registers_.set_rank(index + i, rank);
    }
  }
}

/// The registers follow from the hashes; whether they are there makes no difference to any value.
void CountedHyperLogLog::store(StateWriter& writer) const {
  writer.word(hashes_.size());
  hashes_.visit_all([&](uint64_t key, int64_t count) {
    writer.word(key);
    writer.value(count);
  });
}

void CountedHyperLogLog::restore(StateReader& reader) {
  for (size_t left = reader.count(16); left > 0; --left) {
    const uint64_t hash = reader.word();
    const int64_t count = reader.number();
    if (count <= 0) return reader.fail();
    insert(hash, count);
  }
}

void CountedHyperLogLog::insert(uint64_t hash, int64_t count) {
  if (hashes_.add(hash, count) > count) return;
  if (!registers_.empty()) {
    add_to_registers(hash);
  } else if (hashes_.size() > kExactDistinctMax) {
    registers_.allocate();
    hashes_.visit_all([&](uint64_t key, int64_t /*count*/) { add_to_registers(key); });
  }
}

void CountedHyperLogLog::add_to_registers(uint64_t hash) {
  const RegisterRank to(hash);
  ranks_.add(to.key(), 1);
  registers_.raise(to);
}

void CountedHyperLogLog::remove(uint64_t hash) {
  if (hashes_.remove_one(hash) > 0 || registers_.empty()) return;
  if (hashes_.size() <= kExactDistinctMax / 2) {
    registers_.clear();
    ranks_ = CountMap();
    return;
  }
  RegisterRank from(hash);
  if (ranks_.remove_one(from.key()) > 0 || registers_.rank(from.index) != from.rank) return;
  while (from.rank > 0 && ranks_.count_of(from.key()) == 0) --from.rank;
  registers_.set_rank(from.index, from.rank);
}

void CountedHyperLogLog::merge(const CountedHyperLogLog& other) {
  other.hashes_.visit_all([&](uint64_t key, int64_t count) { insert(key, count); });
}

int64_t CountedHyperLogLog::estimate() const {
  return hashes_.size() <= kExactDistinctMax ? static_cast<int64_t>(hashes_.size()) : registers_.estimate();
}

}  // namespace headrace
