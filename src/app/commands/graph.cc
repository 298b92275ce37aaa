#include "plan/graph.h"

#include "app/commands/commands.h"
#include "app/opened_project.h"
#include "app/terminal.h"
#include "base/printable_text.h"
#include "plan/graph_svg.h"
#include "session/project/feature_selection.h"

#include <memory>

namespace headrace {
namespace {

struct GraphOptions {
  std::string project;
  std::string format;
  std::vector<std::string> features;
  std::vector<std::string> excluded;
};

int run_graph(const GraphOptions& options) {
  const OpenedProject project = open_project(options.project);
  if (!project.session) return project.exit_code;
  const Repository& repository = project.session->repository();
  const Result<std::vector<std::string>> chosen =
      select_features(repository, options.features, options.excluded, DefaultFeatures::kAll);
  if (!chosen) return report_error(chosen.error());
  const FeatureGraph graph = feature_graph(make_plan(repository, *chosen));
  if (options.format == "mermaid") {
    write_out(graph_mermaid(graph));
  } else if (options.format == "dot") {
    write_out(graph_dot(graph));
  } else if (options.format == "svg") {
    write_out(graph_svg(graph));
  } else if (options.format == "json") {
    write_out(graph_json(graph));
  } else {
    write_out(printable(graph_text(graph)));
  }
  return kExitFine;
}

}  // namespace

void add_graph_command(CommandLine& line) {
  const auto options = std::make_shared<GraphOptions>();
  CLI::App& command = line.add_command(
      {.name = "graph",
       .summary = "Show what depends on what, from source columns to features",
       .description = "",
       .examples = {{"headrace graph", "Each feature with what it reads."},
                    {"headrace graph --features latest_mode+", "One feature and all that use it, with what they read."},
                    {"headrace graph --format mermaid > graph.mmd", "A flowchart for a README or a wiki."},
                    {"headrace graph --format svg > graph.svg",
                     "A picture for a browser or a page; `dot` is for Graphviz."}}},
      [options] { return run_graph(*options); });
  add_project_option(command, options->project);
  add_choice_option(command, "--format", options->format, {"text", "svg", "mermaid", "dot", "json"},
                    "Form of the output");
  add_features_options(command, options->features, options->excluded);
}

}  // namespace headrace
