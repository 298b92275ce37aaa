#include "casefiles/stream_case_engine.h"

#include "base/hash.h"
#include "engine/steps/result_columns.h"

#include <algorithm>
#include <numeric>

namespace headrace {
namespace {

/// How a test's events come.
struct FeedForm {
  Duration disorder;     // events change places with others within this
  Duration ahead;        // the clock is this far behind the newest event, so that some wait for it
  size_t push_rows_max;  // rows of one push: 1 to this
};

/// An event of the feed.
struct FeedRow {
  size_t table;
  int64_t row;
  int64_t time;
  int64_t comes_at;  // its place in the feed: the time, or up to `disorder` later
};

/// The same for all events of one time, so that ties stay in their order.
int64_t delay_of(int64_t time, Duration disorder) {
  if (disorder.us == 0) return 0;
  return static_cast<int64_t>(mix64(static_cast<uint64_t>(time)) % static_cast<uint64_t>(disorder.us));
}

Batch rows_of(const Batch& batch, std::span<const FeedRow> rows) {
  Batch some;
  some.rows = static_cast<int64_t>(rows.size());
  for (const Column& column : batch.columns) {
    ColumnBuilder builder(column.type);
    for (const FeedRow& row : rows) builder.append(column.value_at(row.row));
    some.columns.push_back(std::move(builder).finish());
  }
  return some;
}

/// One run of a test over a stream.
class CaseFeed {
 public:
  CaseFeed(const CaseRequest& request, const FeedForm& form, StreamOptions options)
      : request_(request),
        form_(form),
        stream_(request.plan, request.entity, request.features, options),
        answers_(request.features.size(), std::vector<Value>(static_cast<size_t>(places().times.length))) {
    for (size_t table = 0; table < request.tables.size(); ++table) {
      const CaseTable& events = request.tables[table];
      const int64_t* times = events.rows.columns[events.request.time_column()].int64s();
      for (int64_t row = 0; row < events.rows.rows; ++row) {
        rows_.push_back({table, row, times[row], times[row] + delay_of(times[row], form.disorder)});
      }
    }
    std::stable_sort(rows_.begin(), rows_.end(), [](const FeedRow& a, const FeedRow& b) {
      return a.comes_at != b.comes_at ? a.comes_at < b.comes_at : a.time < b.time;
    });

    oldest_from_.assign(rows_.size() + 1, kTimeMax);
    for (size_t i = rows_.size(); i-- > 0;) oldest_from_[i] = std::min(oldest_from_[i + 1], rows_[i].time);
  }

  Result<std::vector<std::vector<Value>>> final_values() {
    RETURN_IF_ERROR(stream_.add_places(places()));
    const auto take = [&](const TimeStep& step) { return take_places(step); };
    while (next_ < rows_.size()) {
      RETURN_IF_ERROR(push(kTimeMax - 1));
      RETURN_IF_ERROR(stream_.advance(clock_, take));
    }
    RETURN_IF_ERROR(stream_.finish(take));
    return std::move(answers_);
  }

  Result<std::vector<std::vector<Value>>> live_values() {
    std::vector<int64_t> order(static_cast<size_t>(places().times.length));
    std::iota(order.begin(), order.end(), int64_t{0});
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return time_of(a) < time_of(b); });

    const auto drop = [](const TimeStep&) { return Status(); };
    for (int64_t place : order) {
      while (oldest_from_[next_] <= time_of(place)) {
        RETURN_IF_ERROR(push(time_of(place)));
        RETURN_IF_ERROR(stream_.advance(clock_, drop));
      }
      clock_ = std::max(clock_, time_of(place));
      RETURN_IF_ERROR(stream_.advance(clock_, drop));
      RETURN_IF_ERROR(read(place));
    }
    return std::move(answers_);
  }

 private:
  const Observations& places() const { return request_.observations; }
  int64_t time_of(int64_t place) const { return places().times.int64s()[place]; }

  /// The next rows, of one source, and none behind the last event up to `time`.
  Status push(int64_t time) {
    const size_t rows_max = 1 + mix64(next_) % form_.push_rows_max;
    size_t end = next_ + 1;
    while (end - next_ < rows_max && oldest_from_[end] <= time && rows_[end].table == rows_[next_].table) ++end;
    const std::span<const FeedRow> rows(rows_.data() + next_, end - next_);
    next_ = end;

    const CaseTable& table = request_.tables[rows.front().table];
    const std::vector<SourceLayout>& sources = stream_.layout().sources;
    const auto source = std::find_if(sources.begin(), sources.end(), [&](const SourceLayout& each) {
      return each.request.source == table.request.source;
    });
    if (source == sources.end()) return {};
    for (const FeedRow& row : rows) clock_ = std::max(clock_, row.time - form_.ahead.us);
    ASSIGN_OR_RETURN(const PushResult result,
                     stream_.push(static_cast<size_t>(source - sources.begin()), 0, rows_of(table.rows, rows), clock_));
    if (!result.late.empty()) return Error::data("an event of the feed came too late");
    return {};
  }

  Status read(int64_t place) {
    Observations one;
    for (const Column& key : places().keys) one.keys.push_back(key.slice(place, 1));
    one.times = places().times.slice(place, 1);
    ASSIGN_OR_RETURN(const std::vector<Column> columns, stream_.read(one));
    for (size_t f = 0; f < columns.size(); ++f) answers_[f][static_cast<size_t>(place)] = columns[f].value_at(0);
    return {};
  }

  Status take_places(const TimeStep& step) {
    for (size_t f = 0; f < request_.features.size(); ++f) {
      const size_t feature = request_.features[f];
      const InstantColumn& values = step.features[feature];
      const Column column = column_of(request_.plan.features[feature].type, values.values.get(), values.valid.get(),
                                      step.observation_instants);
      for (size_t row = 0; row < step.observations.rows; ++row) {
        answers_[f][step.observations.origins[row]] = column.value_at(static_cast<int64_t>(row));
      }
    }
    return {};
  }

  const CaseRequest& request_;
  const FeedForm form_;
  EntityStream stream_;
  std::vector<FeedRow> rows_;
  std::vector<int64_t> oldest_from_;  // of the rows from each on
  size_t next_ = 0;
  int64_t clock_ = kTimeMin;
  std::vector<std::vector<Value>> answers_;  // by feature, then place
};

}  // namespace

Result<CaseAnswer> StreamCaseEngine::run(const CaseRequest& request) {
  const FeedForm forms[] = {{{0}, {0}, 1}, {{90 * 60 * kMicrosPerSecond}, {20 * 60 * kMicrosPerSecond}, 5}};
  CaseAnswer answer;
  for (const FeedForm& form : forms) {
    StreamOptions options;
    options.allowed_lateness = form.disorder;
    options.takes_places = reads_ == Reads::kFinal;
    options.kernels = kernels_;
    CaseFeed feed(request, form, options);
    ASSIGN_OR_RETURN(std::vector<std::vector<Value>> values,
                     reads_ == Reads::kFinal ? feed.final_values() : feed.live_values());
    if (!answer.values.empty() && values != answer.values) {
      return Error::data("events in disorder give other values than the same events in order")
          .with_help("this is a fault of the stream engine; please report the test");
    }
    answer.values = std::move(values);
  }
  return answer;
}

}  // namespace headrace
