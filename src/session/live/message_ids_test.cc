#include "session/live/message_ids.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

constexpr int64_t kIdsMinuteUs = 60 * kMicrosPerSecond;

TEST(MessageIdsTest, AreKeptForTheirTimeAndALittleMore) {
  MessageIds ids(Duration{16 * kIdsMinuteUs});
  ids.keep("a", 0);
  ids.keep("b", kIdsMinuteUs / 2);
  ids.keep("c", 10 * kIdsMinuteUs);
  EXPECT_TRUE(ids.contains("a"));
  EXPECT_FALSE(ids.contains("d"));
  ids.keep("d", 16 * kIdsMinuteUs);
  EXPECT_TRUE(ids.contains("a"));  // as long as the newest of its slice
  ids.keep("e", 17 * kIdsMinuteUs);
  EXPECT_FALSE(ids.contains("a"));
  EXPECT_FALSE(ids.contains("b"));
  EXPECT_TRUE(ids.contains("c"));
  EXPECT_EQ(ids.size(), 3u);
  EXPECT_EQ(ids.shortest_kept().us, 0);
}

TEST(MessageIdsTest, OfTooManyTheOldestGoAndThatIsTold) {
  MessageIds ids(Duration{1000 * kIdsMinuteUs}, 32);
  for (int i = 0; i < 32; ++i) ids.keep(std::to_string(i), i * kIdsMinuteUs / 2);
  EXPECT_EQ(ids.size(), 32u);
  EXPECT_EQ(ids.shortest_kept().us, 0);
  ids.keep("32", 20 * kIdsMinuteUs);
  EXPECT_FALSE(ids.contains("0"));
  EXPECT_FALSE(ids.contains("1"));
  EXPECT_TRUE(ids.contains("2"));
  EXPECT_EQ(ids.shortest_kept().us, 20 * kIdsMinuteUs - kIdsMinuteUs / 2);
  // One that is known takes no room.
  const size_t before = ids.size();
  ids.keep("32", 21 * kIdsMinuteUs);
  EXPECT_EQ(ids.size(), before);
}

TEST(MessageIdsTest, ComeBackFromTheirBytesAndCountAnew) {
  MessageIds ids(Duration{16 * kIdsMinuteUs});
  for (int i = 0; i < 100; ++i) ids.keep(std::to_string(i), i * kIdsMinuteUs / 10);
  const std::string bytes = ids.to_bytes();
  MessageIds again(Duration{16 * kIdsMinuteUs});
  ASSERT_TRUE(again.restore(bytes, 1000 * kIdsMinuteUs));
  EXPECT_EQ(again.size(), 100u);
  again.keep("new", 1015 * kIdsMinuteUs);
  EXPECT_TRUE(again.contains("0"));
  again.keep("newer", 1017 * kIdsMinuteUs);
  EXPECT_FALSE(again.contains("0"));

  EXPECT_FALSE(MessageIds(Duration{1}).restore(std::string_view(bytes).substr(0, bytes.size() - 1), 0));
  EXPECT_FALSE(MessageIds(Duration{1}).restore(bytes + "x", 0));
}

}  // namespace
}  // namespace headrace
