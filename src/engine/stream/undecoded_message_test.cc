#include "engine/stream/undecoded_message.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(UndecodedMessageTest, GoesThroughALine) {
  const std::string bytes("\x00\x00\n\"\xff", 5);
  const std::string line = to_line({.reason = "is \"cut off\"\n", .bytes = bytes});
  EXPECT_EQ(line, "[\"not decoded\",\"is \\\"cut off\\\"\\n\",\"AAAKIv8=\"]");
  const auto read = undecoded_message_of(line);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->reason, "is \"cut off\"\n");
  EXPECT_EQ(read->bytes, bytes);
}

TEST(UndecodedMessageTest, OtherLinesAreNone) {
  for (const char* line : {"", "{}", "[]", "null", "[\"not decoded\",", "[\"not decoded\",\"x\"]",
                           "[\"not decoded\",\"x\",\"y\"]", "[\"not decoded\",1,\"AA==\"]"}) {
    EXPECT_FALSE(undecoded_message_of(line)) << line;
  }
}

}  // namespace
}  // namespace headrace
