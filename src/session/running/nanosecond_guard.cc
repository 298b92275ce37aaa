#include "session/running/nanosecond_guard.h"

#include <fmt/format.h>

namespace headrace {
namespace {

/// The keys of a row as one text.
std::string key_text_of(const std::vector<Column>& columns, size_t key_count, int64_t row) {
  std::string text;
  for (size_t i = 0; i < key_count; ++i) text += to_json(columns[i].value_at(row)) + " ";
  return text;
}

class GuardedSource : public Source {
 public:
  GuardedSource(Source& source, SourceRequest request, const FineObservations& observations)
      : source_(source), request_(std::move(request)), observations_(observations) {}

  const std::vector<SourceUnit>& units() const override { return source_.units(); }
  Status read(size_t unit, const Consume& consume) override {
    return source_.read(unit, [&](const Batch& batch) -> Status {
      RETURN_IF_ERROR(observations_.check(request_, batch));
      return consume(batch);
    });
  }
  int64_t bytes_taken(size_t unit) const override { return source_.bytes_taken(unit); }

 private:
  Source& source_;
  const SourceRequest request_;
  const FineObservations& observations_;
};

}  // namespace

FineObservations::FineObservations(const Observations& observations, const std::vector<int64_t>& past,
                                   std::string shown)
    : shown_(std::move(shown)) {
  for (size_t i = 0; i < past.size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    if (past[i] == 0 || !observations.times.is_valid(row)) continue;
    rows_[observations.times.int64s()[row] + 1].push_back(
        {row, past[i], key_text_of(observations.keys, observations.keys.size(), row)});
  }
}

Status FineObservations::check(const SourceRequest& request, const Batch& batch) const {
  if (batch.columns.size() <= request.tie_order_column()) return {};
  const int64_t* times = batch.columns[request.time_column()].int64s();
  const int64_t* orders = batch.columns[request.tie_order_column()].int64s();
  for (int64_t row = 0; row < batch.rows; ++row) {
    if (orders[row] == 0) continue;
    const auto found = rows_.find(times[row]);
    if (found == rows_.end()) continue;
    const std::string key = key_text_of(batch.columns, request.key_count, row);
    for (const Row& observation : found->second) {
      if (observation.key != key || orders[row] + 1000 > observation.nanoseconds) continue;
      return Error::data(fmt::format("row {} of {} and an event of source `{}` lie between the same two microseconds, "
                                     "before {}: nanoseconds decide what it sees, and instants are microseconds",
                                     observation.row + 1, shown_, request.source, to_string(EventTime{times[row]})))
          .with_help("round the times of the observations: up to see such events, down not to see them");
    }
  }
  return {};
}

GuardedSources::GuardedSources(const OpenSources& sources, const std::vector<SourceRequest>& requests,
                               const FineObservations& observations)
    : sources_(sources) {
  if (observations.is_empty()) return;
  for (const SourceRequest& request : requests) {
    const auto found = sources_.find(request.source);
    if (found == sources_.end()) continue;
    guarded_.push_back(std::make_unique<GuardedSource>(*found->second, request, observations));
    found->second = guarded_.back().get();
  }
}

}  // namespace headrace
