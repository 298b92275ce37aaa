#include "session/live/batch_filling.h"

#include "base/check.h"
#include "engine/filling/settled_states.h"
#include "io/open_source.h"
#include "session/running/run_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>

namespace headrace {
namespace {

int64_t before(int64_t time, Duration by) {
  int64_t earlier;
  return __builtin_sub_overflow(time, by.us, &earlier) ? kTimeMin : earlier;
}

Batch chosen_rows(const Batch& batch, const std::vector<int64_t>& rows) {
  Batch chosen;
  chosen.rows = static_cast<int64_t>(rows.size());
  for (const Column& column : batch.columns) {
    ColumnBuilder builder(column.type);
    for (const int64_t row : rows) builder.append(column.value_at(row));
    chosen.columns.push_back(std::move(builder).finish());
  }
  return chosen;
}

/// Passes the rows before a time on, keeps those behind it that are wanted too, and looks how far the files reach.
class CutSource : public Source {
 public:
  /// Rows in [split, end) are kept. The source lives longer.
  CutSource(Source& source, const SourceRequest& request, int64_t split, int64_t end, std::function<bool()> is_stopped)
      : source_(source),
        time_column_(request.time_column()),
        split_(split),
        end_(end),
        is_stopped_(std::move(is_stopped)) {
    for (const SourceUnit& unit : units()) {
      if (unit.time_max) newest_ = std::max(newest_, unit.time_max->us);
    }
  }

  const std::vector<SourceUnit>& units() const override { return source_.units(); }
  int64_t bytes_taken(size_t unit) const override { return source_.bytes_taken(unit); }

  Status read(size_t unit, const Consume& consume) override {
    return source_.read(unit, [&](const Batch& batch) -> Status {
      if (is_stopped_ && is_stopped_()) return Error::stopped("stopped while the values were filled");
      if (batch.rows == 0) return {};
      const int64_t* times = batch.columns[time_column_].int64s();
      const int64_t newest = *std::max_element(times, times + batch.rows);
      if (newest < split_) {
        note(unit, batch.rows, newest, nullptr);
        return consume(batch);
      }

      std::vector<int64_t> earlier, kept;
      for (int64_t row = 0; row < batch.rows; ++row) {
        if (times[row] < split_) earlier.push_back(row);
        if (times[row] >= split_ && times[row] < end_) kept.push_back(row);
      }
      const Batch behind = chosen_rows(batch, kept);
      note(unit, static_cast<int64_t>(earlier.size() + kept.size()), newest, &behind);
      return earlier.empty() ? Status() : consume(chosen_rows(batch, earlier));
    });
  }

  /// The units that begin behind the split, which nobody else reads.
  Status read_rest() {
    for (size_t unit = 0; unit < units().size(); ++unit) {
      const auto& begin = units()[unit].time_min;
      if (!begin || begin->us < split_ || begin->us >= end_) continue;
      RETURN_IF_ERROR(read(unit, [](const Batch&) { return Status(); }));
    }
    return {};
  }

  /// Whether newest() is that of all files before any was read.
  bool knows_newest() const {
    return std::ranges::all_of(units(), [](const SourceUnit& unit) { return unit.time_max.has_value(); });
  }
  int64_t newest() const { return newest_; }
  int64_t rows() const { return rows_; }
  /// In order of arrival.
  std::vector<Batch> take_kept() {
    std::vector<Batch> all;
    for (auto& [unit, batches] : kept_) std::ranges::move(batches, std::back_inserter(all));
    return all;
  }

 private:
  /// `kept`: null for nothing.
  void note(size_t unit, int64_t rows, int64_t newest, const Batch* kept) {
    const std::lock_guard lock(mutex_);
    newest_ = std::max(newest_, newest);
    rows_ += rows;
    if (kept != nullptr && kept->rows > 0) kept_[unit].push_back(*kept);
  }

  Source& source_;
  const size_t time_column_;
  const int64_t split_, end_;
  const std::function<bool()> is_stopped_;
  std::mutex mutex_;
  int64_t newest_ = kTimeMin;  // of all rows that were seen
  int64_t rows_ = 0;
  std::map<size_t, std::vector<Batch>> kept_;  // by unit
};

/// One source of the entity while it is filled.
struct Filled {
  const PlanSource* definition;
  SourceRequest request;
  std::unique_ptr<FileSource> files;
  std::unique_ptr<CutSource> cut;
};

class Filling {
 public:
  Filling(const Session& session, const Plan& plan, const FillRequest& request)
      : session_(session), plan_(plan), request_(request) {
    out_.cuts = request.cuts;
  }

