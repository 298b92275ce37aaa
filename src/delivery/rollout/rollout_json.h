#pragma once

/// The JSON forms of what happens to a rollout, as the control log keeps it, and of how it stands.

#include "data/json/json_texts.h"
#include "delivery/change/change_json.h"
#include "delivery/rollout/rollout_state.h"

namespace headrace {

template <>
struct JsonWords<JudgeOutcome> {
  static constexpr std::array all = {JudgeOutcome::kPass, JudgeOutcome::kInconclusive, JudgeOutcome::kError,
                                     JudgeOutcome::kFail};
};

template <>
struct JsonWords<StepKind> {
  static constexpr std::array all = {StepKind::kReplay, StepKind::kShadow, StepKind::kCanary, StepKind::kAll,
                                     StepKind::kBake};
};

template <>
struct JsonWords<RolloutStatus> {
  static constexpr std::array all = {RolloutStatus::kNone,   RolloutStatus::kRunning, RolloutStatus::kWaiting,
                                     RolloutStatus::kPaused, RolloutStatus::kDone,    RolloutStatus::kRolledBack};
};

template <typename Fields>
void describe(Fields& fields, const Judgement*) {
  fields.name("judgement", "one judge's word on one feature");
  fields.required("judge", &Judgement::judge);
  fields.optional("feature", &Judgement::feature, {.text = "absent: of the whole set of versions"});
  fields.required("outcome", &Judgement::outcome);
  fields.required("units", &Judgement::units, {.text = "of evidence: entities or stretches of time, never rows"});
  fields.required("entities", &Judgement::entities);
  fields.required("units_required", &Judgement::units_required);
  fields.optional("statistic", &Judgement::statistic);
  fields.optional("bound", &Judgement::bound);
  fields.optional("reason", &Judgement::reason);
}

template <typename Fields>
void describe(Fields& fields, const RolloutFeature*) {
  fields.name("rollout_feature");
  fields.required("feature", &RolloutFeature::feature);
  fields.required("kind", &RolloutFeature::kind);
  fields.optional("owner", &RolloutFeature::owner);
  fields.optional("version_before", &RolloutFeature::version_before);
  fields.optional("version_now", &RolloutFeature::version_now);
  fields.optional("expected_change", &RolloutFeature::expected);
}

template <typename Fields>
void describe(Fields& fields, const RolloutPlan*) {
  fields.name("rollout_plan", "from which definitions to which");
  fields.required("digest", &RolloutPlan::digest);
  fields.required("digest_before", &RolloutPlan::digest_before);
  fields.required("digest_now", &RolloutPlan::digest_now);
  fields.optional("name_before", &RolloutPlan::name_before, {.text = "of the revision"});
  fields.optional("name_now", &RolloutPlan::name_now);
  fields.required("features", &RolloutPlan::features);
}

template <typename Fields>
void describe(Fields& fields, const RolloutStep*) {
  fields.name("rollout_step");
  fields.required("kind", &RolloutStep::kind);
  fields.required("share", &RolloutStep::share, {.text = "of the entities, read from the new version"});
  fields.required("planned_share", &RolloutStep::planned_share);
  fields.required("at_least_s", &RolloutStep::at_least_s);
  fields.required("at_most_s", &RolloutStep::at_most_s);
}

template <typename Fields>
void describe(Fields& fields, const rollout_events::Applied*) {
  fields.name("rollout_applied");
  fields.constant("rules", kRolloutRules);
  fields.required("plan", &rollout_events::Applied::plan);
  fields.required("steps", &rollout_events::Applied::steps);
  fields.required("min_entities", &rollout_events::Applied::min_entities);
  fields.required("alpha", &rollout_events::Applied::alpha);
  fields.required("mismatch_max", &rollout_events::Applied::mismatch_max);
  fields.required("critical", &rollout_events::Applied::is_critical);
  fields.required("entities", &rollout_events::Applied::entities);
  fields.required("salt", &rollout_events::Applied::salt);
  fields.required("panel", &rollout_events::Applied::panel);
}

template <typename Fields>
void describe(Fields& fields, const rollout_events::Judged*) {
  fields.name("rollout_judged");
  fields.required("step", &rollout_events::Judged::step);
  fields.required("judgements", &rollout_events::Judged::judgements);
}

template <typename Fields>
void describe(Fields& fields, const RolloutTransition*) {
  fields.name("rollout_transition");
  fields.required("sequence", &RolloutTransition::sequence);
  fields.required("at", &RolloutTransition::at);
  fields.required("actor", &RolloutTransition::actor);
  fields.required("reason", &RolloutTransition::reason);
  fields.required("from", &RolloutTransition::from);
  fields.required("to", &RolloutTransition::to);
  fields.required("share", &RolloutTransition::share);
  fields.required("evidence", &RolloutTransition::evidence);
}

}  // namespace headrace
