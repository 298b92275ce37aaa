#include "base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace headrace {
namespace {

TEST(Utf8, EveryCodePointInItsShortestForm) {
  for (const char* text : {"", "plain ascii text", "é", "€", "\U0001F600", "12345678é", "1234567\u00e9", "\u007f\u0080",
                           "\u07ff\u0800", "\uffff\U00010000", "\U0010ffff"}) {
    EXPECT_TRUE(is_valid_utf8(text)) << text;
  }
}

TEST(Utf8, NeitherOverlongNorSurrogateNorCutNorPastTheEnd) {
  for (const char* text :
       {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3("}) {
    EXPECT_FALSE(is_valid_utf8(text)) << text;
    EXPECT_EQ(utf8_sequence_length(text), 0u);
  }
}

TEST(Utf8, TheFirstWrongByteIsNamedWhereverItStands) {
  for (size_t at = 0; at < 40; ++at) {
    std::string text(40, 'a');
    text[at] = '\xff';
    EXPECT_EQ(find_invalid_utf8(text), at);
  }
  EXPECT_EQ(find_invalid_utf8("é\xc3"), 2u);
}

}  // namespace
}  // namespace headrace
