#include "session/statistics_sum.h"

#include <algorithm>

namespace headrace {

void add_statistics(BatchStatistics& sum, const BatchStatistics& each) {
  sum.rows_read += each.rows_read;
  sum.rows_written += each.rows_written;
  sum.units_read += each.units_read;
  sum.steps += each.steps;
  sum.partitions += each.partitions;
  sum.spilled_bytes += each.spilled_bytes;
  sum.wide_promotions += each.wide_promotions;
  sum.memory_bytes_max = std::max(sum.memory_bytes_max, each.memory_bytes_max);
}

}  // namespace headrace
