#include "compute/windows/position_kernel.h"

namespace headrace {
namespace {

/// A result that may leave: finite, not −0.0.
bool write_finite(double value, Slot& out) {
  out = to_slot(value + 0.0);
  return value - value == 0.0;
}

}  // namespace

bool write_delta(const EndValues& ends, ScalarType type, Slot& out) {
  if (type == ScalarType::kDouble) {
    return write_finite(from_slot<double>(ends.last.value) - from_slot<double>(ends.first.value), out);
  }
  int64_t delta;
  if (__builtin_sub_overflow(from_slot<int64_t>(ends.last.value), from_slot<int64_t>(ends.first.value), &delta)) {
    return false;
  }
  out = to_slot(delta);
  return true;
}

bool write_rate(const EndValues& ends, ScalarType type, Slot& out) {
  const int64_t width_us = ends.last.time() - ends.first.time();
  Slot delta;
  if (width_us == 0 || !write_delta(ends, type, delta)) return false;
  const double change =
      type == ScalarType::kDouble ? from_slot<double>(delta) : static_cast<double>(from_slot<int64_t>(delta));
  return write_finite(change / (static_cast<double>(width_us) / 1e6), out);
}

bool write_ends(const EndValues& ends, Aggregation aggregation, ScalarType type, Slot& out) {
  if (aggregation == Aggregation::kFirst || aggregation == Aggregation::kLast) {
    out = aggregation == Aggregation::kFirst ? ends.first.value : ends.last.value;
    return true;
  }
  return aggregation == Aggregation::kDelta ? write_delta(ends, type, out) : write_rate(ends, type, out);
}

void LifetimePositionKernel::resize(size_t count) {
  states_.resize(count);
  if (first_k_max_ > 0 || last_k_max_ > 0) lists_.resize(count);
}

void LifetimePositionKernel::run(const KernelRun& run, std::span<const KernelOutput> outputs) {
  const SeriesRows& rows = *run.rows;
  size_t row = 0;
  for (uint32_t instant : run.instants) {
    const int64_t t = run.times[instant];
    for (; row < rows.size() && rows.events[row].time() <= t; ++row) take(rows, row);
    for (const KernelOutput& output : outputs) write(run.key_at(instant), output, instant);
  }
  for (; row < rows.size(); ++row) take(rows, row);
}

void LifetimePositionKernel::take(const SeriesRows& rows, size_t row) {
  const RingEvent& event = rows.events[row];
  if (!event.is_valid()) return;
  const uint32_t key = rows.keys[row];
  State& state = states_[key];
  if (state.count == 0) state.ends.first = event;
  state.ends.last = event;
  if (state.count < first_k_max_) lists_[key].first.push_back(event.value);
  if (last_k_max_ > 0) {
    std::vector<Slot>& last = lists_[key].last;
    if (state.count < last_k_max_) {
      last.push_back(event.value);
    } else {
      last[static_cast<size_t>(state.count % last_k_max_)] = event.value;
    }
  }
  ++state.count;
}

void LifetimePositionKernel::write(uint32_t key, const KernelOutput& output, uint32_t instant) const {
  const State& state = states_[key];
  Slot slot = 0;
  bool has_value = state.count > 0;
  if (output.aggregation == Aggregation::kCount) {
    has_value = true;
    slot = to_slot(state.count);
  } else if (has_value && output.aggregation == Aggregation::kFirstK) {
    const std::vector<Slot>& first = lists_[key].first;
    slot = output.lists->add({first.data(), std::min<size_t>(first.size(), static_cast<size_t>(output.params->k))});
  } else if (has_value && output.aggregation == Aggregation::kLastK) {
    std::vector<Slot> items;
    for (int64_t at = std::max<int64_t>(0, state.count - output.params->k); at < state.count; ++at) {
      items.push_back(lists_[key].last[static_cast<size_t>(at % last_k_max_)]);
    }
    slot = output.lists->add(items);
  } else if (has_value) {
    has_value = write_ends(state.ends, output.aggregation, type_, slot);
  }
  output.valid[instant] = has_value;
  output.values[instant] = slot;
}

void LifetimePositionKernel::copy_key(const StateKernel& other, uint32_t key) {
  const auto& from = static_cast<const LifetimePositionKernel&>(other);
  states_[key] = from.states_[key];
  if (!lists_.empty()) lists_[key] = from.lists_[key];
}

void LifetimePositionKernel::forget_key(uint32_t key) {
  states_[key] = {};
  if (!lists_.empty()) lists_[key] = Lists();
}

void LifetimePositionKernel::store_key(uint32_t key, ScalarType type, StateWriter& writer) const {
  const State& state = states_[key];
  writer.value(state.count);
  if (state.count == 0) return;
  for (const RingEvent* end : {&state.ends.first, &state.ends.last}) {
    writer.word(static_cast<uint64_t>(end->stamp));
    writer.slot(end->value, type);
  }
  if (lists_.empty()) return;
  for (const std::vector<Slot>* list : {&lists_[key].first, &lists_[key].last}) {
    writer.word(list->size());
    for (const Slot slot : *list) writer.slot(slot, type);
  }
}

void LifetimePositionKernel::restore_key(uint32_t key, ScalarType type, StateReader& reader) {
  State& state = states_[key];
  state.count = reader.number();
  if (state.count == 0) return;
  for (RingEvent* end : {&state.ends.first, &state.ends.last}) {
    end->stamp = reader.number();
    end->value = reader.slot(type);
  }
  if (lists_.empty()) return;
  const auto full = [&](int k_max) { return static_cast<size_t>(std::min<int64_t>(k_max, state.count)); };
  for (const auto& [list, size] : {std::pair(&lists_[key].first, full(first_k_max_)),  //
                                   std::pair(&lists_[key].last, full(last_k_max_))}) {
    if (reader.count(8) != size) reader.fail();
    if (!reader.ok()) return;
    for (size_t i = 0; i < size; ++i) list->push_back(reader.slot(type));
  }
}

int64_t LifetimePositionKernel::memory_bytes() const {
  int64_t bytes = static_cast<int64_t>(states_.capacity() * sizeof(State) + lists_.capacity() * sizeof(Lists));
  for (const Lists& lists : lists_) bytes += static_cast<int64_t>((lists.first.capacity() + lists.last.capacity()) * 8);
  return bytes;
}

}  // namespace headrace
