#include "io/offline/checksum_sink.h"

#include "base/check.h"
#include "base/hash.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace headrace {
namespace {

/// Rows are taken in blocks that stay in the first cache.
constexpr int64_t kBlockRows = 1024;
constexpr uint64_t kNullBits = 0x9e3779b97f4a7c15ULL;

using Block = std::array<uint64_t, kBlockRows>;

/// The bits of one value of a type that has no 8 bytes of its own.
uint64_t bits_of(const Column& column, int64_t row) {
  if (!column.is_valid(row)) return kNullBits;
  if (column.type.is_list) {
    uint64_t bits = 1;
    for (int32_t i = column.offsets[column.offset + row]; i < column.offsets[column.offset + row + 1]; ++i) {
      bits = mix64(bits ^ bits_of(*column.child, i));
    }
    return bits;
  }
  if (column.type.scalar == ScalarType::kString) return hash_bytes(column.string_at(row));
  if (column.type.scalar == ScalarType::kBool) return column.bool_at(row) ? 1 : 2;
  return static_cast<uint64_t>(column.int64s()[row]);
}

bool has_words(const Type& type) {
  return !type.is_list && (type.scalar == ScalarType::kDouble || type.scalar == ScalarType::kInt64 ||
                           type.scalar == ScalarType::kTimestamp);
}

/// The validity of up to 64 rows, the first in the lowest bit. REQUIRES: the column has a bitmap; 0 < rows <= 64.
uint64_t validity_word(const Column& column, int64_t start, int64_t rows) {
  const int64_t first = column.offset + start;
  const int64_t shift = first & 7;
  uint8_t bytes[9] = {};
  std::memcpy(bytes, column.validity + (first >> 3), static_cast<size_t>((shift + rows + 7) / 8));
  uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  word >>= shift;
  if (shift > 0) word |= uint64_t{bytes[8]} << (64 - shift);
  return rows == 64 ? word : word & ((uint64_t{1} << rows) - 1);
}

/// Writes all ones for a value and zero for a null; returns the number of values.
int64_t expand_validity(const Column& column, int64_t start, int64_t rows, Block& present) {
  int64_t count = 0;
  for (int64_t i = 0; i < rows; i += 64) {
    const int64_t part = std::min<int64_t>(64, rows - i);
    const uint64_t word = validity_word(column, start + i, part);
    count += std::popcount(word);
    for (int64_t bit = 0; bit < part; ++bit) present[i + bit] = uint64_t{0} - ((word >> bit) & 1);
  }
  return count;
}

void mix_into(Block& hashes, const uint64_t* bits, int64_t rows) {
  for (int64_t i = 0; i < rows; ++i) {
    const uint64_t mixed = (hashes[i] ^ bits[i]) * 0xd6e8feb86659fd93ULL;
    hashes[i] = mixed ^ (mixed >> 32);
  }
}

uint64_t sum_of_hashes(const Block& hashes, int64_t rows) {
  uint64_t sum = 0;
  for (int64_t i = 0; i < rows; ++i) {
    const uint64_t mixed = hashes[i] * 0xd6e8feb86659fd93ULL;
    sum += mixed ^ (mixed >> 29);
  }
  return sum;
}

/// Four doubles in one register; a vector type, since compilers do not find it in the compensated loop by themselves.
using Lanes = double __attribute__((vector_size(32)));
constexpr int64_t kLanes = 4;

/// A sum with its rounding errors kept aside (Knuth's two-sum), in each lane.
struct CompensatedLanes {
  Lanes sums{}, errors{};

  void add(Lanes values) {
    const Lanes wider = sums + values;
    const Lanes taken = wider - sums;
    errors += (sums - (wider - taken)) + (values - taken);
    sums = wider;
  }
};

/// Two independent chains, so that one does not wait for the other.
struct DoubleSum {
  CompensatedLanes even, odd;

  void add(const double* values, int64_t rows) {
    CompensatedLanes first = even, second = odd;
    int64_t i = 0;
    for (; i + 2 * kLanes <= rows; i += 2 * kLanes) {
      first.add(load(values + i));
      second.add(load(values + i + kLanes));
    }
    for (; i < rows; ++i) first.add(Lanes{values[i]});
    even = first;
    odd = second;
  }

