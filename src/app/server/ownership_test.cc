/// Who may write, and until when, by a group that a test plays.

#include "app/server/ownership.h"

#include <gtest/gtest.h>

#include <future>

namespace headrace {
namespace {

constexpr Duration kNoWait{0};
constexpr int64_t kSecond = kMicrosPerSecond;

class TestClock : public Clock {
 public:
  int64_t now_us() const override { return elapsed; }
  int64_t elapsed_us() const override { return elapsed; }

  std::atomic<int64_t> elapsed = 1'000 * kSecond;
};

/// What a broker would do, by hand.
struct PlayedGroup {
  std::vector<std::string> members;
  OwnerMembership::State state;
  bool is_joined = false, revokes = false, answers = true, tells = true;
  int proofs = 0, joins = 0;
};

class PlayedMembership : public OwnerMembership {
 public:
  explicit PlayedMembership(PlayedGroup& group) : group_(group) {}

  Result<std::vector<std::string>> members() override {
    if (!group_.tells) return Error::unavailable("no answer");
    return group_.members;
  }
  Status join() override {
    group_.is_joined = true;
    ++group_.joins;
    return {};
  }
  void leave() override {
    group_.is_joined = false;
    group_.state = {};
  }
  State poll(Duration, const std::function<void()>& lost) override {
    if (std::exchange(group_.revokes, false)) {
      lost();
      group_.state = {.standing = Standing::kMember};
    }
    return group_.state;
  }
  void ask_for_proof(std::span<const ShownOffset>, int64_t now_us) override {
    ++group_.proofs;
    if (group_.answers) group_.state.proven_us = now_us;
  }
  Duration session() const override { return {10 * kSecond}; }

 private:
  PlayedGroup& group_;
};

class OwnershipTest : public testing::Test {
 protected:
  OwnershipTest()
      : ownership_(std::make_unique<PlayedMembership>(group_),
                   {.why_not = [this] { return missing_; },
                    .ends = [this] { return ends_; },
                    .positions = [this] { return positions_; }},
                   clock_) {}

  void step() { ownership_.step(kNoWait); }
  void pass(int64_t us) { clock_.elapsed += us; }
  /// From nothing to the owner.
  void become_owner() {
    pass(kSecond);
    step();
    ASSERT_TRUE(group_.is_joined) << ownership_.status().reason;
    group_.state.standing = OwnerMembership::Standing::kHolder;
    pass(kSecond);
    step();  // asks for a proof
    step();  // has it
    ASSERT_TRUE(ownership_.may_write()) << ownership_.status().reason;
  }

