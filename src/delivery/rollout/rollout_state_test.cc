#include "delivery/rollout/rollout_state.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace headrace {
namespace {

using rollout_events::Aborted;
using rollout_events::Applied;
using rollout_events::Approved;
using rollout_events::Judged;
using rollout_events::Paused;
using rollout_events::Resumed;

constexpr int64_t kHour = 3'600'000'000;

Applied applied_plan(bool is_critical = false) {
  Applied applied;
  applied.plan.features = {
      {.feature = "flow", .kind = ChangeKind::kValuesChanged, .version_before = "1.0", .version_now = "1.1"},
      {.feature = "new", .kind = ChangeKind::kAdded, .version_now = "1.0"}};
  applied.entities = 100'000;
  applied.steps = steps_for(default_policy(), applied.entities);
  applied.is_critical = is_critical;
  return applied;
}

Judgement word(JudgeOutcome outcome, const std::string& feature = "flow") {
  return {.judge = "equality",
          .feature = feature,
          .outcome = outcome,
          .units = 1'000,
          .entities = 1'000,
          .units_required = 1'000,
          .statistic = -7,
          .bound = 7};
}

/// A rollout that hours and words come to.
class Ride {
 public:
  explicit Ride(Applied applied = applied_plan()) { happen(std::move(applied), "ann"); }

  const RolloutState& happen(RolloutAction action, const std::string& actor = "controller") {
    RolloutEvent event{++sequence_, {at_us_}, actor, "because", std::move(action)};
    RolloutOutcome outcome = step(state_, event);
    state_ = outcome.state;
    commands_ = outcome.commands;
    return state_;
  }
  const RolloutState& judge(std::vector<Judgement> words) { return happen(Judged{state_.step, std::move(words)}); }
  Ride& wait(double hours) {
    at_us_ += static_cast<int64_t>(hours * kHour);
    return *this;
  }
  const RolloutState& state() const { return state_; }
  const std::vector<RolloutCommand>& commands() const { return commands_; }

