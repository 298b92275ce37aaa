#include "base/seal.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(SealTest, ATextEndsWithItsDigest) {
  const std::string text = sealed("{\n  \"a\": 1\n}\n");
  EXPECT_TRUE(text.starts_with("{\n  \"a\": 1,\n  \"digest\": \"")) << text;
  EXPECT_TRUE(text.ends_with("\"\n}\n"));
  EXPECT_EQ(digest_in(text).size(), 64u);
  EXPECT_TRUE(is_whole(text));
}

TEST(SealTest, EveryChangedByteShows) {
  const std::string text = sealed("{\n  \"a\": \"digest\"\n}\n");
  for (size_t i = 0; i < text.size(); ++i) {
    for (const char change : {1, 2, 0x20, 0x40}) {
      std::string other = text;
      other[i] = static_cast<char>(other[i] ^ change);
      EXPECT_FALSE(is_whole(other)) << i;
    }
  }
  EXPECT_FALSE(is_whole(text.substr(0, text.size() - 1)));
  EXPECT_FALSE(is_whole(text + "\n"));
  EXPECT_FALSE(is_whole("{\n  \"a\": 1\n}\n"));
  EXPECT_FALSE(is_whole(""));
}

}  // namespace
}  // namespace headrace
