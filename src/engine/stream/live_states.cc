#include "engine/stream/live_states.h"

#include "engine/steps/wanted_features.h"

#include <algorithm>
#include <map>

namespace headrace {
namespace {

bool has_rows(const TimeStep& step, size_t partition) {
  return std::any_of(step.rows_of.begin(), step.rows_of.end(),
                     [&](const PartitionLists& rows) { return !rows.of(partition).empty(); });
}

InstantRule rule_of_reads() {
  InstantRule rule;
  rule.from_observations = true;
  return rule;
}

}  // namespace

/// Places that are asked for have no columns.
void mark_texts_of_rows(const Layout& layout, const BlockSlice& slice, TextPool& texts) {
  const RowBlock& block = *slice.block;
  for (size_t column = 0; column < block.columns.size(); ++column) {
    if (layout.sources[block.source].column_types[column] != ScalarType::kString) continue;
    const RowColumn& values = block.columns[column];
    for (size_t row = slice.begin; row < slice.end; ++row) {
      if (values.is_valid(row)) texts.mark(Text::from_bits(values.values[row]));
    }
  }
}

LiveStates::LiveStates(const StreamParts& parts, const InstantRule& settled)
    : parts_(parts),
      settled_steps_(parts_.layout, parts_.keys, settled, parts_.partition_bits, {}),
      live_steps_(parts_.layout, parts_.keys, rule_of_reads(), parts_.partition_bits, {}),
      newest_settled_(parts_.layout.sources.size()) {
  for (size_t index = 0; index < size_t{1} << parts_.partition_bits; ++index) {
    const auto context = [&](const StepBuilder& steps) {
      return PartitionContext{parts_.layout,  steps, parts_.keys,          parts_.texts,
                              parts_.kernels, index, parts_.partition_bits};
    };
    settled_.push_back(std::make_unique<Partition>(context(settled_steps_)));
    live_.push_back(std::make_unique<Partition>(context(live_steps_), settled_.back().get()));
  }
}

void LiveStates::add(BlockSlice slice) {
  live_keys_.resize(parts_.keys.size());
  live_keys_.add(slice);
  unsettled_.add(std::move(slice));
}

Status LiveStates::settle(int64_t end, const TakeStep& take) {
  if (end <= unsettled_.start()) return {};
  const StreamShape::Borrowed workspace = parts_.shape.borrow(meter_);
  for (TimeSlice& slice : parts_of(unsettled_.cut(end), kStepRowsMax)) {
    const TimeSlice taken = slice;
    const std::unique_ptr<TimeStep> step = settled_steps_.build(std::move(slice), end, parts_.memory);
    for (size_t p = 0; p < settled_.size(); ++p) {
      if (!step->instants.of(p).empty() || has_rows(*step, p)) settled_[p]->process(*step, *workspace);
    }
    live_keys_.resize(parts_.keys.size());
    live_keys_.settle(taken, *step);
    for (const BlockSlice& each : taken.slices) note_newest(each);
    RETURN_IF_ERROR(take(*step));
  }
  return {};
}

/// Places that are asked for are rows of no source.
void LiveStates::note_newest(const BlockSlice& slice) {
  if (slice.block->source >= newest_settled_.size()) return;
  std::vector<int64_t>& newest = newest_settled_[slice.block->source];
  newest.resize(parts_.keys.size(), kTimeMin);
  for (size_t row = slice.begin; row < slice.end; ++row) {
    int64_t& time = newest[slice.block->ids[row]];
    time = std::max(time, slice.block->times[row]);
  }
}

int64_t LiveStates::newest_event(size_t source, uint32_t key, int64_t last) const {
  const std::vector<int64_t>& settled = newest_settled_[source];
  return std::max(key < settled.size() ? settled[key] : kTimeMin, live_keys_.newest(key, source, last));
}

std::unique_ptr<TimeStep> LiveStates::read(RowBlock places, std::span<const size_t> features) {
  live_keys_.resize(parts_.keys.size());
  const size_t room = (parts_.keys.size() >> parts_.partition_bits) + 1;
  std::map<uint32_t, std::pair<int64_t, int64_t>> spans;  // of each key: its first and last time
  for (size_t row = 0; row < places.rows(); ++row) {
    const auto [span, is_new] = spans.try_emplace(places.ids[row], places.times[row], places.times[row]);
    span->second.second = places.times[row];
  }

  LiveKeys::Advance advance;
  const uint32_t mask = (1u << parts_.partition_bits) - 1;
  for (const auto& [id, span] : spans) {
    live_keys_.advance(id, span.first, span.second, advance);
    Partition& live = *live_[id & mask];
    live.resize(room);
    if (advance.begins_anew) {
      live.continue_from_settled(id >> parts_.partition_bits);
    } else {
      live.follow_settled(id >> parts_.partition_bits);
    }
  }

  TimeSlice slice;
  slice.slices = std::move(advance.slices);
  const auto block = std::make_shared<const RowBlock>(std::move(places));
  slice.slices.push_back({block, 0, block->rows()});
  for (const BlockSlice& part : slice.slices) slice.rows += part.end - part.begin;

  if (!std::ranges::equal(features, asked_)) {
    asked_.assign(features.begin(), features.end());
    wanted_ = wanted_features(parts_.layout, features);
  }
  std::unique_ptr<TimeStep> step = live_steps_.build(std::move(slice), kTimeMax, parts_.memory, wanted_);
  const StreamShape::Borrowed workspace = parts_.shape.borrow(meter_);
  for (size_t p = 0; p < live_.size(); ++p) {
    if (!step->instants.of(p).empty()) live_[p]->process(*step, *workspace);
  }
  return step;
}

/// Calls each(settled partition, local key, key) for all keys in their order.
template <typename Each>
void LiveStates::for_each_key(Each&& each) {
  const size_t keys = parts_.keys.size();
  for (const auto& partition : settled_) partition->resize((keys >> parts_.partition_bits) + 1);
  const size_t mask = settled_.size() - 1;
  for (size_t id = 0; id < keys; ++id) {
    each(*settled_[id & mask], static_cast<uint32_t>(id >> parts_.partition_bits), static_cast<uint32_t>(id));
  }
}

void LiveStates::store(const WorkItem& item, StateWriter& writer, const Chosen& is_chosen) {
  for_each_key([&](const Partition& partition, uint32_t key, uint32_t id) {
    if (is_chosen(id)) partition.store_key(item, key, writer);
  });
}

void LiveStates::let_go(uint32_t key) {
  live_keys_.begin_anew(key);
  if (start() != kTimeMin) settled_of(key).let_go(local_of(key), start());
}

bool LiveStates::has_events(uint32_t key) {
  settled_of(key).resize(local_of(key) + size_t{1});
  return settled_of(key).has_events(local_of(key));
}

void LiveStates::store_key(const WorkItem& item, uint32_t key, StateWriter& writer) {
  settled_of(key).resize(local_of(key) + size_t{1});
  settled_of(key).store_key(item, local_of(key), writer);
}

void LiveStates::restore_key(const WorkItem& item, uint32_t key, StateReader& reader) {
  settled_of(key).resize(local_of(key) + size_t{1});
  settled_of(key).restore_key(item, local_of(key), reader);
}

void LiveStates::restore_newest_of_key(size_t source, uint32_t key, int64_t time) {
  std::vector<int64_t>& newest = newest_settled_[source];
  if (newest.size() <= key) newest.resize(parts_.keys.size(), kTimeMin);
  newest[key] = time;
}

void LiveStates::forget(uint32_t key) {
  live_keys_.forget(key);
  settled_of(key).forget_key(local_of(key));
  live_[key & (live_.size() - 1)]->forget_key(local_of(key));
  for (std::vector<int64_t>& newest : newest_settled_) {
    if (key < newest.size()) newest[key] = kTimeMin;
  }
}

std::string LiveStates::bytes_of_fresh_key(const WorkItem& item) const {
  Partition fresh(PartitionContext{parts_.layout, settled_steps_, parts_.keys, parts_.texts, parts_.kernels, 0,
                                   parts_.partition_bits});
  fresh.resize(1);
  std::string bytes;
  StateWriter writer(bytes);
  fresh.store_key(item, 0, writer);
  return bytes;
}

int64_t LiveStates::room_of_key() const {
  constexpr size_t kKeys = 1024;
  Partition fresh(PartitionContext{parts_.layout, settled_steps_, parts_.keys, parts_.texts, parts_.kernels, 0,
                                   parts_.partition_bits});
  fresh.resize(kKeys);
  constexpr int64_t kStates = 2;  // settled and live
  return kStates * fresh.memory_bytes() / static_cast<int64_t>(kKeys) + LiveKeys::room_of_key() +
         static_cast<int64_t>(newest_settled_.size() * sizeof(int64_t));
}

void LiveStates::mark_texts() {
  live_keys_.begin_all_anew();
  for (const auto& partition : settled_) partition->mark_texts();
  unsettled_.for_each([&](const BlockSlice& slice) { mark_texts_of_rows(parts_.layout, slice, parts_.texts); });
}

void LiveStates::restore(const WorkItem& item, StateReader& reader) {
  for_each_key([&](Partition& partition, uint32_t key, uint32_t /*id*/) {
    if (reader.ok()) partition.restore_key(item, key, reader);
  });
}

void LiveStates::append_times(uint32_t key, std::vector<int64_t>& times) const {
  settled_[key & (settled_.size() - 1)]->append_times(key >> parts_.partition_bits, times);
}

int64_t LiveStates::memory_bytes() const {
  int64_t bytes = live_keys_.memory_bytes();
  for (const auto* each : {&settled_, &live_}) {
    for (const auto& partition : *each) bytes += partition->memory_bytes();
  }
  return bytes;
}

void LiveStates::add_memory(PlanWork& work) const {
  work.unattributed.state_bytes += live_keys_.memory_bytes();
  for (const auto* each : {&settled_, &live_}) {
    for (const auto& partition : *each) partition->add_memory(work);
  }
}

}  // namespace headrace
