#pragma once

/// What the features of a server took since its start, over reloads of their definitions.

#include "engine/meter/meter_report.h"
#include "session/live/live_features.h"

#include <map>
#include <mutex>
#include <string>

namespace headrace {

/// Counts never fall: a feature that a reload has taken away goes on in what is unattributed. Nodes are those since the reload.
///
/// Thread-safe.
class FeatureMeter {
 public:
  MeterReport report(const LiveFeatures& live);
  /// Keeps what these features took, for they are about to be replaced.
  void keep(const LiveFeatures& live);

 private:
  std::mutex mutex_;
  std::map<std::string, NodeWork> kept_;  // by feature, without states
  NodeWork kept_of_none_;
  int64_t rest_ns_ = 0;  // of the process, that is of no node; the most that was told
};

}  // namespace headrace
