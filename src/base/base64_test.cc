#include "base/base64.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(Base64, RestsOfAllLengths) {
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64("f"), "Zg==");
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  EXPECT_EQ(to_base64("foo"), "Zm9v");
  EXPECT_EQ(to_base64("\xff\xfe"), "//4=");
}

TEST(Base64, IsReadBack) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
    bytes += static_cast<char>(i * 7);
  }
  for (const std::string_view text : {"Z", "Zg=", "Zg", "=g==", "Z===", "====", "Zh==", "Zm9*", "Zg==Zg==", "Zm 9v"}) {
    EXPECT_FALSE(from_base64(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace headrace
