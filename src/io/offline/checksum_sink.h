#pragma once

/// Computes without writing: counts, sums and a hash of the rows, so that two runs, or another program, can be
/// compared.

#include "engine/sink.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

struct ColumnChecksum {
  std::string name;
  int64_t non_null = 0;
  /// Of numbers and of bools (how many are true), within a few units of the last place; absent for other columns.
  std::optional<double> sum;
};

struct TableChecksum {
  int64_t rows = 0;
  std::vector<ColumnChecksum> columns;
  /// Of the values' bits, the same in whatever order the rows come.
  uint64_t hash = 0;
};

/// Calls are never concurrent.
class ChecksumSink : public Sink {
 public:
  explicit ChecksumSink(ResultSchema schema);
  ~ChecksumSink() override;

  Status write(const Batch& batch) override;
  TableChecksum checksum() const;

 private:
  struct Accumulator;

  ResultSchema schema_;
  int64_t rows_ = 0;
  uint64_t hash_ = 0;
  std::vector<Accumulator> accumulators_;
};

}  // namespace headrace
