#pragma once

/// Instants are microseconds: an event is rounded up and an observation down, so that nothing is seen before it happened.
/// In one case that hides an event which had happened: where it lies in the same microsecond as an observation of its
/// key, and not behind it. A training set with such observations would lack what they saw, so it is refused, with their
/// number.

#include "engine/batch/batch.h"
#include "engine/source.h"

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace headrace {

/// The observations that lie between two microseconds. Any thread may use it.
class FineObservations {
 public:
  /// `past`: of each observation the nanoseconds past its microsecond; empty: none of any.
  FineObservations(const Observations& observations, const std::vector<int64_t>& past, std::string shown);

  bool is_empty() const { return rows_.empty(); }
  /// Finds the observations that do not see an event of the batch which is at or before them in one microsecond. A batch
  /// may be looked at more than once.
  void look_at(const SourceRequest& request, const Batch& batch);

  /// How many there are, with the place of the first; nothing where there are none.
  std::optional<Error> refusal() const;

 private:
  struct Row {
    int64_t row = 0;
    int64_t nanoseconds = 0;
    std::string key;
  };
  struct Found {
    int64_t row = 0;
    EventTime end;  // of the microsecond
    std::string source;
    friend auto operator<=>(const Found&, const Found&) = default;
  };
  const std::string shown_;
  const int64_t observation_count_;
  std::unordered_map<int64_t, std::vector<Row>> rows_;  // by the microsecond that follows
  mutable std::mutex mutex_;                            // of `found_`
  std::set<Found> found_;
};

/// Sources whose events are held against such observations.
class ObservedSources {
 public:
  /// REQUIRES: all arguments outlive this object.
  ObservedSources(const OpenSources& sources, const std::vector<SourceRequest>& requests,
                  FineObservations& observations);

  const OpenSources& sources() const { return sources_; }

 private:
  OpenSources sources_;
  std::vector<std::unique_ptr<Source>> observed_;
};

}  // namespace headrace
