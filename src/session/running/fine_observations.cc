#include "session/running/fine_observations.h"

#include <fmt/format.h>

namespace headrace {
namespace {

/// The keys of a row as one text.
std::string key_text_of(const std::vector<Column>& columns, size_t key_count, int64_t row) {
  std::string text;
  for (size_t i = 0; i < key_count; ++i) text += to_json(columns[i].value_at(row)) + " ";
  return text;
}

class ObservedSource : public Source {
 public:
  ObservedSource(Source& source, SourceRequest request, FineObservations& observations)
      : source_(source), request_(std::move(request)), observations_(observations) {}

  const std::vector<SourceUnit>& units() const override { return source_.units(); }
  Status read(size_t unit, const Consume& consume) override {
    return source_.read(unit, [&](const Batch& batch) -> Status {
      observations_.look_at(request_, batch);
      return consume(batch);
    });
  }
  int64_t bytes_taken(size_t unit) const override { return source_.bytes_taken(unit); }

 private:
  Source& source_;
  const SourceRequest request_;
  FineObservations& observations_;
};

}  // namespace

FineObservations::FineObservations(const Observations& observations, const std::vector<int64_t>& past,
                                   std::string shown)
    : shown_(std::move(shown)), observation_count_(observations.times.length) {
  for (size_t i = 0; i < past.size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    if (past[i] == 0 || !observations.times.is_valid(row)) continue;
    rows_[observations.times.int64s()[row] + 1].push_back(
        {row, past[i], key_text_of(observations.keys, observations.keys.size(), row)});
  }
}

void FineObservations::look_at(const SourceRequest& request, const Batch& batch) {
  if (batch.columns.size() <= request.tie_order_column()) return;
  const int64_t* times = batch.columns[request.time_column()].int64s();
  const int64_t* orders = batch.columns[request.tie_order_column()].int64s();
  for (int64_t row = 0; row < batch.rows; ++row) {
    if (orders[row] == 0) continue;
    const auto found = rows_.find(times[row]);
    if (found == rows_.end()) continue;

    const std::string key = key_text_of(batch.columns, request.key_count, row);
    for (const Row& observation : found->second) {
      if (observation.key != key || orders[row] + 1000 > observation.nanoseconds) continue;
      const std::lock_guard lock(mutex_);
      found_.insert({observation.row, EventTime{times[row]}, request.source});
    }
  }
}

std::optional<Error> FineObservations::refusal() const {
  const std::lock_guard lock(mutex_);
  if (found_.empty()) return std::nullopt;
  std::set<int64_t> rows;
  for (const Found& each : found_) rows.insert(each.row);
  const Found& first = *found_.begin();
  return Error::data(
             fmt::format("nanoseconds decide what {} of {} observations see, and instants are microseconds: row "
                         "{} of {} and an event of source `{}` lie between the same two microseconds, before {}",
                         rows.size(), observation_count_, first.row + 1, shown_, first.source, to_string(first.end)))
      .with_help("round the times of the observations: up to see such events, down not to see them");
}

ObservedSources::ObservedSources(const OpenSources& sources, const std::vector<SourceRequest>& requests,
                                 FineObservations& observations)
    : sources_(sources) {
  if (observations.is_empty()) return;
  for (const SourceRequest& request : requests) {
    const auto found = sources_.find(request.source);
    if (found == sources_.end()) continue;
    observed_.push_back(std::make_unique<ObservedSource>(*found->second, request, observations));
    found->second = observed_.back().get();
  }
}

}  // namespace headrace
