#include "delivery/rollout/rollout_desk.h"

#include "base/file_system.h"
#include "delivery/rollout/serving_pointer.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>

namespace headrace {
namespace {

using rollout_events::Aborted;
using rollout_events::Applied;

class SetClock : public Clock {
 public:
  int64_t now_us() const override { return us; }
  int64_t elapsed_us() const override { return us; }
  int64_t us = 3'600'000'000;
};

class SetEvidence : public EvidenceSource {
 public:
  Result<std::vector<Judgement>> judge(const Applied&, size_t, int64_t look) override {
    last_look = look;
    if (is_down) return Error::unavailable("the store is away");
    return words;
  }
  std::vector<Judgement> words = {{.judge = "equality",
                                   .feature = "flow",
                                   .outcome = JudgeOutcome::kPass,
                                   .units = 9'000,
                                   .entities = 2'000,
                                   .units_required = 8'000,
                                   .statistic = -std::numeric_limits<double>::infinity()}};
  bool is_down = false;
  int64_t last_look = 0;
};

class RolloutDeskTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "desk.XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    open();
  }
  void TearDown() override {
    log_.reset();
    std::filesystem::remove_all(folder_);
  }

  void open() {
    log_.reset();
    auto log = open_control_log(folder_ + "/control.db");
    ASSERT_TRUE(log.ok()) << log.error().message();
    log_ = std::move(log).value();
  }
  RolloutDesk desk(const std::string& actor) { return {*log_, real_file_system(), pointer_path(), clock_, actor}; }
  std::string pointer_path() const { return folder_ + "/serving.json"; }
  ServingPointer pointer() { return read_serving_pointer(real_file_system(), pointer_path()).value().value(); }

  static Applied change(const std::string& before, const std::string& now) {
    Applied applied;
    applied.plan = {.digest = before + "-" + now + "-of-many-digits", .digest_before = before, .digest_now = now};
    applied.plan.features = {{.feature = "flow", .version_before = "1", .version_now = "2"}};
    applied.entities = 2'000;
    applied.steps = steps_for(default_policy(), applied.entities);
    applied.salt = "salt";
    return applied;
  }
  RolloutState finish(SetEvidence& evidence) {
    RolloutState state;
    for (int look = 0; look < 200 && !state.is_over(); ++look) {
      clock_.us += 3'600'000'000;
      state = desk("controller").advance("", evidence).value().state;
    }
    return state;
  }

  std::string folder_;
  std::unique_ptr<ControlLog> log_;
  SetClock clock_;
};

TEST_F(RolloutDeskTest, GoesThroughAllStepsAndThePointerFollows) {
  const std::string id = desk("ann").apply(change("a", "b"), "release", false).value().id;
  EXPECT_EQ(pointer().share, 0);
  SetEvidence evidence;
  EXPECT_EQ(finish(evidence).status, RolloutStatus::kDone);
  EXPECT_EQ(pointer().share, 1);
  EXPECT_EQ(pointer().rollout, id);
  EXPECT_EQ(desk("ann").rollouts().value().digest, "b");
}

TEST_F(RolloutDeskTest, TheSamePlanAgainIsTheSameRollout) {
  const std::string id = desk("ann").apply(change("a", "b"), "release", false).value().id;
  EXPECT_EQ(desk("bob").apply(change("a", "b"), "release", false).value().id, id);
  EXPECT_EQ(log_->last().value(), 1);
}

TEST_F(RolloutDeskTest, AStalePlanAndASecondRolloutAreRefused) {
  ASSERT_TRUE(desk("ann").apply(change("a", "b"), "release", false).ok());
  EXPECT_EQ(desk("ann").apply(change("a", "c"), "release", false).error().kind(), ErrorKind::kConflict);
  SetEvidence evidence;
  finish(evidence);
  const auto stale = desk("ann").apply(change("a", "c"), "release", false);
  ASSERT_FALSE(stale.ok());
  EXPECT_NE(stale.error().message().find("readers have the definitions b"), std::string::npos);
  EXPECT_TRUE(desk("ann").apply(change("b", "c"), "release", false).ok());
}

TEST_F(RolloutDeskTest, WhatWasRolledBackIsTriedAgainOnlyOnDemand) {
  ASSERT_TRUE(desk("ann").apply(change("a", "b"), "release", false).ok());
  ASSERT_TRUE(desk("ann").ask("", Aborted{}, "not today").ok());
  EXPECT_EQ(pointer().share, 0);
  EXPECT_EQ(desk("ann").apply(change("a", "b"), "release", false).error().kind(), ErrorKind::kConflict);
  EXPECT_EQ(desk("ann").apply(change("a", "b"), "release", true).value().id, "a-b-of-man-2");
}

