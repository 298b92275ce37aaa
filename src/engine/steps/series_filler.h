#pragma once

/// Takes the events of one series into the rings of one partition, step by step.
///
/// How depends on where the values come from and on who reads them; fill() chooses one of these:
///
///   values                               read by                   way
///   -----------------------------------  ------------------------  -----------------------------------------------
///   anything                             no kernel                 kNothing
///   one row column, no filter            kernels with rings of     kDirectly: into the ring, in a loop of its own
///                                        events with values only
///   row columns                          any kernel                kFromColumns: rows, then the rings
///   a program over features and columns  any kernel                kFromProgram: rows, then the rings
///
/// The rows are what lifetime kernels read, and what full rings are filled from.
///
/// Not thread-safe: belongs to one partition.

#include "compute/windows/kernel.h"
#include "engine/steps/step.h"
#include "engine/steps/workspace.h"

#include <memory>
#include <vector>

namespace headrace {

/// What a partition is a part of, and which part. What it refers to lives longer than the partition.
struct PartitionContext {
  const Layout& layout;
  const StepBuilder& steps;
  const KeyTable& keys;
  TextPool& texts;
  KernelChoice kernels;
  size_t index;
  int partition_bits;

  uint32_t local_key(uint32_t id) const { return id >> partition_bits; }
};

class SeriesFiller {
 public:
  /// `settled`: the filler whose rings this one continues; null for none. It lives longer.
  SeriesFiller(const PartitionContext& context, const SeriesLayout& series, SeriesFiller* settled);

  /// The kernel of a window over this series. It lives longer than the filler is used.
  void add_kernel(StateKernel* kernel, const WindowSpec& window);

  void resize(size_t keys);
  /// REQUIRES: the features that the series uses are computed at the step's instants.
  void fill(const TimeStep& step, Workspace& workspace);

  /// Of a filler that continues another: cuts a key's events back to those of the other.
  void continue_from_settled(uint32_t key);
  /// The same filler: to be called for the keys of a step before it is filled.
  void follow_settled(uint32_t key);

  /// A key's events, as far as a window may still need them.
  void store_key(uint32_t key, StateWriter& writer) const;
  /// REQUIRES: the key has no events, and this filler continues none.
  void restore_key(uint32_t key, StateReader& reader);

  /// Lets go of the events of a key that no window at t or later needs. REQUIRES: this filler continues none.
  void let_go(uint32_t key, int64_t t);
  bool has_events(uint32_t key) const;
  /// The key has no events any more, and its memory is given back.
  void forget_key(uint32_t key);
  /// Marks the texts of the events that are kept, of all keys.
  void mark_texts() const;

  /// Appends the times of the events that are kept of a key; one may come twice.
  void append_times(uint32_t key, std::vector<int64_t>& times) const;

  /// The events for windows of this kind; null for lifetime.
  const RingSet* rings_for(const WindowSpec& window) const;
  /// The rows of the last fill(); empty when no kernel reads them.
  const SeriesRows& rows() const { return rows_; }
  int64_t memory_bytes() const;

 private:
  /// A ring for each key and the kernels whose windows move over it.
  struct KernelRings {
    std::unique_ptr<RingSet> rings;
    std::vector<StateKernel*> kernels;
    KernelRings* settled = nullptr;  // of the filler that this one continues
  };
  enum class Way { kNothing, kDirectly, kFromColumns, kFromProgram };

  Way way() const;
  void push_column(const TimeStep& step);
  void fill_from_columns(const TimeStep& step);
  void fill_from_program(const TimeStep& step, Workspace& workspace);
  void load_inputs(const TimeStep& step, std::span<const uint32_t> rows, std::span<const uint32_t> instants,
                   Workspace& workspace) const;
  void take_outputs(const RowView& view, std::span<const uint32_t> rows, const Evaluator& evaluator,
                    VectorScratch& scratch);
  void push_rows(const TimeStep& step);
  void push_row(const TimeStep& step, KernelRings& into, size_t row);
  static void make_room(KernelRings& into, uint32_t key, int64_t start);
  static Position first_needed(const KernelRings& rings, uint32_t key);

  const PartitionContext& context_;
  const SeriesLayout& series_;
  SeriesRows rows_;
  KernelRings valued_;  // events with values
  KernelRings full_;    // all events
  bool has_lifetime_ = false;
};

}  // namespace headrace
