#pragma once

/// The state of one share of the keys, and the work of one step on it.
///
/// A step goes through the work items of the layout in order: series take their events in, states move over them and
/// write features, derived features are computed of features.
///
/// A partition that continues a settled one is asked for some features at a time. The state of a window that nobody asks for
/// stays where it was, and begins anew from the settled one once that has gone past it: the settled one lets go of events
/// that a state behind it would still need.
///
/// A partition is touched by one thread at a time, and sees steps in order; so there are no locks inside, and what it
/// computes does not depend on how many threads there are.

#include "engine/steps/series_filler.h"
#include "engine/steps/step.h"
#include "engine/steps/workspace.h"

#include <memory>
#include <vector>

namespace headrace {

class Partition {
 public:
  /// `settled`: the partition that this one continues, with what is not settled yet; null for none. It lives longer.
  explicit Partition(const PartitionContext& context, Partition* settled = nullptr);

  /// Takes the step's rows of this partition in and writes its instants' features.
  void process(TimeStep& step, Workspace& workspace);

  /// Makes room for keys 0 to count − 1 of the partition; never for fewer than before.
  void resize(size_t count);
  /// Of a partition that continues another: cuts a key back to where the other is. REQUIRES: there is room for the key.
  void continue_from_settled(uint32_t local_key);
  /// The same partition: to be called for the keys of a step before it is processed, after the other has gone on.
  void follow_settled(uint32_t local_key);

  /// What the partition keeps of a key for an item of the layout's work: events of a series, state of a state.
  /// REQUIRES: there is room for the key.
  void store_key(const WorkItem& item, uint32_t local_key, StateWriter& writer) const;
  /// REQUIRES: the key has seen nothing, and this partition continues none.
  void restore_key(const WorkItem& item, uint32_t local_key, StateReader& reader);

  /// Lets go of what no window at t or later needs of a key. REQUIRES: this partition continues none, no later step asks about
  /// a time before t, and states that continue the key's begin anew.
  void let_go(uint32_t local_key, int64_t t);
  /// Whether events are kept of a key. REQUIRES: there is room for the key.
  bool has_events(uint32_t local_key) const;
  /// The key has seen nothing, and its memory is given back. Of one that is continued, in the other one too.
  void forget_key(uint32_t local_key);
  /// Marks the texts that states of all keys hold. REQUIRES: this partition continues none.
  void mark_texts() const;

  /// Appends the times of the events that are kept of a key; one may come several times.
  void append_times(uint32_t local_key, std::vector<int64_t>& times) const;

  int64_t memory_bytes() const;
  /// Adds the same by node, and what is of none.
  void add_memory(PlanWork& work) const;
  int64_t wide_promotions() const;

 private:
  void work_on(const WorkItem& item, TimeStep& step, Workspace& workspace);
  void group_instants(const TimeStep& step, size_t keys, Workspace& workspace) const;
  std::span<const uint32_t> instants_of(const TimeStep& step, bool is_used_in_series) const;
  void run_state(TimeStep& step, size_t state, Workspace& workspace);
  void note_moved(const TimeStep& step);
  void catch_up(size_t state, const TimeStep& step, const KeyGroups& groups);
  void run_derived(TimeStep& step, size_t feature, Workspace& workspace);
  void compute_formula(TimeStep& step, size_t feature, std::span<const uint32_t> instants, Workspace& workspace);
  void apply_default(TimeStep& step, size_t feature, std::span<const uint32_t> instants);

  const PartitionContext context_;
  const Layout& layout_;
  Partition* const settled_;
  size_t key_count_ = 0;
  std::vector<std::unique_ptr<SeriesFiller>> series_;  // by layout series
  std::vector<std::unique_ptr<StateKernel>> kernels_;  // by plan state; null where it is not needed

  // Of a settled partition, by local key: no event that a window at this time or later needs was let go of.
  bool is_continued_ = false;
  std::vector<int64_t> moved_to_;
  // Of one that continues it, by plan state, then local key: the last time that it was asked about since it began anew.
  std::vector<std::vector<int64_t>> asked_to_;
};

}  // namespace headrace
