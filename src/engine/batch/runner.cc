#include "engine/batch/runner.h"

#include "base/check.h"
#include "base/option_name.h"
#include "base/threads.h"
#include "engine/batch/needed_times.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <new>
#include <numeric>
#include <thread>

namespace headrace {

/// Enough partitions to balance the threads and to keep the states of one in the second-level cache.
int partition_bits_for(int threads) { return std::bit_width(static_cast<unsigned>(std::max(1, threads)) * 4 - 1); }

std::vector<Source*> ordered_sources(const Layout& layout, const OpenSources& sources) {
  std::vector<Source*> ordered;
  for (const SourceLayout& source : layout.sources) {
    const auto found = sources.find(source.request.source);
    CHECK(found != sources.end());
    ordered.push_back(found->second);
  }
  return ordered;
}

Runner::Runner(RunnerInput input, const BatchOptions& options, KeyTable& keys, TextPool& texts, BatchProgress* progress)
    : input_(std::move(input)),
      threads_(std::max(1, options.threads)),
      partition_bits_(partition_bits_for(threads_)),
      keys_(keys),
      texts_(texts),
      progress_(progress),
      memory_bytes_limit_(options.memory_bytes),
      step_rows_(choose_step_rows(options)),
      timeline_(memory_, std::max<int64_t>(options.memory_bytes / 4, 64 * 1024), options.spill_folder),
      builder_(*input_.layout, keys_, input_.rule, partition_bits_, input_.before_default),
      told_work_(options.work) {
  if (told_work_ != nullptr) accounts_.emplace(*input_.layout);
  const size_t partitions = size_t{1} << partition_bits_;
  for (size_t p = 0; p < partitions; ++p) {
    const PartitionContext context{*input_.layout, builder_, keys_, texts_, options.kernels, p, partition_bits_};
    partitions_.push_back(std::make_unique<Partition>(context));
  }
  partition_bytes_.resize(partitions);
  next_step_of_.resize(partitions);
  partition_busy_.resize(partitions);
  const std::vector<int64_t> begins = needed_times(*input_.layout, input_.rule);
  for (size_t s = 0; s < input_.sources.size(); ++s) {
    timeline_.add_units(s, input_.sources[s]->units(), begins[s], input_.rule.end);
  }
  if (input_.observations) timeline_.add_ready(std::move(*input_.observations));
}

/// Results of a step should stay in the cache of the last level, and many features must not make steps large.
size_t Runner::choose_step_rows(const BatchOptions& options) const {
  if (options.step_rows > 0) return static_cast<size_t>(options.step_rows);
  const int64_t step_bytes = std::clamp<int64_t>(options.memory_bytes / 16, int64_t{1} << 18, int64_t{24} << 20);
  size_t needed = 0;
  for (const FeatureLayout& feature : input_.layout->features) needed += feature.is_needed ? 1 : 0;
  return static_cast<size_t>(std::clamp<int64_t>(step_bytes / static_cast<int64_t>(9 * needed + 40), 4096, 131072));
}

Result<BatchStatistics> Runner::run(const Finish& finish) {
  tell_bytes_total();
  work_on_threads(finish);
  tell_work(!error_);
  if (error_) return *error_;

  statistics_.partitions = static_cast<int64_t>(partitions_.size());
  statistics_.spilled_bytes = timeline_.spilled_bytes();
  for (const auto& partition : partitions_) statistics_.wide_promotions += partition->wide_promotions();
  statistics_.memory_bytes_max = memory_.bytes_max() + keys_.memory_bytes() + texts_.memory_bytes();
  return statistics_;
}

void Runner::store(const WorkItem& item, StateWriter& writer) {
  const size_t keys = keys_.size();
  const uint32_t mask = (1u << partition_bits_) - 1;
  for (const auto& partition : partitions_) partition->resize((keys >> partition_bits_) + 1);
  for (uint32_t id = 0; id < keys; ++id) partitions_[id & mask]->store_key(item, id >> partition_bits_, writer);
}

/// Of a run that was given up, what it took, but no states: another one has them.
void Runner::tell_work(bool is_complete) {
  if (!accounts_) return;
  accounts_->add_to(*told_work_);
  if (!is_complete) return;
  for (const auto& partition : partitions_) partition->add_memory(*told_work_);
  told_work_->unattributed.state_bytes += keys_.memory_bytes() + texts_.memory_bytes();
}

void Runner::tell_bytes_total() {
  if (progress_ == nullptr) return;
  int64_t bytes = 0;
  timeline_.visit_units([&](size_t source, size_t unit) { bytes += input_.sources[source]->units()[unit].bytes; });
  progress_->bytes_read = 0;
  progress_->bytes_total = bytes;
}

/// None begins to work before all have started: where some do not, the others would not get far either.
void Runner::work_on_threads(const Finish& finish) {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    threads = start_threads(threads_ - 1, [&] { work(finish); });
    const int started = static_cast<int>(threads.size()) + 1;
    if (started < threads_) {
      fail(Error::environment(fmt::format("the system gives this process {} of {} threads", started, threads_))
               .with_help(fmt::format("ask for {} threads, or raise the limits of the process", (started + 1) / 2)));
    }
  }
  work(finish);
  for (std::thread& thread : threads) thread.join();
}

