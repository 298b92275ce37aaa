#include "engine/batch/statistics.h"

#include <algorithm>

namespace headrace {

void BatchStatistics::add(const BatchStatistics& run) {
  rows_read += run.rows_read;
  rows_written += run.rows_written;
  rows_of_observed_keys += run.rows_of_observed_keys;
  superseded_rows += run.superseded_rows;
  deleted_events += run.deleted_events;
  units_read += run.units_read;
  steps += run.steps;
  partitions += run.partitions;
  key_shares = std::max(key_shares, run.key_shares);
  spilled_bytes += run.spilled_bytes;
  wide_promotions += run.wide_promotions;
  memory_bytes_max = std::max(memory_bytes_max, run.memory_bytes_max);
}

}  // namespace headrace
