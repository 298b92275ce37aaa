#include "engine/batch/batch.h"
#include "engine/batch/key_shares.h"
#include "engine/batch/runner.h"
#include "engine/steps/result_columns.h"

#include <numeric>

namespace headrace {
namespace {

RowBlock copy_of(const RowBlock& block) {
  RowBlock copy;
  copy.source = block.source;
  copy.times = block.times;
  copy.ids = block.ids;
  copy.origins = block.origins;
  return copy;
}

/// A point-in-time join in one run over the events, or in several with a share of the keys each.
class Dataset {
 public:
  Dataset(const Plan& plan, size_t entity, const std::vector<size_t>& features, const OpenSources& sources,
          const BatchOptions& options, BatchProgress* progress)
      : plan_(plan),
        features_(features),
        options_(options),
        progress_(progress),
        layout_(make_layout(plan, entity, features)),
        sources_(ordered_sources(layout_, sources)),
        keys_(plan.entities[entity].keys.size()) {}

  Result<DatasetResult> run(const Observations& observations) {
    RETURN_IF_ERROR(observe(observations));
    if (observed_.rows() > 0) {
      const auto run = [&](const KeyShare& share) { return run_share(share); };
      ASSIGN_OR_RETURN(result_.statistics.key_shares, for_each_share(options_, keys_, run));
    }
    make_columns();
    return std::move(result_);
  }

 private:
  /// Values of one feature for all observations, filled step by step.
  struct FeatureValues {
    std::unique_ptr<Slot[]> values;
    std::unique_ptr<uint8_t[]> valid;
  };

  Status observe(const Observations& observations) {
    std::vector<ScalarType> key_types;
    for (const Column& key : observations.keys) key_types.push_back(key.type.scalar);
    RETURN_IF_ERROR(keys_.agree_on_types(key_types, "the observations"));

    rows_ = static_cast<size_t>(observations.times.length);
    observed_ = observation_block(observations, layout_.sources.size(), keys_, texts_, result_.incomplete_observations);
    observed_keys_ = keys_.size();
    for (size_t i = 0; i < features_.size(); ++i) {
      values_.push_back({std::make_unique<Slot[]>(rows_), std::make_unique<uint8_t[]>(rows_)});
    }
    return {};
  }

  /// False: the states of the share's keys did not fit.
  Result<bool> run_share(const KeyShare& share) {
    tell_share(progress_, share);
    RunnerInput input;
    input.layout = &layout_;
    input.sources = sources_;
    input.rule.from_observations = true;
    input.rule.start = observed_.times.front();
    input.rule.end = observed_.times.back() + 1;  // nothing after the last observation matters
    input.observations = copy_of(observed_);
    input.observed_keys = observed_keys_;
    keep_share(*input.observations, share);

    Runner runner(std::move(input), options_, keys_, texts_, progress_);
    const Result<BatchStatistics> done = runner.run([&](TimeStep& step) { return take_values(step); });
    if (done) {
      result_.statistics.add(*done);
      return true;
    }
    if (!runner.needs_more_shares()) return done.error();
    return false;
  }

  Status take_values(TimeStep& step) {
    bool has_lists = false;
    for (size_t i = 0; i < features_.size(); ++i) {
      const InstantColumn& column = step.features[features_[i]];
      has_lists |= plan_.features[features_[i]].type.is_list;
      for (size_t row = 0; row < step.observations.rows; ++row) {
        const uint32_t instant = step.observation_instants[row];
        const uint32_t origin = step.observations.origins[row];
        values_[i].values[origin] = column.values[instant];
        values_[i].valid[origin] = column.valid[instant];
      }
    }

    if (has_lists) {
      for (ListArena& arena : step.arenas) arenas_.push_back(std::move(arena));
    }
    return {};
  }

  void make_columns() {
    std::vector<uint32_t> positions(rows_);
    std::iota(positions.begin(), positions.end(), 0u);
    for (size_t i = 0; i < features_.size(); ++i) {
      result_.features.push_back(
          column_of(plan_.features[features_[i]].type, values_[i].values.get(), values_[i].valid.get(), positions));
      values_[i] = {};
    }
    result_.statistics.rows_written = static_cast<int64_t>(rows_);
  }

  const Plan& plan_;
  const std::vector<size_t>& features_;
  const BatchOptions& options_;
  BatchProgress* progress_;
  Layout layout_;
  std::vector<Source*> sources_;
  KeyTable keys_;
  TextPool texts_;
  size_t rows_ = 0;    // of the user's table
  RowBlock observed_;  // those with a key and a time
  size_t observed_keys_ = 0;
  std::vector<FeatureValues> values_;
  std::vector<ListArena> arenas_;  // lists outlive their step
  DatasetResult result_;
};

}  // namespace

Result<DatasetResult> dataset(const Plan& plan, size_t entity, const std::vector<size_t>& features,
                              const Observations& observations, const OpenSources& sources, const BatchOptions& options,
                              BatchProgress* progress) {
  return Dataset(plan, entity, features, sources, options, progress).run(observations);
}

}  // namespace headrace
