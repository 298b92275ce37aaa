#pragma once

/// Where threads note what they do for the nodes of a layout: one account of time and of rows for each.
///
/// The formulas of a source are evaluated together, and what several need only once. So each sub-expression has an account of
/// its own, and its time is divided among the series that need it, by equal shares.
///
/// Thread-safe.

#include "base/thread_laps.h"
#include "engine/layout/layout.h"
#include "engine/meter/plan_work.h"

#include <atomic>
#include <memory>
#include <span>
#include <vector>

namespace headrace {

class WorkAccounts {
 public:
  /// The layout lives longer.
  explicit WorkAccounts(const Layout& layout);

  size_t entity() const { return 0; }
  size_t source(size_t layout_source) const { return sources_ + layout_source; }
  size_t series(size_t layout_series) const { return series_ + layout_series; }
  size_t state(size_t plan_state) const { return states_ + plan_state; }
  size_t feature(size_t plan_feature) const { return features_ + plan_feature; }
  /// Of a source's program: a node of it, and the making of row columns of an output.
  size_t row_node(size_t layout_source, size_t node) const { return programs_[layout_source].first_node + node; }
  size_t row_column(size_t layout_source, size_t output) const {
    return programs_[layout_source].first_output + output;
  }

  const std::shared_ptr<CpuAccounts>& cpu() const { return cpu_; }
  void add_rows(size_t account, int64_t rows) { rows_[account].fetch_add(rows, std::memory_order_relaxed); }
  void add_bytes(size_t layout_source, int64_t bytes) {
    bytes_[layout_source].fetch_add(bytes, std::memory_order_relaxed);
  }
  void add_values(size_t plan_feature, int64_t values) {
    values_[plan_feature].fetch_add(values, std::memory_order_relaxed);
  }

  /// Adds all that was noted so far.
  void add_to(PlanWork& work) const;

 private:
  /// Where the accounts of a source's program begin, and which layout series each of them is for.
  struct ProgramAccounts {
    size_t first_node = 0;
    size_t first_output = 0;
    std::vector<std::vector<size_t>> series_of_nodes;
    std::vector<std::vector<size_t>> series_of_outputs;
  };

  ProgramAccounts program_accounts(size_t layout_source, size_t first) const;
  void add_program(size_t layout_source, PlanWork& work) const;
  void add_account(size_t account, NodeWork& node) const;

  const Layout& layout_;
  size_t sources_ = 0;
  size_t series_ = 0;
  size_t states_ = 0;
  size_t features_ = 0;
  std::vector<ProgramAccounts> programs_;  // by layout source
  std::shared_ptr<CpuAccounts> cpu_;       // shared with threads that still owe time to it
  std::vector<std::atomic<int64_t>> rows_;
  std::vector<std::atomic<int64_t>> bytes_;   // by layout source
  std::vector<std::atomic<int64_t>> values_;  // by plan feature
};

/// One thread that notes what it does; nothing where nobody measures. Both are somebody else's, who lives longer.
class WorkMeter {
 public:
  WorkMeter() = default;
  WorkMeter(ThreadLaps& laps, WorkAccounts& accounts) : laps_(&laps), accounts_(&accounts) {}

  bool is_on() const { return laps_ != nullptr; }
  /// What follows is measured, and a pause before it that is too short for sleep.
  void begin() const {
    if (laps_ != nullptr) laps_->begin(accounts_->cpu());
  }

  // The time since the mark before was of this node, through which so many rows went.
  void note_entity(int64_t rows = 0) const {
    if (laps_ != nullptr) note(accounts_->entity(), rows);
  }
  void note_source(size_t layout_source, int64_t rows = 0) const {
    if (laps_ != nullptr) note(accounts_->source(layout_source), rows);
  }
  void note_series(size_t layout_series, int64_t rows) const {
    if (laps_ != nullptr) note(accounts_->series(layout_series), rows);
  }
  void note_state(size_t plan_state, int64_t rows) const {
    if (laps_ != nullptr) note(accounts_->state(plan_state), rows);
  }
  void note_feature(size_t plan_feature, int64_t rows) const {
    if (laps_ != nullptr) note(accounts_->feature(plan_feature), rows);
  }
  /// Of several features, in equal parts.
  void note_features(std::span<const size_t> plan_features) const {
    if (laps_ != nullptr) laps_->end_lap(plan_features, accounts_->feature(0));
  }
  void note_row_node(size_t layout_source, size_t node) const {
    if (laps_ != nullptr) note(accounts_->row_node(layout_source, node), 0);
  }
  void note_row_column(size_t layout_source, size_t output) const {
    if (laps_ != nullptr) note(accounts_->row_column(layout_source, output), 0);
  }
  void add_bytes(size_t layout_source, int64_t bytes) const {
    if (laps_ != nullptr) accounts_->add_bytes(layout_source, bytes);
  }
  void add_values(size_t plan_feature, int64_t values) const {
    if (laps_ != nullptr) accounts_->add_values(plan_feature, values);
  }

 private:
  void note(size_t account, int64_t rows) const {
    laps_->end_lap(account);
    if (rows != 0) accounts_->add_rows(account, rows);
  }

  ThreadLaps* laps_ = nullptr;
  WorkAccounts* accounts_ = nullptr;
};

}  // namespace headrace
