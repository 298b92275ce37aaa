#include "engine/batch/batch.h"
#include "engine/batch/key_shares.h"
#include "engine/batch/result_spill.h"
#include "engine/batch/runner.h"
#include "engine/results/result_columns.h"

#include <algorithm>
#include <span>

namespace headrace {
namespace {

/// A backfill in one run over the events, or in several with a share of the keys each when the states do not fit.
class Backfill {
 public:
  Backfill(const Plan& plan, const BackfillRequest& request, const OpenSources& sources, const BatchOptions& options,
           BatchProgress* progress)
      : plan_(plan),
        request_(request),
        options_(options),
        progress_(progress),
        layout_(make_layout(plan, request.entity, request.features)),
        sources_(ordered_sources(layout_, sources)),
        keys_(plan.entities[request.entity].keys.size()) {
    if (request.start) start_ = request.start->us;
  }

  /// All keys at once write as they go; shares set their rows aside, to be merged.
  Result<BatchStatistics> run(Sink& sink) {
    const auto run = [&](const KeyShare& share) {
      tell_share(progress_, share);
      return share.count == 1 ? run_whole(sink) : run_share(share);
    };
    ASSIGN_OR_RETURN(statistics_.key_shares, for_each_share(options_, keys_, run));
    if (statistics_.key_shares > 1) {
      RETURN_IF_ERROR(merge_runs(runs_, plan_.entities[request_.entity].keys.size(), sink));
    }
    statistics_.rows_written += rows_set_aside_;
    if (options_.work != nullptr) {
      for (const size_t f : request_.features) options_.work->features[f].values += statistics_.rows_written;
    }
    return statistics_;
  }

 private:
  using Take = std::function<Status(const Batch&, int64_t end)>;

  Result<bool> run_whole(Sink& sink) {
    return compute([&](const Batch& batch, int64_t end) -> Status {
      start_ = std::max(start_, end);  // what is written is final, whatever happens later
      statistics_.rows_written += batch.rows;
      return batch.rows > 0 ? sink.write(batch) : Status();
    });
  }

  Result<bool> run_share(const KeyShare& share) {
    if (share.index == 0) {
      runs_.clear();
      rows_set_aside_ = 0;
    }
    ASSIGN_OR_RETURN(std::unique_ptr<ResultRun> run, ResultRun::create(options_.spill_folder));
    ASSIGN_OR_RETURN(const bool fits, compute([&](const Batch& batch, int64_t) -> Status {
                       rows_set_aside_ += batch.rows;
                       return batch.rows > 0 ? run->append(batch) : Status();
                     }));
    if (!fits) return false;
    statistics_.spilled_bytes += run->bytes();
    runs_.push_back(std::move(run));
    return true;
  }

  /// The keys of the table's share; false: their states did not fit.
  Result<bool> compute(const Take& take) {
    RunnerInput input;
    input.layout = &layout_;
    input.sources = sources_;
    input.rule.from_events = true;
    input.rule.every = request_.every;
    input.rule.start = start_;
    if (request_.end) input.rule.end = request_.end->us;
    input.before_default = request_.before_default;

    Runner runner(std::move(input), options_, keys_, texts_, progress_);
    const Result<BatchStatistics> done = runner.run([&](TimeStep& step) { return take_results(step, take); });
    if (done) {
      statistics_.add(*done);
      return true;
    }
    if (!runner.needs_more_shares()) return done.error();
    return false;
  }

  /// In batches that stay in a near cache until they are taken.
  Status take_results(const TimeStep& step, const Take& take) const {
    constexpr size_t kBatchBytes = size_t{1} << 20;
    constexpr size_t kRowsMin = 1024;

    std::vector<uint32_t> scratch;
    std::span<const uint32_t> positions = output_positions(step, scratch);
    const size_t rows_max = std::max(kRowsMin, kBatchBytes / (8 * (request_.features.size() + 2)));
    do {
      const size_t rows = std::min(rows_max, positions.size());
      RETURN_IF_ERROR(
          take(result_rows(plan_, request_.features, request_.before_default, step, keys_, positions.first(rows)),
               step.end));
      positions = positions.subspan(rows);
    } while (!positions.empty());
    return {};
  }

  const Plan& plan_;
  const BackfillRequest& request_;
  const BatchOptions& options_;
  BatchProgress* progress_;
  Layout layout_;
  std::vector<Source*> sources_;
  KeyTable keys_;
  TextPool texts_;
  int64_t start_ = kTimeMin;
  std::vector<std::unique_ptr<ResultRun>> runs_;  // of the shares so far
  int64_t rows_set_aside_ = 0;                    // in `runs_`
  BatchStatistics statistics_;
};

}  // namespace

Result<BatchStatistics> backfill(const Plan& plan, const BackfillRequest& request, const OpenSources& sources,
                                 const BatchOptions& options, Sink& sink, BatchProgress* progress) {
  if (request.every && request.every->us <= 0) {
    return Error::usage("the steps of a grid (`every`) must be longer than zero");
  }
  return Backfill(plan, request, sources, options, progress).run(sink);
}

}  // namespace headrace
