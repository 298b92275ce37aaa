#include "engine/steps/step.h"

#include "base/check.h"

#include <algorithm>
#include <numeric>

namespace headrace {
namespace {

/// The first row from `row` on that has the time of the next one, or `end`.
size_t first_tie(const int64_t* times, size_t row, size_t end) {
  for (; row + 1 < end; ++row) {
    if (times[row] == times[row + 1]) return row;
  }
  return end;
}

/// How the source tells which rows are one event; null where every row is an event of its own.
const EventIdentity* identity_of(const Layout& layout, size_t source) {
  const auto& identity = layout.plan->sources[layout.sources[source].plan_source].identity;
  return identity ? &*identity : nullptr;
}

}  // namespace

StepBuilder::StepBuilder(const Layout& layout, const KeyTable& keys, InstantRule rule, int partition_bits,
                         std::vector<bool> before_default)
    : layout_(layout),
      keys_(keys),
      rule_(rule),
      partition_bits_(partition_bits),
      before_default_(std::move(before_default)) {}

RowView StepBuilder::view_of_source(size_t source, std::vector<BlockSlice> slices, TimeStep& step) const {
  const bool is_source = source < layout_.sources.size();  // else these are the observations
  if (slices.empty()) {
    RowView view;
    const size_t columns = is_source ? layout_.sources[source].column_types.size() : 0;
    view.values.resize(columns);
    view.valid.resize(columns);
    return view;
  }

  UncountedRows uncounted;
  RowView view = view_of(std::move(slices), is_source ? identity_of(layout_, source) : nullptr, uncounted);
  step.superseded_rows += uncounted.superseded;
  step.deleted_events += uncounted.deleted;
  return view;
}

std::unique_ptr<TimeStep> StepBuilder::build(TimeSlice slice, int64_t grid_end, MemoryTracker& memory,
                                             std::vector<uint8_t> is_wanted) {
  auto step = std::make_unique<TimeStep>();
  step->is_wanted = std::move(is_wanted);
  step->number = next_number_++;
  step->start = slice.start;
  step->end = slice.end;
  step->input_rows = slice.rows;
  const size_t sources = layout_.sources.size();
  std::vector<std::vector<BlockSlice>> by_source(sources + 1);
  for (BlockSlice& part : slice.slices) by_source[part.block->source].push_back(std::move(part));
  for (size_t s = 0; s < sources; ++s) step->sources.push_back(view_of_source(s, std::move(by_source[s]), *step));
  step->observations = view_of_source(sources, std::move(by_source[sources]), *step);

  step->key_count = keys_.size();
  keys_.with_lock([&] { add_instants(*step, slice, grid_end); });
  for (const RowView& rows : step->sources) step->rows_of.push_back(group(rows.ids, rows.rows));
  arrange(*step);
  group_outputs(*step);
  if (rule_.from_observations) keys_.with_lock([&] { locate_observations(*step); });
  allocate(*step, memory);
  return step;
}

/// One kind of instant in order of time: no sorting but of ties.
bool StepBuilder::add_simple_instants(TimeStep& step) {
  if (rule_.every) return false;
  const RowView* only = rule_.from_observations ? &step.observations : nullptr;
  for (size_t s = 0; s < step.sources.size(); ++s) {
    const bool contributes =
        (rule_.from_events && layout_.sources[s].is_driving) || layout_.sources[s].has_dependent_series;
    if (!contributes || step.sources[s].rows == 0) continue;
    if (only != nullptr || !rule_.from_events || !layout_.sources[s].is_driving) return false;
    only = &step.sources[s];
  }
  if (only == nullptr) return true;

  step.times.reserve(only->rows);
  step.ids.reserve(only->rows);

  std::vector<uint32_t> ties;
  for (size_t row = 0; row < only->rows;) {
    const size_t tie = first_tie(only->times, row, only->rows);
    step.times.insert(step.times.end(), only->times + row, only->times + tie);
    step.ids.insert(step.ids.end(), only->ids + row, only->ids + tie);
    row = tie;
    if (tie == only->rows) break;

    // Rows of one time are one instant a key, in order of keys.
    while (row < only->rows && only->times[row] == only->times[tie]) ++row;
    ties.assign(only->ids + tie, only->ids + row);
    std::sort(ties.begin(), ties.end(), [&](uint32_t a, uint32_t b) { return keys_.less_unlocked(a, b); });
    ties.erase(std::unique(ties.begin(), ties.end()), ties.end());
    step.times.insert(step.times.end(), ties.size(), only->times[tie]);
    step.ids.insert(step.ids.end(), ties.begin(), ties.end());
  }

  if (!step.times.empty() && step.times.front() < rule_.start) {
    for (int64_t time : step.times) step.is_output.push_back(time >= rule_.start);
  }
  return true;
}

void StepBuilder::add_instants(TimeStep& step, const TimeSlice& slice, int64_t grid_end) {
  if (add_simple_instants(step)) return;

  std::vector<Candidate> candidates;
  for (size_t s = 0; s < step.sources.size(); ++s) {
    const RowView& rows = step.sources[s];
    const bool gives_results = rule_.from_events && !rule_.every && layout_.sources[s].is_driving;
    if (!gives_results && !layout_.sources[s].has_dependent_series) continue;
    for (size_t row = 0; row < rows.rows; ++row) {
      const bool inside = rows.times[row] >= rule_.start && rows.times[row] < rule_.end;
      candidates.push_back({rows.times[row], rows.ids[row], gives_results && inside});
    }
  }

  for (size_t row = 0; row < step.observations.rows; ++row) {
    candidates.push_back({step.observations.times[row], step.observations.ids[row], 1});
  }
  if (rule_.every) add_grid(step, slice, grid_end, candidates);

  // A result where any of the candidates for an instant is one.
  std::sort(candidates.begin(), candidates.end(), [&](const Candidate& a, const Candidate& b) {
    if (a.time != b.time) return a.time < b.time;
    return a.id != b.id && keys_.less_unlocked(a.id, b.id);
  });
  for (const Candidate& candidate : candidates) {
    if (!step.ids.empty() && step.ids.back() == candidate.id && step.times.back() == candidate.time) {
      step.is_output.back() |= candidate.is_output;
      continue;
    }
    step.times.push_back(candidate.time);
    step.ids.push_back(candidate.id);
    step.is_output.push_back(candidate.is_output);
  }
}

void StepBuilder::add_grid(const TimeStep& step, const TimeSlice& slice, int64_t grid_end,
                           std::vector<Candidate>& candidates) {
  first_times_.resize(step.key_count, kTimeMax);
  for (size_t s = 0; s < step.sources.size(); ++s) {
    if (!layout_.sources[s].is_driving) continue;
    const RowView& rows = step.sources[s];
    for (size_t row = 0; row < rows.rows; ++row) {
      first_times_[rows.ids[row]] = std::min(first_times_[rows.ids[row]], rows.times[row]);
    }
  }

  const int64_t first = first_times_.empty() ? kTimeMax : *std::min_element(first_times_.begin(), first_times_.end());
  const int64_t begin = std::max({slice.start, first, rule_.start});
  if (first == kTimeMax || begin >= grid_end) return;

  const int64_t every = rule_.every->us;
  for (int64_t point = -floor_divide(-begin, every) * every; point < grid_end; point += every) {
    for (uint32_t id = 0; id < first_times_.size(); ++id) {
      if (first_times_[id] <= point) candidates.push_back({point, id, 1});
    }
  }
}

/// Moves the instants from order of time to partition by partition.
void StepBuilder::arrange(TimeStep& step) const {
  const uint32_t mask = (1u << partition_bits_) - 1;
  const size_t count = step.ids.size();
  step.instants.starts = starts_of(step.ids.data(), count);
  std::vector<uint32_t> next(step.instants.starts.begin(), step.instants.starts.end() - 1);
  std::vector<int64_t> times(count);
  std::vector<uint32_t> ids(count);
  step.in_order.resize(count);
  for (size_t i = 0; i < count; ++i) {
    const uint32_t id = step.ids[i];
    const uint32_t at = next[id & mask]++;
    times[at] = step.times[i];
    ids[at] = id;
    step.in_order[i] = at;
  }

  std::vector<uint8_t> is_output(step.is_output.size());
  for (size_t i = 0; i < is_output.size(); ++i) is_output[step.in_order[i]] = step.is_output[i];
  step.times = std::move(times);
  step.ids = std::move(ids);
  step.is_output = std::move(is_output);
  step.instants.items.resize(count);
  std::iota(step.instants.items.begin(), step.instants.items.end(), 0u);
}

std::vector<uint32_t> StepBuilder::locate(const TimeStep& step, size_t partition, const RowView& view,
                                          std::span<const uint32_t> rows) const {
  std::vector<uint32_t> instants;
  instants.reserve(rows.size());
  const size_t end = step.instants.starts[partition + 1];
  size_t group = step.instants.starts[partition];  // the instants of the row's time are [group, group_end)
  size_t group_end = group;
  for (uint32_t row : rows) {
    if (group == group_end || step.times[group] != view.times[row]) {
      group = group_end;
      while (group < end && step.times[group] < view.times[row]) ++group;
      group_end = group;
      while (group_end < end && step.times[group_end] == view.times[row]) ++group_end;
    }

    const auto first = step.ids.begin() + static_cast<int64_t>(group);
    const auto last = step.ids.begin() + static_cast<int64_t>(group_end);
    const auto at = std::lower_bound(first, last, view.ids[row],
                                     [&](uint32_t a, uint32_t b) { return a != b && keys_.less_unlocked(a, b); });
    CHECK(at != last && *at == view.ids[row]);
    instants.push_back(static_cast<uint32_t>(at - step.ids.begin()));
  }
  return instants;
}

void StepBuilder::locate_observations(TimeStep& step) const {
  const PartitionLists rows = group(step.observations.ids, step.observations.rows);
  step.observation_instants.resize(step.observations.rows);
  for (size_t partition = 0; partition + 1 < rows.starts.size(); ++partition) {
    const std::vector<uint32_t> instants = locate(step, partition, step.observations, rows.of(partition));
    for (size_t i = 0; i < instants.size(); ++i) step.observation_instants[rows.of(partition)[i]] = instants[i];
  }
}

std::vector<uint32_t> StepBuilder::starts_of(const uint32_t* ids, size_t count) const {
  const uint32_t mask = (1u << partition_bits_) - 1;
  std::vector<uint32_t> starts((size_t{1} << partition_bits_) + 1);
  for (size_t i = 0; i < count; ++i) ++starts[(ids[i] & mask) + 1];
  std::partial_sum(starts.begin(), starts.end(), starts.begin());
  return starts;
}

PartitionLists StepBuilder::group(const uint32_t* ids, size_t count) const {
  const uint32_t mask = (1u << partition_bits_) - 1;
  PartitionLists lists;
  lists.starts = starts_of(ids, count);
  std::vector<uint32_t> next(lists.starts.begin(), lists.starts.end() - 1);
  lists.items.resize(count);
  for (uint32_t i = 0; i < count; ++i) lists.items[next[ids[i] & mask]++] = i;
  return lists;
}

void StepBuilder::group_outputs(TimeStep& step) const {
  if (std::find(step.is_output.begin(), step.is_output.end(), 0) == step.is_output.end()) {
    step.is_output.clear();
    return;
  }
  step.outputs.starts = {0};
  for (size_t partition = 0; partition + 1 < step.instants.starts.size(); ++partition) {
    for (uint32_t instant : step.instants.of(partition)) {
      if (step.is_output[instant]) step.outputs.items.push_back(instant);
    }
    step.outputs.starts.push_back(static_cast<uint32_t>(step.outputs.items.size()));
  }
}

void StepBuilder::allocate(TimeStep& step, MemoryTracker& memory) const {
  const size_t count = step.times.size();
  const auto is_computed = [&](size_t f) { return layout_.features[f].is_needed && step.wants(f); };
  step.features.resize(layout_.features.size());
  step.before_default.resize(layout_.outputs.size());
  auto columns = static_cast<size_t>(std::count(before_default_.begin(), before_default_.end(), true));
  for (size_t f = 0; f < step.features.size(); ++f) columns += is_computed(f) ? 1 : 0;
  step.column_values = std::make_unique_for_overwrite<Slot[]>(columns * count);
  step.column_valid = std::make_unique_for_overwrite<uint8_t[]>(columns * count);

  size_t next = 0;
  const auto make = [&] {
    const size_t begin = next++ * count;
    return InstantColumn{step.column_values.get() + begin, step.column_valid.get() + begin};
  };
  for (size_t f = 0; f < step.features.size(); ++f) {
    if (is_computed(f)) step.features[f] = make();
  }
  for (size_t i = 0; i < before_default_.size(); ++i) {
    if (before_default_[i]) step.before_default[i] = make();
  }
  step.arenas.resize(size_t{1} << partition_bits_);
  step.reservation = MemoryReservation(&memory, static_cast<int64_t>(count * (columns * 9 + 16) + step.input_rows * 4));
}

}  // namespace headrace
