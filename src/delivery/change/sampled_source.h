#pragma once

/// The rows of a source whose key is in a sample of the keys.
///
/// Whether a key is in it follows from a hash of the key alone, salted and the same everywhere: all sources of an entity
/// keep the same keys, and who is in 1 % is in 5 %.

#include "engine/source.h"

namespace headrace {

/// Thread-safe, as the source that it reads.
class SampledSource : public Source {
 public:
  /// `share`: above 0, at most 1. The source must outlive this object.
  SampledSource(Source& source, size_t key_count, double share);

  const std::vector<SourceUnit>& units() const override { return units_; }
  Status read(size_t unit, const Consume& consume) override;
  int64_t bytes_taken(size_t unit) const override { return source_.bytes_taken(unit); }

 private:
  Source& source_;
  size_t key_count_;
  uint64_t hash_max_;
  std::vector<SourceUnit> units_;
};

/// A number of a row's key, which lies in the first columns; the same everywhere.
uint64_t hash_of_key(const std::vector<Column>& columns, size_t key_count, int64_t row);

/// The rows of a batch that are named, in that order.
Batch rows_of(const Batch& batch, const std::vector<int64_t>& rows);

}  // namespace headrace
