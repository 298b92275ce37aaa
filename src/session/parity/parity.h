#pragma once

/// Values that were served, held against what the batch engine computes: equal to the last bit, or with a cause.
///
/// The events that the server took are judged once more, as they were when they came, and the batch engine computes the
/// served values over them (against the log) or over the sources' files (against batch). A cause is not guessed: the
/// reference's events are changed by the differences of that cause only, and are computed again; what the server told must
/// come out, bit for bit. What no difference of events brings out is another version, a value of an earlier instant, or
/// unexplained.
///
///   served value ── = ──> equal
///        └─ not the reference's: events differ? ── recomputed with the server's events ── = ──> their causes
///                                      └─ still not ──> other version · stale value · unexplained
///
/// Prints nothing. Not thread-safe.

#include "session/live/live_features.h"
#include "session/parity/parity_report.h"
#include "session/parity/served_reads.h"
#include "session/project/session.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace headrace {

enum class ParityAgainst {
  kLog,    // the events that the server took
  kBatch,  // the files of the sources
};

struct ParityJob {
  std::vector<std::string> features;  // empty: all
  ParityAgainst against = ParityAgainst::kLog;
  double sample = 1;        // of the entities, by a hash of their keys; above 0, at most 1
  std::string feature_log;  // folder; empty: values are read from the server
  size_t instants = 64;     // at which values are read from the server
  size_t examples_max = 3;  // differences of one cause that the report shows
  StreamOptions stream;     // of the server
  std::string served_from;  // for the report
};

/// Feature log or server must have something to compare: else kNotFound.
Result<ParityReport> run_parity(const Session& session, const ParityJob& job, ParityServer& server);

}  // namespace headrace
