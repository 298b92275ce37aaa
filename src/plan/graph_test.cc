#include "plan/graph.h"
#include "language/load_repository.h"
#include "plan/make_plan.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

constexpr char kGraphed[] =
    "project: {name: p}\n---\nentity: {name: pump, key: pump_id}\n---\n"
    "source: {name: s, entity: pump, event_time: at, columns: {x: double, mode: string}}\n---\n"
    "feature: {name: a, description: d, aggregation: mean, window: 1h, source_features: [x, mode], formula: x, "
    "filter: \"mode == 'run'\", owner: o, version: \"1.0\"}\n---\n"
    "feature: {name: n, description: d, aggregation: count, window: 2h, source: s, owner: o, version: \"1.0\"}\n---\n"
    "feature: {name: ratio, description: d, source_features: [a, n], formula: a / n, owner: o, version: \"1.0\"}\n";

FeatureGraph graph() { return feature_graph(make_plan(load_repository({{"project.yaml", kGraphed}}).repository)); }

TEST(FeatureGraph, ColumnsAndEventsComeBeforeFeatures) {
  std::vector<std::string> ids;
  for (const GraphNode& node : graph().nodes) ids.push_back(node.id);
  EXPECT_EQ(ids, (std::vector<std::string>{"s", "s.mode", "s.x", "feature.a", "feature.n", "feature.ratio"}));
}

TEST(FeatureGraph, EveryInputIsAnEdge) {
  const FeatureGraph all = graph();
  std::vector<std::string> edges;
  for (const GraphEdge& edge : all.edges)
    edges.push_back(all.nodes[edge.source].id + " > " + all.nodes[edge.target].id);
  EXPECT_EQ(edges, (std::vector<std::string>{"s.mode > feature.a", "s.x > feature.a", "s > feature.n",
                                             "feature.a > feature.ratio", "feature.n > feature.ratio"}));
}

TEST(FeatureGraph, TextShowsWhatEachFeatureReads) {
  EXPECT_EQ(graph_text(graph()),
            "a: mean over 1h, double of pump\n"
            "├── s.mode (string)\n"
            "└── s.x (double)\n"
            "\n"
            "n: count over 2h, int64 of pump\n"
            "└── events of s\n"
            "\n"
            "ratio: derived, double of pump\n"
            "├── a (double)\n"
            "└── n (int64)\n");
}

TEST(FeatureGraph, OtherForms) {
  EXPECT_NE(graph_mermaid(graph()).find("  n3 --> n5\n"), std::string::npos);
  EXPECT_NE(graph_dot(graph()).find("  \"s.x\" -> \"feature.a\";\n"), std::string::npos);
  EXPECT_NE(graph_json(graph()).find("\"start\": \"s\",\n      \"end\": \"feature.n\""), std::string::npos);
}

}  // namespace
}  // namespace headrace
