#include "delivery/change/compare_versions.h"

#include "delivery/change/sampled_source.h"
#include "engine/layout/source_requests.h"
#include "plan/side_by_side.h"
#include "session/running/opened_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

namespace headrace {
namespace {

constexpr int64_t kComparedDayUs = 86'400'000'000;
/// Fewer keys say little of the others.
constexpr int64_t kKeysEnough = 30;

/// Two columns of one pass.
struct ComparedPair {
  std::string feature;
  size_t before = 0, now = 0;  // features of the plan
};

/// Takes the rows of a backfill whose features are those of the pairs, before and now in turn.
class ComparedRows : public Sink {
 public:
  ComparedRows(const std::vector<ComparedPair>& pairs, const std::vector<std::string>& keys, int64_t rows_max)
      : key_count_(keys.size()), rows_max_(rows_max), segments_(keys) {
    for (const ComparedPair& pair : pairs) comparisons_.emplace_back(pair.feature, segments_, 0.0);
  }

  Status write(const Batch& whole) override {
    if (rows_ >= rows_max_) {
      is_cut_ = is_cut_ || whole.rows > 0;
      return {};
    }
    const Batch batch = whole.slice(0, std::min(whole.rows, rows_max_ - rows_));
    is_cut_ = batch.rows < whole.rows;
    rows_ += batch.rows;
    const std::vector<Column> keys(batch.columns.begin(), batch.columns.begin() + static_cast<ptrdiff_t>(key_count_));
    const Column& times = batch.columns[key_count_];
    const auto places = segments_.add(keys, times);
    for (size_t i = 0; i < comparisons_.size(); ++i) {
      const size_t column = key_count_ + 1 + 2 * i;
      comparisons_[i].add(batch.columns[column], batch.columns[column + 1], places);
    }

    for (int64_t row = 0; row < batch.rows; ++row) {
      const EventTime time{times.int64s()[row]};
      if (!start_ || time < *start_) start_ = time;
      if (!end_ || *end_ < time) end_ = time;
    }
    return {};
  }

  bool is_cut() const { return is_cut_; }
  void finish(ValueReport& report) {
    report.rows += rows_;
    if (start_ && (!report.start || *start_ < *report.start)) report.start = start_;
    if (end_ && (!report.end || *report.end < *end_)) report.end = end_;
    for (PairComparison& each : comparisons_) report.features.push_back(each.finish());
  }

 private:
  size_t key_count_;
  int64_t rows_max_;
  int64_t rows_ = 0;
  bool is_cut_ = false;
  RowSegments segments_;
  std::vector<PairComparison> comparisons_;
  std::optional<EventTime> start_, end_;
};

/// The newest event of the sources: of what their files say, else of all rows.
Result<std::optional<EventTime>> newest_event(const Plan& plan, size_t entity, const std::vector<size_t>& features,
                                              const OpenSources& sources) {
  std::optional<EventTime> newest;
  for (const SourceRequest& request : source_requests(plan, entity, features)) {
    Source& source = *sources.at(request.source);
    for (size_t unit = 0; unit < source.units().size(); ++unit) {
      std::optional<EventTime> last = source.units()[unit].time_max;
      if (!last) {
        RETURN_IF_ERROR(source.read(unit, [&](const Batch& batch) -> Status {
          const int64_t* const times = batch.columns[request.time_column()].int64s();
          for (int64_t row = 0; row < batch.rows; ++row) {
            if (!last || last->us < times[row]) last = EventTime{times[row]};
          }
          return {};
        }));
      }
      if (last && (!newest || *newest < *last)) newest = last;
    }
  }
  return newest;
}

class Comparison {
 public:
  Comparison(const Repository& before, const Session& now, const CompareOptions& options, JobProgress& progress,
             DefinitionChange& change)
      : now_(now),
        options_(options),
        progress_(progress),
        change_(change),
        both_(side_by_side(before, now.repository())) {
    plan_ = make_plan(both_.repository);
  }

  Status run();