TEST_F(RolloutDeskTest, EvidenceThatCannotBeHadHoldsAndIsWrittenDown) {
  ASSERT_TRUE(desk("ann").apply(change("a", "b"), "release", false).ok());
  SetEvidence evidence;
  evidence.is_down = true;
  const RolloutState state = desk("controller").advance("", evidence).value().state;
  EXPECT_EQ(state.step, 0U);
  EXPECT_NE(state.held_by.find("the store is away"), std::string::npos);
  ASSERT_TRUE(desk("controller").advance("", evidence).ok());
  EXPECT_EQ(evidence.last_look, 2);
}

TEST_F(RolloutDeskTest, AnEarlierWriterBringsNothingBack) {
  ASSERT_TRUE(desk("ann").apply(change("a", "b"), "release", false).ok());
  const ServingPointer early = pointer();
  SetEvidence evidence;
  finish(evidence);
  EXPECT_EQ(write_serving_pointer(real_file_system(), pointer_path(), early).error().kind(), ErrorKind::kConflict);
  EXPECT_EQ(pointer().share, 1);
}

TEST_F(RolloutDeskTest, ALostPointerIsWrittenAgainAndADamagedOneReported) {
  ASSERT_TRUE(desk("ann").apply(change("a", "b"), "release", false).ok());
  SetEvidence evidence;
  std::filesystem::remove(pointer_path());
  ASSERT_TRUE(desk("controller").advance("", evidence).ok());
  EXPECT_EQ(pointer().digest_now, "b");
  std::ofstream(pointer_path()) << "{";
  EXPECT_EQ(desk("controller").advance("", evidence).error().kind(), ErrorKind::kData);
}

/// A program that was killed, or whose disk was full, between the log and the pointer.
TEST_F(RolloutDeskTest, APointerThatMissedTheEndOfARolloutFollowsLater) {
  const std::string id = desk("ann").apply(change("a", "b"), "release", false).value().id;
  SetEvidence evidence;
  while (pointer().share < 0.25) {
    clock_.us += 3'600'000'000;
    ASSERT_TRUE(desk("controller").advance("", evidence).ok());
  }
  std::filesystem::copy_file(pointer_path(), folder_ + "/kept");
  ASSERT_TRUE(desk("ann").ask("", Aborted{}, "wrong units").ok());
  const auto miss = [&] {
    std::filesystem::copy_file(folder_ + "/kept", pointer_path(), std::filesystem::copy_options::overwrite_existing);
    EXPECT_EQ(pointer().share, 0.25);
  };

  miss();
  ASSERT_TRUE(desk("controller").advance(id, evidence).ok());
  EXPECT_EQ(pointer().share, 0) << "readers go on to see what was rolled back";
  miss();
  EXPECT_FALSE(desk("ann").ask(id, Aborted{}, "once more").ok());
  EXPECT_EQ(pointer().share, 0);
  miss();
  ASSERT_TRUE(desk("ann").follow().ok());
  EXPECT_EQ(pointer().share, 0);
}

TEST_F(RolloutDeskTest, WhatTheLogSaysSurvivesAnOpening) {
  ASSERT_TRUE(desk("ann").apply(change("a", "b"), "release", false).ok());
  SetEvidence evidence;
  for (int i = 0; i < 5; ++i) {
    clock_.us += 3'600'000'000;
    ASSERT_TRUE(desk("controller").advance("", evidence).ok());
  }
  const std::string before = to_json(desk("ann").rollouts().value().rollouts.front());
  open();
  EXPECT_EQ(to_json(desk("ann").rollouts().value().rollouts.front()), before);
}

TEST(ServingPointer, WhoIsInASmallShareIsInALargerOne) {
  ServingPointer small{.share = 0.01, .salt = "s", .panel = {"pump_id=heavy"}};
  ServingPointer large = small;
  large.share = 0.05;
  int in_small = 0, in_large = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::string key = "pump_id=p" + std::to_string(i);
    EXPECT_LE(small.is_now(key), large.is_now(key));
    in_small += small.is_now(key) ? 1 : 0;
    in_large += large.is_now(key) ? 1 : 0;
  }
  EXPECT_NEAR(in_small, 1'000, 150);
  EXPECT_NEAR(in_large, 5'000, 350);
  EXPECT_TRUE(small.is_now("pump_id=heavy"));
  small.share = 0;
  EXPECT_FALSE(small.is_now("pump_id=heavy"));
}

}  // namespace
}  // namespace headrace
