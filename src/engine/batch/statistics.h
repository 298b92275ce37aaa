#pragma once

/// What happened in a run, for the user and for tests.

#include <cstdint>

namespace headrace {

struct BatchStatistics {
  int64_t rows_read = 0;
  int64_t rows_written = 0;
  int64_t rows_of_observed_keys = 0;  // of those read; 0 in a backfill
  int64_t superseded_rows = 0;        // of a source with `id`: another row of the same event counts
  int64_t deleted_events = 0;         // of a source with `deleted`: taken back
  int64_t units_read = 0;
  int64_t steps = 0;
  int64_t partitions = 0;
  int64_t key_shares = 1;  // runs over the events: more than one, each with a share, where the states did not fit
  int64_t spilled_bytes = 0;
  int64_t wide_promotions = 0;   // exact sums that left the compact form
  int64_t memory_bytes_max = 0;  // peak of what the engine tracked

  /// Adds the figures of another run: counts add, of peaks the larger stays.
  void add(const BatchStatistics& run);
};

}  // namespace headrace
