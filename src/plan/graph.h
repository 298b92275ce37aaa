#pragma once

/// What depends on what: from the columns of sources to features, and from features to features.

#include "plan/plan.h"

#include <string>
#include <vector>

namespace headrace {

struct GraphNode {
  /// kEvents: the events of a source as such, which `count` without a formula reads.
  enum class Kind { kEvents, kColumn, kFeature };
  Kind kind = Kind::kColumn;
  std::string id;      // "pumps", "pumps.flow", "feature.flow_mean": unique
  std::string label;   // what people call it: "pumps.flow", "flow_mean"
  std::string type;    // "double"; empty for events
  std::string detail;  // of a feature: "mean over 24h", "derived"
  std::string entity;  // of a feature
};

struct GraphEdge {
  size_t source = 0;  // indexes into nodes
  size_t target = 0;
};

/// Invariant: nodes are columns and events in byte order of their ids, then features after those that they use.
struct FeatureGraph {
  std::vector<GraphNode> nodes;
  std::vector<GraphEdge> edges;  // by target, then source
};

/// Features that are for checks are left out.
FeatureGraph feature_graph(const Plan& plan);

/// A block for each feature with what it reads directly.
std::string graph_text(const FeatureGraph& graph);
/// A Mermaid flowchart, as GitHub and many wikis draw it.
std::string graph_mermaid(const FeatureGraph& graph);
/// For Graphviz.
std::string graph_dot(const FeatureGraph& graph);
/// As described in plan/graph_json.h.
std::string graph_json(const FeatureGraph& graph);

}  // namespace headrace
