#include "brokers/messages/event_line.h"

#include "brokers/messages/decimal_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace headrace {
namespace {

template <typename Write>
std::string line_of(const Write& write) {
  std::string out;
  EventLine line(out);
  write(line);
  return out;
}

TEST(EventLineTest, NumbersKeepTheirBits) {
  const std::pair<double, const char*> facts[] = {
      {0.0, "0.0"},
      {-0.0, "-0.0"},
      {5, "5.0"},
      {0.1, "0.1"},
      {static_cast<double>(0.1f), "0.10000000149011612"},
      {1e300, "1e+300"},
      {9007199254740993.0, "9007199254740992.0"},
      {5e-324, "5e-324"},
      {std::nan(""), "NaN"},
      {std::numeric_limits<double>::infinity(), "Infinity"},
      {-std::numeric_limits<double>::infinity(), "-Infinity"},
  };
  for (const auto& [value, text] : facts) {
    EXPECT_EQ(line_of([&](EventLine& line) { line.number(value); }), text);
  }
  EXPECT_EQ(line_of([](EventLine& line) { line.integer(INT64_MIN); }), "-9223372036854775808");
  EXPECT_EQ(line_of([](EventLine& line) { line.natural(UINT64_MAX); }), "18446744073709551615");
}

TEST(EventLineTest, TextsAreEscapedAndOneLine) {
  EXPECT_EQ(line_of([](EventLine& line) { line.text("a\"\\\n\x01é"); }), "\"a\\\"\\\\\\u000a\\u0001é\"");
  EXPECT_EQ(line_of([](EventLine& line) { EXPECT_FALSE(line.text("\xff")); }), "");
  EXPECT_EQ(line_of([](EventLine& line) { line.bytes(std::string_view("\x00\xff", 2)); }), "\"AP8=\"");
}

TEST(EventLineTest, InstantsHaveAllTheirDigits) {
  struct Fact {
    int64_t seconds;
    int32_t nanoseconds;
    const char* text;
    const char* millis;
  };
  const Fact facts[] = {
      {0, 0, "\"1970-01-01T00:00:00Z\"", "0"},
      {1'709'251'200, 500'000'000, "\"2024-03-01T00:00:00.500Z\"", "1709251200500"},
      {1'709'251'200, 1'000, "\"2024-03-01T00:00:00.000001Z\"", "1709251200000.001"},
      {1, 1, "\"1970-01-01T00:00:01.000000001Z\"", "1000.000001"},
      {-1, 500'000'000, "\"1969-12-31T23:59:59.500Z\"", "-500"},
      {-1, 0, "\"1969-12-31T23:59:59Z\"", "-1000"},
      {-2, 999'999'999, "\"1969-12-31T23:59:58.999999999Z\"", "-1000.000001"},
      {-62'135'596'800, 0, "\"0001-01-01T00:00:00Z\"", "-62135596800000"},
  };
  for (const Fact& fact : facts) {
    EXPECT_EQ(line_of([&](EventLine& line) { EXPECT_TRUE(line.instant(fact.seconds, fact.nanoseconds, true)); }),
              fact.text);
    EXPECT_EQ(line_of([&](EventLine& line) {
                line.set_unit(TimeUnit::kMilliseconds);
                EXPECT_TRUE(line.instant(fact.seconds, fact.nanoseconds, true));
              }),
              fact.millis);
  }
  for (const int64_t seconds : {int64_t{-62'135'596'801}, int64_t{253'402'300'800}, INT64_MAX, INT64_MIN}) {
    EXPECT_EQ(line_of([&](EventLine& line) { EXPECT_FALSE(line.instant(seconds, 0, true)); }), "");
  }
}

TEST(DecimalTextTest, HasAllDigits) {
  struct Fact {
    std::string bytes;
    int scale;
    const char* text;
  };
  const Fact facts[] = {
      {std::string("\0", 1), 0, "0"},
      {std::string("\0", 1), 2, "0.00"},
      {"\x01", 2, "0.01"},
      {"\xff", 2, "-0.01"},
      {"\x30\x39", 2, "123.45"},
      {"\xcf\xc7", 2, "-123.45"},
      {"\x80", 0, "-128"},
      {std::string("\x80\0\0\0\0\0\0\0", 8), 0, "-9223372036854775808"},
      {std::string("\x00\xff\xff\xff\xff\xff\xff\xff\xff", 9), 3, "18446744073709551.615"},
  };
  for (const Fact& fact : facts) EXPECT_EQ(decimal_text(fact.bytes, fact.scale), fact.text);
}

}  // namespace
}  // namespace headrace
