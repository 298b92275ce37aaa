#include "engine/steps/partition.h"

#include "base/check.h"
#include "engine/states/kernels.h"

#include <algorithm>

namespace headrace {

Slot slot_of(const Value& value, TextPool& texts) {
  struct Writer {
    TextPool& texts;
    Slot operator()(std::monostate) const { return 0; }
    Slot operator()(bool v) const { return to_slot(v); }
    Slot operator()(int64_t v) const { return to_slot(v); }
    Slot operator()(double v) const { return to_slot(v + 0.0); }
    Slot operator()(const std::string& v) const { return texts.intern(v).bits(); }
    Slot operator()(EventTime v) const { return to_slot(v.us); }
    Slot operator()(Duration v) const { return to_slot(v.us); }
    Slot operator()(const Value::List&) const { return 0; }
  };
  return std::visit(Writer{texts}, value.data);
}

Partition::Partition(const Layout& layout, const StepBuilder& steps, const KeyTable& keys, TextPool& texts,
                     size_t index, int partition_bits)
    : layout_(layout), steps_(steps), keys_(keys), texts_(texts), index_(index), partition_bits_(partition_bits) {
  const Plan& plan = *layout.plan;
  for (const SeriesLayout& series : layout.series) {
    SeriesState state;
    const bool has_pairs = plan.series[series.plan_series].formulas.size() == 2;
    if (series.has_ring) state.ring = std::make_unique<RingSet>(has_pairs);
    if (series.has_full_ring) state.full_ring = std::make_unique<RingSet>(has_pairs);
    series_.push_back(std::move(state));
  }
  kernels_.resize(plan.states.size());
  for (const WorkItem& item : layout.work) {
    if (item.kind != WorkItem::Kind::kState) continue;
    const StateNode& node = plan.states[item.index];
    kernels_[item.index] = make_kernel(plan, node, layout.features_of_state[item.index]);
    SeriesState& series = series_[layout.series_of_plan[node.series]];
    if (needs_ring(node.window)) {
      (needs_null_events(node.window) ? series.full_kernels : series.kernels).push_back(kernels_[item.index].get());
    }
    series.keeps_rows |= !needs_ring(node.window) || needs_null_events(node.window);
  }
  outputs_of_.resize(plan.features.size());
  for (size_t i = 0; i < layout.outputs.size(); ++i) outputs_of_[layout.outputs[i]].push_back(i);
}

WindowEdges& Workspace::edges(const RingSet* rings, const WindowSpec& window, bool of_all) {
  for (size_t i = 0; i < edges_in_use_; ++i) {
    if (edges_[i].rings == rings && edges_[i].window == window && edges_[i].of_all == of_all) return edges_[i].edges;
  }
  if (edges_in_use_ == edges_.size()) edges_.emplace_back();
  EdgesOf& entry = edges_[edges_in_use_++];
  entry.rings = rings;
  entry.window = window;
  entry.of_all = of_all;
  entry.edges.at.resize(groups(of_all).instants().size());
  entry.edges.are_known = false;
  return entry.edges;
}

void Partition::process(TimeStep& step, Workspace& workspace) {
  const size_t keys = (step.key_count >> partition_bits_) + 1;
  for (SeriesState& series : series_) {
    if (series.ring && series.ring->size() < keys) series.ring->resize(keys);
    if (series.full_ring && series.full_ring->size() < keys) series.full_ring->resize(keys);
  }
  for (const auto& kernel : kernels_) {
    if (kernel) kernel->resize(keys);
  }
  workspace.begin_step();
  group_instants(step, keys, workspace);
  for (const WorkItem& item : layout_.work) {
    switch (item.kind) {
      case WorkItem::Kind::kSeries:
        if (push_directly(step, item.index)) break;
        if (layout_.series[item.index].program) {
          fill_dependent_rows(step, item.index, workspace);
        } else {
          fill_rows(step, item.index);
        }
        push_rows(step, series_[item.index]);
        break;
      case WorkItem::Kind::kState: run_state(step, item.index, workspace); break;
      case WorkItem::Kind::kDerived: run_derived(step, item.index, workspace); break;
    }
  }
}

void Partition::fill_rows(const TimeStep& step, size_t series) {
  const SeriesLayout& layout = layout_.series[series];
  const RowView& view = step.sources[layout.source];
  const std::span<const uint32_t> rows = step.rows_of[layout.source].of(index_);
  SeriesRows& out = series_[series].rows;
  out.keys.clear(), out.events.clear(), out.seconds.clear();
  const bool has_filter = layout.filter_column >= 0;
  const Slot* passes = has_filter ? view.values[static_cast<size_t>(layout.filter_column)] : nullptr;
  const uint8_t* passes_valid = has_filter ? view.valid[static_cast<size_t>(layout.filter_column)] : nullptr;
  const Slot* values = layout.value_columns.empty() ? nullptr : view.values[layout.value_columns[0]];
  const uint8_t* valid = layout.value_columns.empty() ? nullptr : view.valid[layout.value_columns[0]];
  const bool is_pair = layout.value_columns.size() == 2;
  const Slot* seconds = is_pair ? view.values[layout.value_columns[1]] : nullptr;
  const uint8_t* seconds_valid = is_pair ? view.valid[layout.value_columns[1]] : nullptr;
  for (uint32_t row : rows) {
    if (has_filter && (passes[row] == 0 || (passes_valid != nullptr && passes_valid[row] == 0))) continue;
    const bool has_value =
        (valid == nullptr || valid[row] != 0) && (seconds_valid == nullptr || seconds_valid[row] != 0);
    out.keys.push_back(view.ids[row] >> partition_bits_);
    out.events.push_back(RingEvent::make(view.times[row], has_value, values == nullptr ? 0 : values[row]));
    if (is_pair) out.seconds.push_back(seconds[row]);
  }
}

void Partition::fill_dependent_rows(const TimeStep& step, size_t series, Workspace& workspace) {
  const SeriesLayout& layout = layout_.series[series];
  const RowView& view = step.sources[layout.source];
  const std::span<const uint32_t> rows = step.rows_of[layout.source].of(index_);
  SeriesRows& out = series_[series].rows;
  out.keys.clear(), out.events.clear(), out.seconds.clear();
  std::vector<uint32_t> instants;
  keys_.with_lock([&] { instants = steps_.locate(step, index_, view, rows); });

  Evaluator& evaluator = workspace.evaluator(layout.program);
  const size_t features = layout.feature_inputs.size();
  std::vector<VectorView> inputs(features + layout.column_inputs.size());
  std::vector<VectorBuffer>& buffers = workspace.buffers(inputs.size());
  std::vector<int64_t> times(kVectorSize);
  const size_t formulas = layout_.plan->series[layout.plan_series].formulas.size();
  std::vector<Slot> values(kVectorSize);
  std::vector<Slot> seconds(kVectorSize);
  std::vector<uint8_t> valid(kVectorSize);
  std::vector<uint8_t> second_valid(kVectorSize);
  for (size_t start = 0; start < rows.size(); start += kVectorSize) {
    const int count = static_cast<int>(std::min<size_t>(kVectorSize, rows.size() - start));
    for (size_t i = 0; i < features; ++i) {
      const size_t f = layout.feature_inputs[i];
      inputs[i] = gather_slots(layout_.plan->features[f].type.scalar, step.features[f].values.get(),
                               step.features[f].valid.get(), instants.data() + start, count, buffers[i]);
    }
    for (size_t i = 0; i < layout.column_inputs.size(); ++i) {
      const size_t column = layout.column_inputs[i];
      inputs[features + i] = gather_slots(layout_.sources[layout.source].column_types[column], view.values[column],
                                          view.valid[column], rows.data() + start, count, buffers[features + i]);
    }
    for (int i = 0; i < count; ++i) times[static_cast<size_t>(i)] = view.times[rows[start + static_cast<size_t>(i)]];
    evaluator.run(inputs, times.data(), count);
    std::fill(valid.begin(), valid.end(), 1);
    if (formulas > 0) store_slots(evaluator.output(0), count, texts_, values.data(), valid.data());
    if (formulas > 1) store_slots(evaluator.output(1), count, texts_, seconds.data(), second_valid.data());
    const VectorView passes = layout.has_filter ? evaluator.output(formulas) : VectorView{};
    for (int i = 0; i < count; ++i) {
      if (layout.has_filter && (!passes.is_valid(i) || passes.bools()[i] == 0)) continue;
      const auto at = static_cast<size_t>(i);
      const bool has_value = valid[at] != 0 && (formulas < 2 || second_valid[at] != 0);
      out.keys.push_back(view.ids[rows[start + at]] >> partition_bits_);
      out.events.push_back(RingEvent::make(times[at], has_value, values[at]));
      if (formulas > 1) out.seconds.push_back(seconds[at]);
    }
  }
}

/// The usual case, one column into one ring without a filter, in a loop of its own.
bool Partition::push_directly(const TimeStep& step, size_t series) {
  const SeriesLayout& layout = layout_.series[series];
  SeriesState& state = series_[series];
  if (layout.program || layout.filter_column >= 0 || layout.value_columns.size() != 1 || state.keeps_rows) return false;
  if (!state.ring) return true;
  constexpr size_t kRingAhead = 16;
  constexpr size_t kEventAhead = 8;
  const RowView& view = step.sources[layout.source];
  const Slot* values = view.values[layout.value_columns[0]];
  const uint8_t* valid = view.valid[layout.value_columns[0]];
  const std::span<const uint32_t> rows = step.rows_of[layout.source].of(index_);
  RingSet& rings = *state.ring;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i + kRingAhead < rows.size()) __builtin_prefetch(&rings[view.ids[rows[i + kRingAhead]] >> partition_bits_], 1);
    if (i + kEventAhead < rows.size()) {
      const Ring& next = rings[view.ids[rows[i + kEventAhead]] >> partition_bits_];
      next.prefetch(next.end);
    }
    const uint32_t row = rows[i];
    if (valid != nullptr && valid[row] == 0) continue;
    const uint32_t key = view.ids[row] >> partition_bits_;
    Ring& ring = rings[key];
    if (ring.is_full()) [[unlikely]]
      make_room(rings, ring, state.kernels, key, step.start);
    rings.push(ring, RingEvent::make(view.times[row], true, values[row]));
  }
  return true;
}