 private:
  RolloutState state_;
  std::vector<RolloutCommand> commands_;
  int64_t sequence_ = 0;
  int64_t at_us_ = kHour;
};

TEST(RolloutState, GoodEvidenceLeadsThroughAllStepsToTheEnd) {
  Ride ride;
  std::vector<double> shares;
  for (int look = 0; look < 200 && !ride.state().is_over(); ++look) {
    ride.wait(1).judge({word(JudgeOutcome::kPass)});
    if (shares.empty() || shares.back() != ride.state().share()) shares.push_back(ride.state().share());
  }
  EXPECT_EQ(ride.state().status, RolloutStatus::kDone);
  EXPECT_EQ(shares, (std::vector<double>{0, 0.01, 0.05, 0.25, 0.5, 1}));
  EXPECT_EQ(ride.commands().front().kind, RolloutCommandKind::kDropOld);
}

struct Trouble {
  const char* name;
  std::vector<Judgement> words;
  const char* reason;  // of the rollback
};

class RolloutTroubles : public testing::TestWithParam<Trouble> {};

/// What users of rollout tools have reported as promoted.
TEST_P(RolloutTroubles, IsNeverPromotedAndEndsInARollback) {
  const Trouble& trouble = GetParam();
  Ride ride;
  for (int look = 0; look < 24 * 9 && !ride.state().is_over(); ++look) {
    ride.wait(1).judge(trouble.words);
    EXPECT_EQ(ride.state().step, 0U);
    EXPECT_EQ(ride.state().share(), 0);
  }
  EXPECT_EQ(ride.state().status, RolloutStatus::kRolledBack);
  EXPECT_NE(ride.state().history.back().reason.find(trouble.reason), std::string::npos)
      << ride.state().history.back().reason;
}

Judgement without_units() {
  Judgement out = word(JudgeOutcome::kPass);
  out.units = out.entities = 0;
  return out;
}
Judgement of_few_entities() {
  Judgement out = word(JudgeOutcome::kPass);
  out.entities = 29;
  return out;
}
Judgement not_a_number() {
  Judgement out = word(JudgeOutcome::kPass);
  out.statistic = std::numeric_limits<double>::quiet_NaN();
  return out;
}

INSTANTIATE_TEST_SUITE_P(
    , RolloutTroubles,
    testing::Values(Trouble{"NoTraffic", {}, "there is no evidence"},
                    Trouble{"APassOfNothing", {without_units()}, "0 of 1000 units"},
                    Trouble{"APassOfOneEntity", {of_few_entities()}, "29 of at least 30 entities"},
                    Trouble{"NaN", {not_a_number()}, "no number"},
                    Trouble{"AMissingMetric", {word(JudgeOutcome::kPass, "other")}, "no judge has looked at `flow`"},
                    Trouble{"TheProviderIsDown", {word(JudgeOutcome::kError)}, "no pass in the time of the step"},
                    Trouble{
                        "InconclusiveForever", {word(JudgeOutcome::kInconclusive)}, "no pass in the time of the step"},
                    Trouble{"APassBesideAnError", {word(JudgeOutcome::kPass), word(JudgeOutcome::kError)}, "equality"}),
    [](const auto& instance) { return std::string(instance.param.name); });

TEST(RolloutState, AFailureDuringPromotionRollsBackAtOnce) {
  Ride ride;
  while (ride.state().share() < 0.25) ride.wait(1).judge({word(JudgeOutcome::kPass)});
  ride.judge({word(JudgeOutcome::kPass), word(JudgeOutcome::kFail)});
  EXPECT_EQ(ride.state().status, RolloutStatus::kRolledBack);
  EXPECT_EQ(ride.commands().front().kind, RolloutCommandKind::kShowOld);
  EXPECT_EQ(ride.state().share(), 0);
  EXPECT_EQ(ride.state().history.back().evidence.size(), 2U);
}

TEST(RolloutState, TheSamePlanAppliedAgainChangesNothing) {
  Ride ride;
  ride.wait(1).judge({word(JudgeOutcome::kPass)});
  const size_t step_before = ride.state().step;
  ride.happen(applied_plan(), "ann");
  EXPECT_EQ(ride.state().step, step_before);
  EXPECT_TRUE(ride.commands().empty());
}

TEST(RolloutState, EvidenceOfAnEarlierStepPromotesNothingButMayCondemn) {
  Ride ride;
  while (ride.state().step < 3) ride.wait(1).judge({word(JudgeOutcome::kPass)});
  ride.wait(2).happen(Judged{1, {word(JudgeOutcome::kPass)}});
  EXPECT_EQ(ride.state().step, 3U);
  ride.happen(Judged{1, {word(JudgeOutcome::kFail)}});
  EXPECT_EQ(ride.state().status, RolloutStatus::kRolledBack);
}

TEST(RolloutState, ACriticalChangeWaitsForAnotherPerson) {
  Ride ride(applied_plan(true));
  while (ride.state().status == RolloutStatus::kRunning) ride.wait(1).judge({word(JudgeOutcome::kPass)});
  EXPECT_EQ(ride.state().status, RolloutStatus::kWaiting);
  EXPECT_EQ(ride.state().share(), 0);
  ride.happen(Approved{}, "ann");
  EXPECT_EQ(ride.state().status, RolloutStatus::kWaiting);
  ride.happen(Approved{}, "bob");
  EXPECT_EQ(ride.state().share(), 0.01);
  EXPECT_EQ(ride.state().approved_by, "bob");
}

TEST(RolloutState, AnApprovalIsNoPass) {
  Ride ride(applied_plan(true));
  while (ride.state().status == RolloutStatus::kRunning) ride.wait(1).judge({word(JudgeOutcome::kPass)});
  ride.judge({word(JudgeOutcome::kInconclusive)});
  ride.happen(Approved{}, "bob");
  EXPECT_EQ(ride.state().share(), 0);
  ride.judge({word(JudgeOutcome::kPass)});
  EXPECT_EQ(ride.state().share(), 0.01);
}

TEST(RolloutState, APauseHoldsTheClockButNotAFailure) {
  Ride ride;
  ride.happen(Paused{}, "ann");
  ride.wait(24 * 100).judge({word(JudgeOutcome::kPass)});
  EXPECT_EQ(ride.state().status, RolloutStatus::kPaused);
  ride.happen(Resumed{}, "ann");
  ride.judge({});
  EXPECT_EQ(ride.state().status, RolloutStatus::kRunning) << "the step's time went on in the pause";
  ride.happen(Paused{}, "ann");
  ride.judge({word(JudgeOutcome::kFail)});
  EXPECT_EQ(ride.state().status, RolloutStatus::kRolledBack);
}

TEST(RolloutState, FewEntitiesMakeAFullShadowOfAStep) {
  const std::vector<RolloutStep> steps = steps_for(default_policy(), 1'000);
  EXPECT_EQ(to_string(steps[2]), "canary 1 % as a full shadow");
  EXPECT_EQ(steps[2].share, 0);
  EXPECT_EQ(to_string(steps[3]), "canary 5 %");
}

/// A generator of numbers that one seed replays.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ULL + 1) {}
  uint64_t below(uint64_t count) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ % count;
  }

 private:
  uint64_t state_;
};

