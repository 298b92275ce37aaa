#include "io/offline/checksum_sink.h"

#include "base/check.h"
#include "base/hash.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace headrace {
namespace {

/// Rows are taken in blocks that stay in the first cache.
constexpr int64_t kBlockRows = 1024;
constexpr size_t kLanes = 8;
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

/// Writes all ones for a value and zero for a null.
void expand_validity(const Column& column, int64_t start, int64_t rows, Block& present) {
  for (int64_t i = 0; i < rows; ++i) present[i] = column.is_valid(start + i) ? ~uint64_t{0} : 0;
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

/// Sums with compensation in independent lanes, which the compiler keeps in vector registers.
struct LaneSums {
  std::array<double, kLanes> sums{}, compensations{};

  void add(const double* values, int64_t rows) {
    int64_t i = 0;
    for (; i + static_cast<int64_t>(kLanes) <= rows; i += kLanes) {
      for (size_t lane = 0; lane < kLanes; ++lane) add_to_lane(lane, values[i + static_cast<int64_t>(lane)]);
    }
    for (size_t lane = 0; i < rows; ++i, ++lane) add_to_lane(lane, values[i]);
  }

  void add_to_lane(size_t lane, double value) {
    const double sum = sums[lane] + value;
    const double taken = sum - sums[lane];
    compensations[lane] += (sums[lane] - (sum - taken)) + (value - taken);
    sums[lane] = sum;
  }

  double total() const {
    LaneSums all;
    for (size_t lane = 0; lane < kLanes; ++lane) {
      all.add_to_lane(0, sums[lane]);
      all.add_to_lane(0, compensations[lane]);
    }
    return all.sums[0] + all.compensations[0];
  }
};

}  // namespace

struct ChecksumSink::Accumulator {
  int64_t non_null = 0;
  LaneSums doubles;
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
    if (column.validity == nullptr) {
      non_null += rows;
      add_words(column.type.scalar, words, rows);
      return mix_into(hashes, words, rows);
    }
    Block present;
    expand_validity(column, start, rows, present);
    for (int64_t i = 0; i < rows; ++i) {
      bits[i] = words[i] & present[i];
      non_null += static_cast<int64_t>(present[i] & 1);
    }
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
