#pragma once

/// Writes the rows of one table to one file, chunk by chunk, with encoding on other threads.

#include "base/file_system.h"
#include "io/write/table_format.h"
#include "io/write/work_queue.h"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace headrace {

/// Collects batches into chunks; each full chunk is encoded by the work queue and appended to the file in order.
///
/// The bytes do not depend on how the rows came in batches nor on the number of threads. The file is closed, and synced
/// unless its owner does that, by the thread that appends its last chunk, so many files can be on their way at once; wait
/// for all of them with WorkQueue::drain, then ask each one for its result.
///
/// write() and end() are for one thread. The file stands under its name before it is complete: write to a temporary
/// name and rename.
///
///   TableWriter writer(files, "part-0.parquet.new", encoder, options, queue, {});
///   RETURN_IF_ERROR(writer.write(batch));
///   RETURN_IF_ERROR(writer.end());
///   queue.drain();
///   ASSIGN_OR_RETURN(const TableWriter::Written written, writer.result());
class TableWriter {
 public:
  enum class Synced { kAtItsEnd, kByOwner };
  struct Ending {
    Synced synced = Synced::kAtItsEnd;
    std::atomic<int64_t>* files_done = nullptr;  // counts the file when it is complete; outlives the writer
  };

  struct Written {
    int64_t rows = 0;
    int64_t bytes = 0;
    std::string sha256;         // of the file
    std::string footer_sha256;  // of what stands behind the last row; empty where nothing does
  };

  /// `files`, `queue` must outlive the writer. The encoder is shared by the writers of one table's partitions.
  TableWriter(FileSystem& files, std::string path, std::shared_ptr<const TableEncoder> encoder,
              const TableOptions& options, WorkQueue& queue, Ending ending);
  ~TableWriter();

  Status write(const Batch& batch);
  /// Starts the encoding of what is left. No write after it.
  Status end();
  /// REQUIRES: end() was called and the queue drained.
  Result<Written> result() const;

 private:
  struct File;
  Status submit_chunk();

  const int64_t chunk_rows_;
  WorkQueue& queue_;
  std::shared_ptr<File> file_;  // shared with the work that is on its way
  std::vector<Batch> collected_;
  int64_t collected_rows_ = 0;
  size_t chunk_count_ = 0;
};

}  // namespace headrace
