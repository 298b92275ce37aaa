#pragma once

/// A TimeStep: some thousand rows of all sources between two times, and the instants at which values are wanted.
///
/// Instants are distinct (time, key); every feature column of the step has one value for each. They are stored
/// partition by partition, inside in order of time, then key: partitions work on a step at the same time, and what one
/// writes lies together. `in_order` lists them over all partitions.

#include "compute/windows/kernel.h"
#include "engine/layout/layout.h"
#include "engine/rows/key_table.h"
#include "engine/rows/time_slice.h"
#include "engine/steps/row_view.h"

#include <memory>
#include <optional>

namespace headrace {

/// Positions, grouped by partition.
struct PartitionLists {
  std::vector<uint32_t> items;
  std::vector<uint32_t> starts;  // one for each partition and the end

  std::span<const uint32_t> of(size_t partition) const {
    return {items.data() + starts[partition], starts[partition + 1] - starts[partition]};
  }
};

/// Values of one feature at the step's instants, in the step's memory; those that nobody asked for are not written. Null
/// where the feature is not computed.
struct InstantColumn {
  Slot* values = nullptr;
  uint8_t* valid = nullptr;
};

struct TimeStep {
  uint64_t number = 0;
  int64_t start = kTimeMin;
  int64_t end = kTimeMax;
  std::vector<RowView> sources;
  std::vector<PartitionLists> rows_of;  // for each source
  RowView observations;
  std::vector<uint32_t> observation_instants;  // for each observation of the step

  std::vector<int64_t> times;  // of the instants
  std::vector<uint32_t> ids;
  std::vector<uint8_t> is_output;  // empty: every instant is a result
  std::vector<uint32_t> in_order;  // positions of the instants in order of time, then key
  PartitionLists instants;
  PartitionLists outputs;  // the results among them; empty lists when is_output is empty

  std::vector<uint8_t> is_wanted;             // by plan feature, whether it is computed; empty: all that the layout has
  std::vector<InstantColumn> features;        // by plan feature
  std::vector<InstantColumn> before_default;  // by output, where asked
  std::unique_ptr<Slot[]> column_values;      // of all of these
  std::unique_ptr<uint8_t[]> column_valid;    // likewise
  std::vector<ListArena> arenas;              // by partition
  size_t key_count = 0;
  size_t input_rows = 0;
  int64_t superseded_rows = 0;  // that another row of the same event stands for
  int64_t deleted_events = 0;   // that were taken back
  MemoryReservation reservation;

  std::span<const uint32_t> outputs_of(size_t partition) const {
    return is_output.empty() ? instants.of(partition) : outputs.of(partition);
  }
  bool wants(size_t feature) const { return is_wanted.empty() || is_wanted[feature] != 0; }
};

/// Which instants are results.
struct InstantRule {
  bool from_events = false;       // every event of a driving source
  std::optional<Duration> every;  // a grid instead
  bool from_observations = false;
  int64_t start = kTimeMin;  // results before this are not given
  int64_t end = kTimeMax;    // end of results, exclusive
};

/// Builds steps one after another. Not thread-safe.
class StepBuilder {
 public:
  StepBuilder(const Layout& layout, const KeyTable& keys, InstantRule rule, int partition_bits,
              std::vector<bool> before_default);

  /// `grid_end`: no grid point at or after this (the slice's end, or just past the last event). `is_wanted`: of the step.
  std::unique_ptr<TimeStep> build(TimeSlice slice, int64_t grid_end, MemoryTracker& memory,
                                  std::vector<uint8_t> is_wanted = {});

  /// For each of the rows of a partition (in order of time), the instant of its time and key.
  /// REQUIRES: every row has its instant; the key table is locked.
  std::vector<uint32_t> locate(const TimeStep& step, size_t partition, const RowView& view,
                               std::span<const uint32_t> rows) const;

 private:
  struct Candidate {
    int64_t time;
    uint32_t id;
    uint8_t is_output;
  };

  RowView view_of_source(size_t source, std::vector<BlockSlice> slices, TimeStep& step) const;
  void add_instants(TimeStep& step, const TimeSlice& slice, int64_t grid_end);
  bool add_simple_instants(TimeStep& step);
  void arrange(TimeStep& step) const;
  void locate_observations(TimeStep& step) const;
  void add_grid(const TimeStep& step, const TimeSlice& slice, int64_t grid_end, std::vector<Candidate>& candidates);
  std::vector<uint32_t> starts_of(const uint32_t* ids, size_t count) const;
  PartitionLists group(const uint32_t* ids, size_t count) const;
  void group_outputs(TimeStep& step) const;
  void allocate(TimeStep& step, MemoryTracker& memory) const;

  const Layout& layout_;
  const KeyTable& keys_;
  InstantRule rule_;
  int partition_bits_;
  std::vector<bool> before_default_;
  std::vector<int64_t> first_times_;  // for the grid: each key's first driving event
  uint64_t next_number_ = 0;
};

}  // namespace headrace
