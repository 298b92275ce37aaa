#pragma once

/// From what the nodes of a plan took to what features took, so that the parts add up to the whole, to the last nanosecond.
///
///   node       is divided among                                                        by
///   ---------  ----------------------------------------------------------------------  ------------
///   state      the features that read it                                               equal shares
///   series     the features that read a state over it                                  equal shares
///   source     the features that read a state over a series of it                      equal shares
///   entity     all features of it                                                      equal shares
///   feature    itself                                                                  whole
///
/// A feature that the planner made for a check counts as the feature that is checked. A feature pays for what its own definition
/// says; those that use it pay for their own formulas only. What no feature has to do with stays unattributed. Shares that
/// cannot be equal differ by one.

#include "engine/meter/plan_work.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

struct FeatureWork {
  std::string feature;
  std::string owner;  // empty: nobody
  NodeWork work;
};

struct SourceWork {
  std::string source;
  NodeWork work;
};

/// A node as the plan has it.
struct MeteredNode {
  enum class Kind { kEntity, kSource, kSeries, kState, kFeature };
  Kind kind = Kind::kEntity;
  int64_t index = 0;                  // in the plan's list of its kind
  std::vector<std::string> features;  // among which it is divided; empty: it is unattributed
  NodeWork work;
};

/// Invariant: features, `others` and `unattributed` add up to `whole`, in each count.
struct MeterReport {
  NodeWork whole;
  NodeWork unattributed;
  std::vector<FeatureWork> features;  // in the order of the plan
  std::optional<NodeWork> others;     // of features that are not told one by one
  std::vector<SourceWork> sources;    // a view of their nodes, which are in the features already
  std::vector<MeteredNode> nodes;     // those that took anything
};

MeterReport make_meter_report(const Plan& plan, const PlanWork& work);

/// Features that are not told go to the others, and so do those after the first `features_max`; nodes and sources are left out
/// then, since they would tell.
MeterReport told_only(MeterReport report, size_t features_max, const std::function<bool(const FeatureWork&)>& is_told);

}  // namespace headrace
