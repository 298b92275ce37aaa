#include "engine/steps/series_filler.h"

#include <algorithm>

namespace headrace {
namespace {

/// A column of the rows of a source, or none.
struct RowValues {
  const Slot* values = nullptr;
  const uint8_t* valid = nullptr;  // null: every row has a value

  RowValues() = default;
  RowValues(const RowView& view, size_t column) : values(view.values[column]), valid(view.valid[column]) {}

  bool has_value(uint32_t row) const { return valid == nullptr || valid[row] != 0; }
};

}  // namespace

SeriesFiller::SeriesFiller(const PartitionContext& context, const SeriesLayout& series, SeriesFiller* settled)
    : context_(context), series_(series) {
  const bool has_pairs = context.layout.plan->series[series.plan_series].formulas.size() == 2;
  const auto make = [&](KernelRings SeriesFiller::* which) {
    RingSet* base = settled == nullptr ? nullptr : (settled->*which).rings.get();
    (this->*which).rings = std::make_unique<RingSet>(has_pairs, base);
    if (settled != nullptr) (this->*which).settled = &(settled->*which);
  };
  if (series.has_ring) make(&SeriesFiller::valued_);
  if (series.has_full_ring) make(&SeriesFiller::full_);
}

void SeriesFiller::add_kernel(StateKernel* kernel, const WindowSpec& window) {
  if (!needs_ring(window)) {
    has_lifetime_ = true;
  } else {
    (needs_null_events(window) ? full_ : valued_).kernels.push_back(kernel);
  }
}

void SeriesFiller::resize(size_t keys) {
  for (KernelRings* each : {&valued_, &full_}) {
    if (each->rings && each->rings->size() < keys) each->rings->resize(keys);
  }
}

void SeriesFiller::continue_from_settled(uint32_t key) {
  for (KernelRings* each : {&valued_, &full_}) {
    if (each->rings) each->rings->continue_from(key);
  }
}

void SeriesFiller::follow_settled(uint32_t key) {
  for (KernelRings* each : {&valued_, &full_}) {
    if (each->rings) each->rings->follow(key);
  }
}

const RingSet* SeriesFiller::rings_for(const WindowSpec& window) const {
  if (!needs_ring(window)) return nullptr;
  return (needs_null_events(window) ? full_ : valued_).rings.get();
}

SeriesFiller::Way SeriesFiller::way() const {
  const bool reads_rows = has_lifetime_ || full_.rings;
  if (!reads_rows && !valued_.rings) return Way::kNothing;
  if (series_.program) return Way::kFromProgram;
  const bool is_one_column = series_.filter_column < 0 && series_.value_columns.size() == 1;
  return is_one_column && !reads_rows ? Way::kDirectly : Way::kFromColumns;
}

void SeriesFiller::fill(const TimeStep& step, Workspace& workspace) {
  rows_.clear();
  switch (way()) {
    case Way::kNothing: return;
    case Way::kDirectly: return push_column(step);
    case Way::kFromColumns: fill_from_columns(step); break;
    case Way::kFromProgram: fill_from_program(step, workspace); break;
  }
  push_rows(step);
}

void SeriesFiller::push_column(const TimeStep& step) {
  constexpr size_t kRingAhead = 16;
  constexpr size_t kEventAhead = 8;
  const RowView& view = step.sources[series_.source];
  const Slot* values = view.values[series_.value_columns[0]];
  const uint8_t* valid = view.valid[series_.value_columns[0]];
  const std::span<const uint32_t> rows = step.rows_of[series_.source].of(context_.index);
  RingSet& rings = *valued_.rings;
  const int key_shift = context_.partition_bits;  // a copy, which storing events cannot change
  const auto ring_of = [&](uint32_t row) -> Ring& { return rings[view.ids[row] >> key_shift]; };

  for (size_t i = 0; i < rows.size(); ++i) {
    if (i + kRingAhead < rows.size()) __builtin_prefetch(&ring_of(rows[i + kRingAhead]), 1);
    if (i + kEventAhead < rows.size()) {
      const Ring& next = ring_of(rows[i + kEventAhead]);
      next.prefetch(next.end);
    }

    const uint32_t row = rows[i];
    if (valid != nullptr && valid[row] == 0) continue;
    Ring& ring = ring_of(row);
    if (ring.is_full()) [[unlikely]]
      make_room(valued_, context_.local_key(view.ids[row]), step.start);
    rings.push(ring, RingEvent::make(view.times[row], true, values[row]));
  }
}

void SeriesFiller::fill_from_columns(const TimeStep& step) {
  const RowView& view = step.sources[series_.source];
  const bool has_filter = series_.filter_column >= 0;
  const bool has_values = !series_.value_columns.empty();
  const bool is_pair = series_.value_columns.size() == 2;
  RowValues filter, first, second;
  if (has_filter) filter = RowValues(view, static_cast<size_t>(series_.filter_column));
  if (has_values) first = RowValues(view, series_.value_columns[0]);
  if (is_pair) second = RowValues(view, series_.value_columns[1]);

  for (uint32_t row : step.rows_of[series_.source].of(context_.index)) {
    if (has_filter && (filter.values[row] == 0 || !filter.has_value(row))) continue;
    const bool has_value = first.has_value(row) && second.has_value(row);
    rows_.keys.push_back(context_.local_key(view.ids[row]));
    rows_.events.push_back(RingEvent::make(view.times[row], has_value, has_values ? first.values[row] : 0));
    if (is_pair) rows_.seconds.push_back(second.values[row]);
  }
}

void SeriesFiller::fill_from_program(const TimeStep& step, Workspace& workspace) {
  const RowView& view = step.sources[series_.source];
  const std::span<const uint32_t> rows = step.rows_of[series_.source].of(context_.index);
  std::vector<uint32_t> instants;  // of each row: where the features that it uses were computed
  context_.keys.with_lock([&] { instants = context_.steps.locate(step, context_.index, view, rows); });

  Evaluator& evaluator = workspace.evaluator(series_.program);
  for (size_t start = 0; start < rows.size(); start += kVectorSize) {
    const size_t count = std::min<size_t>(kVectorSize, rows.size() - start);
    const std::span<const uint32_t> run = rows.subspan(start, count);
    load_inputs(step, run, std::span(instants).subspan(start, count), workspace);
    VectorScratch& scratch = workspace.scratch();
    evaluator.run(scratch.inputs, scratch.times.data(), static_cast<int>(count));
    take_outputs(view, run, evaluator, scratch);
  }
}

/// Features at the rows' instants first, then row columns, as the program takes them.
void SeriesFiller::load_inputs(const TimeStep& step, std::span<const uint32_t> rows, std::span<const uint32_t> instants,
                               Workspace& workspace) const {
  const RowView& view = step.sources[series_.source];
  const auto count = static_cast<int>(rows.size());
  const size_t features = series_.feature_inputs.size();
  VectorScratch& scratch = workspace.scratch();
  scratch.inputs.resize(features + series_.column_inputs.size());
  std::vector<VectorBuffer>& buffers = workspace.buffers(scratch.inputs.size());

  for (size_t i = 0; i < features; ++i) {
    const size_t f = series_.feature_inputs[i];
    scratch.inputs[i] = gather_slots(context_.layout.plan->features[f].type.scalar, step.features[f].values,
                                     step.features[f].valid, instants.data(), count, buffers[i]);
  }
  const std::vector<ScalarType>& types = context_.layout.sources[series_.source].column_types;
  for (size_t i = 0; i < series_.column_inputs.size(); ++i) {
    const size_t column = series_.column_inputs[i];
    scratch.inputs[features + i] =
        gather_slots(types[column], view.values[column], view.valid[column], rows.data(), count, buffers[features + i]);
  }
  for (size_t i = 0; i < rows.size(); ++i) scratch.times[i] = view.times[rows[i]];
}

/// The formulas' values become events, where the filter lets them pass.
void SeriesFiller::take_outputs(const RowView& view, std::span<const uint32_t> rows, const Evaluator& evaluator,
                                VectorScratch& scratch) {
  const auto count = static_cast<int>(rows.size());
  const size_t formulas = context_.layout.plan->series[series_.plan_series].formulas.size();
  std::fill_n(scratch.valid.begin(), rows.size(), 1);
  if (formulas > 0) {
    store_slots(evaluator.output(0), count, context_.texts, scratch.values.data(), scratch.valid.data());
  }
  if (formulas > 1) {
    store_slots(evaluator.output(1), count, context_.texts, scratch.seconds.data(), scratch.second_valid.data());
  }
  const VectorView passes = series_.has_filter ? evaluator.output(formulas) : VectorView{};

  for (size_t i = 0; i < rows.size(); ++i) {
    const auto at = static_cast<int>(i);
    if (series_.has_filter && (!passes.is_valid(at) || passes.bools()[at] == 0)) continue;
    const bool has_value = scratch.valid[i] != 0 && (formulas < 2 || scratch.second_valid[i] != 0);
    rows_.keys.push_back(context_.local_key(view.ids[rows[i]]));
    rows_.events.push_back(RingEvent::make(scratch.times[i], has_value, formulas == 0 ? 0 : scratch.values[i]));
    if (formulas > 1) rows_.seconds.push_back(scratch.seconds[i]);
  }
}

void SeriesFiller::push_rows(const TimeStep& step) {
  for (size_t row = 0; row < rows_.size(); ++row) {
    if (valued_.rings && rows_.events[row].is_valid()) push_row(step, valued_, row);
    if (full_.rings) push_row(step, full_, row);
  }
}

void SeriesFiller::push_row(const TimeStep& step, KernelRings& into, size_t row) {
  Ring& ring = (*into.rings)[rows_.keys[row]];
  if (ring.is_full()) [[unlikely]]
    make_room(into, rows_.keys[row], step.start);
  if (rows_.seconds.empty()) {
    into.rings->push(ring, rows_.events[row]);
  } else {
    into.rings->push(ring, rows_.events[row], rows_.seconds[row]);
  }
}

/// Forgets what no window needs any more at the step's start, or grows the ring.
void SeriesFiller::make_room(KernelRings& into, uint32_t key, int64_t start) {
  Ring& ring = (*into.rings)[key];
  if (into.settled != nullptr) {
    // The settled kernels know what is needed; those of the continuation that are behind them begin anew.
    RingSet& base = *into.settled->rings;
    base.drop_before(base[key], first_needed(*into.settled, key));
    into.rings->follow(key);
  } else {
    for (StateKernel* kernel : into.kernels) {
      if (start != kTimeMin) kernel->advance(key, ring, start);
    }
    into.rings->drop_before(ring, first_needed(into, key));
  }

  // Growing while the ring is mostly in use keeps the cost of this check small.
  if (ring.events == nullptr || ring.size() > ring.mask - ring.mask / 4) into.rings->grow(ring);
}

Position SeriesFiller::first_needed(const KernelRings& rings, uint32_t key) {
  Position needed = (*rings.rings)[key].end;
  for (const StateKernel* kernel : rings.kernels) {
    if (const Position first = kernel->first_needed(key); is_before(first, needed)) needed = first;
  }
  return needed;
}

void SeriesFiller::store_key(uint32_t key, StateWriter& writer) const {
  const ScalarType type = context_.layout.plan->series[series_.plan_series].type;
  for (const KernelRings* each : {&valued_, &full_}) {
    if (each->rings) each->rings->store((*each->rings)[key], first_needed(*each, key), type, writer);
  }
}

void SeriesFiller::restore_key(uint32_t key, StateReader& reader) {
  const ScalarType type = context_.layout.plan->series[series_.plan_series].type;
  for (KernelRings* each : {&valued_, &full_}) {
    if (each->rings) each->rings->restore((*each->rings)[key], type, reader);
  }
}

void SeriesFiller::let_go(uint32_t key, int64_t t) {
  for (KernelRings* each : {&valued_, &full_}) {
    if (!each->rings) continue;
    Ring& ring = (*each->rings)[key];
    for (StateKernel* kernel : each->kernels) kernel->advance(key, ring, t);
    each->rings->drop_before(ring, first_needed(*each, key));
  }
}

bool SeriesFiller::has_events(uint32_t key) const {
  const auto has = [&](const KernelRings& each) { return each.rings && (*each.rings)[key].size() > 0; };
  return has(valued_) || has(full_);
}

void SeriesFiller::forget_key(uint32_t key) {
  for (KernelRings* each : {&valued_, &full_}) {
    if (each->rings) each->rings->release(key);
  }
}

void SeriesFiller::mark_texts() const {
  if (context_.layout.plan->series[series_.plan_series].type != ScalarType::kString) return;
  for (const KernelRings* each : {&valued_, &full_}) {
    if (!each->rings) continue;
    for (size_t key = 0; key < each->rings->size(); ++key) {
      const Ring& ring = (*each->rings)[key];
      for (Position position = ring.begin; position != ring.end; ++position) {
        if (ring.at(position).is_valid()) context_.texts.mark(Text::from_bits(ring.at(position).value));
      }
    }
  }
}

void SeriesFiller::append_times(uint32_t key, std::vector<int64_t>& times) const {
  for (const KernelRings* each : {&valued_, &full_}) {
    if (!each->rings || key >= each->rings->size()) continue;
    const Ring& ring = (*each->rings)[key];
    for (Position position = ring.begin; position != ring.end; ++position) times.push_back(ring.at(position).time());
  }
}

int64_t SeriesFiller::memory_bytes() const {
  int64_t bytes =
      static_cast<int64_t>(rows_.keys.capacity() * sizeof(uint32_t) + rows_.events.capacity() * sizeof(RingEvent));
  for (const KernelRings* each : {&valued_, &full_}) bytes += each->rings ? each->rings->memory_bytes() : 0;
  return bytes;
}

}  // namespace headrace
