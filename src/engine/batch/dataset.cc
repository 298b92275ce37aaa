#include "engine/batch/batch.h"
#include "engine/batch/key_shares.h"
#include "engine/batch/runner.h"
#include "engine/results/result_columns.h"

#include <numeric>
#include <optional>
#include <utility>

namespace headrace {
namespace {

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
    if (!observed_->times.empty()) {
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
    observations_ = &observations;
    observed_ = block(result_.incomplete_observations);
    observed_keys_ = keys_.size();
    if (!observed_->times.empty()) {
      first_time_ = observed_->times.front();
      last_time_ = observed_->times.back();
    }
    for (size_t i = 0; i < features_.size(); ++i) {
      values_.push_back({std::make_unique<Slot[]>(rows_), std::make_unique<uint8_t[]>(rows_)});
    }
    return {};
  }

  RowBlock block(int64_t& incomplete) {
    return observation_block(*observations_, layout_.sources.size(), keys_, texts_, incomplete);
  }

  /// The observations of a share. Those of the first run, mostly the only one, are handed on; they may be many.
  RowBlock take_observed(const KeyShare& share) {
    int64_t incomplete = 0;
    RowBlock observed = observed_ ? *std::exchange(observed_, std::nullopt) : block(incomplete);
    keep_share(observed, share);
    return observed;
  }

  /// False: the states of the share's keys did not fit.
  Result<bool> run_share(const KeyShare& share) {
    tell_share(progress_, share);
    RunnerInput input;
    input.layout = &layout_;
    input.sources = sources_;
    input.observations = take_observed(share);
    input.observed_keys = observed_keys_;
    input.rule.from_observations = true;
    input.rule.start = first_time_;
    input.rule.end = last_time_ + 1;  // nothing after the last observation matters

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
    for (size_t i = 0; i < features_.size(); ++i) {
      const Type type = plan_.features[features_[i]].type;
      FeatureValues& feature = values_[i];
      result_.features.push_back(type.is_list
                                     ? list_of(type, feature)
                                     : column_owning(type, std::move(feature.values), {feature.valid.get(), rows_}));
      feature = {};
    }
    result_.statistics.rows_written = static_cast<int64_t>(rows_);
    if (options_.work == nullptr) return;
    for (const size_t f : features_) options_.work->features[f].values += result_.statistics.rows_written;
  }

  Column list_of(Type type, const FeatureValues& feature) const {
    std::vector<uint32_t> positions(rows_);
    std::iota(positions.begin(), positions.end(), 0u);
    return column_of(type, feature.values.get(), feature.valid.get(), positions);
  }

  const Plan& plan_;
  const std::vector<size_t>& features_;
  const BatchOptions& options_;
  BatchProgress* progress_;
  Layout layout_;
  std::vector<Source*> sources_;
  KeyTable keys_;
  TextPool texts_;
  size_t rows_ = 0;  // of the user's table
  const Observations* observations_ = nullptr;
  std::optional<RowBlock> observed_;  // those with a key and a time, until a run takes them
  int64_t first_time_ = 0;
  int64_t last_time_ = 0;
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
