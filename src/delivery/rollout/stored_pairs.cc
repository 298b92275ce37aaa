#include "delivery/rollout/stored_pairs.h"

#include "delivery/change/sampled_source.h"
#include "engine/batch/batch.h"
#include "plan/make_plan.h"
#include "plan/reach.h"
#include "plan/side_by_side.h"
#include "session/running/opened_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace headrace {
namespace {

bool is_numeric(const Type& type) {
  return !type.is_list && (type.scalar == ScalarType::kDouble || type.scalar == ScalarType::kInt64);
}

/// What judges see of a value: a number, or 0 for whatever else is there.
std::optional<double> number_at(const Column& column, int64_t row) {
  if (!column.is_valid(row)) return std::nullopt;
  if (!is_numeric(column.type)) return 0.0;
  return column.type.scalar == ScalarType::kDouble ? column.doubles()[row] : static_cast<double>(column.int64s()[row]);
}

PairedValue pair_at(const Column& before, const Column& now, int64_t row, uint64_t entity, EventTime time) {
  if (before.type.scalar == ScalarType::kDouble && !before.type.is_list)
    return paired_numbers(entity, time, number_at(before, row), number_at(now, row));
  // Integers past 2^53 and texts are held against each other as they are.
  return {.entity = entity,
          .time = time,
          .is_equal = before.value_at(row) == now.value_at(row),
          .old_value = number_at(before, row),
          .new_value = number_at(now, row)};
}

/// Takes the rows of a backfill whose features are pairs, before and now in turn.
class PairSink : public Sink {
 public:
  PairSink(std::vector<StoredPairs>& pairs, size_t first, size_t key_count, int64_t rows_max)
      : pairs_(pairs), first_(first), key_count_(key_count), rows_left_(rows_max) {}

  Status write(const Batch& batch) override {
    rows_left_ -= batch.rows;
    if (rows_left_ < 0) {
      return Error::usage("there are more rows than judges look at in one go")
          .with_help("keep fewer days where the sources lie, or let a server judge as it goes");
    }
    const int64_t* times = batch.columns[key_count_].int64s();
    for (int64_t row = 0; row < batch.rows; ++row) {
      const uint64_t entity = hash_of_key(batch.columns, key_count_, row);
      for (size_t i = first_; i < pairs_.size(); ++i) {
        const size_t column = key_count_ + 1 + 2 * (i - first_);
        pairs_[i].pairs.push_back(
            pair_at(batch.columns[column], batch.columns[column + 1], row, entity, EventTime{times[row]}));
      }
    }
    return {};
  }

 private:
  std::vector<StoredPairs>& pairs_;
  size_t first_;
  size_t key_count_;
  int64_t rows_left_;
};

/// How far the values look back; nothing: for ever.
std::optional<Duration> reach_of(const Plan& plan, const std::vector<size_t>& features) {
  Duration reach;
  for (const std::optional<Duration>& each : reach_of_sources(plan, features)) {
    if (!each) return std::nullopt;
    reach = std::max(reach, *each);
  }
  return reach;
}

Status read_entity(const Plan& plan, size_t entity, const std::vector<size_t>& features, const Session& now,
                   const PairOptions& options, JobProgress& progress, PairSink& sink) {
  progress.start_reading(plan.entities[entity].name);
  ASSIGN_OR_RETURN(const std::unique_ptr<BadRows> bad_rows, BadRows::create(BadRowPolicy::kStop, ""));
  bad_rows->set_interrupt([&] { return progress.is_stop_requested(); });
  ASSIGN_OR_RETURN(const OpenedSources opened,
                   OpenedSources::open(now.places(), plan, entity, features, *bad_rows, &progress));
  BackfillRequest request;
  request.entity = entity;
  request.features = features;
  ASSIGN_OR_RETURN(const BatchStatistics statistics,
                   backfill(plan, request, opened.sources(), batch_options(options.run), sink, &progress.rows()));
  (void)statistics;
  return bad_rows->finish();
}

}  // namespace

Result<std::vector<StoredPairs>> read_stored_pairs(const Repository& before, const Session& now,
                                                   const PairOptions& options, JobProgress& progress) {
  const SideBySide both = side_by_side(before, now.repository());
  const Plan plan = make_plan(both.repository);
  std::map<size_t, std::vector<const VersionPair*>> by_entity;
  for (const VersionPair& pair : both.features) {
    if (pair.is_same() || pair.before.empty() || pair.now.empty()) continue;
    const PlanFeature& was = *plan.find_feature(pair.before);
    const PlanFeature& is = *plan.find_feature(pair.now);
    if (was.type == is.type && was.entity == is.entity) by_entity[is.entity].push_back(&pair);
  }

  std::vector<StoredPairs> out;
  for (const auto& [entity, pairs] : by_entity) {
    const size_t first = out.size();
    std::vector<size_t> features;
    for (const VersionPair* pair : pairs) {
      const std::vector<size_t> of_pair = {*plan.feature_index.find(pair->before), *plan.feature_index.find(pair->now)};
      features.insert(features.end(), of_pair.begin(), of_pair.end());
      out.push_back({.feature = pair->feature,
                     .is_number = is_numeric(plan.features[of_pair[1]].type),
                     .reach = reach_of(plan, of_pair),
                     .pairs = {}});
    }
    PairSink sink(out, first, plan.entities[entity].keys.size(), options.rows_max);
    RETURN_IF_ERROR(read_entity(plan, entity, features, now, options, progress, sink));
  }
  return out;
}

}  // namespace headrace
