#include "compute/windows/changes.h"

#include "compute/windows/bounds.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

bool covers(const WindowSpec& window, int64_t t, int64_t u) {
  const Bounds bounds = bounds_at(window, t);
  return bounds.start <= u && u < bounds.end;
}

TEST(WindowChanges, AreWhereTheBoundsPassTheEvent) {
  std::vector<WindowSpec> windows;
  for (const int64_t offset : {0, 3}) {
    for (const Closed closed : {Closed::kRight, Closed::kLeft, Closed::kBoth, Closed::kNeither}) {
      windows.push_back({WindowSpec::Kind::kSize, Duration{10}, closed, Duration{offset}, 0});
    }
    windows.push_back({WindowSpec::Kind::kTumbling, Duration{10}, Closed::kRight, Duration{offset}, 0});
  }

  for (const WindowSpec& window : windows) {
    for (int64_t u = -25; u <= 25; ++u) {
      const WindowChanges changes = changes_of(window, u);
      for (int64_t t = u - 5; t < u + 60; ++t) {
        EXPECT_EQ(covers(window, t, u), t >= changes.enters && t < changes.leaves) << to_string(window) << " " << u;
      }
    }
  }
}

TEST(WindowChanges, OfASessionIsAfterTheGap) {
  const WindowSpec session{WindowSpec::Kind::kSession, Duration{10}, Closed::kRight, Duration{0}, 0};
  EXPECT_EQ(changes_of(session, 5).leaves, 16);
  EXPECT_EQ(changes_of(session, 5).enters, kTimeMax);
}

TEST(WindowChanges, OfWindowsThatOnlyEventsMoveAreNever) {
  for (const auto kind : {WindowSpec::Kind::kLast, WindowSpec::Kind::kLifetime}) {
    const WindowChanges changes = changes_of({kind, Duration{0}, Closed::kRight, Duration{0}, 3}, 5);
    EXPECT_EQ(changes.enters, kTimeMax);
    EXPECT_EQ(changes.leaves, kTimeMax);
  }
}

}  // namespace
}  // namespace headrace
