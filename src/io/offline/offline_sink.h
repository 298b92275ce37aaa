#pragma once

/// Takes the rows of a backfill and makes partitions of an offline store of them.

#include "engine/sink.h"
#include "io/offline/offline_store.h"
#include "io/write/table_writer.h"
#include "io/write/work_queue.h"

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

namespace headrace {

/// Rows come sorted by (event_time, key), with the columns of the request: keys, event_time, features. Each day of UTC
/// (or month, or year) becomes a file, encoded by threads of the sink's own while the engine goes on. Nothing of the store changes before
/// finish(); without it the sink takes its files away again.
///
/// Calls are never concurrent.
class OfflineSink : public Sink {
 public:
  struct Written {
    int64_t rows = 0;
    int64_t bytes = 0;
    int64_t partitions = 0;
  };

  /// `threads` 1 encodes on the caller's thread. `store` must outlive the sink, and so must `files_done`, which counts
  /// the partitions that are written.
  OfflineSink(OfflineStore& store, OfflineRequest request, int threads, std::atomic<int64_t>* files_done = nullptr);
  ~OfflineSink() override;

  Status write(const Batch& batch) override;
  /// Partitions so far.
  int64_t partitions() const { return static_cast<int64_t>(partitions_.size()); }
  /// Waits for the encoders and commits, with what is known of the sources. No call after it.
  Result<Written> finish(RunFindings found = {});
  /// Nanoseconds of a processor that the encoders' own threads took so far.
  int64_t encoding_ns() const { return queue_->cpu_ns(); }

 private:
  struct Partition {
    int64_t day;  // the first one
    int64_t end;  // exclusive
    std::unique_ptr<TableWriter> writer;
  };
  Status begin_partition(int64_t day);

  OfflineStore& store_;
  OfflineRequest request_;
  std::shared_ptr<const TableEncoder> encoder_;
  std::vector<Partition> partitions_;
  bool is_finished_ = false;
  std::atomic<int64_t>* files_done_ = nullptr;
  std::unique_ptr<WorkQueue> queue_;
};

/// The columns of the files: keys, event_time, features.
TableSchema table_schema(const OfflineRequest& request);

}  // namespace headrace
