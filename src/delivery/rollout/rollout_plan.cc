#include "delivery/rollout/rollout_plan.h"

#include <fmt/format.h>

namespace headrace {

bool RolloutPlan::is_compared(const RolloutFeature& feature) {
  switch (feature.kind) {
    case ChangeKind::kValuesPreserved:
    case ChangeKind::kValuesChanged:
    case ChangeKind::kStateIncompatible: return true;
    case ChangeKind::kNone:
    case ChangeKind::kMetadata:
    case ChangeKind::kAdded:
    case ChangeKind::kSchemaBreaking:
    case ChangeKind::kRemoved: return false;
  }
  return false;
}

std::string_view to_string(StepKind kind) {
  switch (kind) {
    case StepKind::kReplay: return "replay";
    case StepKind::kShadow: return "shadow";
    case StepKind::kCanary: return "canary";
    case StepKind::kAll: return "all";
    case StepKind::kBake: return "bake";
  }
  return {};
}

std::string to_string(const RolloutStep& step) {
  if (step.kind != StepKind::kCanary) return std::string(to_string(step.kind));
  const std::string name = fmt::format("canary {:g} %", step.planned_share * 100);
  return step.share == 0 ? name + " as a full shadow" : name;
}

RolloutPolicy default_policy() {
  constexpr int64_t kHour = 3'600;
  constexpr int64_t kDay = 24 * kHour;
  RolloutPolicy policy;
  policy.steps.push_back({.kind = StepKind::kReplay, .at_most_s = kDay});
  policy.steps.push_back({.kind = StepKind::kShadow, .at_most_s = 7 * kDay});
  for (const double share : {0.01, 0.05, 0.25, 0.5}) {
    policy.steps.push_back({.kind = StepKind::kCanary,
                            .share = share,
                            .planned_share = share,
                            .at_least_s = kHour,
                            .at_most_s = 7 * kDay});
  }
  policy.steps.push_back(
      {.kind = StepKind::kAll, .share = 1, .planned_share = 1, .at_least_s = kHour, .at_most_s = 7 * kDay});
  policy.steps.push_back(
      {.kind = StepKind::kBake, .share = 1, .planned_share = 1, .at_least_s = kDay, .at_most_s = 7 * kDay});
  return policy;
}

std::vector<RolloutStep> steps_for(const RolloutPolicy& policy, int64_t entities) {
  std::vector<RolloutStep> steps = policy.steps;
  for (RolloutStep& step : steps) {
    const double expected = step.share * static_cast<double>(entities);
    if (step.kind == StepKind::kCanary && expected < static_cast<double>(policy.min_entities)) step.share = 0;
  }
  return steps;
}

}  // namespace headrace
