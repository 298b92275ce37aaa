#include "base/printable_text.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(PrintableText, WhatIsSeenStays) {
  for (const char* text : {"", "plain", "two\nlines", "größe 数 🚰", "`a`, \"b\" \\x1b"})
    EXPECT_EQ(printable(text), text);
}

TEST(PrintableText, WhatIsHiddenIsSpelledOut) {
  EXPECT_EQ(printable("a\x1b[31mred\x07\x7f\t\r"), "a\\x1b[31mred\\x07\\x7f\\t\\r");
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(printable("\xC2\x85\xC2\x9B"), "\\u0085\\u009b");
  EXPECT_EQ(printable("a\u202Eb\u2066c\u2028d\uFEFF"), "a\\u202eb\\u2066c\\u2028d\\ufeff");
}

TEST(PrintableText, WhatIsNoUtf8IsShownByItsBytes) {
  EXPECT_EQ(printable("Temp \xB0"), "Temp \\xb0");
  EXPECT_EQ(printable("\xC3"), "\\xc3");
  EXPECT_EQ(printable("\xED\xA0\x80"), "\\xed\\xa0\\x80");
}

TEST(PrintableText, CredentialsOfUrisAreHidden) {
  EXPECT_EQ(printable("cannot read `s3://AKIA:s3cr3t@bucket/a@b`: no"), "cannot read `s3://***@bucket/a@b`: no");
  EXPECT_EQ(printable("redis://:pw@h:1 and kafka://u@h"), "redis://***@h:1 and kafka://***@h");
  EXPECT_EQ(printable("https://h/f?a=1&X-Amz-Signature=abc&sig=d&b=2"),
            "https://h/f?a=1&X-Amz-Signature=***&sig=***&b=2");
  EXPECT_EQ(printable("gs://bucket/day=1/x?y"), "gs://bucket/day=1/x?y");
  EXPECT_EQ(printable("an@address, a://"), "an@address, a://");
}

TEST(PrintableText, TwiceIsOnce) {
  const std::string once = printable("\x1b\xB0\u202E\tx");
  EXPECT_EQ(printable(once), once);
}

}  // namespace
}  // namespace headrace
