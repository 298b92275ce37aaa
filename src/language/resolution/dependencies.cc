#include "language/diagnostics/codes.h"
#include "language/resolution/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <queue>

namespace headrace {
namespace {

/// The place where a feature names another one.
Span place_of_use(const Catalog& catalog, const FeatureNode& node, size_t used) {
  const std::string& name = catalog.features[used].name;
  const auto is_it = [&](const std::optional<Reference>& reference) {
    return reference && reference->kind == Reference::Kind::kFeature && reference->name == name;
  };
  for (const ParsedFormula& formula : node.document->formulas) {
    for (const NameUse& use : formula.names) {
      const auto found = node.names.find({use.qualifier, use.name});
      if (found != node.names.end() && is_it(found->second)) return use.span;
    }
  }
  for (size_t i = 0; i < node.listed.size(); ++i) {
    if (is_it(node.listed[i])) return node.document->listed[i].use.span;
  }
  return node.document->name_span;
}

void report_cycle(const Catalog& catalog, const std::vector<size_t>& cycle, Diagnostics& diagnostics) {
  std::string path;
  for (size_t index : cycle) path += catalog.features[index].name + " -> ";
  path += catalog.features[cycle.front()].name;
  const FeatureNode& first = catalog.features[cycle.front()];
  const bool is_self = cycle.size() == 1;
  Diagnostic problem = make_diagnostic("F015",
                                       is_self ? fmt::format("the feature `{}` uses itself", first.name)
                                               : "these features use each other in a cycle: " + path,
                                       place_of_use(catalog, first, cycle[1 % cycle.size()]));
  for (size_t i = 1; i < cycle.size(); ++i) {
    const FeatureNode& node = catalog.features[cycle[i]];
    const size_t next = cycle[(i + 1) % cycle.size()];
    problem.related.push_back({place_of_use(catalog, node, next),
                               fmt::format("`{}` uses `{}` here", node.name, catalog.features[next].name)});
  }
  problem.help = is_self ? "a value cannot depend on itself; for a column of this name write `source.column`"
                         : "make one of them depend on columns only";
  diagnostics.add(std::move(problem));
}

/// Finds and reports the cycles among the features that could not be ordered. Each feature is walked over once: from it
/// along uses, each of which is again one that could not be ordered or leads there.
void report_cycles(Catalog& catalog, const std::vector<size_t>& waiting, Diagnostics& diagnostics) {
  enum class State : uint8_t { kNew, kOnPath, kDone };
  std::vector<State> states(catalog.features.size(), State::kNew);
  for (size_t i = 0; i < catalog.features.size(); ++i) {
    if (waiting[i] == 0) states[i] = State::kDone;
  }

  struct Step {
    size_t feature;
    size_t next_use;
  };
  for (size_t start = 0; start < catalog.features.size(); ++start) {
    if (states[start] != State::kNew) continue;
    std::vector<Step> path = {{start, 0}};
    states[start] = State::kOnPath;
    while (!path.empty()) {
      Step& step = path.back();
      const std::vector<size_t>& uses = catalog.features[step.feature].uses;
      if (step.next_use == uses.size()) {
        states[step.feature] = State::kDone;
        path.pop_back();
        continue;
      }

      // A use that is on the path closes a cycle.
      const size_t used = uses[step.next_use++];
      if (states[used] == State::kNew) {
        states[used] = State::kOnPath;
        path.push_back({used, 0});
      } else if (states[used] == State::kOnPath) {
        const auto from =
            std::find_if(path.begin(), path.end(), [&](const Step& each) { return each.feature == used; });
        std::vector<size_t> cycle;
        for (auto each = from; each != path.end(); ++each) cycle.push_back(each->feature);
        // One report for features that are already known to be in a cycle is enough.
        const bool is_known =
            std::all_of(cycle.begin(), cycle.end(), [&](size_t index) { return catalog.features[index].is_in_cycle; });
        for (size_t index : cycle) catalog.features[index].is_in_cycle = true;
        if (!is_known) report_cycle(catalog, cycle, diagnostics);
      }
    }
  }
}

}  // namespace

std::vector<size_t> order_features(Catalog& catalog, Diagnostics& diagnostics) {
  std::vector<std::vector<size_t>> users(catalog.features.size());
  std::vector<size_t> waiting(catalog.features.size());  // uses that are not ordered yet
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
  for (size_t i = 0; i < catalog.features.size(); ++i) {
    waiting[i] = catalog.features[i].uses.size();
    for (size_t used : catalog.features[i].uses) users[used].push_back(i);
    if (waiting[i] == 0) ready.push(i);
  }
  std::vector<size_t> order;
  while (!ready.empty()) {
    const size_t index = ready.top();
    ready.pop();
    order.push_back(index);
    for (size_t user : users[index]) {
      if (--waiting[user] == 0) ready.push(user);
    }
  }
  if (order.size() == catalog.features.size()) return order;
  report_cycles(catalog, waiting, diagnostics);
  // Those that only wait for members of a cycle have no value either; they stay silent.
  for (size_t i = 0; i < catalog.features.size(); ++i) {
    if (waiting[i] == 0) continue;
    catalog.features[i].is_in_cycle = true;
    order.push_back(i);
  }
  return order;
}

}  // namespace headrace