 private:
  std::map<size_t, std::vector<ComparedPair>> pairs_by_entity() const;
  Status compare_entity(size_t entity, const std::vector<ComparedPair>& pairs);
  Status run_pass(size_t entity, const std::vector<ComparedPair>& pairs, const std::vector<size_t>& features,
                  const OpenedSources& opened);
  void add_work();
  void judge();

  const Session& now_;
  const CompareOptions& options_;
  JobProgress& progress_;
  DefinitionChange& change_;
  const SideBySide both_;
  Plan plan_;
  ValueReport report_;
};

/// Pairs whose values can be held against each other row by row.
std::map<size_t, std::vector<ComparedPair>> Comparison::pairs_by_entity() const {
  std::map<size_t, std::vector<ComparedPair>> pairs;
  for (const VersionPair& pair : both_.features) {
    if (pair.is_same() || pair.before.empty() || pair.now.empty()) continue;
    const size_t before = *plan_.feature_index.find(pair.before);
    const size_t now = *plan_.feature_index.find(pair.now);
    const PlanFeature& was = plan_.features[before];
    const PlanFeature& is = plan_.features[now];
    if (was.type == is.type && was.entity == is.entity) pairs[is.entity].push_back({pair.feature, before, now});
  }
  return pairs;
}

Status Comparison::run_pass(size_t entity, const std::vector<ComparedPair>& pairs, const std::vector<size_t>& features,
                            const OpenedSources& opened) {
  ASSIGN_OR_RETURN(const std::optional<EventTime> newest, newest_event(plan_, entity, features, opened.sources()));
  std::vector<std::unique_ptr<SampledSource>> sampled;
  OpenSources sources;
  for (const auto& [name, source] : opened.sources()) {
    sampled.push_back(std::make_unique<SampledSource>(*source, plan_.entities[entity].keys.size(), options_.sample));
    sources[name] = sampled.back().get();
  }

  BackfillRequest request;
  request.entity = entity;
  request.features = features;
  if (newest) request.start = EventTime{newest->us - options_.days * kComparedDayUs};
  ComparedRows rows(pairs, plan_.entities[entity].keys, options_.rows_max);
  ASSIGN_OR_RETURN(const BatchStatistics statistics,
                   backfill(plan_, request, sources, batch_options(options_.run), rows, &progress_.rows()));
  (void)statistics;
  rows.finish(report_);
  const int64_t keys = report_.features.back().keys;
  if (options_.sample < 1.0 && keys < kKeysEnough) {
    change_.notes.push_back(
        fmt::format("of {}, {} keys are in the sample: a larger one tells more", plan_.entities[entity].name, keys));
  }
  if (rows.is_cut()) {
    change_.notes.push_back(
        fmt::format("of {}, the first {} rows are compared: a smaller sample or fewer days take all",
                    plan_.entities[entity].name, options_.rows_max));
  }
  return {};
}

Status Comparison::compare_entity(size_t entity, const std::vector<ComparedPair>& pairs) {
  progress_.start_reading(plan_.entities[entity].name);
  std::vector<size_t> features;
  for (const ComparedPair& pair : pairs) {
    features.push_back(pair.before);
    features.push_back(pair.now);
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<BadRows> bad_rows, BadRows::create(BadRowPolicy::kStop, ""));
  bad_rows->set_interrupt([this] { return progress_.is_stop_requested(); });
  ASSIGN_OR_RETURN(const OpenedSources opened,
                   OpenedSources::open(now_.places(), plan_, entity, features, *bad_rows, &progress_));
  RETURN_IF_ERROR(run_pass(entity, pairs, features, opened));
  return bad_rows->finish();
}

/// What a backfill of the changed features reads, as far as the files say it.
void Comparison::add_work() {
  const Plan plan = make_plan(now_.repository());
  std::map<size_t, std::vector<size_t>> wanted;
  for (const FeatureChange& each : change_.features) {
    if (each.kind == ChangeKind::kMetadata || each.kind == ChangeKind::kRemoved) continue;
    const size_t feature = *plan.feature_index.find(each.feature);
    wanted[plan.features[feature].entity].push_back(feature);
  }

  for (const auto& [entity, features] : wanted) {
    BackfillWork work;
    work.entity = plan.entities[entity].name;
    for (const size_t feature : features) work.features.push_back(plan.features[feature].name);

    // Opening reads footers and headers, and no rows.
    const Result<std::unique_ptr<BadRows>> bad_rows = BadRows::create(BadRowPolicy::kStop, "");
    if (bad_rows.ok()) {
      const Result<OpenedSources> opened = OpenedSources::open(now_.places(), plan, entity, features, **bad_rows);
      if (opened.ok()) {
        work.rows = 0;
        work.bytes = 0;
        for (const auto& [name, source] : opened->sources()) {
          for (const SourceUnit& unit : source->units()) {
            if (unit.rows < 0) work.rows.reset();
            if (work.rows) *work.rows += unit.rows;
            *work.bytes += unit.bytes;
          }
        }
      }
    }
    change_.work.push_back(std::move(work));
  }
}

/// Holds what was measured against what authors say.
void Comparison::judge() {
  std::map<std::string, const FeatureChange*> changes;
  for (const FeatureChange& each : change_.features) changes[each.feature] = &each;
  for (const ValueDifference& difference : report_.features) {
    const FeatureChange* const change = changes.at(difference.feature);
    std::string broken;
    if (change->kind == ChangeKind::kValuesPreserved) {
      broken = broken_expectation({.is_none = true}, difference);
    } else if (change->expected) {
      broken = broken_expectation(*change->expected, difference);
    }
    if (!broken.empty()) change_.problems.push_back(std::move(broken));
  }
}

Status Comparison::run() {
  add_work();
  const auto pairs = pairs_by_entity();
  if (pairs.empty()) return {};
  report_.sample = options_.sample;
  for (const auto& [entity, of_entity] : pairs) {
    const Status done = compare_entity(entity, of_entity);
    if (done.ok()) continue;
    if (done.error().kind() == ErrorKind::kStopped) return done;
    change_.notes.push_back(
        fmt::format("values of {} were not compared: {}", plan_.entities[entity].name, done.error().message()));
  }
  judge();
  if (!report_.features.empty()) change_.values = std::move(report_);
  return {};
}

}  // namespace

Status compare_versions(const Repository& before, const Session& now, const CompareOptions& options,
                        JobProgress& progress, DefinitionChange& change) {
  return Comparison(before, now, options, progress, change).run();
}

std::string broken_expectation(const ExpectedChange& expected, const ValueDifference& difference) {
  if (expected.is_none) {
    if (difference.differing == 0) return "";
    return fmt::format("`{}` is expected to keep its values, and {} of {} differ", difference.feature,
                       difference.differing, difference.rows);
  }
  const std::optional<double> shift = difference.mean_shift();
  if (expected.mean_shift && shift && !expected.mean_shift->contains(*shift)) {
    return fmt::format("the mean of `{}` moves by {:.4g}, and {} to {} is expected", difference.feature, *shift,
                       expected.mean_shift->low, expected.mean_shift->high);
  }
  if (expected.null_rate_delta && difference.rows > 0 &&
      !expected.null_rate_delta->contains(difference.null_rate_delta())) {
    return fmt::format("the share of nulls of `{}` moves by {:.4g}, and {} to {} is expected", difference.feature,
                       difference.null_rate_delta(), expected.null_rate_delta->low, expected.null_rate_delta->high);
  }
  return "";
}

std::string proposed_expectation(const ValueDifference& difference) {
  const std::optional<double> shift = difference.mean_shift();
  if (!shift || difference.rows == 0) return "";
  const auto ends = [](double value) {
    const double half = std::max(std::abs(value) / 2, 0.01);
    return fmt::format("[{:.3g}, {:.3g}]", value - half, value + half);
  };
  const double nulls = difference.null_rate_delta();
  const std::string of_nulls = nulls == 0.0 ? "[0, 0]" : ends(nulls);
  return fmt::format("expected_change: {{mean_shift: {}, null_rate_delta: {}}}", ends(*shift), of_nulls);
}

}  // namespace headrace
