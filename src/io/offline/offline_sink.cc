#include "io/offline/offline_sink.h"

#include <algorithm>

namespace headrace {

TableSchema table_schema(const OfflineRequest& request) {
  TableSchema schema;
  for (const ManifestKey& key : request.keys) {
    schema.names.push_back(key.name);
    schema.types.push_back({key.type});
  }
  schema.names.push_back("event_time");
  schema.types.push_back({ScalarType::kTimestamp});
  schema.required_count = schema.names.size();
  for (const ManifestFeature& feature : request.features) {
    schema.names.push_back(feature.name);
    schema.types.push_back(feature.type);
  }
  return schema;
}

OfflineSink::OfflineSink(OfflineStore& store, OfflineRequest request, int threads, std::atomic<int64_t>* files_done)
    : store_(store),
      request_(std::move(request)),
      encoder_(make_table_encoder(table_schema(request_), request_.table)),
      files_done_(files_done),
      queue_(std::make_unique<WorkQueue>(threads > 1 ? threads : 0, static_cast<size_t>(std::max(threads, 1)))) {}

OfflineSink::~OfflineSink() {
  queue_.reset();  // finishes what is on its way
  if (is_finished_) return;
  partitions_.clear();
  // What cannot be removed now is removed when the store is opened again.
  (void)store_.discard_uncommitted().ok();
}

Status OfflineSink::begin_partition(int64_t day) {
  if (!partitions_.empty()) {
    CHECK_LT(partitions_.back().day, day);
    RETURN_IF_ERROR(partitions_.back().writer->end());
  }
  ASSIGN_OR_RETURN(OfflineStore::Place place, store_.prepare_partition(request_, day));
  const auto synced = place.syncs_itself ? TableWriter::Synced::kAtItsEnd : TableWriter::Synced::kByOwner;
  auto writer = std::make_unique<TableWriter>(store_.files(), std::move(place.path), encoder_, request_.table, *queue_,
                                              TableWriter::Ending{synced, files_done_});
  partitions_.push_back({day, partition_end(request_.partition, day), std::move(writer)});
  return {};
}

Status OfflineSink::write(const Batch& batch) {
  CHECK(!is_finished_);
  if (batch.rows == 0) return {};
  const int64_t* const times = batch.columns[request_.keys.size()].int64s();
  for (int64_t start = 0; start < batch.rows;) {
    const int64_t day = floor_divide(times[start], kMicrosPerDay);
    if (partitions_.empty() || partitions_.back().end <= day) {
      RETURN_IF_ERROR(begin_partition(partition_start(request_.partition, day)));
    }
    const int64_t partition_end_us = partitions_.back().end * kMicrosPerDay;
    const int64_t end = std::lower_bound(times + start, times + batch.rows, partition_end_us) - times;
    const bool is_whole = start == 0 && end == batch.rows;
    RETURN_IF_ERROR(partitions_.back().writer->write(is_whole ? batch : batch.slice(start, end - start)));
    start = end;
  }
  return {};
}

Result<OfflineSink::Written> OfflineSink::finish(RunFindings found) {
  CHECK(!is_finished_);
  if (!partitions_.empty()) RETURN_IF_ERROR(partitions_.back().writer->end());
  queue_->drain();
  Written written;
  std::vector<NewPartition> added;
  for (const Partition& partition : partitions_) {
    ASSIGN_OR_RETURN(const TableWriter::Written file, partition.writer->result());
    added.push_back({partition.day, file.rows, file.bytes, file.sha256, file.footer_sha256});
    written.rows += file.rows;
    written.bytes += file.bytes;
    written.partitions += 1;
  }
  request_.found = std::move(found);
  RETURN_IF_ERROR(store_.commit(request_, added));
  is_finished_ = true;
  return written;
}

}  // namespace headrace