void Partition::push_rows(const TimeStep& step, SeriesState& state) {
  const SeriesRows& rows = state.rows;
  const auto push = [&](RingSet& rings, const std::vector<StateKernel*>& kernels, size_t row) {
    Ring& ring = rings[rows.keys[row]];
    if (ring.is_full()) [[unlikely]]
      make_room(rings, ring, kernels, rows.keys[row], step.start);
    if (rows.seconds.empty()) {
      rings.push(ring, rows.events[row]);
    } else {
      rings.push(ring, rows.events[row], rows.seconds[row]);
    }
  };
  for (size_t row = 0; row < rows.size(); ++row) {
    if (state.ring && rows.events[row].is_valid()) push(*state.ring, state.kernels, row);
    if (state.full_ring) push(*state.full_ring, state.full_kernels, row);
  }
}

/// Forgets what no window needs any more at the step's start, or grows the ring.
void Partition::make_room(RingSet& rings, Ring& ring, const std::vector<StateKernel*>& kernels, uint32_t key,
                          int64_t start) {
  Position needed = ring.end;
  for (StateKernel* kernel : kernels) {
    if (start != kTimeMin) kernel->advance(key, ring, start);
    if (const Position first = kernel->first_needed(key); is_before(first, needed)) needed = first;
  }
  rings.drop_before(ring, needed);
  // Growing while the ring is mostly in use keeps the cost of this check small.
  if (ring.events == nullptr || ring.size() > ring.mask - ring.mask / 4) rings.grow(ring);
}