  TestClock clock_;
  PlayedGroup group_;
  std::string missing_;
  std::vector<ShownOffset> ends_, positions_;
  Ownership ownership_;
};

TEST_F(OwnershipTest, IsNobodysAtFirst) {
  EXPECT_FALSE(ownership_.may_write());
  EXPECT_FALSE(ownership_.hold());
  EXPECT_FALSE(ownership_.status().is_owner);
}

TEST_F(OwnershipTest, IsTakenOnceTheGroupIsEmptyAndHasAnswered) {
  become_owner();
  EXPECT_TRUE(ownership_.status().is_owner);
  EXPECT_TRUE(ownership_.status().since);
  EXPECT_EQ(ownership_.status().reason, "");
}

TEST_F(OwnershipTest, IsNotTakenWithoutAnAnswer) {
  group_.answers = false;
  step();
  group_.state.standing = OwnerMembership::Standing::kHolder;
  for (int i = 0; i < 5; ++i) {
    pass(kSecond);
    step();
  }
  EXPECT_GE(group_.proofs, 4);
  EXPECT_FALSE(ownership_.may_write());
}

TEST_F(OwnershipTest, WaitsOutsideWhileAnotherHasIt) {
  group_.members = {"headrace a:7077 at /10.0.0.3"};
  step();
  EXPECT_FALSE(group_.is_joined);
  EXPECT_EQ(ownership_.status().owner, "headrace a:7077 at /10.0.0.3");
  EXPECT_EQ(ownership_.status().reason, "another server is the owner: headrace a:7077 at /10.0.0.3");
  group_.members.clear();
  become_owner();
  EXPECT_EQ(ownership_.status().owner, "");
}

TEST_F(OwnershipTest, JoinsAGroupOfWhichNobodyTells) {
  group_.tells = false;
  step();
  EXPECT_FALSE(group_.is_joined);
  EXPECT_EQ(ownership_.status().reason, "no answer");
  for (int i = 0; i < 4; ++i) {
    pass(kSecond);
    step();
  }
  EXPECT_TRUE(group_.is_joined);
}

TEST_F(OwnershipTest, IsRefusedWithWhatIsMissing) {
  missing_ = "events of `telemetry` are missing";
  step();
  EXPECT_FALSE(group_.is_joined);
  EXPECT_EQ(ownership_.status().reason, missing_);
}

TEST_F(OwnershipTest, BeginsToWriteBehindAllThatTheOwnerBeforeCanHaveRead) {
  ends_ = {{"t", 0, 10}, {"t", 1, 0}};
  positions_ = {{"t", 0, 7}};
  step();
  group_.state.standing = OwnerMembership::Standing::kHolder;
  pass(kSecond);
  step();
  step();
  EXPECT_FALSE(ownership_.may_write());
  EXPECT_EQ(ownership_.status().reason, "it takes over: 3 messages are to be read first");
  ends_[0].offset = 20;  // what comes later is not waited for
  positions_[0].offset = 10;
  step();
  EXPECT_TRUE(ownership_.may_write());
}

TEST_F(OwnershipTest, EndsWithARevocationBeforeThatReturns) {
  become_owner();
  group_.revokes = true;
  step();
  EXPECT_FALSE(ownership_.may_write());
  EXPECT_FALSE(ownership_.hold());
  EXPECT_TRUE(group_.is_joined);  // it may get it again
  EXPECT_EQ(ownership_.status().reason, "another server of the group is the owner");
}

TEST_F(OwnershipTest, IsGivenAwayOnlyBehindAWriteInWork) {
  become_owner();
  std::optional<std::shared_lock<std::shared_mutex>> held = ownership_.hold();
  ASSERT_TRUE(held);
  group_.revokes = true;
  std::future<void> given = std::async(std::launch::async, [this] { step(); });
  while (ownership_.may_write()) std::this_thread::yield();
  EXPECT_EQ(given.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  held.reset();
  given.get();
  EXPECT_FALSE(ownership_.hold());
}

TEST_F(OwnershipTest, EndsByItselfWhenTheProcessStoodStill) {
  become_owner();
  pass(5 * kSecond);  // half of the session, in which no step was made
  EXPECT_FALSE(ownership_.may_write());
  EXPECT_FALSE(ownership_.hold());
  EXPECT_FALSE(ownership_.status().is_owner);
  EXPECT_EQ(ownership_.status().reason, "the group has not confirmed it in time");
}

TEST_F(OwnershipTest, EndsWhereTheBrokerIsAwayAndGoesOnWhenItAnswers) {
  become_owner();
  group_.answers = false;
  for (int i = 0; i < 6; ++i) {
    pass(kSecond);
    step();
  }
  EXPECT_FALSE(ownership_.may_write());
  group_.answers = true;
  pass(kSecond);
  step();
  step();
  EXPECT_TRUE(ownership_.may_write());
}

TEST_F(OwnershipTest, LeavesAGroupThatHasPutItOut) {
  become_owner();
  group_.state = {.standing = OwnerMembership::Standing::kHolder, .is_refuted = true};
  step();
  EXPECT_FALSE(ownership_.may_write());
  EXPECT_FALSE(group_.is_joined);
  group_.members = {"headrace b:7077 at /10.0.0.4"};
  pass(kSecond);
  step();
  EXPECT_EQ(group_.joins, 1);  // it does not push in
}

TEST_F(OwnershipTest, AnAnswerOfBeforeTheStandstillIsTooOld) {
  become_owner();
  group_.answers = false;
  pass(20 * kSecond);
  group_.state.proven_us = clock_.elapsed - 20 * kSecond;  // it was under way
  step();
  EXPECT_FALSE(ownership_.may_write());
}

}  // namespace
}  // namespace headrace
