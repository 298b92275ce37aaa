#include "compute/functions/number_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace headrace {
namespace {

TEST(ReadDouble, TakesPlainDecimalText) {
  EXPECT_EQ(read_double("12"), 12.0);
  EXPECT_EQ(read_double("1."), 1.0);
  EXPECT_EQ(read_double(".5"), 0.5);
  EXPECT_EQ(read_double("-1.5e3"), -1500.0);
  EXPECT_EQ(read_double("+2E-1"), 0.2);
  EXPECT_EQ(read_double("007"), 7.0);
  EXPECT_EQ(read_double("0.1"), 0.1);
  EXPECT_EQ(read_double("1.7976931348623157e308"), std::numeric_limits<double>::max());
  EXPECT_EQ(read_double("4.9e-324"), std::numeric_limits<double>::denorm_min());
}

TEST(ReadDouble, RefusesOtherText) {
  for (const char* text : {"", " 1", "1 ", "x", ".", "e5", "1e", "1e+", "1_0", "0x10", "inf", "nan", "+-1", "--1",
                           "1.2.3", "1,5", "\xd9\xa1"}) {
    EXPECT_EQ(read_double(text), std::nullopt) << text;
  }
}

TEST(ReadDouble, TellsTooLargeFromTooSmall) {
  EXPECT_EQ(read_double("1e309"), std::nullopt);
  EXPECT_EQ(read_double("-1e400"), std::nullopt);
  EXPECT_EQ(read_double("1e99999999999999999999"), std::nullopt);
  EXPECT_EQ(read_double(std::string(400, '9')), std::nullopt);
  EXPECT_EQ(read_double("1e-400"), 0.0);
  EXPECT_EQ(read_double("1e-99999999999999999999"), 0.0);
  EXPECT_EQ(read_double("0e99999999999999999999"), 0.0);
  EXPECT_EQ(read_double("0." + std::string(400, '0') + "1"), 0.0);
  EXPECT_FALSE(std::signbit(*read_double("-0")));
  EXPECT_FALSE(std::signbit(*read_double("-1e-400")));
}

TEST(ReadInt64, KnowsItsRange) {
  EXPECT_EQ(read_int64("9223372036854775807"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(read_int64("9223372036854775808"), std::nullopt);
  EXPECT_EQ(read_int64("-9223372036854775808"), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(read_int64("-9223372036854775809"), std::nullopt);
  EXPECT_EQ(read_int64("+00012"), 12);
  EXPECT_EQ(read_int64("-0"), 0);
  for (const char* text : {"", "-", "1.0", "1e3", " 1", "1 ", "x", "0x1", "1_000"})
    EXPECT_EQ(read_int64(text), std::nullopt) << text;
}

}  // namespace
}  // namespace headrace
