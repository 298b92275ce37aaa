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

bool tells_ties_apart(const Plan& plan, const PlanFeature& feature) {
  return depends_on_arrival(*feature.aggregation) || plan.states[feature.state].window.kind == WindowSpec::Kind::kLast;
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
    if (out.contains(i)) continue;

    if (std::optional<Refusal> refusal = refusal_of_form(plan, feature, "beam", words_of_own_form)) {
      out.emplace(i, *std::move(refusal));
      continue;
    }
    if (feature.is_derived()) continue;

    // Ties of a stream have no order of their own.
    const PlanSource& source = source_of_series(plan, feature);
    const bool is_of_ties = tells_ties_apart(plan, feature);
    if (!lacks_order(source) || (!is_of_ties && !source.identity)) continue;
    const std::string what =
        is_of_ties ? fmt::format("`{}` tells events of equal time apart", to_string(*feature.aggregation))
                   : fmt::format("which row of one `{}` counts follows from their order", source.identity->id);
    out.emplace(i, Refusal{feature.name, "G005",
                           fmt::format("{}, but a {} stream has no order", what, to_string(source.stream->kind)),
                           fmt::format("say `arrival: COLUMN` in source `{}`", source.name)});
  }
  return out;
}

/// What a feature uses comes before it, so one pass from the start finds what each needs.
std::vector<std::set<size_t>> find_sources(const Plan& plan) {
  std::vector<std::set<size_t>> sources(plan.features.size());
  for (size_t i = 0; i < plan.features.size(); ++i) {
    const PlanFeature& feature = plan.features[i];
    sources[i].insert(feature.source);
    if (!feature.is_derived()) sources[i].insert(plan.series_of(feature).source);
    for (const size_t used : feature.uses) sources[i].insert(sources[used].begin(), sources[used].end());
  }
  return sources;
}

}  // namespace

std::vector<size_t> KeptPlan::sources_of(size_t entity) const {
  std::set<size_t> used;
  for (size_t i : features) {
    if (plan.features[i].entity == entity) used.insert(sources_of_feature[i].begin(), sources_of_feature[i].end());
  }
  return {used.begin(), used.end()};
}

std::vector<KeptPlan::SourceReach> KeptPlan::reach_of(size_t entity) const {
  const std::vector<bool> is_for_ever = features_for_ever(plan);
  std::vector<size_t> written, bounded;
  for (size_t i : outputs) {
    if (plan.features[i].entity == entity) written.push_back(i);
  }
  for (size_t i : features) {
    if (plan.features[i].entity == entity && !is_for_ever[i]) bounded.push_back(i);
  }

  const std::vector<std::optional<Duration>> whole = reach_of_sources(plan, written);
  const std::vector<std::optional<Duration>> of_bounded = reach_of_sources(plan, bounded);
  std::vector<SourceReach> out;
  for (size_t source : sources_of(entity)) {
    out.push_back({source, of_bounded[source].value_or(Duration{0}), !whole[source].has_value()});
  }
  return out;
}

KeptPlan keep(const GeneratorInput& input) {
  const Plan& plan = input.plan;
  KeptPlan out{plan, {}, {}, {}, std::vector<bool>(plan.features.size()), {}};
  out.at_events.resize(plan.features.size());
  out.sources_of_feature = find_sources(plan);
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
