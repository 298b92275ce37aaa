#include "casefiles/stream_case_engine.h"

#include "base/hash.h"
#include "engine/results/result_columns.h"

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <optional>

namespace headrace {
namespace {

/// When the asks of a test are read.
enum class AskedAt {
  kTheirTime,         // as soon as all events up to then have come
  kTheEnd,            // when all events have come, out of a history that reaches back to the first ask
  kTheEndForgetting,  // the same without a history: what is refused is left out
};

/// How a test's events come.
struct FeedForm {
  Duration disorder;     // events change places with others within this
  Duration ahead;        // the clock is this far behind the newest event, so that some wait for it
  size_t push_rows_max;  // rows of one push: 1 to this
  AskedAt asked = AskedAt::kTheirTime;
  size_t restart_after = 0;  // pushes, after which another stream goes on from what this one stored; 0: never
  bool rests = false;        // keys leave memory whenever they may
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

constexpr Duration kDisorder{90 * 60 * kMicrosPerSecond};
constexpr Duration kAhead{20 * 60 * kMicrosPerSecond};

Error other_values() {
  return Error::data("the same events in another order, or read at another time, give other values")
      .with_help("this is a fault of the stream engine; please report the test");
}

/// From the newest event back to the first ask; at least 1 us.
Duration reach_of(const CaseRequest& request) {
  int64_t newest = kTimestampMicrosMin;
  for (const CaseTable& table : request.tables) {
    const int64_t* times = table.rows.columns[table.request.time_column()].int64s();
    for (int64_t row = 0; row < table.rows.rows; ++row) newest = std::max(newest, times[row]);
  }
  int64_t first = kTimestampMicrosMax;
  const Column& asks = request.observations.times;
  for (int64_t row = 0; row < asks.length; ++row) first = std::min(first, asks.int64s()[row]);
  return Duration{std::max<int64_t>(newest - first, 1)};
}

/// One run of a test over a stream.
class CaseFeed {
 public:
  CaseFeed(const CaseRequest& request, const FeedForm& form, StreamOptions options)
      : request_(request),
        form_(form),
        options_(options),
        stream_(std::make_unique<EntityStream>(request.plan, request.entity, request.features, options)),
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
    RETURN_IF_ERROR(stream_->add_places(places()));
    const auto take = [&](const TimeStep& step) { return take_places(step); };
    while (next_ < rows_.size()) {
      RETURN_IF_ERROR(push(kTimeMax - 1));
      RETURN_IF_ERROR(stream_->advance(clock_, take));
    }
    RETURN_IF_ERROR(stream_->finish(take));
    return std::move(answers_);
  }

  /// Nothing for a value that is refused.
  using Answers = std::vector<std::vector<std::optional<Value>>>;

  Result<Answers> live_values() {
    std::vector<int64_t> order(static_cast<size_t>(places().times.length));
    std::iota(order.begin(), order.end(), int64_t{0});
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return time_of(a) < time_of(b); });

    const auto drop = [](const TimeStep&) { return Status(); };
    Answers answers(answers_.size(), std::vector<std::optional<Value>>(order.size()));
    for (int64_t place : order) {
      const int64_t needed = form_.asked == AskedAt::kTheirTime ? time_of(place) : kTimeMax - 1;
      while (oldest_from_[next_] <= needed) {
        RETURN_IF_ERROR(push(needed));
        RETURN_IF_ERROR(stream_->advance(clock_, drop));
        RETURN_IF_ERROR(rest());
        if (form_.restart_after > 0 && pushes_.size() % form_.restart_after == 0) RETURN_IF_ERROR(restart());
      }
      clock_ = std::max({clock_, time_of(place), newest_});
      RETURN_IF_ERROR(stream_->advance(clock_, drop));
      RETURN_IF_ERROR(read(place, answers));
    }
    return answers;
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
    const std::vector<SourceLayout>& sources = stream_->layout().sources;
    const auto source = std::find_if(sources.begin(), sources.end(), [&](const SourceLayout& each) {
      return each.request.source == table.request.source;
    });
    if (source == sources.end()) return {};
    for (const FeedRow& row : rows) clock_ = std::max(clock_, row.time - form_.ahead.us);
    for (const FeedRow& row : rows) newest_ = std::max(newest_, row.time);
    pushes_.push_back({static_cast<size_t>(source - sources.begin()), rows, clock_});
    return push_again(pushes_.back());
  }

  /// Rows that were pushed at once.
  struct Push {
    size_t source;  // of the layout
    std::span<const FeedRow> rows;
    int64_t clock;
  };

  Status push_again(const Push& push) {
    const Batch& rows = request_.tables[push.rows.front().table].rows;
    const Batch some = rows_of(rows, push.rows);
    const size_t keys = stream_->layout().sources[push.source].request.key_count;
    RETURN_IF_ERROR(wake(std::span(some.columns).first(keys), some.rows));
    ASSIGN_OR_RETURN(const PushResult result, stream_->push(push.source, 0, some, push.clock));
    if (!result.left_out.empty()) return Error::data("an event of the feed came too late");
    return {};
  }

  /// All keys that may leave memory, and texts that nobody holds then.
  Status rest() {
    if (!form_.rests) return {};
    const std::vector<RestingKey> keys = stream_->find_resting({.takes_all = true});
    for (const RestingKey& key : keys) resting_[key.name] = key.bytes;
    if (stream_->let_rest(keys, {}).size() != keys.size()) return Error::data("a key could not leave memory");
    stream_->sweep_texts(true);
    return {};
  }

