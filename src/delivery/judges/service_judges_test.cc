#include "delivery/judges/service_judges.h"

#include <gtest/gtest.h>

#include <limits>

namespace headrace {
namespace {

constexpr int64_t kSecond = kMicrosPerSecond;

TEST(JudgeLatency, CountsStretchesWithReads) {
  const JudgeLimits limits;
  EXPECT_EQ(judge_latency({}, 0.99, limits).outcome, JudgeOutcome::kInconclusive);
  EXPECT_EQ(judge_latency({{0, 0}, {0, 0}}, 0.99, limits).reason, "there were no reads");
  const std::vector<LatencyStretch> fast(1000, {200, 0});
  EXPECT_EQ(judge_latency(fast, 0.99, limits).outcome, JudgeOutcome::kPass);
  const std::vector<LatencyStretch> slow(100, {200, 20});
  EXPECT_EQ(judge_latency(slow, 0.99, limits).outcome, JudgeOutcome::kFail);
  const std::vector<LatencyStretch> few(20, {200, 1});
  EXPECT_EQ(judge_latency(few, 0.99, limits).outcome, JudgeOutcome::kInconclusive);
}

TEST(JudgeFreshness, FailsOnlyWhereAllOfTheNewestReadingsAreBehind) {
  const FreshnessReading good{{1000 * kSecond}, {999 * kSecond}};
  const FreshnessReading late{{1000 * kSecond}, {400 * kSecond}};
  const Duration minute{60 * kSecond};
  EXPECT_EQ(judge_freshness("f", {}, minute, 2).outcome, JudgeOutcome::kInconclusive);
  EXPECT_EQ(judge_freshness("f", {late}, minute, 2).outcome, JudgeOutcome::kInconclusive);
  EXPECT_EQ(judge_freshness("f", {good, late}, minute, 2).outcome, JudgeOutcome::kPass);
  const Judgement judgement = judge_freshness("f", {good, late, late}, minute, 2);
  EXPECT_EQ(judgement.outcome, JudgeOutcome::kFail);
  EXPECT_EQ(judgement.reason, "600 s behind the old version at the least in 2 readings, at most 1m is allowed");
}

TEST(JudgeCost, ComparesWithThePlan) {
  EXPECT_EQ(judge_cost(std::nullopt, 10, 1.2).outcome, JudgeOutcome::kInconclusive);
  EXPECT_EQ(judge_cost(12, 10, 1.2).outcome, JudgeOutcome::kPass);
  EXPECT_EQ(judge_cost(12.1, 10, 1.2).outcome, JudgeOutcome::kFail);
  EXPECT_EQ(judge_cost(std::numeric_limits<double>::quiet_NaN(), 10, 1.2).outcome, JudgeOutcome::kError);
  EXPECT_EQ(judge_cost(1, 0, 1.2).outcome, JudgeOutcome::kError);
}

TEST(JudgeGuards, FailAtOnceAndNeverPassUnread) {
  EXPECT_EQ(worst_outcome(judge_guards({})), JudgeOutcome::kInconclusive);
  GuardReadings readings;
  readings.crashes = 0;
  readings.has_planned_schema = true;
  readings.watermark_stalled = Duration{0};
  EXPECT_EQ(worst_outcome(judge_guards(readings)), JudgeOutcome::kPass);
  readings.watermark_stalled = Duration{601 * kSecond};
  EXPECT_EQ(judge_guards(readings).at(2).outcome, JudgeOutcome::kFail);
  EXPECT_EQ(judge_guards(readings).at(2).reason, "the watermark has stood for 601 s");
  readings.has_planned_schema = false;
  EXPECT_EQ(judge_guards(readings).at(1).outcome, JudgeOutcome::kFail);
  readings.crashes = 1;
  EXPECT_EQ(judge_guards(readings).at(0).outcome, JudgeOutcome::kFail);
}

TEST(WorstOutcome, PutsFailOverErrorOverInconclusiveOverPass) {
  const auto with = [](JudgeOutcome outcome) {
    Judgement judgement;
    judgement.outcome = outcome;
    return judgement;
  };
  using enum JudgeOutcome;
  EXPECT_EQ(worst_outcome({with(kPass), with(kFail), with(kError)}), kFail);
  EXPECT_EQ(worst_outcome({with(kPass), with(kError), with(kInconclusive)}), kError);
  EXPECT_EQ(worst_outcome({with(kPass), with(kInconclusive)}), kInconclusive);
  EXPECT_EQ(worst_outcome({with(kPass)}), kPass);
  EXPECT_EQ(worst_outcome({}), kInconclusive);
}

}  // namespace
}  // namespace headrace
