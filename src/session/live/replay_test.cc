#include "session/live/replay.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

class HandClock : public Clock {
 public:
  int64_t now_us() const override { return 0; }
  int64_t elapsed_us() const override { return elapsed; }
  int64_t elapsed = 0;
};

TEST(ReplayClockTest, RunsFasterThanTheRealOneUpToItsLimit) {
  HandClock real;
  real.elapsed = 500;
  ReplayClock clock(60.0, real);
  clock.begin(1'000'000);
  EXPECT_EQ(clock.now_us(), 1'000'000);
  real.elapsed += 10;
  EXPECT_EQ(clock.now_us(), 1'000'000);
  EXPECT_EQ(clock.unlimited_us(), 1'000'600);
  clock.set_limit(2'000'000);
  EXPECT_EQ(clock.now_us(), 1'000'600);
  EXPECT_EQ(clock.real_us_until(1'001'200), 10);
  EXPECT_EQ(clock.real_us_until(1'000'100), 0);
  real.elapsed += 1'000'000'000;
  EXPECT_EQ(clock.now_us(), 2'000'000);
}

TEST(ReplayClockTest, WithoutASpeedGoesFromEventToEvent) {
  HandClock real;
  ReplayClock clock(std::nullopt, real);
  clock.begin(7);
  EXPECT_EQ(clock.now_us(), 7);
  clock.set_limit(90);
  EXPECT_EQ(clock.now_us(), 90);
  EXPECT_EQ(clock.real_us_until(1'000'000), 0);
}

TEST(ReplaySpeedTest, IsTimesOrMax) {
  EXPECT_EQ(parse_replay_speed("60x").value(), 60.0);
  EXPECT_EQ(parse_replay_speed("0.5x").value(), 0.5);
  EXPECT_EQ(parse_replay_speed("max").value(), std::nullopt);
  for (const char* wrong : {"", "x", "60", "-1x", "0x", "nanx", "infx", "60 x", "1e99x"}) {
    EXPECT_FALSE(parse_replay_speed(wrong).ok()) << wrong;
  }
}

}  // namespace
}  // namespace headrace