  static Lanes load(const double* values) {
    Lanes lanes;
    std::memcpy(&lanes, values, sizeof lanes);
    return lanes;
  }

  double total() const {
    CompensatedLanes all;
    for (const CompensatedLanes* part : {&even, &odd}) {
      for (int64_t lane = 0; lane < kLanes; ++lane) {
        all.add(Lanes{part->sums[lane]});
        all.add(Lanes{part->errors[lane]});
      }
    }
    return all.sums[0] + all.errors[0];
  }
};

}  // namespace

struct ChecksumSink::Accumulator {
  int64_t non_null = 0;
  DoubleSum doubles;
  __int128 integers = 0;

  /// Adds rows of the column and mixes them into the rows' hashes.
  void add_block(const Column& column, int64_t start, int64_t rows, Block& hashes) {
    Block bits;
    if (!has_words(column.type)) {
      for (int64_t i = 0; i < rows; ++i) {
        bits[i] = bits_of(column, start + i);
        non_null += column.is_valid(start + i);
        if (column.type == Type{ScalarType::kBool}) integers += bits[i] == 1;
      }
      return mix_into(hashes, bits.data(), rows);
    }
    const uint64_t* words = reinterpret_cast<const uint64_t*>(column.int64s()) + start;
    Block present;
    const int64_t count = column.validity == nullptr ? rows : expand_validity(column, start, rows, present);
    non_null += count;
    if (count == rows) {
      add_words(column.type.scalar, words, rows);
      return mix_into(hashes, words, rows);
    }
    for (int64_t i = 0; i < rows; ++i) bits[i] = words[i] & present[i];
    add_words(column.type.scalar, bits.data(), rows);
    for (int64_t i = 0; i < rows; ++i) bits[i] |= kNullBits & ~present[i];
    mix_into(hashes, bits.data(), rows);
  }

  void add_words(ScalarType type, const uint64_t* words, int64_t rows) {
    if (type == ScalarType::kDouble) doubles.add(reinterpret_cast<const double*>(words), rows);
    if (type != ScalarType::kInt64) return;
    // Both halves of a block's sum fit into 64 bits.
    int64_t high = 0, low = 0;
    for (int64_t i = 0; i < rows; ++i) {
      high += static_cast<int64_t>(words[i]) >> 32;
      low += static_cast<int64_t>(words[i] & 0xffffffffULL);
    }
    integers += (static_cast<__int128>(high) << 32) + low;
  }
};

ChecksumSink::ChecksumSink(ResultSchema schema) : schema_(std::move(schema)), accumulators_(schema_.names.size()) {}

ChecksumSink::~ChecksumSink() = default;

Status ChecksumSink::write(const Batch& batch) {
  CHECK_EQ(batch.columns.size(), accumulators_.size());
  Block hashes;
  for (int64_t start = 0; start < batch.rows; start += kBlockRows) {
    const int64_t rows = std::min(kBlockRows, batch.rows - start);
    hashes.fill(0);
    for (size_t i = 0; i < accumulators_.size(); ++i) {
      accumulators_[i].add_block(batch.columns[i], start, rows, hashes);
    }
    hash_ += sum_of_hashes(hashes, rows);
  }
  rows_ += batch.rows;
  return {};
}

TableChecksum ChecksumSink::checksum() const {
  TableChecksum table{rows_, {}, hash_};
  for (size_t i = 0; i < accumulators_.size(); ++i) {
    ColumnChecksum column{schema_.names[i], accumulators_[i].non_null, std::nullopt};
    const Type& type = schema_.types[i];
    if (type == Type{ScalarType::kDouble}) column.sum = accumulators_[i].doubles.total();
    if (type == Type{ScalarType::kInt64} || type == Type{ScalarType::kBool}) {
      column.sum = static_cast<double>(accumulators_[i].integers);
    }
    table.columns.push_back(std::move(column));
  }
  return table;
}

}  // namespace headrace