void Runner::work(const Finish& finish) {
  try {
    work_until_complete(finish);
  } catch (const std::bad_alloc&) {
    const std::lock_guard lock(mutex_);
    fail(Error::environment("the system gives this process no more memory")
             .with_help("compute with less memory or fewer threads, or raise the limits of the process"));
  }
  changed_.notify_all();
}

void Runner::work_until_complete(const Finish& finish) {
  std::unique_lock lock(mutex_);
  if (error_) return;
  RowReader reader(*input_.layout, keys_, texts_, input_.observed_keys);
  Workspace workspace;
  ThreadLaps laps;
  const WorkMeter meter = accounts_ ? WorkMeter(laps, *accounts_) : WorkMeter();
  reader.set_meter(meter);
  workspace.set_meter(meter);
  meter.begin();
  while (!error_ && !is_complete()) {
    if (try_finish(lock, finish, meter) || try_partition(lock, workspace) || try_cut(lock, meter) ||
        try_load(lock, reader, workspace, meter)) {
      changed_.notify_all();
      continue;
    }
    meter.note_entity();
    changed_.wait(lock);
    meter.begin();
  }
  meter.note_entity();
}

bool Runner::is_complete() const { return is_cut_out_ && steps_.empty() && !is_cutting_ && !is_finishing_; }

/// States cannot be spilled while they are in use; a share of them can be left for another run. They may take half of
/// the limit: pending rows take a quarter, and steps under way most of the rest.
void Runner::check_memory() {
  const int64_t states = std::accumulate(partition_bytes_.begin(), partition_bytes_.end(), int64_t{0});
  if (states <= memory_bytes_limit_ / 2 || keys_.share().count >= kSharesMax || keys_.size() <= partitions_.size()) {
    return;
  }
  needs_more_shares_ = true;
  fail(Error::environment("the states of all keys do not fit into the memory limit")
           .with_help("give more: " + option(OptionName::kMemory)));
}

void Runner::fail(const Error& error) {
  if (!error_) error_ = error;
}

bool Runner::try_finish(std::unique_lock<std::mutex>& lock, const Finish& finish, WorkMeter meter) {
  if (is_finishing_ || steps_.empty() || steps_.front().done < partitions_.size()) return false;
  is_finishing_ = true;
  std::unique_ptr<TimeStep> step = std::move(steps_.front().step);
  steps_.erase(steps_.begin());
  lock.unlock();
  const Status status = finish(*step);
  step.reset();
  meter.note_entity();
  lock.lock();
  is_finishing_ = false;
  ++statistics_.steps;
  if (!status) fail(status.error());
  return true;
}

bool Runner::try_partition(std::unique_lock<std::mutex>& lock, Workspace& workspace) {
  for (StepInFlight& flight : steps_) {
    const uint64_t number = flight.step->number;
    for (size_t p = 0; p < partitions_.size(); ++p) {
      if (flight.is_taken[p] || partition_busy_[p] || next_step_of_[p] != number) continue;
      flight.is_taken[p] = 1;
      partition_busy_[p] = 1;
      TimeStep* step = flight.step.get();

      lock.unlock();
      partitions_[p]->process(*step, workspace);
      // Walking all states for their size is worth it now and then only.
      const int64_t bytes = number % 16 == 0 ? partitions_[p]->memory_bytes() : partition_bytes_[p];

      lock.lock();
      memory_.add(bytes - partition_bytes_[p]);
      partition_bytes_[p] = bytes;
      check_memory();
      partition_busy_[p] = 0;
      ++next_step_of_[p];
      for (StepInFlight& mine : steps_) {
        if (mine.step->number == number) ++mine.done;
      }
      return true;
    }
  }
  return false;
}

/// Never past the end of results; with a grid, not more points at once than a step should have: those before the first
/// result are none.
int64_t Runner::cut_limit() const {
  int64_t limit = input_.rule.end;
  const int64_t start = std::max({timeline_.start(), timeline_.pending_time_min(), input_.rule.start});
  if (input_.rule.every && start != kTimeMax) {
    const auto keys = static_cast<int64_t>(std::max<size_t>(1, keys_.size()));
    const int64_t points = std::max<int64_t>(1, static_cast<int64_t>(step_rows_) / keys);
    int64_t span;
    if (!__builtin_mul_overflow(points, input_.rule.every->us, &span) && start < kTimeMax - span) {
      limit = std::min(limit, start + span);
    }
  }
  return limit;
}

