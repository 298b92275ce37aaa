#include "engine/steps/workspace.h"

namespace headrace {

WindowEdges& Workspace::edges(const RingSet* rings, const WindowSpec& window, bool of_all) {
  for (size_t i = 0; i < edges_in_use_; ++i) {
    if (edges_[i].rings == rings && edges_[i].window == window && edges_[i].of_all == of_all) return edges_[i].edges;
  }

  if (edges_in_use_ == edges_.size()) edges_.emplace_back();
  EdgesOf& entry = edges_[edges_in_use_++];
  entry.rings = rings;
  entry.window = window;
  entry.of_all = of_all;
  entry.edges.at.resize(groups(of_all).instants().size());
  entry.edges.are_known = false;
  return entry.edges;
}

}  // namespace headrace
