#pragma once

/// Takes the rows of a backfill and makes partitions of an offline store of them.

#include "engine/sink.h"
#include "io/offline/offline_store.h"
#include "io/write/table_writer.h"

#include <memory>
#include <optional>
#include <vector>

namespace headrace {

/// Rows come sorted by (event_time, key), with the columns of the request: keys, event_time, features. Each UTC day
/// becomes a file, encoded by threads of the sink's own while the engine goes on. Nothing of the store changes before
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

  /// `threads` 1 encodes on the caller's thread. `store` must outlive the sink.
  OfflineSink(OfflineStore& store, OfflineRequest request, int threads);
  ~OfflineSink() override;

  Status write(const Batch& batch) override;
  /// Waits for the encoders and commits, with what could not be read. No call after it.
  Result<Written> finish(std::vector<ManifestBadRows> bad_rows = {});

 private:
  struct Partition {
    int64_t day;
    std::unique_ptr<TableWriter> writer;
  };
  Status begin_day(int64_t day);

  OfflineStore& store_;
  OfflineRequest request_;
  std::shared_ptr<const TableEncoder> encoder_;
  std::vector<Partition> partitions_;
  bool is_finished_ = false;
  std::unique_ptr<WorkQueue> queue_;
};

/// The columns of the files: keys, event_time, features.
TableSchema table_schema(const OfflineRequest& request);

}  // namespace headrace
