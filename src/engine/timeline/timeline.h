#pragma once

/// Brings the rows of all sources into one order of time, within a memory limit.
///
/// Feeds are units not yet read and runs that were spilled to disk; each knows a time that none of its rows precedes.
/// The least of these is the horizon: rows before it are complete and can be cut off as the next step. A log in order
/// of time is read once and streamed; rows in any other order are held, and spilled when they are too many, until the
/// horizon has passed them. The same mechanism serves one sorted file, many overlapping files, and a shuffled CSV.
///
///   loop: task = next_load();  blocks = ... (outside of the lock);  add_block(..) for each;  finish_load(task)
///         step = cut(..)
///
/// Not thread-safe: the runner holds its lock, except for load_page().

#include "base/result.h"
#include "engine/rows/time_slice.h"
#include "engine/source.h"
#include "engine/timeline/spill_file.h"

#include <memory>
#include <optional>
#include <vector>

namespace headrace {

class Timeline {
 public:
  struct LoadTask {
    size_t feed;
    bool is_page;
    size_t source;  // of a unit
    size_t unit;
    int64_t page_offset;
  };

  Timeline(MemoryTracker& memory, int64_t pending_bytes_max, std::string spill_folder)
      : memory_(memory), pending_bytes_max_(pending_bytes_max), spill_folder_(std::move(spill_folder)) {}

  /// Before the first load: units of a source, in order of arrival. Units without rows in [begin, end) are left out,
  /// where that is known before they are read.
  void add_units(size_t source, const std::vector<SourceUnit>& units, int64_t begin, int64_t end);
  /// Those that are not left out. Before the first load.
  void visit_units(const std::function<void(size_t source, size_t unit)>& visit) const;
  /// Rows in memory from the start (observations).
  void add_ready(RowBlock block);

  /// The feed to load next, or nothing when all are loaded or loading.
  std::optional<LoadTask> next_load();
  /// A block of a unit under way; may spill it.
  Status add_block(RowBlock block);
  void finish_load(const LoadTask& task);
  /// Reads a spilled page. May be called without the lock.
  Result<RowBlock> load_page(const LoadTask& task) const { return spill_->read(task.page_offset); }
  /// Takes back a loaded page (never spilled again).
  void add_page(RowBlock block);

  /// No row before this will come any more.
  int64_t horizon() const;
  bool has_unloaded() const { return !feeds_.empty(); }
  size_t pending_rows() const { return pending_rows_; }
  int64_t pending_bytes() const { return pending_bytes_; }
  int64_t pending_bytes_max() const { return pending_bytes_max_; }
  int64_t spilled_bytes() const { return spill_ ? spill_->bytes() : 0; }
  /// Rows that are complete, counted up to about `enough`.
  size_t complete_rows(size_t enough) const;
  /// The time of the oldest row that is held; kTimeMin before the first cut when there is none.
  int64_t pending_time_min() const;
  /// The end of the last cut: no row before it is left.
  int64_t start() const { return start_; }
  /// The time of the newest row seen.
  int64_t time_max() const { return time_max_; }

  /// Cuts about `rows` complete rows off, never dividing rows of equal time, and nothing at or after `end_max`.
  TimeSlice cut(size_t rows, int64_t end_max);

 private:
  struct Feed {
    size_t id;
    int64_t time_min;
    bool is_loading = false;
    bool is_page = false;
    size_t source = 0;
    size_t unit = 0;
    std::vector<std::pair<int64_t, int64_t>> pages;  // of a spilled run, last first: first time, place in the file
  };
  struct Pending {
    BlockPtr block;
    size_t cursor = 0;
  };

  void add_pending(RowBlock block);
  Status spill(const RowBlock& block);
  std::optional<int64_t> block_end(size_t rows) const;
  int64_t cut_time(size_t rows, int64_t limit) const;
  Feed& feed_of(size_t id);

  static constexpr size_t kPageRows = 8192;

  MemoryTracker& memory_;
  int64_t pending_bytes_max_;
  std::string spill_folder_;
  std::vector<Feed> feeds_;
  size_t feed_ids_ = 0;
  std::vector<Pending> pending_;
  size_t pending_rows_ = 0;
  int64_t pending_bytes_ = 0;
  int64_t start_ = kTimeMin;
  int64_t time_max_ = kTimeMin;
  std::unique_ptr<SpillFile> spill_;
};

}  // namespace headrace
