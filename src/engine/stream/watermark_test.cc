/// The sentences of the language about watermarks, one by one.

#include "engine/stream/watermark.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(WatermarkTest, IsTheNewestLessTheLateness) {
  Watermark watermark({10}, {});
  watermark.resize(1);
  EXPECT_EQ(watermark.advance(0), kTimeMin);
  watermark.observe(0, 100, 100);
  EXPECT_EQ(watermark.advance(100), 90);
  watermark.observe(0, 95, 120);
  EXPECT_EQ(watermark.advance(120), 90) << "an older event does not move it, neither does the clock";
}

TEST(WatermarkTest, IsTheLeastOfTheLanes) {
  Watermark watermark({0}, {});
  watermark.resize(2);
  watermark.observe(0, 100, 100);
  EXPECT_EQ(watermark.advance(100), kTimeMin) << "lane 1 brought nothing yet";
  watermark.observe(1, 40, 100);
  EXPECT_EQ(watermark.advance(100), 40);
  watermark.observe(1, 200, 200);
  EXPECT_EQ(watermark.advance(200), 100);
}

TEST(WatermarkTest, NeverGoesBack) {
  Watermark watermark({0}, {});
  watermark.observe(0, 100, 100);
  EXPECT_EQ(watermark.advance(100), 100);
  watermark.resize(2);
  EXPECT_EQ(watermark.advance(100), 100);
  watermark.observe(1, 30, 100);
  EXPECT_EQ(watermark.advance(100), 100);
}

TEST(WatermarkTest, DoesNotWaitForAnIdleLane) {
  Watermark watermark({0}, Duration{30});
  watermark.observe(0, 100, 100);
  watermark.observe(1, 40, 100);
  watermark.set_drained(1, true, 110);
  EXPECT_EQ(watermark.advance(139), 40);
  EXPECT_EQ(watermark.advance(140), 100);
}

TEST(WatermarkTest, WaitsForALaneOfWhichNobodyKnowsThatItIsEmpty) {
  Watermark watermark({0}, Duration{30});
  watermark.observe(0, 100, 100);
  watermark.observe(1, 40, 100);
  EXPECT_EQ(watermark.advance(10'000), 40) << "silence alone is no idleness";
  watermark.set_drained(1, true, 10'000);
  watermark.set_drained(1, false, 10'010);
  watermark.set_drained(1, true, 10'020);
  EXPECT_EQ(watermark.advance(10'040), 40) << "the outage began the wait anew";
  EXPECT_EQ(watermark.advance(10'050), 100);
}

TEST(WatermarkTest, FollowsTheClockWhileAllAreIdle) {
  Watermark watermark({7}, Duration{30});
  watermark.observe(0, 100, 100);
  watermark.set_drained(0, true, 110);
  EXPECT_EQ(watermark.advance(139), 93);
  EXPECT_EQ(watermark.advance(200), 200 - 30 - 7);
  watermark.observe(0, 190, 210);
  EXPECT_EQ(watermark.advance(210), 183);
}

TEST(WatermarkTest, NeverEndsAWaitThatHasNoEnd) {
  Watermark watermark({0}, {});
  watermark.observe(0, 100, 100);
  watermark.set_drained(0, true, 100);
  EXPECT_EQ(watermark.advance(int64_t{1} << 60), 100);
}

}  // namespace
}  // namespace headrace