  Status wake(std::span<const Column> keys, int64_t rows) {
    for (const std::string& name : stream_->unknown_names(keys, rows)) {
      const auto found = resting_.find(name);
      if (found != resting_.end()) RETURN_IF_ERROR(stream_->wake(name, found->second));
    }
    return {};
  }

  /// All that was pushed is pushed again; the stored states have the beginning of it.
  Status restart() {
    const StoredStream stored = stream_->store();
    stream_ = std::make_unique<EntityStream>(request_.plan, request_.entity, request_.features, options_);
    RETURN_IF_ERROR(stream_->restore(stored, {}));
    for (const Push& push : pushes_) RETURN_IF_ERROR(push_again(push));
    return {};
  }

  Status read(int64_t place, Answers& answers) {
    Observations one;
    for (const Column& key : places().keys) one.keys.push_back(key.slice(place, 1));
    one.times = places().times.slice(place, 1);
    RETURN_IF_ERROR(wake(one.keys, 1));
    const Result<std::vector<Column>> columns = stream_->read(one);
    const bool is_refused = !columns.ok() && columns.error().kind() == ErrorKind::kNotFound;
    if (is_refused && form_.asked == AskedAt::kTheEndForgetting) return {};
    if (!columns.ok()) return columns.error();
    for (size_t f = 0; f < columns->size(); ++f) answers[f][static_cast<size_t>(place)] = (*columns)[f].value_at(0);
    return {};
  }

  Status take_places(const TimeStep& step) {
    for (size_t f = 0; f < request_.features.size(); ++f) {
      const size_t feature = request_.features[f];
      const InstantColumn& values = step.features[feature];
      const Column column =
          column_of(request_.plan.features[feature].type, values.values, values.valid, step.observation_instants);
      for (size_t row = 0; row < step.observations.rows; ++row) {
        answers_[f][step.observations.origins[row]] = column.value_at(static_cast<int64_t>(row));
      }
    }
    return {};
  }

  const CaseRequest& request_;
  const FeedForm form_;
  const StreamOptions options_;
  std::unique_ptr<EntityStream> stream_;
  std::vector<FeedRow> rows_;
  std::vector<int64_t> oldest_from_;  // of the rows from each on
  size_t next_ = 0;
  int64_t clock_ = kTimeMin;
  int64_t newest_ = kTimeMin;  // of the rows that were pushed
  std::vector<Push> pushes_;
  std::map<std::string, std::string> resting_;  // by name: keys as they left memory last
  std::vector<std::vector<Value>> answers_;     // by feature, then place
};

}  // namespace

Result<CaseAnswer> StreamCaseEngine::run(const CaseRequest& request) {
  return reads_ == Reads::kFinal ? run_stream(request) : run_online(request);
}

StreamOptions StreamCaseEngine::options_of(Duration disorder) const {
  StreamOptions options;
  options.allowed_lateness = disorder;
  options.takes_places = reads_ == Reads::kFinal;
  options.kernels = kernels_;
  return options;
}

Result<CaseAnswer> StreamCaseEngine::run_stream(const CaseRequest& request) const {
  const FeedForm forms[] = {{.push_rows_max = 1}, {.disorder = kDisorder, .ahead = kAhead, .push_rows_max = 5}};
  CaseAnswer answer;
  for (const FeedForm& form : forms) {
    CaseFeed feed(request, form, options_of(form.disorder));
    ASSIGN_OR_RETURN(std::vector<std::vector<Value>> values, feed.final_values());
    if (!answer.values.empty() && values != answer.values) return other_values();
    answer.values = std::move(values);
  }
  return answer;
}

Result<CaseAnswer> StreamCaseEngine::run_online(const CaseRequest& request) const {
  const FeedForm forms[] = {
      {.push_rows_max = 1},
      {.disorder = kDisorder, .ahead = kAhead, .push_rows_max = 5, .restart_after = 7},
      {.push_rows_max = 3, .asked = AskedAt::kTheEnd, .restart_after = 5},
      {.disorder = kDisorder, .ahead = kAhead, .push_rows_max = 5, .asked = AskedAt::kTheEnd},
      {.push_rows_max = 4, .asked = AskedAt::kTheEndForgetting},
      {.push_rows_max = 2, .restart_after = 6, .rests = true},
  };

  CaseAnswer answer;
  for (const FeedForm& form : forms) {
    StreamOptions options = options_of(form.disorder);
    if (form.asked == AskedAt::kTheEnd) options.history = reach_of(request);
    CaseFeed feed(request, form, options);
    ASSIGN_OR_RETURN(const CaseFeed::Answers values, feed.live_values());
    if (answer.values.empty()) {
      for (const auto& of_feature : values) {
        std::vector<Value>& column = answer.values.emplace_back();
        for (const std::optional<Value>& value : of_feature) column.push_back(*value);
      }
      continue;
    }

    for (size_t f = 0; f < values.size(); ++f) {
      for (size_t place = 0; place < values[f].size(); ++place) {
        if (values[f][place] && *values[f][place] != answer.values[f][place]) return other_values();
      }
    }
  }
  return answer;
}

}  // namespace headrace