/// Features that a series uses are wanted at every instant, the others at the results only.
std::span<const uint32_t> Partition::instants_of(const TimeStep& step, size_t feature) const {
  return layout_.is_used_in_series[feature] ? step.instants.of(index_) : step.outputs_of(index_);
}

/// By key, for kernels with rings.
void Partition::group_instants(const TimeStep& step, size_t keys, Workspace& workspace) const {
  bool any[2] = {};
  for (const WorkItem& item : layout_.work) {
    if (item.kind != WorkItem::Kind::kState || !needs_ring(layout_.plan->states[item.index].window)) continue;
    any[wants_all_instants(item.index) ? 1 : 0] = true;
  }
  for (const bool of_all : {false, true}) {
    if (!any[of_all ? 1 : 0]) continue;
    workspace.groups(of_all).assign(of_all ? step.instants.of(index_) : step.outputs_of(index_), step.ids.data(),
                                    partition_bits_, keys);
  }
}

/// Whether some feature of a state is used by a series, so that its values are wanted at all instants.
bool Partition::wants_all_instants(size_t state) const {
  const std::vector<size_t>& features = layout_.features_of_state[state];
  return std::any_of(features.begin(), features.end(), [&](size_t f) { return layout_.is_used_in_series[f] != 0; });
}

void Partition::run_state(TimeStep& step, size_t state, Workspace& workspace) {
  const StateNode& node = layout_.plan->states[state];
  const SeriesState& series = series_[layout_.series_of_plan[node.series]];
  const bool of_all = wants_all_instants(state);
  const std::span<const uint32_t> instants = of_all ? step.instants.of(index_) : step.outputs_of(index_);
  std::vector<KernelOutput> outputs;
  for (size_t f : layout_.features_of_state[state]) {
    const PlanFeature& feature = layout_.plan->features[f];
    outputs.push_back({*feature.aggregation, &feature.params, step.features[f].values.get(),
                       step.features[f].valid.get(), &step.arenas[index_]});
  }
  KernelRun run{instants, {}, {}, step.times.data(), step.ids.data(), partition_bits_, nullptr, nullptr, &series.rows};
  if (needs_ring(node.window)) {
    run.rings = needs_null_events(node.window) ? series.full_ring.get() : series.ring.get();
    run.grouped = workspace.groups(of_all).instants();
    run.groups = workspace.groups(of_all).groups();
    run.edges = &workspace.edges(run.rings, node.window, of_all);
  }
  kernels_[state]->run(run, outputs);
  for (size_t f : layout_.features_of_state[state]) apply_defaults(step, f, instants);
}

