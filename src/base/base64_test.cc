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

TEST(Base64, IsReadAsItIsWritten) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
    bytes += static_cast<char>(i * 7);
  }
  for (const char* text : {"Z", "Zg", "Zg=", "Zh==", "Zg===", "=", "====", "Zm9v=", "Zm 9", "Z*9v"}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace headrace
