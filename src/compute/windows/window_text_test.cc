#include "compute/windows/window_text.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

constexpr Duration kOneHour{3600 * kMicrosPerSecond};

TEST(WindowText, SaysWhatPeopleSay) {
  using Kind = WindowSpec::Kind;
  const struct {
    WindowSpec window;
    const char* text;
  } facts[] = {
      {{.kind = Kind::kSize, .size = kOneHour}, "1h"},
      {{.kind = Kind::kSize, .size = {168 * kOneHour.us}, .offset = {24 * kOneHour.us}}, "1w, seen from 1d earlier"},
      {{.kind = Kind::kSize, .size = kOneHour, .closed = Closed::kLeft}, "1h, closed left"},
      {{.kind = Kind::kSize, .size = kOneHour, .closed = Closed::kBoth}, "1h, closed on both sides"},
      {{.kind = Kind::kSize, .size = kOneHour, .closed = Closed::kNeither}, "1h, open on both sides"},
      {{.kind = Kind::kSize, .size = kOneHour, .closed = Closed::kLeft, .offset = {kOneHour.us / 2}},
       "1h, closed left, seen from 30m earlier"},
      {{.kind = Kind::kLast, .last = 1}, "last event"},
      {{.kind = Kind::kLast, .last = 3}, "last 3 events"},
      {{.kind = Kind::kLast, .last = 10000}, "last 10,000 events"},
      {{.kind = Kind::kTumbling, .size = kOneHour}, "tumbling 1h"},
      {{.kind = Kind::kTumbling, .size = kOneHour, .offset = {kOneHour.us / 4}}, "tumbling 1h, shifted by 15m"},
      {{.kind = Kind::kSession, .size = {kOneHour.us / 2}}, "session with gaps up to 30m"},
      {{.kind = Kind::kLifetime}, "lifetime"},
  };
  for (const auto& fact : facts) EXPECT_EQ(window_text(fact.window), fact.text);
}

}  // namespace
}  // namespace headrace