void Partition::run_derived(TimeStep& step, size_t f, Workspace& workspace) {
  const std::span<const uint32_t> instants = instants_of(step, f);
  const PlanFeature& feature = layout_.plan->features[f];
  InstantColumn& out = step.features[f];
  if (!layout_.derived[f]) {
    // A list under another name.
    CHECK_EQ(feature.uses.size(), size_t{1});
    for (uint32_t instant : instants) {
      out.values[instant] = step.features[feature.uses[0]].values[instant];
      out.valid[instant] = step.features[feature.uses[0]].valid[instant];
    }
    return apply_defaults(step, f, instants);
  }
  Evaluator& evaluator = workspace.evaluator(layout_.derived[f]);
  std::vector<VectorView> inputs(feature.uses.size());
  std::vector<VectorBuffer>& buffers = workspace.buffers(inputs.size());
  std::vector<int64_t> times(kVectorSize);
  std::vector<Slot> values(kVectorSize);
  std::vector<uint8_t> valid(kVectorSize);
  for (size_t start = 0; start < instants.size(); start += kVectorSize) {
    const auto count = std::min<size_t>(kVectorSize, instants.size() - start);
    const uint32_t* positions = instants.data() + start;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const InstantColumn& used = step.features[feature.uses[i]];
      inputs[i] = gather_slots(layout_.plan->features[feature.uses[i]].type.scalar, used.values.get(), used.valid.get(),
                               positions, static_cast<int>(count), buffers[i]);
    }
    for (size_t i = 0; i < count; ++i) times[i] = step.times[positions[i]];
    evaluator.run(inputs, times.data(), static_cast<int>(count));
    store_slots(evaluator.output(0), static_cast<int>(count), texts_, values.data(), valid.data());
    for (size_t i = 0; i < count; ++i) {
      out.values[positions[i]] = values[i];
      out.valid[positions[i]] = valid[i];
    }
  }
  apply_defaults(step, f, instants);
}

void Partition::apply_defaults(TimeStep& step, size_t f, std::span<const uint32_t> instants) {
  InstantColumn& column = step.features[f];
  for (size_t output : outputs_of_[f]) {
    InstantColumn& before = step.before_default[output];
    if (!before.values) continue;
    for (uint32_t instant : instants) {
      before.values[instant] = column.values[instant];
      before.valid[instant] = column.valid[instant];
    }
  }
  const PlanFeature& feature = layout_.plan->features[f];
  if (feature.default_value.is_null()) return;
  const bool widens =
      feature.type.scalar == ScalarType::kDouble && std::holds_alternative<int64_t>(feature.default_value.data);
  const Slot slot = widens ? to_slot(static_cast<double>(std::get<int64_t>(feature.default_value.data)))
                           : slot_of(feature.default_value, texts_);
  for (uint32_t instant : instants) {
    if (column.valid[instant] != 0) continue;
    column.valid[instant] = 1;
    column.values[instant] = slot;
  }
}

int64_t Partition::memory_bytes() const {
  int64_t bytes = 0;
  for (const SeriesState& series : series_) {
    if (series.ring) bytes += series.ring->memory_bytes();
    if (series.full_ring) bytes += series.full_ring->memory_bytes();
    bytes += static_cast<int64_t>(series.rows.keys.capacity() * 4 + series.rows.events.capacity() * sizeof(RingEvent));
  }
  for (const auto& kernel : kernels_) bytes += kernel ? kernel->memory_bytes() : 0;
  return bytes;
}

int64_t Partition::wide_promotions() const {
  int64_t promotions = 0;
  for (const auto& kernel : kernels_) promotions += kernel ? kernel->wide_promotions() : 0;
  return promotions;
}

}  // namespace headrace