RolloutAction random_action(Dice& dice, const RolloutState& state) {
  switch (dice.below(16)) {
    case 0: return Approved{};
    case 1: return Paused{};
    case 2: return Resumed{};
    case 3: return dice.below(20) == 0 ? RolloutAction(Aborted{}) : RolloutAction(Resumed{});
    case 4: return applied_plan(dice.below(2) == 0);
    default: break;
  }
  std::vector<Judgement> words;
  for (uint64_t count = dice.below(4); count > 0; --count) {
    constexpr JudgeOutcome kOutcomes[] = {JudgeOutcome::kPass,         JudgeOutcome::kPass, JudgeOutcome::kPass,
                                          JudgeOutcome::kPass,         JudgeOutcome::kPass, JudgeOutcome::kPass,
                                          JudgeOutcome::kInconclusive, JudgeOutcome::kError};
    Judgement each = word(dice.below(60) == 0 ? JudgeOutcome::kFail : kOutcomes[dice.below(8)]);
    if (dice.below(8) == 0) each.units = static_cast<int64_t>(dice.below(1'000));
    if (dice.below(8) == 0) each.entities = static_cast<int64_t>(dice.below(60));
    if (dice.below(12) == 0) each.feature = "";
    if (dice.below(30) == 0) each.statistic = std::numeric_limits<double>::quiet_NaN();
    words.push_back(std::move(each));
  }
  const size_t late = dice.below(10) == 0 ? dice.below(3) : 0;
  return Judged{state.step - std::min(state.step, late), std::move(words)};
}

/// Whether readers may see more of the new version after an event than before.
bool may_rise(const RolloutState& before, const RolloutAction& action) {
  const auto* judged = std::get_if<Judged>(&action);
  const std::vector<Judgement>& words = judged != nullptr ? judged->judgements : before.evidence;
  if (judged == nullptr && !std::holds_alternative<Approved>(action)) return false;
  bool has_pass = false;
  for (const Judgement& each : words) {
    if (each.outcome != JudgeOutcome::kPass || std::isnan(each.statistic)) return false;
    if (each.feature.empty()) continue;
    if (each.units < each.units_required || each.units == 0 || each.entities < 30) return false;
    has_pass = has_pass || each.feature == "flow";
  }
  return has_pass && (judged == nullptr || judged->step == before.step);
}

void check_step(const RolloutState& before, const RolloutState& after, const RolloutEvent& event) {
  if (after.share() > before.share()) {
    ASSERT_TRUE(may_rise(before, event.action));
    ASSERT_NE(before.status, RolloutStatus::kPaused);
    ASSERT_TRUE(!after.applied.is_critical || (!after.approved_by.empty() && after.approved_by != after.applied_by));
  }
  if (before.is_over()) {
    ASSERT_EQ(after.status, before.status);
    ASSERT_EQ(after.share(), before.share());
    ASSERT_EQ(after.history.size(), before.history.size());
  }
  for (size_t i = before.history.size(); i < after.history.size(); ++i) {
    const RolloutTransition& each = after.history[i];
    ASSERT_FALSE(each.actor.empty());
    ASSERT_FALSE(each.reason.empty());
    ASSERT_EQ(each.sequence, event.sequence);
    ASSERT_TRUE(each.share <= before.share() || !each.evidence.empty()) << "a rise without its evidence";
  }
  ASSERT_TRUE(!refusal(before, event) || after.history.size() == before.history.size());
}

/// No pass without its minimum evidence; no rise after a rollback began; a reason, an actor and evidence for each
/// transition; and the same state again from the same events, also where the reading was cut in two.
TEST(RolloutState, HoldsItsRulesOverRandomEvents) {
  constexpr uint64_t kRides = 10'000;
  int64_t done = 0, rolled_back = 0;
  for (uint64_t seed = 1; seed <= kRides; ++seed) {
    Dice dice(seed);
    std::vector<RolloutEvent> events = {{1, {0}, "ann", "release", applied_plan(dice.below(2) == 0)}};
    RolloutState state = step({}, events[0]).state;
    for (int64_t i = 2; i < 60; ++i) {
      const char* const actors[] = {"ann", "bob", "controller"};
      const int64_t at = events.back().at.us + static_cast<int64_t>(dice.below(8)) * kHour / 2;
      events.push_back({i, {at}, actors[dice.below(3)], "because", random_action(dice, state)});
      const RolloutState after = step(state, events.back()).state;
      check_step(state, after, events.back());
      if (HasFatalFailure()) FAIL() << "seed " << seed << ", event " << i;
      state = after;
    }
    done += state.status == RolloutStatus::kDone ? 1 : 0;
    rolled_back += state.status == RolloutStatus::kRolledBack ? 1 : 0;

    // A program that was killed reads the events again.
    RolloutState again;
    for (const RolloutEvent& event : events) again = step(again, event).state;
    ASSERT_EQ(again.status, state.status);
    ASSERT_EQ(again.step, state.step);
    ASSERT_EQ(again.history.size(), state.history.size());
  }
  EXPECT_GT(done, 50) << "the rides never get to their end, so they show little";
  EXPECT_GT(rolled_back, 50);
}

}  // namespace
}  // namespace headrace
