#include "compute/windows/window.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

constexpr Duration kHour{3600 * kMicrosPerSecond};

TEST(WindowTest, CanonicalText) {
  using Kind = WindowSpec::Kind;
  const struct {
    WindowSpec window;
    const char* text;
  } facts[] = {
      {{.kind = Kind::kSize, .size = kHour}, "1h"},
      {{.kind = Kind::kSize, .size = {24 * kHour.us}}, "1d"},
      {{.kind = Kind::kSize, .size = kHour, .closed = Closed::kLeft}, "size=1h closed=left"},
      {{.kind = Kind::kSize, .size = kHour, .closed = Closed::kBoth}, "size=1h closed=both"},
      {{.kind = Kind::kSize, .size = kHour, .closed = Closed::kNeither}, "size=1h closed=neither"},
      {{.kind = Kind::kSize, .size = kHour, .offset = {kHour.us / 2}}, "size=1h offset=30m"},
      {{.kind = Kind::kSize, .size = kHour, .closed = Closed::kLeft, .offset = {kHour.us / 2}},
       "size=1h closed=left offset=30m"},
      {{.kind = Kind::kLast, .last = 3}, "last=3"},
      {{.kind = Kind::kTumbling, .size = kHour}, "tumbling=1h"},
      {{.kind = Kind::kTumbling, .size = kHour, .offset = {kHour.us / 4}}, "tumbling=1h offset=15m"},
      {{.kind = Kind::kSession, .size = {kHour.us / 2}}, "session=30m"},
      {{.kind = Kind::kLifetime}, "lifetime"},
  };
  for (const auto& fact : facts) EXPECT_EQ(to_string(fact.window), fact.text);
}

}  // namespace
}  // namespace headrace
