#include "base/aligned_text.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(AlignedText, CountsCodePoints) {
  EXPECT_EQ(code_point_count(""), 0u);
  EXPECT_EQ(code_point_count("abc"), 3u);
  EXPECT_EQ(code_point_count("Σx²"), 3u);
  EXPECT_EQ(code_point_count("𝄞"), 1u);
}

TEST(AlignedText, ColumnsAreAsWideAsTheirWidestCell) {
  EXPECT_EQ(
      aligned_rows({{"pump", "flow"}, {"höhe", "1"}, {"x", "12.5", ""}}, {CellAlign::kLeft, CellAlign::kRight}, "  "),
      "  pump  flow\n"
      "  höhe     1\n"
      "  x     12.5\n");
}

TEST(AlignedText, RowsMayBeShort) {
  EXPECT_EQ(aligned_rows({{"a", "b", "c"}, {"… 3 more"}}, {}, ""),
            "a         b  c\n"
            "… 3 more\n");
  EXPECT_EQ(aligned_rows({}, {}, "  "), "");
}

TEST(AlignedText, GroupsDigits) {
  EXPECT_EQ(grouped_digits(0), "0");
  EXPECT_EQ(grouped_digits(999), "999");
  EXPECT_EQ(grouped_digits(1000), "1,000");
  EXPECT_EQ(grouped_digits(-1234567), "-1,234,567");
}

}  // namespace
}  // namespace headrace
