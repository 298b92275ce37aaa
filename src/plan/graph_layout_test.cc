#include "plan/graph_layout.h"
#include "plan/graph_svg.h"

#include <gtest/gtest.h>

#include <random>

namespace headrace {
namespace {

bool overlap(const Place& a, const BoxSize& size_a, const Place& b, const BoxSize& size_b) {
  return a.x < b.x + size_b.width && b.x < a.x + size_a.width && a.y < b.y + size_b.height && b.y < a.y + size_a.height;
}

struct Drawn {
  std::vector<BoxSize> sizes;
  std::vector<GraphEdge> edges;
  GraphLayout layout;
};

/// A graph of some boxes, each with up to three lines from earlier ones.
Drawn random_graph(unsigned seed, size_t boxes) {
  std::mt19937 random(seed);
  Drawn drawn;
  for (size_t i = 0; i < boxes; ++i) {
    drawn.sizes.push_back({static_cast<double>(40 + random() % 200), 30});
    for (size_t line = random() % 4; i > 0 && line > 0; --line) drawn.edges.push_back({random() % i, i});
  }
  drawn.layout = layout_of(drawn.sizes, drawn.edges);
  return drawn;
}

TEST(GraphLayout, NothingIsDrawnOfNothing) {
  const GraphLayout layout = layout_of({}, {});
  EXPECT_TRUE(layout.boxes.empty() && layout.lines.empty());
  EXPECT_EQ(layout.height, 0);
}

TEST(GraphLayout, AChainIsAStraightLine) {
  const GraphLayout layout = layout_of({{50, 30}, {60, 30}, {70, 30}}, {{0, 1}, {1, 2}});
  EXPECT_EQ(layout.boxes[0].y, layout.boxes[2].y);
  EXPECT_LT(layout.boxes[0].x + 50, layout.boxes[1].x);
  EXPECT_EQ(layout.lines[1].start.y, layout.lines[1].end.y);
  EXPECT_EQ(layout.lines[1].level_until, layout.boxes[1].x + 60);
}

TEST(GraphLayout, LinesThatNeedNotCrossDoNot) {
  // Each of the upper boxes belongs to the lower one of its pair, so the second layer must be turned.
  const GraphLayout layout = layout_of({{50, 30}, {50, 30}, {50, 30}, {50, 30}}, {{1, 2}, {0, 3}});
  EXPECT_EQ(layout.boxes[0].y < layout.boxes[1].y, layout.boxes[3].y < layout.boxes[2].y);
}

TEST(GraphLayout, ALineOverLayersPassesBetweenBoxes) {
  const GraphLayout layout = layout_of({{50, 30}, {50, 30}, {50, 30}}, {{0, 1}, {0, 2}, {1, 2}});
  ASSERT_EQ(layout.lines[1].passages.size(), 1u);
  const double y = layout.lines[1].passages[0].y;
  EXPECT_TRUE(y <= layout.boxes[1].y || y >= layout.boxes[1].y + 30) << y;
}

TEST(GraphLayout, BoxesAreApartAndLinesPassThroughNone) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const Drawn drawn = random_graph(seed, 100);
    for (size_t a = 0; a < drawn.sizes.size(); ++a) {
      const Place& box = drawn.layout.boxes[a];
      EXPECT_GE(box.x, 0);
      EXPECT_GE(box.y, 0);
      EXPECT_LE(box.x + drawn.sizes[a].width, drawn.layout.width);
      EXPECT_LE(box.y + 30, drawn.layout.height + 1e-9);
      for (size_t b = 0; b < a; ++b) {
        EXPECT_FALSE(overlap(box, drawn.sizes[a], drawn.layout.boxes[b], drawn.sizes[b])) << seed;
      }
      for (const LineOfGraph& line : drawn.layout.lines) {
        for (const LineOfGraph::Passage& each : line.passages) {
          const BoxSize passage{each.end_x - each.start_x, 0.1};
          EXPECT_FALSE(overlap({each.start_x, each.y}, passage, box, drawn.sizes[a])) << seed;
        }
      }
    }
  }
}

TEST(GraphLayout, ThousandsOfBoxesTakeMoments) {
  const Drawn drawn = random_graph(7, 5'000);
  EXPECT_EQ(drawn.layout.boxes.size(), 5'000u);
}

TEST(GraphSvg, TextIsEscapedAndLongNamesAreCut) {
  FeatureGraph graph;
  graph.nodes = {{GraphNode::Kind::kColumn, "s.x", "s.<b a=\"1\">&\x1b", "double", "", ""},
                 {GraphNode::Kind::kFeature, "feature.f", std::string(60, 'a') + "_end", "double", "derived", "pump"}};
  graph.edges = {{0, 1}};
  const std::string svg = graph_svg(graph);
  EXPECT_NE(svg.find(">s.&lt;b a=&quot;1&quot;&gt;&amp;\\x1b</text>"), std::string::npos) << svg;
  EXPECT_NE(svg.find("<title>" + std::string(60, 'a') + "_end: derived, double of pump</title>"), std::string::npos);
  EXPECT_NE(svg.find(">" + std::string(22, 'a') + "…" + std::string(17, 'a') + "_end</text>"), std::string::npos)
      << svg;
  EXPECT_EQ(svg.find('\x1b'), std::string::npos);
}

TEST(GraphSvg, AGraphOfNothingIsAPictureToo) {
  EXPECT_TRUE(graph_svg({}).starts_with("<svg ")) << graph_svg({});
  EXPECT_TRUE(graph_svg({}).ends_with("</svg>\n"));
}

}  // namespace
}  // namespace headrace
