#pragma once

/// Rows on disk while memory is short, a page at a time.

#include "base/result.h"
#include "engine/rows/row_block.h"

#include <cstdint>
#include <memory>
#include <string>

namespace headrace {

/// Temporary file of spilled rows; deleted from the folder as soon as it is open.
class SpillFile {
 public:
  static Result<std::unique_ptr<SpillFile>> open(const std::string& folder);
  ~SpillFile();

  /// Appends one page and returns its place.
  Result<int64_t> write(const RowBlock& block, size_t begin, size_t end);
  /// Thread-safe.
  Result<RowBlock> read(int64_t offset) const;
  int64_t bytes() const { return bytes_; }

 private:
  explicit SpillFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
  int64_t bytes_ = 0;
};

}  // namespace headrace
