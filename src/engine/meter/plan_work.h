#pragma once

/// What running a plan took, by its nodes: whole numbers that only grow, but for the bytes of states.

#include "plan/plan.h"

#include <array>
#include <cstdint>
#include <vector>

namespace headrace {

/// Of one node, or of all that a feature or a person has to do with.
struct NodeWork {
  int64_t cpu_ns = 0;       // nanoseconds of a processor
  int64_t rows = 0;         // that went through it, as often as they did
  int64_t bytes = 0;        // of files and messages that were read
  int64_t state_bytes = 0;  // that it holds now, or held when the run ended
  int64_t values = 0;       // of features, that were written or read

  static constexpr std::array<int64_t NodeWork::*, 5> kCounts = {&NodeWork::cpu_ns, &NodeWork::rows, &NodeWork::bytes,
                                                                 &NodeWork::state_bytes, &NodeWork::values};

  void add(const NodeWork& other) {
    for (const auto count : kCounts) this->*count += other.*count;
  }
  friend bool operator==(const NodeWork&, const NodeWork&) = default;
};

struct PlanWork {
  explicit PlanWork(const Plan& plan)
      : entities(plan.entities.size()),
        sources(plan.sources.size()),
        series(plan.series.size()),
        states(plan.states.size()),
        features(plan.features.size()) {}

  std::vector<NodeWork>
      entities;  // what is done for all features of one: times and keys of results, their rows, their files
  std::vector<NodeWork> sources;   // reading, keys, order of time
  std::vector<NodeWork> series;    // formulas and filters, and keeping the events
  std::vector<NodeWork> states;    // moving over the events, and the values of the features that read it
  std::vector<NodeWork> features;  // formulas over features; the values of all
  NodeWork unattributed;           // what is of no node

  /// REQUIRES: both are of one plan.
  void add(const PlanWork& other);
  NodeWork whole() const;
};

}  // namespace headrace
