#include "engine/batch/batch.h"
#include "engine/batch/runner.h"
#include "engine/steps/result_columns.h"

#include <numeric>

namespace headrace {

namespace {

/// The observations that have a key and a time, in order of time.
RowBlock observation_block(const Observations& observations, size_t source, KeyTable& keys, TextPool& texts,
                           int64_t& incomplete) {
  const int64_t rows = observations.times.length;
  RowBlock block;
  block.source = source;
  std::vector<std::vector<Slot>> scratch(observations.keys.size());
  std::vector<const Slot*> slots;
  for (size_t column = 0; column < observations.keys.size(); ++column) {
    slots.push_back(key_slots(observations.keys[column], texts, scratch[column]));
  }
  // Keys of incomplete rows are left out, so that whatever lies under a null makes no key.
  std::vector<std::vector<Slot>> complete(slots.size());
  for (int64_t row = 0; row < rows; ++row) {
    bool is_complete = observations.times.is_valid(row);
    for (const Column& key : observations.keys) is_complete &= key.is_valid(row);
    if (!is_complete) {
      ++incomplete;
      continue;
    }
    block.times.push_back(observations.times.int64s()[row]);
    block.origins.push_back(static_cast<uint32_t>(row));
    for (size_t column = 0; column < slots.size(); ++column) complete[column].push_back(slots[column][row]);
  }
  std::vector<const Slot*> columns;
  for (const std::vector<Slot>& column : complete) columns.push_back(column.data());
  block.ids.resize(block.rows());
  keys.resolve(columns, block.rows(), block.ids.data());
  sort_block(block);
  return block;
}

RowBlock copy_of(const RowBlock& block) {
  RowBlock copy;
  copy.source = block.source;
  copy.times = block.times;
  copy.ids = block.ids;
  copy.origins = block.origins;
  return copy;
}

/// Values of one feature for all observations, filled step by step.
struct FeatureResult {
  std::unique_ptr<Slot[]> values;
  std::unique_ptr<uint8_t[]> valid;
};

}  // namespace

Result<DatasetResult> dataset(const Plan& plan, size_t entity, const std::vector<size_t>& features,
                              const Observations& observations, const OpenSources& sources, const BatchOptions& options,
                              BatchProgress* progress) {
  const Layout layout = make_layout(plan, entity, features);
  KeyTable keys(plan.entities[entity].keys.size());
  TextPool texts;
  DatasetResult result;
  const std::vector<Source*> opened = ordered_sources(layout, sources);
  std::vector<ScalarType> key_types;
  for (const Column& key : observations.keys) key_types.push_back(key.type.scalar);
  RETURN_IF_ERROR(keys.agree_on_types(key_types, "the observations"));
  const RowBlock observed =
      observation_block(observations, layout.sources.size(), keys, texts, result.incomplete_observations);

  const auto rows = static_cast<size_t>(observations.times.length);
  std::vector<FeatureResult> results;
  for (size_t i = 0; i < features.size(); ++i) {
    results.push_back({std::make_unique<Slot[]>(rows), std::make_unique<uint8_t[]>(rows)});
  }
  std::vector<ListArena> arenas;  // lists outlive their step
  const auto finish = [&](TimeStep& step) -> Status {
    bool has_lists = false;
    for (size_t i = 0; i < features.size(); ++i) {
      const InstantColumn& column = step.features[features[i]];
      has_lists |= plan.features[features[i]].type.is_list;
      for (size_t row = 0; row < step.observations.rows; ++row) {
        const uint32_t instant = step.observation_instants[row];
        const uint32_t origin = step.observations.origins[row];
        results[i].values[origin] = column.values[instant];
        results[i].valid[origin] = column.valid[instant];
      }
    }
    if (has_lists) {
      for (ListArena& arena : step.arenas) arenas.push_back(std::move(arena));
    }
    return {};
  };
  uint32_t shares = 1;
  for (uint32_t index = 0; observed.rows() > 0 && index < shares; ++index) {
    keys.take_share({index, shares, partition_bits_for(options.threads)});
    RunnerInput input;
    input.layout = &layout;
    input.sources = opened;
    input.rule.from_observations = true;
    input.rule.from = observed.times.front();
    input.rule.to = observed.times.back() + 1;  // nothing after the last observation matters
    input.observations = copy_of(observed);
    keep_share(*input.observations, keys.share());
    Runner runner(std::move(input), options, keys, texts, progress);
    Result<BatchStatistics> done = runner.run(finish);
    if (!done && runner.needs_more_shares()) {
      shares *= 2;  // begin again: what is there is computed once more, to the same bits
      index = UINT32_MAX;
      continue;
    }
    if (!done) return done.error();
    result.statistics.add(*done);
    result.statistics.key_shares = shares;
  }
  std::vector<uint32_t> positions(rows);
  std::iota(positions.begin(), positions.end(), 0u);
  for (size_t i = 0; i < features.size(); ++i) {
    result.features.push_back(
        column_of(plan.features[features[i]].type, results[i].values.get(), results[i].valid.get(), positions));
    results[i] = {};
  }
  result.statistics.rows_written = static_cast<int64_t>(rows);
  return result;
}

}  // namespace headrace
