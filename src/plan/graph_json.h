#pragma once

/// The JSON form of a graph of features, written only: of `headrace graph --format json`.

#include "data/json/json_form.h"
#include "plan/graph.h"

namespace headrace {

inline constexpr int kGraphFormatVersion = 1;

std::string_view to_string(GraphNode::Kind kind);

template <>
struct JsonWords<GraphNode::Kind> {
  static constexpr std::array all = {GraphNode::Kind::kEvents, GraphNode::Kind::kColumn, GraphNode::Kind::kFeature};
};

/// An edge by the ids of its nodes.
struct GraphArrow {
  std::string start;
  std::string end;
};

/// What is printed.
struct GraphDocument {
  std::vector<GraphNode> nodes;
  std::vector<GraphArrow> edges;
};

template <typename Fields>
void describe(Fields& fields, const GraphNode*) {
  fields.required("id", &GraphNode::id);
  fields.required("kind", &GraphNode::kind);
  fields.required("label", &GraphNode::label);
  fields.optional("type", &GraphNode::type, {.text = "of a column or a feature"});
  fields.optional("detail", &GraphNode::detail, {.text = "of a feature: how it comes about"});
  fields.optional("entity", &GraphNode::entity, {.text = "of a feature"});
}

template <typename Fields>
void describe(Fields& fields, const GraphArrow*) {
  fields.required("start", &GraphArrow::start, {.text = "the id of what is used"});
  fields.required("end", &GraphArrow::end, {.text = "the id of what uses it"});
}

template <typename Fields>
void describe(Fields& fields, const GraphDocument*) {
  fields.constant("format_version", kGraphFormatVersion);
  fields.required("nodes", &GraphDocument::nodes);
  fields.required("edges", &GraphDocument::edges);
}

}  // namespace headrace
