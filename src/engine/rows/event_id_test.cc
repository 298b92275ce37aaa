#include "engine/rows/event_id.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace headrace {
namespace {

TEST(EventIdTest, ANumberIsItsDecimalText) {
  EXPECT_EQ(event_id_of(int64_t{7}), event_id_of("7"));
  EXPECT_EQ(event_id_of(int64_t{-12}), event_id_of("-12"));
  EXPECT_EQ(event_id_of(std::numeric_limits<int64_t>::min()), event_id_of("-9223372036854775808"));
  EXPECT_FALSE(event_id_of(int64_t{7}) == event_id_of("07"));
}

TEST(EventIdTest, NoTextIsNull) {
  EXPECT_TRUE(EventId{}.is_null());
  EXPECT_FALSE(event_id_of("").is_null());
  EXPECT_FALSE(event_id_of(std::string(1, '\0')).is_null());
  EXPECT_FALSE(event_id_of(std::string(100, '\0')).is_null());
}

TEST(EventIdTest, LengthsNextToTheLimitDiffer) {
  std::string text;
  EventId last = event_id_of(text);
  for (int length = 1; length < 40; ++length) {
    text += 'a';
    const EventId id = event_id_of(text);
    EXPECT_FALSE(id == last) << length;
    EXPECT_EQ(id, event_id_of(std::string(text)));
    last = id;
  }
  EXPECT_FALSE(event_id_of("0123456789abcdef") == event_id_of("0123456789abcdeg"));
  EXPECT_FALSE(event_id_of(std::string("a\0", 2)) == event_id_of("a"));
}

}  // namespace
}  // namespace headrace
