#include "delivery/judges/evidence_plan.h"

#include "delivery/judges/mean_evidence.h"

#include <gtest/gtest.h>

#include <cmath>

namespace headrace {
namespace {

Judgement answer(const std::string& feature, double log_evidence, int64_t entities = 100) {
  Judgement judgement;
  judgement.judge = "mean";
  judgement.feature = feature;
  judgement.statistic = log_evidence;
  judgement.entities = entities;
  return judgement;
}

TEST(LimitsOf, AddUpToTheAlphaOfTheRollout) {
  RolloutShape shape;
  shape.features = 10;
  double sum = 0;
  for (int64_t look = 1; look <= 100'000; ++look) {
    const double alpha = limits_of(shape, look).alpha_fail;
    sum += 2 * alpha * static_cast<double>(shape.features * shape.judges);
  }
  EXPECT_LE(sum, shape.alpha);
  EXPECT_NEAR(sum, shape.alpha, 1e-6);
  EXPECT_DOUBLE_EQ(limits_of(shape, 3).alpha_pass, 0.001);
}

TEST(JudgeTogether, SeesWhatNoFeatureShowsAlone) {
  RolloutShape shape;
  shape.features = 1000;
  const double alone = -std::log(limits_of(shape, 1).alpha_fail);
  std::vector<Judgement> judgements;
  for (int i = 0; i < 1000; ++i) judgements.push_back(answer("f" + std::to_string(i), alone - 5));
  const Judgement together = judge_together(judgements, shape, 1);
  EXPECT_EQ(together.outcome, JudgeOutcome::kFail);

  std::vector<Judgement> quiet(1000, answer("f", 0.1));
  EXPECT_EQ(judge_together(quiet, shape, 1).outcome, JudgeOutcome::kInconclusive);
}

TEST(JudgeTogether, BlamesByEvidence) {
  RolloutShape shape;
  shape.features = 3;
  const Judgement together = judge_together({answer("good", -1), answer("bad", 30), answer("worse", 40)}, shape, 1);
  EXPECT_EQ(together.outcome, JudgeOutcome::kFail);
  EXPECT_EQ(together.reason, "against what was said: `worse`, `bad`");
}

TEST(JudgeTogether, DoesNotHearAJudgeWithTooFewEntities) {
  EXPECT_EQ(judge_together({answer("f", 40, 29)}, {}, 1).outcome, JudgeOutcome::kInconclusive);
  EXPECT_EQ(judge_together({answer("f", 40, 30)}, {}, 1).outcome, JudgeOutcome::kFail);
  EXPECT_EQ(judge_together({}, {}, 1).outcome, JudgeOutcome::kInconclusive);
}

EvidenceQuestion equality() {
  EvidenceQuestion question;
  question.judge = "equality";
  question.fault = 1e-3;
  return question;
}

TEST(PlanEvidence, RefusesWhatCannotBeDecided) {
  const JudgeLimits limits = limits_of({}, 1);
  const EvidenceDemand few = plan_evidence(equality(), {2'000, 1}, limits);
  EXPECT_FALSE(few.decides);
  EXPECT_NEAR(static_cast<double>(few.units_to_pass), 76'010, 20);
  EXPECT_NE(few.reason.find("in the allowed time there are 2000"), std::string::npos) << few.reason;
  EXPECT_TRUE(plan_evidence(equality(), {80'000, 1}, limits).decides);

  EvidenceQuestion by_stretch = equality();
  by_stretch.kind = UnitKind::kEntityStretch;
  EXPECT_TRUE(plan_evidence(by_stretch, {2'000, 40}, limits).decides);
  EXPECT_FALSE(plan_evidence(by_stretch, {29, 4'000}, limits).decides);
  EXPECT_EQ(plan_evidence(by_stretch, {29, 4'000}, limits).reason, "equality: 29 distinct entities, 30 are the least");
}

TEST(PlanEvidence, SaysThatAnEndWithoutMarginCannotBePassed) {
  EvidenceQuestion nulls;
  nulls.judge = "nulls";
  nulls.fault = 0.05;
  nulls.allowed = {-0.01, 0, 0};
  EXPECT_EQ(plan_evidence(nulls, {100'000, 1}, limits_of({}, 1)).units_to_pass, kNever);
  nulls.allowed.margin = 0.01;
  const EvidenceDemand demand = plan_evidence(nulls, {100'000, 1}, limits_of({}, 1));
  EXPECT_TRUE(demand.decides) << demand.reason;
  EXPECT_LT(demand.units_to_catch, 500);
}

}  // namespace
}  // namespace headrace
