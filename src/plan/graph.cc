#include "plan/graph.h"

#include "plan/graph_json.h"

#include "compute/windows/window_text.h"
#include "data/value.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <unordered_map>

namespace headrace {
namespace {

std::string id_of(const Reference& reference) {
  return reference.kind == Reference::Kind::kFeature ? "feature." + reference.name
                                                     : reference.source + "." + reference.name;
}

/// What the formulas and the filter read.
std::set<Reference> inputs_of(const Plan& plan, const PlanFeature& feature) {
  std::set<Reference> inputs;
  const auto add = [&](const ExprPtr& expr) {
    if (!expr) return;
    const std::vector<Reference> references = references_of(*expr);
    inputs.insert(references.begin(), references.end());
  };
  add(feature.formula);
  if (feature.is_derived()) return inputs;
  const Series& series = plan.series_of(feature);
  for (const ExprPtr& formula : series.formulas) add(formula);
  add(series.filter);
  return inputs;
}

/// "mean over 24h"; a derived feature says so.
std::string detail_of(const Plan& plan, const PlanFeature& feature) {
  if (feature.is_derived()) return "derived";
  return fmt::format("{} over {}", to_string(*feature.aggregation), window_text(plan.state_of(feature).window));
}

/// Types of the columns that the plan reads, by id.
std::map<std::string, std::string> column_types(const Plan& plan) {
  std::map<std::string, std::string> types;
  for (const PlanSource& source : plan.sources) {
    for (const ColumnDefinition& column : source.columns)
      types[source.name + "." + column.name] = std::string(to_string(column.type));
  }
  return types;
}

/// What one feature reads: columns and features, or else the events of its source.
std::vector<std::string> input_ids(const Plan& plan, const PlanFeature& feature) {
  std::vector<std::string> ids;
  for (const Reference& input : inputs_of(plan, feature)) ids.push_back(id_of(input));
  if (ids.empty() && !feature.is_derived()) ids.push_back(plan.sources[feature.source].name);
  return ids;
}

/// Columns and events that features read, in byte order of their ids.
std::map<std::string, GraphNode> leaves_of(const Plan& plan) {
  const std::map<std::string, std::string> types = column_types(plan);
  std::map<std::string, GraphNode> leaves;
  for (const PlanFeature& feature : plan.features) {
    if (feature.is_for_check) continue;
    const std::set<Reference> inputs = inputs_of(plan, feature);
    for (const Reference& input : inputs) {
      if (input.kind == Reference::Kind::kFeature) continue;
      const std::string id = id_of(input);
      const auto type = types.find(id);
      leaves[id] = {GraphNode::Kind::kColumn, id, id, type == types.end() ? "" : type->second, "", ""};
    }
    if (inputs.empty() && !feature.is_derived()) {
      const std::string& source = plan.sources[feature.source].name;
      leaves[source] = {GraphNode::Kind::kEvents, source, "events of " + source, "", "", ""};
    }
  }
  return leaves;
}

/// Identifiers of Mermaid: n0, n1, ...
std::string node_name(size_t index) { return fmt::format("n{}", index); }

std::string escaped_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '"': out += "#quot;"; break;
      case '<': out += "#lt;"; break;
      case '>': out += "#gt;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace

FeatureGraph feature_graph(const Plan& plan) {
  FeatureGraph graph;
  std::unordered_map<std::string, size_t> index;
  for (auto& [id, node] : leaves_of(plan)) {
    index[id] = graph.nodes.size();
    graph.nodes.push_back(node);
  }
  for (const PlanFeature& feature : plan.features) {
    if (feature.is_for_check) continue;
    const size_t target = graph.nodes.size();
    index["feature." + feature.name] = target;
    graph.nodes.push_back({GraphNode::Kind::kFeature, "feature." + feature.name, feature.name, to_string(feature.type),
                           detail_of(plan, feature), plan.entities[feature.entity].name});
    for (const std::string& id : input_ids(plan, feature)) {
      const auto found = index.find(id);
      if (found != index.end()) graph.edges.push_back({found->second, target});
    }
  }
  return graph;
}

std::string graph_text(const FeatureGraph& graph) {
  std::string out;
  size_t edge = 0;  // edges come by target
  for (size_t target = 0; target < graph.nodes.size(); ++target) {
    const GraphNode& node = graph.nodes[target];
    if (node.kind != GraphNode::Kind::kFeature) continue;
    out +=
        fmt::format("{}{}: {}, {} of {}\n", out.empty() ? "" : "\n", node.label, node.detail, node.type, node.entity);

    std::vector<size_t> sources;
    for (; edge < graph.edges.size() && graph.edges[edge].target == target; ++edge)
      sources.push_back(graph.edges[edge].source);
    for (size_t i = 0; i < sources.size(); ++i) {
      const GraphNode& source = graph.nodes[sources[i]];
      const std::string_view branch = i + 1 == sources.size() ? "└── " : "├── ";
      const std::string type = source.type.empty() ? "" : " (" + source.type + ")";
      out += fmt::format("{}{}{}\n", branch, source.label, type);
    }
  }
  return out;
}

std::string graph_mermaid(const FeatureGraph& graph) {
  std::string out = "flowchart LR\n";
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode& node = graph.nodes[i];
    const std::string label =
        escaped_html(node.label) + (node.detail.empty() ? "" : "<br/>" + escaped_html(node.detail));
    switch (node.kind) {
      case GraphNode::Kind::kEvents: out += fmt::format("  {}[(\"{}\")]\n", node_name(i), label); break;
      case GraphNode::Kind::kColumn: out += fmt::format("  {}[\"{}\"]\n", node_name(i), label); break;
      case GraphNode::Kind::kFeature: out += fmt::format("  {}([\"{}\"])\n", node_name(i), label); break;
    }
  }
  for (const GraphEdge& edge : graph.edges)
    out += fmt::format("  {} --> {}\n", node_name(edge.source), node_name(edge.target));
  return out;
}

std::string graph_dot(const FeatureGraph& graph) {
  std::string out = "digraph features {\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n";
  for (const GraphNode& node : graph.nodes) {
    const std::string label = node.label + (node.detail.empty() ? "" : "\n" + node.detail);
    const std::string_view shape = node.kind == GraphNode::Kind::kFeature  ? "ellipse"
                                   : node.kind == GraphNode::Kind::kEvents ? "cylinder"
                                                                           : "box";
    out += fmt::format("  {} [label={}, shape={}];\n", quote_json(node.id), quote_json(label), shape);
  }
  for (const GraphEdge& edge : graph.edges) {
    out +=
        fmt::format("  {} -> {};\n", quote_json(graph.nodes[edge.source].id), quote_json(graph.nodes[edge.target].id));
  }
  return out + "}\n";
}

std::string_view to_string(GraphNode::Kind kind) {
  switch (kind) {
    case GraphNode::Kind::kEvents: return "events";
    case GraphNode::Kind::kColumn: return "column";
    case GraphNode::Kind::kFeature: return "feature";
  }
  return "";
}

std::string graph_json(const FeatureGraph& graph) {
  GraphDocument document{graph.nodes, {}};
  for (const GraphEdge& edge : graph.edges)
    document.edges.push_back({graph.nodes[edge.source].id, graph.nodes[edge.target].id});
  return json_document(document);
}

}  // namespace headrace
