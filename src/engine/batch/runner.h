#pragma once

/// Runs a layout on threads: loads units, cuts steps, takes each step through its partitions, and hands finished steps
/// over in order.
///
///   units ──load──> timeline ──cut──> step n ──partition 0..P−1──> finish(step n)
///
/// Any thread does any of these, whatever is most urgent: finish, then partitions, then cut, then load. A partition
/// takes steps in order; steps are finished in order; at most kStepsMax are under way, which bounds the memory.

#include "engine/batch/batch.h"
#include "engine/rows/row_reader.h"
#include "engine/steps/partition.h"
#include "engine/timeline/timeline.h"

#include <condition_variable>
#include <functional>
#include <mutex>

namespace headrace {

struct RunnerInput {
  const Layout* layout;
  std::vector<Source*> sources;  // by layout source
  InstantRule rule;
  std::vector<bool> before_default;
  std::optional<RowBlock> observations;
  size_t observed_keys = 0;  // keys of the whole table below this have an observation
};

/// The sources in the order of the layout. REQUIRES: all are there.
std::vector<Source*> ordered_sources(const Layout& layout, const OpenSources& sources);

/// How the engine divides keys for this many threads: 2^bits partitions.
int partition_bits_for(int threads);

class Runner {
 public:
  using Finish = std::function<Status(TimeStep&)>;

  /// `keys` and `texts` may hold the observations' keys already.
  Runner(RunnerInput input, const BatchOptions& options, KeyTable& keys, TextPool& texts, BatchProgress* progress);

  /// How many shares of the keys a run may be divided into.
  static constexpr uint32_t kSharesMax = 256;

  /// Whether run() failed because the states did not fit: a run with twice the shares may succeed.
  bool needs_more_shares() const { return needs_more_shares_; }

  /// Calls finish for each step in order, never concurrently.
  Result<BatchStatistics> run(const Finish& finish);

  /// What the partitions keep for an item of the layout's work, of all keys in their order. REQUIRES: run() is done.
  void store(const WorkItem& item, StateWriter& writer);

 private:
  struct StepInFlight {
    std::unique_ptr<TimeStep> step;
    std::vector<uint8_t> is_taken;  // by partition
    size_t done = 0;
  };

  void tell_bytes_total();
  void tell_work(bool is_complete);
  void work_on_threads(const Finish& finish);
  void work(const Finish& finish);
  void work_until_complete(const Finish& finish);
  bool try_finish(std::unique_lock<std::mutex>& lock, const Finish& finish, WorkMeter meter);
  bool try_partition(std::unique_lock<std::mutex>& lock, Workspace& workspace);
  bool try_cut(std::unique_lock<std::mutex>& lock, WorkMeter meter);
  bool try_load(std::unique_lock<std::mutex>& lock, RowReader& reader, RowScratch& scratch, WorkMeter meter);
  Status load_unit(std::unique_lock<std::mutex>& lock, const Timeline::LoadTask& task, RowReader& reader,
                   RowScratch& scratch, WorkMeter meter);
  bool is_complete() const;
  int64_t grid_end_of(const TimeSlice& slice) const;
  int64_t last_grid_time() const;
  size_t choose_step_rows(const BatchOptions& options) const;
  int64_t cut_limit() const;
  void fail(const Error& error);
  void check_memory();

  static constexpr size_t kStepsMax = 3;

  RunnerInput input_;
  int threads_;
  int partition_bits_;
  KeyTable& keys_;
  TextPool& texts_;
  BatchProgress* progress_;
  MemoryTracker memory_;
  int64_t memory_bytes_limit_;
  size_t step_rows_;
  Timeline timeline_;
  StepBuilder builder_;
  PlanWork* const told_work_;  // null: nobody asks
  std::optional<WorkAccounts> accounts_;
  std::vector<std::unique_ptr<Partition>> partitions_;
  std::vector<int64_t> partition_bytes_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<StepInFlight> steps_;     // in order; the first is the next to finish
  std::vector<uint64_t> next_step_of_;  // by partition: the number of the step that it may take next
  std::vector<uint8_t> partition_busy_;
  bool is_cutting_ = false;
  bool is_finishing_ = false;
  bool needs_more_shares_ = false;
  bool is_cut_out_ = false;  // no further step
  size_t loading_ = 0;
  std::optional<Error> error_;
  BatchStatistics statistics_;
};

}  // namespace headrace
