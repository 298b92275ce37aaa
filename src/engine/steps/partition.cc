#include "engine/steps/partition.h"

#include "base/check.h"
#include "engine/states/kernels.h"

#include <algorithm>

namespace headrace {

Partition::Partition(const PartitionContext& context, Partition* settled)
    : context_(context), layout_(context.layout), settled_(settled) {
  const Plan& plan = *layout_.plan;
  for (size_t s = 0; s < layout_.series.size(); ++s) {
    SeriesFiller* continued = settled == nullptr ? nullptr : settled->series_[s].get();
    series_.push_back(std::make_unique<SeriesFiller>(context_, layout_.series[s], continued));
  }

  kernels_.resize(plan.states.size());
  for (const WorkItem& item : layout_.work) {
    if (item.kind != WorkItem::Kind::kState) continue;
    const StateNode& node = plan.states[item.index];
    kernels_[item.index] = make_kernel(plan, node, layout_.states[item.index].features, context_.kernels);
    series_[layout_.series_of_plan[node.series]]->add_kernel(kernels_[item.index].get(), node.window);
  }
  asked_to_.resize(plan.states.size());
  if (settled_ != nullptr) settled_->is_continued_ = true;
}

void Partition::process(TimeStep& step, Workspace& workspace) {
  const size_t keys = (step.key_count >> context_.partition_bits) + 1;
  resize(keys);
  if (is_continued_) note_moved(step);
  workspace.begin_step();
  group_instants(step, keys, workspace);
  const WorkMeter meter = workspace.meter();
  meter.note_entity(static_cast<int64_t>(step.instants.of(context_.index).size()));
  for (const WorkItem& item : layout_.work) work_on(item, step, workspace);
}

/// The rows of an item are the events that it takes in, or the instants at which it gives values.
void Partition::work_on(const WorkItem& item, TimeStep& step, Workspace& workspace) {
  const WorkMeter meter = workspace.meter();
  const auto instants = [&](bool is_used_in_series) {
    return static_cast<int64_t>(instants_of(step, is_used_in_series).size());
  };
  switch (item.kind) {
    case WorkItem::Kind::kSeries:
      series_[item.index]->fill(step, workspace);
      return meter.note_series(
          item.index, static_cast<int64_t>(step.rows_of[layout_.series[item.index].source].of(context_.index).size()));
    case WorkItem::Kind::kState:
      if (!step.wants(layout_.states[item.index].features.front())) return;
      run_state(step, item.index, workspace);
      return meter.note_state(item.index, instants(layout_.states[item.index].is_used_in_series));
    case WorkItem::Kind::kDerived:
      if (!step.wants(item.index)) return;
      run_derived(step, item.index, workspace);
      return meter.note_feature(item.index, instants(layout_.features[item.index].is_used_in_series));
  }
}

void Partition::continue_from_settled(uint32_t local_key) {
  CHECK_LT(local_key, key_count_);
  settled_->resize(key_count_);
  for (const auto& series : series_) series->continue_from_settled(local_key);
  for (size_t state = 0; state < kernels_.size(); ++state) {
    if (!kernels_[state]) continue;
    if (needs_ring(layout_.plan->states[state].window)) {
      asked_to_[state][local_key] = kTimeMin;  // copied when it is asked for
    } else {
      kernels_[state]->copy_key(*settled_->kernels_[state], local_key);
    }
  }
}

void Partition::note_moved(const TimeStep& step) {
  for (size_t s = 0; s < step.sources.size(); ++s) {
    for (uint32_t row : step.rows_of[s].of(context_.index)) {
      int64_t& moved_to = moved_to_[context_.local_key(step.sources[s].ids[row])];
      moved_to = std::max(moved_to, step.start);
    }
  }
  for (uint32_t instant : step.instants.of(context_.index)) {
    int64_t& moved_to = moved_to_[context_.local_key(step.ids[instant])];
    moved_to = std::max(moved_to, step.times[instant]);
  }
}

/// Begins a state anew for the keys that it was not asked about since the settled one has gone past it.
void Partition::catch_up(size_t state, const TimeStep& step, const KeyGroups& groups) {
  for (const KeyGroup& group : groups.groups()) {
    int64_t& asked_to = asked_to_[state][group.key];
    if (asked_to == kTimeMin || asked_to < settled_->moved_to_[group.key]) {
      kernels_[state]->copy_key(*settled_->kernels_[state], group.key);
    }
    asked_to = step.times[groups.instants()[group.end - 1]];
  }
}

void Partition::follow_settled(uint32_t local_key) {
  for (const auto& series : series_) series->follow_settled(local_key);
}

void Partition::resize(size_t keys) {
  if (keys <= key_count_) return;
  key_count_ = keys;
  for (const auto& series : series_) series->resize(keys);
  for (size_t state = 0; state < kernels_.size(); ++state) {
    if (!kernels_[state]) continue;
    kernels_[state]->resize(keys);
    if (settled_ != nullptr && needs_ring(layout_.plan->states[state].window)) asked_to_[state].resize(keys, kTimeMin);
  }
  if (is_continued_) moved_to_.resize(keys, kTimeMin);
}

/// Features that a series uses are wanted at every instant, the others at the results only.
std::span<const uint32_t> Partition::instants_of(const TimeStep& step, bool is_used_in_series) const {
  return is_used_in_series ? step.instants.of(context_.index) : step.outputs_of(context_.index);
}

/// By key, for kernels with rings.
void Partition::group_instants(const TimeStep& step, size_t keys, Workspace& workspace) const {
  for (const bool of_all : {false, true}) {
    const bool is_read = std::any_of(layout_.work.begin(), layout_.work.end(), [&](const WorkItem& item) {
      return item.kind == WorkItem::Kind::kState && needs_ring(layout_.plan->states[item.index].window) &&
             layout_.states[item.index].is_used_in_series == of_all;
    });
    if (!is_read) continue;
    workspace.groups(of_all).assign(instants_of(step, of_all), step.ids.data(), context_.partition_bits, keys);
  }
}

void Partition::run_state(TimeStep& step, size_t state, Workspace& workspace) {
  const StateNode& node = layout_.plan->states[state];
  const StateLayout& layout = layout_.states[state];
  const SeriesFiller& series = *series_[layout_.series_of_plan[node.series]];
  const std::span<const uint32_t> instants = instants_of(step, layout.is_used_in_series);

  std::vector<KernelOutput>& outputs = workspace.outputs();
  for (size_t f : layout.features) {
    const PlanFeature& feature = layout_.plan->features[f];
    outputs.push_back({*feature.aggregation, &feature.params, step.features[f].values, step.features[f].valid,
                       &step.arenas[context_.index]});
  }

  KernelRun run;
  run.instants = instants;
  run.times = step.times.data();
  run.ids = step.ids.data();
  run.key_shift = context_.partition_bits;
  run.rows = &series.rows();
  if (needs_ring(node.window)) {
    const KeyGroups& groups = workspace.groups(layout.is_used_in_series);
    run.rings = series.rings_for(node.window);
    run.grouped = groups.instants();
    run.groups = groups.groups();
    run.edges = &workspace.edges(run.rings, node.window, layout.is_used_in_series);
    if (settled_ != nullptr) catch_up(state, step, groups);
  }
  kernels_[state]->run(run, outputs);

  for (size_t f : layout.features) apply_default(step, f, instants);
}

void Partition::run_derived(TimeStep& step, size_t f, Workspace& workspace) {
  const FeatureLayout& layout = layout_.features[f];
  const std::span<const uint32_t> instants = instants_of(step, layout.is_used_in_series);
  if (layout.program) {
    compute_formula(step, f, instants, workspace);
  } else {
    // A list by another name.
    const PlanFeature& feature = layout_.plan->features[f];
    CHECK_EQ(feature.uses.size(), size_t{1});
    const InstantColumn& list = step.features[feature.uses[0]];
    for (uint32_t instant : instants) {
      step.features[f].values[instant] = list.values[instant];
      step.features[f].valid[instant] = list.valid[instant];
    }
  }
  apply_default(step, f, instants);
}

void Partition::compute_formula(TimeStep& step, size_t f, std::span<const uint32_t> instants, Workspace& workspace) {
  const PlanFeature& feature = layout_.plan->features[f];
  const InstantColumn& out = step.features[f];
  Evaluator& evaluator = workspace.evaluator(layout_.features[f].program);
  VectorScratch& scratch = workspace.scratch();
  scratch.inputs.resize(feature.uses.size());
  std::vector<VectorBuffer>& buffers = workspace.buffers(scratch.inputs.size());

  for (size_t start = 0; start < instants.size(); start += kVectorSize) {
    const auto count = std::min<size_t>(kVectorSize, instants.size() - start);
    const uint32_t* positions = instants.data() + start;
    for (size_t i = 0; i < feature.uses.size(); ++i) {
      const InstantColumn& used = step.features[feature.uses[i]];
      scratch.inputs[i] = gather_slots(layout_.plan->features[feature.uses[i]].type.scalar, used.values, used.valid,
                                       positions, static_cast<int>(count), buffers[i]);
    }
    for (size_t i = 0; i < count; ++i) scratch.times[i] = step.times[positions[i]];

    evaluator.run(scratch.inputs, scratch.times.data(), static_cast<int>(count));
    store_slots(evaluator.output(0), static_cast<int>(count), context_.texts, scratch.values.data(),
                scratch.valid.data());
    for (size_t i = 0; i < count; ++i) {
      out.values[positions[i]] = scratch.values[i];
      out.valid[positions[i]] = scratch.valid[i];
    }
  }
}

/// The default stands in for null; what was there before it goes to the columns that ask for that.
void Partition::apply_default(TimeStep& step, size_t f, std::span<const uint32_t> instants) {
  const InstantColumn& column = step.features[f];
  for (size_t output : layout_.features[f].outputs) {
    const InstantColumn& before = step.before_default[output];
    if (before.values == nullptr) continue;
    for (uint32_t instant : instants) {
      before.values[instant] = column.values[instant];
      before.valid[instant] = column.valid[instant];
    }
  }

  const PlanFeature& feature = layout_.plan->features[f];
  const Value& value = feature.default_value;
  if (value.is_null()) return;
  const bool widens = feature.type.scalar == ScalarType::kDouble && std::holds_alternative<int64_t>(value.data);
  const Slot slot =
      widens ? to_slot(static_cast<double>(std::get<int64_t>(value.data))) : slot_of(value, context_.texts);
  for (uint32_t instant : instants) {
    if (column.valid[instant] != 0) continue;
    column.valid[instant] = 1;
    column.values[instant] = slot;
  }
}

void Partition::store_key(const WorkItem& item, uint32_t local_key, StateWriter& writer) const {
  CHECK_LT(local_key, key_count_);
  if (item.kind == WorkItem::Kind::kSeries) series_[item.index]->store_key(local_key, writer);
  if (item.kind != WorkItem::Kind::kState) return;
  const StateNode& node = layout_.plan->states[item.index];
  if (needs_ring(node.window)) return;
  kernels_[item.index]->store_key(local_key, layout_.plan->series[node.series].type, writer);
}

void Partition::restore_key(const WorkItem& item, uint32_t local_key, StateReader& reader) {
  CHECK_LT(local_key, key_count_);
  if (item.kind == WorkItem::Kind::kSeries) series_[item.index]->restore_key(local_key, reader);
  if (item.kind != WorkItem::Kind::kState) return;
  const StateNode& node = layout_.plan->states[item.index];
  if (needs_ring(node.window)) return;
  kernels_[item.index]->restore_key(local_key, layout_.plan->series[node.series].type, reader);
}

void Partition::let_go(uint32_t local_key, int64_t t) {
  if (local_key >= key_count_) return;
  for (const auto& series : series_) series->let_go(local_key, t);
}

bool Partition::has_events(uint32_t local_key) const {
  return std::ranges::any_of(series_, [&](const auto& series) { return series->has_events(local_key); });
}

void Partition::forget_key(uint32_t local_key) {
  if (local_key >= key_count_) return;
  for (const auto& series : series_) series->forget_key(local_key);
  for (size_t state = 0; state < kernels_.size(); ++state) {
    if (!kernels_[state]) continue;
    kernels_[state]->forget_key(local_key);
    if (settled_ != nullptr && needs_ring(layout_.plan->states[state].window)) asked_to_[state][local_key] = kTimeMin;
  }
  if (is_continued_) moved_to_[local_key] = kTimeMin;
}

/// What a window with a ring holds is in the ring; a lifetime state tells its texts as it is stored.
void Partition::mark_texts() const {
  for (const auto& series : series_) series->mark_texts();
  std::string bytes;
  for (const WorkItem& item : layout_.work) {
    if (item.kind != WorkItem::Kind::kState) continue;
    const StateNode& node = layout_.plan->states[item.index];
    const ScalarType type = layout_.plan->series[node.series].type;
    if (needs_ring(node.window) || type != ScalarType::kString) continue;
    for (uint32_t key = 0; key < key_count_; ++key) {
      bytes.clear();
      StateWriter writer(bytes, context_.texts);
      kernels_[item.index]->store_key(key, type, writer);
    }
  }
}

void Partition::append_times(uint32_t local_key, std::vector<int64_t>& times) const {
  for (const auto& series : series_) series->append_times(local_key, times);
}

int64_t Partition::memory_bytes() const {
  int64_t bytes = 0;
  for (const auto& series : series_) bytes += series->memory_bytes();
  for (const auto& kernel : kernels_) bytes += kernel ? kernel->memory_bytes() : 0;
  bytes += static_cast<int64_t>(moved_to_.capacity() * sizeof(int64_t));
  for (const auto& times : asked_to_) bytes += static_cast<int64_t>(times.capacity() * sizeof(int64_t));
  return bytes;
}

void Partition::add_memory(PlanWork& work) const {
  int64_t bytes = 0;
  for (size_t s = 0; s < series_.size(); ++s) {
    const int64_t of_series = series_[s]->memory_bytes();
    work.series[layout_.series[s].plan_series].state_bytes += of_series;
    bytes += of_series;
  }
  for (size_t s = 0; s < kernels_.size(); ++s) {
    const int64_t of_state = kernels_[s] ? kernels_[s]->memory_bytes() : 0;
    work.states[s].state_bytes += of_state;
    bytes += of_state;
  }
  work.unattributed.state_bytes += memory_bytes() - bytes;
}

int64_t Partition::wide_promotions() const {
  int64_t promotions = 0;
  for (const auto& kernel : kernels_) promotions += kernel ? kernel->wide_promotions() : 0;
  return promotions;
}

}  // namespace headrace
