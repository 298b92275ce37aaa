#pragma once

/// Result rows set aside on disk, one run for each share of the keys, and their merge into the order of results.

#include "base/result.h"
#include "data/column.h"
#include "engine/sink.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace headrace {

/// Batches in one temporary file, read back in the order in which they were written.
class ResultRun {
 public:
  static Result<std::unique_ptr<ResultRun>> create(const std::string& folder);
  ~ResultRun();

  Status append(const Batch& batch);
  /// The next batch, or one of no rows at the end. REQUIRES: no append() afterwards.
  Result<Batch> next();
  int64_t bytes() const { return write_at_; }

 private:
  explicit ResultRun(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
  int64_t write_at_ = 0;
  int64_t read_at_ = 0;
};

/// Writes the rows of all runs to the sink, sorted by (event time, key): columns [0, key_count) and then the time.
/// REQUIRES: each run is sorted, and no key is in two runs.
Status merge_runs(std::vector<std::unique_ptr<ResultRun>>& runs, size_t key_count, Sink& sink);

}  // namespace headrace
