#pragma once

/// Instants are microseconds: an event is rounded up and an observation down, so that nothing is seen before it happened.
/// One case is left in which that would hide an event: where it lies in the same microsecond as an observation of its
/// key, and before it. No value is given for such an observation; the run ends with an error that names it.

#include "engine/batch/batch.h"
#include "engine/source.h"

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace headrace {

/// The observations that lie between two microseconds. Immutable once made; any thread may read it.
class FineObservations {
 public:
  /// `past`: of each observation the nanoseconds past its microsecond; empty: none of any.
  FineObservations(const Observations& observations, const std::vector<int64_t>& past, std::string shown);

  bool is_empty() const { return rows_.empty(); }
  /// An error when an event of the batch is before an observation of its key in one microsecond.
  Status check(const SourceRequest& request, const Batch& batch) const;

 private:
  struct Row {
    int64_t row = 0;
    int64_t nanoseconds = 0;
    std::string key;
  };
  const std::string shown_;
  std::unordered_map<int64_t, std::vector<Row>> rows_;  // by the microsecond that follows
};

/// Sources whose events are held against such observations.
class GuardedSources {
 public:
  /// REQUIRES: all arguments outlive this object.
  GuardedSources(const OpenSources& sources, const std::vector<SourceRequest>& requests,
                 const FineObservations& observations);

  const OpenSources& sources() const { return sources_; }

 private:
  OpenSources sources_;
  std::vector<std::unique_ptr<Source>> guarded_;
};

}  // namespace headrace
