#pragma once

/// How many pushes were acknowledged, in a file beside the write-ahead log.
///
/// A damaged length in the log's last block looks as if the machine had stopped there: what follows would be dropped as
/// never acknowledged. This count tells the two apart. It is written after a push is durable and before it is
/// acknowledged, not synced by itself: after a power cut it may be lower than it was, and never higher than the log.
///
///   file "acknowledged": entries of 16 bytes, the number and its hash, big-endian; the highest whole one counts
///
/// Not thread-safe.

#include "base/file_system.h"

#include <cstdint>
#include <string>

namespace headrace {

class AcknowledgedCount {
 public:
  /// The file lies in `folder`; `files` live longer.
  AcknowledgedCount(FileSystem& files, const std::string& folder);
  ~AcknowledgedCount();

  /// What the file says: nothing less was acknowledged. 0 without a file.
  Result<uint64_t> read() const;
  /// Begins the file anew with this number, synced.
  Status begin(uint64_t number);
  /// REQUIRES: begin(). After an Error nothing more may be acknowledged.
  Status raise(uint64_t number);

 private:
  static constexpr int kEntriesMax = 4096;  // then the file begins anew

  FileSystem& files_;
  const std::string path_;
  int entries_ = 0;
};

}  // namespace headrace
