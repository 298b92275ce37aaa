#include "delivery/rollout/stored_evidence.h"

#include "delivery/change/definition_change.h"
#include "delivery/judges/evidence_plan.h"
#include "delivery/judges/service_judges.h"
#include "delivery/rollout/stored_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace headrace {

/// One feature's old and new values, gathered for its judges.
struct StoredEvidence::FeatureEvidence {
  const RolloutFeature* feature = nullptr;
  UnitShape shape;
  PairedEvidence evidence;
  double old_mean = 0;
  bool is_number = false;
};

namespace {

using rollout_events::Applied;

constexpr int64_t kShortestStretchSeconds = 3'600;
constexpr double kNullsMargin = 0.01;
constexpr double kClipped = 0.001;  // of the values at either end

bool keeps_values(const RolloutFeature& feature) {
  return feature.kind == ChangeKind::kValuesPreserved || (feature.expected && feature.expected->is_none);
}

/// The ends that values are clipped to, and the mean of the old ones.
void look_at_old_values(const std::vector<PairedValue>& pairs, UnitShape& shape, double& old_mean) {
  std::vector<double> old;
  for (const PairedValue& pair : pairs) {
    if (pair.old_value) old.push_back(*pair.old_value);
  }
  if (old.empty()) return;
  const auto at = [&](double share) {
    const auto place = old.begin() + static_cast<ptrdiff_t>(share * static_cast<double>(old.size() - 1));
    std::nth_element(old.begin(), place, old.end());
    return *place;
  };
  shape.low = at(kClipped);
  shape.high = at(1 - kClipped);
  double sum = 0;
  for (const double value : old) sum += std::clamp(value, shape.low, shape.high);
  old_mean = sum / static_cast<double>(old.size());
}

RolloutShape shape_of(const Applied& applied) {
  RolloutShape shape;
  shape.features = std::max<int64_t>(1, std::ranges::count_if(applied.plan.features, RolloutPlan::is_compared));
  shape.judges = 2;
  shape.alpha = applied.alpha;
  return shape;
}

Judgement held_against_nothing(const RolloutFeature& feature) {
  return {.judge = "mean",
          .feature = feature.feature,
          .reason = "nothing is said of how its values change: write `expected_change` beside its version"};
}

/// A mean may be off by half of the interval's width to count as within it.
AllowedShift allowed_of(const ExpectedInterval& interval, double old_mean) {
  return shift_of_mean(interval.low, interval.high, (interval.high - interval.low) / 2, old_mean);
}

}  // namespace

Result<std::vector<StoredEvidence::FeatureEvidence>> StoredEvidence::gather(const Applied& applied) {
  if (definition_change(before_, now_.repository()).digest != applied.plan.digest) {
    return Error::conflict("the definitions here are not those that were applied")
        .with_help("bring back the revision that was applied");
  }
  ASSIGN_OR_RETURN(std::vector<StoredPairs> pairs,
                   read_stored_pairs(before_, now_, {.rows_max = kEvidenceRowsMax, .run = options_}, progress_));
  std::vector<FeatureEvidence> out;
  for (const RolloutFeature& feature : applied.plan.features) {
    if (!RolloutPlan::is_compared(feature)) continue;
    FeatureEvidence& each = out.emplace_back();
    each.feature = &feature;
    const auto found = std::ranges::find(pairs, feature.feature, &StoredPairs::feature);
    if (found == pairs.end()) continue;

    each.is_number = found->is_number;
    look_at_old_values(found->pairs, each.shape, each.old_mean);
    if (keeps_values(feature) && found->reach) {
      each.shape.kind = UnitKind::kEntityStretch;
      each.shape.stretch = {std::max(found->reach->us, kShortestStretchSeconds * kMicrosPerSecond)};
    }
    PairedUnits units(each.shape);
    for (const PairedValue& pair : found->pairs) units.take(pair);
    each.evidence = units.evidence();
    found->pairs = {};
  }
  return out;
}

Result<std::vector<Judgement>> StoredEvidence::judge(const Applied& applied, size_t /*step*/, int64_t look) {
  ASSIGN_OR_RETURN(const std::vector<FeatureEvidence> gathered, gather(applied));
  const RolloutShape shape = shape_of(applied);
  JudgeLimits limits = limits_of(shape, look);
  limits.entities_min = std::min(applied.min_entities, std::max<int64_t>(1, applied.entities));

  std::vector<Judgement> words;
  for (const FeatureEvidence& each : gathered) {
    const RolloutFeature& feature = *each.feature;
    if (keeps_values(feature)) {
      words.push_back(judge_equality(feature.feature, each.evidence, applied.mismatch_max, limits));
      continue;
    }
    const bool has_mean = feature.expected && feature.expected->mean_shift && each.is_number;
    const bool has_nulls = feature.expected && feature.expected->null_rate_delta;
    if (!has_mean && !has_nulls) words.push_back(held_against_nothing(feature));
    if (has_mean && each.shape.low < each.shape.high) {
      words.push_back(judge_mean(feature.feature, each.evidence, each.shape,
                                 allowed_of(*feature.expected->mean_shift, each.old_mean), limits));
    }
    if (has_nulls) {
      const ExpectedInterval& nulls = *feature.expected->null_rate_delta;
      words.push_back(judge_nulls(feature.feature, each.evidence, {nulls.low, nulls.high, kNullsMargin}, limits));
    }
  }
  if (!words.empty()) words.push_back(judge_together(words, shape, look));

  // Both were computed to their end, with the columns of the plan: else there would be an Error here.
  for (Judgement& guard : judge_guards({.crashes = 0, .has_planned_schema = true})) {
    if (guard.judge != "watermark") words.push_back(std::move(guard));
  }
  return words;
}

Result<int64_t> StoredEvidence::entities(const Applied& applied) {
  ASSIGN_OR_RETURN(const std::vector<FeatureEvidence> gathered, gather(applied));
  int64_t most = 0;
  for (const FeatureEvidence& each : gathered) most = std::max(most, each.evidence.entities);
  return most;
}

Result<std::vector<std::string>> StoredEvidence::undecidable(const Applied& applied) {
  ASSIGN_OR_RETURN(const std::vector<FeatureEvidence> gathered, gather(applied));
  const JudgeLimits limits = limits_of(shape_of(applied), 1);
  std::vector<std::string> out;
  for (const FeatureEvidence& each : gathered) {
    if (!keeps_values(*each.feature)) {
      if (!each.feature->expected)
        out.push_back("`" + each.feature->feature + "`: " + held_against_nothing(*each.feature).reason);
      continue;
    }
    EvidenceQuestion question{.judge = "equality", .kind = each.shape.kind, .rate_max = applied.mismatch_max};
    question.fault = applied.mismatch_max * 10;
    const auto units = static_cast<int64_t>(each.evidence.units.size());
    const EvidenceDemand demand = plan_evidence(question, {.entities = units, .stretches = 1}, limits);
    if (demand.units_to_pass > units) {
      out.push_back(
          fmt::format("`{}`: to show that at most {:g} of its values differ takes {} entities or stretches of "
                      "time, and there are {}",
                      each.feature->feature, applied.mismatch_max, demand.units_to_pass, units));
    }
  }
  return out;
}

}  // namespace headrace
