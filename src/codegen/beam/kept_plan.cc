#include "codegen/beam/kept_plan.h"

#include "codegen/refusal_codes.h"
#include "plan/reach.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace headrace {
namespace {

/// Files have an order of arrival (file and row). A source without files has only its stream: Kafka orders by partition
/// and offset, Pub/Sub and pushed events do not.
bool lacks_order(const PlanSource& source) {
  return !source.arrival && !source.batch && source.stream && source.stream->kind != StreamKind::kKafka;
}

const PlanSource& source_of_series(const Plan& plan, const PlanFeature& feature) {
  return plan.sources[plan.series[plan.states[feature.state].series].source];
}

bool reads_order(const Plan& plan, const PlanFeature& feature) {
  return !feature.is_derived() && (depends_on_arrival(*feature.aggregation) ||
                                   plan.states[feature.state].window.kind == WindowSpec::Kind::kLast);
}

/// Refusals by feature.
std::map<size_t, Refusal> find_refusals(const Plan& plan) {
  std::map<size_t, Refusal> out;
  for (size_t i = 0; i < plan.features.size(); ++i) {
    const PlanFeature& feature = plan.features[i];
    for (size_t used : feature.uses) {
      if (!out.contains(used)) continue;
      out.emplace(i, refusal_of_user(feature.name, out.at(used)));
      break;
    }
    if (out.contains(i) || !reads_order(plan, feature)) continue;
    const PlanSource& source = source_of_series(plan, feature);
    if (!lacks_order(source)) continue;
    out.emplace(i, Refusal{feature.name, "G005",
                           fmt::format("`{}` tells events of equal time apart, but a {} stream has no order",
                                       to_string(*feature.aggregation), to_string(source.stream->kind)),
                           fmt::format("say `arrival: COLUMN` in source `{}`", source.name)});
  }
  return out;
}

}  // namespace

bool KeptPlan::has_feature(size_t feature) const {
  return std::find(features.begin(), features.end(), feature) != features.end();
}

std::vector<size_t> KeptPlan::sources_of(size_t entity) const {
  std::set<size_t> used;
  for (size_t i : features) {
    if (plan.features[i].entity == entity) used.merge(sources_of_feature(i));
  }
  return {used.begin(), used.end()};
}

std::set<size_t> KeptPlan::sources_of_feature(size_t feature) const {
  std::set<size_t> needed{feature};
  std::set<size_t> sources;
  // Users come after what they use, so one pass from the end reaches everything.
  for (size_t i = feature + 1; i-- > 0;) {
    if (!needed.contains(i)) continue;
    const PlanFeature& each = plan.features[i];
    needed.insert(each.uses.begin(), each.uses.end());
    sources.insert(each.source);
    if (!each.is_derived()) sources.insert(plan.series[plan.states[each.state].series].source);
  }
  return sources;
}

std::optional<Duration> KeptPlan::reach_of(size_t entity) const {
  std::vector<size_t> written;
  for (size_t i : outputs) {
    if (plan.features[i].entity == entity) written.push_back(i);
  }
  Duration longest{0};
  for (const std::optional<Duration>& reach : reach_of_sources(plan, written)) {
    if (!reach) return std::nullopt;
    longest = std::max(longest, *reach);
  }
  return longest;
}

KeptPlan keep(const GeneratorInput& input) {
  const Plan& plan = input.plan;
  KeptPlan out{plan, {}, {}, {}, std::vector<bool>(plan.features.size()), {}};
  out.at_events.resize(plan.features.size());
  const std::map<size_t, Refusal> refusals = find_refusals(plan);
  std::set<size_t> outputs(input.outputs.begin(), input.outputs.end());
  std::set<size_t> kept;
  for (size_t i : outputs) {
    if (const auto refusal = refusals.find(i); refusal != refusals.end()) {
      out.refusals.push_back(refusal->second);
    } else {
      out.outputs.push_back(i);
      out.at_instants[i] = true;
      kept.insert(i);
    }
  }
  // Users come after what they use, so one pass from the end reaches everything.
  for (size_t i = plan.features.size(); i-- > 0;) {
    if (!kept.contains(i)) continue;
    const PlanFeature& feature = plan.features[i];
    for (size_t used : feature.uses) {
      kept.insert(used);
      if (feature.is_derived()) {
        if (out.at_instants[i]) out.at_instants[used] = true;
        out.at_events[used].insert(out.at_events[i].begin(), out.at_events[i].end());
      } else {
        out.at_events[used].insert(plan.series[plan.states[feature.state].series].source);
      }
    }
  }
  out.features.assign(kept.begin(), kept.end());
  return out;
}

}  // namespace headrace
