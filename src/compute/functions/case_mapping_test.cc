#include "compute/functions/case_mapping.h"

#include "compute/functions/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace headrace {
namespace {

std::string lower(std::string_view text) {
  std::string out(text.size() * kCaseGrowth, '\0');
  out.resize(write_lower(text, out.data()));
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text.size() * kCaseGrowth, '\0');
  out.resize(write_upper(text, out.data()));
  return out;
}

TEST(CaseMapping, MapsCodePointsByThemselves) {
  EXPECT_EQ(lower("AZ[`az{09"), "az[`az{09");
  EXPECT_EQ(upper("AZ[`az{09"), "AZ[`AZ{09");
  EXPECT_EQ(upper("äöüßÿ"), "ÄÖÜßŸ");
  EXPECT_EQ(lower("ÄÖÜẞŸ"), "äöüßÿ");
  EXPECT_EQ(lower("ΑΣ"), "ασ");
  EXPECT_EQ(upper("ас"), "АС");
  EXPECT_EQ(upper("ǆǅ"), "ǄǄ");
  EXPECT_EQ(lower("𐐀"), "𐐨");
  EXPECT_EQ(upper("ɐ"), "Ɐ");
}

TEST(CaseMapping, KeepsWhatWouldBecomeSeveral) {
  EXPECT_EQ(lower("İ"), "İ");
  EXPECT_EQ(upper("ŉﬁ"), "ŉﬁ");
}

TEST(CaseMapping, KeepsBytesThatAreNotUtf8) {
  EXPECT_EQ(lower("A\xff"
                  "B\xc3"),
            "a\xff"
            "b\xc3");
  EXPECT_EQ(upper("a\xed\xa0\x80"
                  "b"),
            "A\xed\xa0\x80"
            "B");
}

TEST(CaseMapping, NeverGrowsPastItsBound) {
  char buffer[8];
  char out[16];
  for (uint32_t point = 0; point < 0x110000; ++point) {
    if (point >= 0xd800 && point < 0xe000) continue;
    const size_t size = encode_utf8(point, buffer);
    ASSERT_LE(write_lower({buffer, size}, out), size * kCaseGrowth) << point;
    ASSERT_LE(write_upper({buffer, size}, out), size * kCaseGrowth) << point;
  }
}

TEST(Utf8, DecodesWhatItEncodes) {
  char buffer[4];
  for (uint32_t point : {0x0U, 0x7fU, 0x80U, 0x7ffU, 0x800U, 0xd7ffU, 0xe000U, 0xffffU, 0x10000U, 0x10ffffU}) {
    const size_t size = encode_utf8(point, buffer);
    const CodePoint read = decode_utf8({buffer, size});
    EXPECT_EQ(read.value, point);
    EXPECT_EQ(read.length, size);
  }
}

TEST(Utf8, RefusesWhatIsNone) {
  for (std::string_view bytes : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                                 "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3", "\xe2\x82", "\xe2\x28\xa1"}) {
    EXPECT_EQ(decode_utf8(bytes).length, 0U);
  }
}

TEST(Utf8, CountsAndFindsCodePoints) {
  EXPECT_EQ(count_code_points("aä日𐐀"), 4);
  EXPECT_EQ(byte_of_code_point("aä日𐐀", 0), 0U);
  EXPECT_EQ(byte_of_code_point("aä日𐐀", 2), 3U);
  EXPECT_EQ(byte_of_code_point("aä日𐐀", 4), 10U);
  EXPECT_EQ(byte_of_code_point("aä日𐐀", 99), 10U);
}

}  // namespace
}  // namespace headrace
