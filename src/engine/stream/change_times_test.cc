#include "engine/stream/change_times.h"

#include "compute/windows/changes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace headrace {
namespace {

std::vector<WindowSpec> some_windows() {
  using Kind = WindowSpec::Kind;
  return {{Kind::kSize, Duration{10}, Closed::kRight, Duration{0}, 0},
          {Kind::kSize, Duration{40}, Closed::kBoth, Duration{7}, 0},
          {Kind::kTumbling, Duration{15}, Closed::kRight, Duration{0}, 0},
          {Kind::kSession, Duration{5}, Closed::kRight, Duration{0}, 0},
          {Kind::kLifetime, Duration{0}, Closed::kRight, Duration{0}, 0}};
}

TEST(ChangeTimes, OfAnHour) {
  ChangeTimes times({{WindowSpec::Kind::kSize, Duration{60}, Closed::kRight, Duration{0}, 0}});
  EXPECT_EQ(times.last(0, 100), kTimeMin);
  EXPECT_EQ(times.next(0, 100), kTimeMax);
  times.add(0, 600);
  times.add(0, 630);
  EXPECT_EQ(times.next(0, 0), 600);
  EXPECT_EQ(times.last(0, 659), 630);
  EXPECT_EQ(times.next(0, 659), 660);
  EXPECT_EQ(times.last(0, 660), 660);
  EXPECT_EQ(times.last(0, 10'000), 690);
  EXPECT_EQ(times.next(0, 690), kTimeMax);
}

/// All changes of all events are a set in which last and next can be looked up; forgetting changes no later answer.
TEST(ChangeTimes, AreThoseOfASetOfAllChanges) {
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    ChangeTimes times(some_windows());
    std::vector<std::set<int64_t>> expected(3);
    int64_t now = 0;
    for (int i = 0; i < 300; ++i) {
      now += random() % 4;
      const uint32_t key = random() % 3;
      const int64_t time = now - static_cast<int64_t>(random() % 20) + 5;  // late ones, and some that are ahead
      times.add(key, time);
      expected[key].insert(time);
      for (const WindowSpec& window : some_windows()) {
        const WindowChanges changes = changes_of(window, time);
        for (const int64_t change : {changes.enters, changes.leaves}) {
          if (change != kTimeMax) expected[key].insert(change);
        }
      }

      times.forget(key, now - 20);  // no later event of these is before that
      for (const int64_t at : {now, now + 13}) {
        const auto after = expected[key].upper_bound(at);
        EXPECT_EQ(times.next(key, at), after == expected[key].end() ? kTimeMax : *after) << seed << " " << i;
        EXPECT_EQ(times.last(key, at), after == expected[key].begin() ? kTimeMin : *std::prev(after)) << seed;
      }
    }
    EXPECT_LT(times.memory_bytes(), 3 * 300 * 8);
  }
}

}  // namespace
}  // namespace headrace