  Result<FilledEntity> run(JobProgress& progress) {
    ASSIGN_OR_RETURN(bad_rows_, BadRows::create(BadRowPolicy::kSkip, ""));
    RETURN_IF_ERROR(open_files());
    for (const Filled& each : sources_) {
      if (each.cut->knows_newest()) RETURN_IF_ERROR(check_gap(each));
    }
    OpenSources sources;
    for (const Filled& each : sources_) sources[each.request.source] = each.cut.get();
    progress.start_reading(plan_.entities[request_.entity].name);
    ASSIGN_OR_RETURN(out_.states, settled_states(plan_, request_.entity, request_.features, sources, split_,
                                                 batch_options({.threads = request_.threads}), &progress.rows()));
    for (const Filled& each : sources_) RETURN_IF_ERROR(take_rest(each));
    out_.bad_rows = bad_rows_->row_count();
    return std::move(out_);
  }

 private:
  Status open_files() {
    for (const SourceRequest& request : source_requests(plan_, request_.entity, request_.features)) {
      const auto definition = std::ranges::find(plan_.sources, request.source, &PlanSource::name);
      CHECK(definition != plan_.sources.end());
      sources_.push_back({&*definition, request, nullptr, nullptr});
      StreamCut& cut = out_.cuts.at(request.source);
      cut.taken_from = {definition->identity ? before(cut.at.us, definition->allowed_lateness) : cut.at.us};
      split_ = std::min(split_, cut.taken_from.us);
    }
    for (Filled& each : sources_) {
      ASSIGN_OR_RETURN(const PlanSource located, session_.places().located(*each.definition));
      ASSIGN_OR_RETURN(each.files,
                       open_source(located, session_.places().folder(), each.request, {.bad_rows = bad_rows_.get()}));
      const int64_t end = each.definition->identity ? kTimeMax : out_.cuts.at(each.request.source).at.us;
      each.cut = std::make_unique<CutSource>(*each.files, each.request, split_, end, request_.is_stopped);
    }
    return {};
  }

  Status check_gap(const Filled& source) const {
    const StreamCut& cut = out_.cuts.at(source.request.source);
    const int64_t newest = source.cut->newest();
    if (newest == kTimeMin) {
      return Error::conflict(fmt::format("the files of `{}` have no events, and its stream begins at {}",
                                         source.request.source, to_string(cut.at)))
          .with_help("look at its `batch` location, or begin without a cut");
    }
    const auto quiet = request_.quiet.find(source.request.source);
    const int64_t reach = quiet == request_.quiet.end() ? cut.at.us : before(cut.at.us, quiet->second);
    if (newest + 1 >= reach) return {};
    return Error::conflict(fmt::format("between the files of `{}`, whose newest event is at {}, and its stream, which "
                                       "begins at {}, events may be missing",
                                       source.request.source, to_string(EventTime{newest}), to_string(cut.at)))
        .with_help(
            fmt::format("bring the files up to {0}, or begin the stream at {1} if it has all events from there "
                        "on; where the source was just quiet, say so in environments.yaml: `fill: {{before: {0}, "
                        "quiet: DURATION}}`",
                        to_string(cut.at), to_string(EventTime{newest + 1})));
  }

  Status take_rest(const Filled& source) {
    RETURN_IF_ERROR(source.cut->read_rest());
    RETURN_IF_ERROR(check_gap(source));
    StreamCut& cut = out_.cuts.at(source.request.source);
    cut.files_end = {source.cut->newest() + 1};
    cut.rows = source.cut->rows();
    for (Batch& batch : source.cut->take_kept()) out_.rows.push_back({source.request.source, std::move(batch)});
    return {};
  }

  const Session& session_;
  const Plan& plan_;
  const FillRequest& request_;
  std::unique_ptr<BadRows> bad_rows_;
  std::vector<Filled> sources_;
  int64_t split_ = kTimeMax;  // the first cut
  FilledEntity out_;
};

}  // namespace

Result<FilledEntity> fill_from_files(const Session& session, const Plan& plan, const FillRequest& request,
                                     JobProgress& progress) {
  Result<FilledEntity> filled = Filling(session, plan, request).run(progress);
  if (filled || filled.error().kind() == ErrorKind::kStopped) return filled;
  return filled.error().with_context(fmt::format("`{}` cannot be filled", plan.entities[request.entity].name));
}

}  // namespace headrace