bool Runner::try_cut(std::unique_lock<std::mutex>& lock, WorkMeter meter) {
  if (is_cutting_ || is_cut_out_ || steps_.size() >= kStepsMax) return false;
  const bool all_loaded = !timeline_.has_unloaded();
  const size_t complete = timeline_.complete_rows(step_rows_);
  const bool is_tight = timeline_.pending_bytes() > timeline_.pending_bytes_max() / 2;
  if (!all_loaded && complete < step_rows_ && !(is_tight && complete > 0)) return false;
  is_cutting_ = true;
  TimeSlice slice = timeline_.cut(step_rows_, cut_limit());
  is_cut_out_ = slice.end >= input_.rule.end ||
                (all_loaded && timeline_.pending_rows() == 0 && (!input_.rule.every || slice.end > last_grid_time()));
  const int64_t grid_end = grid_end_of(slice);
  lock.unlock();
  std::unique_ptr<TimeStep> step = builder_.build(std::move(slice), grid_end, memory_);
  meter.note_entity();
  lock.lock();
  is_cutting_ = false;
  statistics_.superseded_rows += step->superseded_rows;
  statistics_.deleted_events += step->deleted_events;
  steps_.push_back({std::move(step), std::vector<uint8_t>(partitions_.size()), 0});
  return true;
}

/// A grid without end stops at the last event.
int64_t Runner::last_grid_time() const {
  return input_.rule.end != kTimeMax ? input_.rule.end - 1 : timeline_.time_max();
}

int64_t Runner::grid_end_of(const TimeSlice& slice) const {
  const bool more_will_come = timeline_.has_unloaded() || timeline_.pending_rows() > 0;
  if (more_will_come) return slice.end;
  return std::min(slice.end, last_grid_time() == kTimeMax ? kTimeMax : last_grid_time() + 1);
}

bool Runner::try_load(std::unique_lock<std::mutex>& lock, RowReader& reader, RowScratch& scratch, WorkMeter meter) {
  const bool has_enough = timeline_.pending_rows() > 4 * step_rows_ + static_cast<size_t>(threads_) * step_rows_ &&
                          timeline_.complete_rows(step_rows_) >= step_rows_;
  if (has_enough || (loading_ > 0 && timeline_.pending_bytes() > timeline_.pending_bytes_max())) return false;

  const auto task = timeline_.next_load();
  if (!task) return false;
  ++loading_;
  Status status;
  if (task->is_page) {
    lock.unlock();
    Result<RowBlock> page = timeline_.load_page(*task);
    lock.lock();
    if (page) {
      timeline_.add_page(std::move(page).value());
    } else {
      status = page.error();
    }
  } else {
    status = load_unit(lock, *task, reader, scratch, meter);
    ++statistics_.units_read;
  }

  timeline_.finish_load(*task);
  --loading_;
  if (!status) fail(status.error());
  return true;
}

/// REQUIRES: the lock is held; it is given up while reading.
Status Runner::load_unit(std::unique_lock<std::mutex>& lock, const Timeline::LoadTask& task, RowReader& reader,
                         RowScratch& scratch, WorkMeter meter) {
  uint64_t part = 0;
  int64_t bytes_told = 0;
  Source& source = *input_.sources[task.source];
  const auto tell_bytes = [&](int64_t bytes) {
    if (progress_ != nullptr) progress_->bytes_read += bytes - std::exchange(bytes_told, bytes);
  };

  lock.unlock();
  Status status = source.read(task.unit, [&](const Batch& batch) -> Status {
    tell_bytes(source.bytes_taken(task.unit));
    if (batch.rows == 0) return {};
    ASSIGN_OR_RETURN(RowBlock block,
                     reader.read(task.source, (static_cast<uint64_t>(task.unit) << 24) + part++, batch, scratch));
    const std::lock_guard relock(mutex_);
    statistics_.rows_read += batch.rows;
    statistics_.rows_of_observed_keys += reader.rows_of_observed_keys();
    if (progress_ != nullptr) progress_->rows_read += batch.rows;
    if (error_) return *error_;
    return timeline_.add_block(std::move(block));
  });

  tell_bytes(source.units()[task.unit].bytes);
  meter.note_source(task.source);
  meter.add_bytes(task.source, source.units()[task.unit].bytes);
  lock.lock();
  if (!status) return status.error().with_context(input_.layout->sources[task.source].request.source);
  return {};
}

}  // namespace headrace
