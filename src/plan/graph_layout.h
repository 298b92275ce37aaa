#pragma once

/// Where the boxes and lines of a drawn graph lie: in layers from left to right, after Sugiyama, Tagawa and Toda (1981).
///
/// A box stands in the layer behind the last one that it depends on. A line over several layers has a bend in each of them,
/// which takes a place among the boxes, so that lines pass between boxes and never through one. Layers are put in the order
/// of the mean places of their neighbours as long as fewer lines cross; then each layer is moved as a whole and stretched
/// to where its neighbours are, by least squares with the distances kept.
///
/// Pure: the same graph has the same layout. O((boxes + bends) log(boxes + bends)) for each of a fixed number of sweeps.

#include "plan/graph.h"

#include <vector>

namespace headrace {

struct BoxSize {
  double width = 0;
  double height = 0;
};

struct Place {
  double x = 0;
  double y = 0;
};

/// A line runs level through the layers between `passages`, and bends in the gaps.
struct LineOfGraph {
  struct Passage {
    double start_x = 0;
    double end_x = 0;
    double y = 0;
  };
  Place start;             // the middle of the right side of the box that is used
  double level_until = 0;  // the end of its layer, where boxes may be wider
  std::vector<Passage> passages;
  Place end;  // the middle of the left side of the box that uses it
};

struct GraphLayout {
  std::vector<Place> boxes;  // upper left corners
  std::vector<LineOfGraph> lines;
  double width = 0;
  double height = 0;
};

/// REQUIRES: a size for each node; edges go from a node to a later one, as those of a FeatureGraph do.
GraphLayout layout_of(const std::vector<BoxSize>& sizes, const std::vector<GraphEdge>& edges);

}  // namespace headrace
