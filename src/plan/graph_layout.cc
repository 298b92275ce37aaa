#include "plan/graph_layout.h"

#include "base/check.h"

#include <algorithm>
#include <cmath>

namespace headrace {
namespace {

constexpr double kBoxDistance = 14;
constexpr double kBendDistance = 10;
constexpr double kLayerDistance = 56;
/// Lines that climb far need room to do it: so much more for each unit of height, up to a limit.
constexpr double kDistanceOfHeight = 0.15;
constexpr double kLayerDistanceMax = 200;
/// Sweeps to and fro; the orders of larger graphs change little after these.
constexpr int kOrderSweeps = 12;
constexpr int kPlaceSweeps = 16;
/// A bend would rather stand where its line comes from than a box would: long lines are straight.
constexpr double kBendWeight = 4;

/// A box, or a bend of a line on its way through a layer.
struct Item {
  size_t layer = 0;
  double height = 0;
  bool is_bend = false;
  double center = 0;
  std::vector<size_t> before, after;  // items in the neighbouring layers
};

struct Layered {
  std::vector<Item> items;                    // boxes first
  std::vector<std::vector<size_t>> layers;    // items in order from above
  std::vector<std::vector<size_t>> bends_of;  // by edge
};

Layered in_layers(const std::vector<BoxSize>& sizes, const std::vector<GraphEdge>& edges) {
  Layered graph;
  graph.items.resize(sizes.size());
  for (size_t i = 0; i < sizes.size(); ++i) graph.items[i].height = sizes[i].height;
  // Edges come by target, and the nodes that a node uses come before it.
  for (const GraphEdge& edge : edges) {
    CHECK(edge.source < edge.target);
    graph.items[edge.target].layer = std::max(graph.items[edge.target].layer, graph.items[edge.source].layer + 1);
  }

  for (const GraphEdge& edge : edges) {
    size_t last = edge.source;
    std::vector<size_t> bends;
    for (size_t layer = graph.items[edge.source].layer + 1; layer < graph.items[edge.target].layer; ++layer) {
      const size_t bend = graph.items.size();
      graph.items.push_back({.layer = layer, .is_bend = true, .before = {last}});
      graph.items[last].after.push_back(bend);
      bends.push_back(bend);
      last = bend;
    }
    graph.items[last].after.push_back(edge.target);
    graph.items[edge.target].before.push_back(last);
    graph.bends_of.push_back(std::move(bends));
  }

  for (size_t i = 0; i < graph.items.size(); ++i) {
    if (graph.layers.size() <= graph.items[i].layer) graph.layers.resize(graph.items[i].layer + 1);
    graph.layers[graph.items[i].layer].push_back(i);
  }
  return graph;
}

using Layers = std::vector<std::vector<size_t>>;

std::vector<size_t> positions_in(const Layers& layers, size_t items) {
  std::vector<size_t> positions(items);
  for (const std::vector<size_t>& layer : layers) {
    for (size_t i = 0; i < layer.size(); ++i) positions[layer[i]] = i;
  }
  return positions;
}

/// Pairs of numbers in the wrong order, by a Fenwick tree.
int64_t inversions(const std::vector<size_t>& numbers, size_t end) {
  std::vector<int64_t> tree(end + 1);
  int64_t count = 0;
  for (size_t i = 0; i < numbers.size(); ++i) {
    auto not_greater = int64_t{0};
    for (size_t at = numbers[i] + 1; at > 0; at &= at - 1) not_greater += tree[at];
    count += static_cast<int64_t>(i) - not_greater;
    for (size_t at = numbers[i] + 1; at <= end; at += at & (~at + 1)) ++tree[at];
  }
  return count;
}

int64_t crossings(const Layered& graph, const Layers& layers) {
  const std::vector<size_t> positions = positions_in(layers, graph.items.size());
  int64_t count = 0;
  for (size_t layer = 0; layer + 1 < layers.size(); ++layer) {
    std::vector<size_t> ends;
    for (const size_t item : layers[layer]) {
      const size_t first = ends.size();
      for (const size_t next : graph.items[item].after) ends.push_back(positions[next]);
      std::sort(ends.begin() + static_cast<ptrdiff_t>(first), ends.end());
    }
    count += inversions(ends, layers[layer + 1].size());
  }
  return count;
}

/// Puts a layer in the order of the mean positions of its neighbours on one side; who has none there stays in its place.
void order_by_neighbours(const Layered& graph, bool by_before, std::vector<size_t>& layer,
                         std::vector<size_t>& positions) {
  std::vector<std::pair<double, size_t>> wanted;
  for (const size_t item : layer) {
    const std::vector<size_t>& neighbours = by_before ? graph.items[item].before : graph.items[item].after;
    double mean = static_cast<double>(positions[item]);
    if (!neighbours.empty()) {
      size_t sum = 0;
      for (const size_t each : neighbours) sum += positions[each];
      mean = static_cast<double>(sum) / static_cast<double>(neighbours.size());
    }
    wanted.emplace_back(mean, item);
  }
  std::stable_sort(wanted.begin(), wanted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (size_t i = 0; i < layer.size(); ++i) {
    layer[i] = wanted[i].second;
    positions[layer[i]] = i;
  }
}

void order_layers(Layered& graph) {
  Layers best = graph.layers;
  int64_t fewest = crossings(graph, best);
  Layers tried = best;
  std::vector<size_t> positions = positions_in(tried, graph.items.size());
  for (int sweep = 0; sweep < kOrderSweeps && fewest > 0; ++sweep) {
    const bool is_forward = sweep % 2 == 0;
    for (size_t i = 1; i < tried.size(); ++i) {
      const size_t layer = is_forward ? i : tried.size() - 1 - i;
      order_by_neighbours(graph, is_forward, tried[layer], positions);
    }
    const int64_t count = crossings(graph, tried);
    if (count < fewest) {
      fewest = count;
      best = tried;
    }
  }
  graph.layers = std::move(best);
}

/// Items that have met: they stand as close as they may, where their mean wish is.
struct Block {
  double wish = 0;  // the mean, weighted
  double weight = 0;
  size_t items = 0;
};

/// The centers nearest to the wishes, by least squares, that keep order and distances: pools of adjacent violators.
void place_layer(Layered& graph, const std::vector<size_t>& layer, const std::vector<double>& wishes) {
  std::vector<double> offsets;  // of each center behind the first, were all as close as they may be
  std::vector<Block> blocks;
  for (size_t i = 0; i < layer.size(); ++i) {
    const Item& item = graph.items[layer[i]];
    double offset = 0;
    if (i > 0) {
      const Item& above = graph.items[layer[i - 1]];
      const double distance = item.is_bend && above.is_bend ? kBendDistance : kBoxDistance;
      offset = offsets.back() + above.height / 2 + distance + item.height / 2;
    }
    offsets.push_back(offset);
    blocks.push_back({wishes[i] - offset, item.is_bend ? kBendWeight : 1, 1});
    while (blocks.size() > 1 && blocks[blocks.size() - 2].wish > blocks.back().wish) {
      const Block last = blocks.back();
      blocks.pop_back();
      Block& joined = blocks.back();
      joined.wish = (joined.wish * joined.weight + last.wish * last.weight) / (joined.weight + last.weight);
      joined.weight += last.weight;
      joined.items += last.items;
    }
  }

  size_t i = 0;
  for (const Block& block : blocks) {
    for (size_t end = i + block.items; i < end; ++i) graph.items[layer[i]].center = block.wish + offsets[i];
  }
}

double mean_center(const Layered& graph, const std::vector<size_t>& items) {
  double sum = 0;
  for (const size_t each : items) sum += graph.items[each].center;
  return sum / static_cast<double>(items.size());
}

/// Gives every item its center, the highest edge of all at 0.
void place_items(Layered& graph) {
  for (const std::vector<size_t>& layer : graph.layers) place_layer(graph, layer, std::vector<double>(layer.size()));
  for (int sweep = 0; sweep < kPlaceSweeps; ++sweep) {
    const bool is_forward = sweep % 2 == 0;
    for (size_t i = 0; i < graph.layers.size(); ++i) {
      const std::vector<size_t>& layer = graph.layers[is_forward ? i : graph.layers.size() - 1 - i];
      std::vector<double> wishes;
      for (const size_t each : layer) {
        const Item& item = graph.items[each];
        const std::vector<size_t>& first = is_forward ? item.before : item.after;
        const std::vector<size_t>& second = is_forward ? item.after : item.before;
        wishes.push_back(!first.empty()    ? mean_center(graph, first)
                         : !second.empty() ? mean_center(graph, second)
                                           : item.center);
      }
      place_layer(graph, layer, wishes);
    }
  }

  double top = 0;
  bool is_first = true;
  for (const Item& item : graph.items) {
    const double edge = item.center - item.height / 2;
    top = is_first ? edge : std::min(top, edge);
    is_first = false;
  }
  for (Item& item : graph.items) item.center -= top;
}

struct Band {
  double start = 0;
  double width = 0;
};

std::vector<Band> bands_of(const Layered& graph, const std::vector<BoxSize>& sizes) {
  std::vector<Band> bands(graph.layers.size());
  for (size_t i = 0; i < sizes.size(); ++i) {
    Band& band = bands[graph.items[i].layer];
    band.width = std::max(band.width, sizes[i].width);
  }
  std::vector<double> climbs(bands.size());  // to the next layer
  for (const Item& item : graph.items) {
    for (const size_t next : item.after) {
      climbs[item.layer] = std::max(climbs[item.layer], std::abs(graph.items[next].center - item.center));
    }
  }
  for (size_t i = 1; i < bands.size(); ++i) {
    const double distance = std::min(kLayerDistance + kDistanceOfHeight * climbs[i - 1], kLayerDistanceMax);
    bands[i].start = bands[i - 1].start + bands[i - 1].width + distance;
  }
  return bands;
}

}  // namespace

GraphLayout layout_of(const std::vector<BoxSize>& sizes, const std::vector<GraphEdge>& edges) {
  Layered graph = in_layers(sizes, edges);
  order_layers(graph);
  place_items(graph);
  const std::vector<Band> bands = bands_of(graph, sizes);

  GraphLayout layout;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const Item& item = graph.items[i];
    layout.boxes.push_back({bands[item.layer].start, item.center - item.height / 2});
    layout.width = std::max(layout.width, bands[item.layer].start + sizes[i].width);
  }
  for (const Item& item : graph.items) layout.height = std::max(layout.height, item.center + item.height / 2);

  for (size_t i = 0; i < edges.size(); ++i) {
    LineOfGraph line;
    line.start = {layout.boxes[edges[i].source].x + sizes[edges[i].source].width, graph.items[edges[i].source].center};
    const Band& first = bands[graph.items[edges[i].source].layer];
    line.level_until = first.start + first.width;
    for (const size_t bend : graph.bends_of[i]) {
      const Band& band = bands[graph.items[bend].layer];
      line.passages.push_back({band.start, band.start + band.width, graph.items[bend].center});
    }
    line.end = {layout.boxes[edges[i].target].x, graph.items[edges[i].target].center};
    layout.lines.push_back(std::move(line));
  }
  return layout;
}

}  // namespace headrace
