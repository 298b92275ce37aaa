#include "io/text/text_values.h"

#include "data/value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace headrace {
namespace {

TEST(TextValues, Integers) {
  EXPECT_EQ(parse_int64("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(parse_int64(" +7 "), 7);
  EXPECT_EQ(parse_int64("007"), 7);
  for (const char* text : {"", "-", "+", "+-1", "++1", "1.0", "1e3", "9223372036854775808", "0x10", "1 2", "1_000"}) {
    EXPECT_EQ(parse_int64(text), std::nullopt) << text;
  }
}

TEST(TextValues, Doubles) {
  EXPECT_EQ(parse_double("1.5e3"), 1500.0);
  EXPECT_EQ(parse_double(".5"), 0.5);
  EXPECT_EQ(parse_double("5."), 5.0);
  EXPECT_EQ(parse_double("+1E-2"), 0.01);
  EXPECT_TRUE(std::signbit(*parse_double("-0.0")));
  EXPECT_EQ(parse_double("1e999"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_double("-1e999"), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_double("1e-999"), 0.0);
  EXPECT_TRUE(std::isnan(*parse_double("NaN")));
  EXPECT_EQ(parse_double("-Infinity"), -std::numeric_limits<double>::infinity());
  for (const char* text : {"", "-", ".", "e5", "1e", "0x1p3", "1,5", "1.5.2", "one", "+-1", "NA", "nan(1)"}) {
    EXPECT_EQ(parse_double(text), std::nullopt) << text;
  }
}

TEST(TextValues, Booleans) {
  EXPECT_EQ(parse_bool("true"), true);
  EXPECT_EQ(parse_bool("False "), false);
  for (const char* text : {"", "1", "yes", "t"}) EXPECT_EQ(parse_bool(text), std::nullopt) << text;
}

TEST(TextValues, PlainIntegersReadBackToTheSameText) {
  for (const char* text : {"0", "-1", "9223372036854775807"}) EXPECT_TRUE(is_plain_integer(text)) << text;
  for (const char* text : {"", "-", "00", "01", "-0", "+1", " 1", "1 ", "1.0", "9223372036854775808"}) {
    EXPECT_FALSE(is_plain_integer(text)) << text;
  }
}

TEST(TextColumn, ProblemsAppendNothing) {
  const struct {
    ScalarType type;
    std::optional<TimeUnit> unit;
    const char* text;
    const char* problem;
  } table[] = {
      {ScalarType::kString, {}, "M\xfcller", "is not UTF-8 (`batch` has `encoding`)"},
      {ScalarType::kInt64, {}, "1.5", "is not an int64 (declare it as double)"},
      {ScalarType::kDouble, {}, "one", "is not a number"},
      {ScalarType::kBool, {}, "1", "is not true or false"},
      {ScalarType::kTimestamp, {}, "yesterday", "is not a timestamp"},
      {ScalarType::kTimestamp, {}, "1709251200", "is not a timestamp (a number needs `unit`)"},
      {ScalarType::kTimestamp,
       {},
       "20240301",
       "is not a timestamp (YYYYMMDD needs `time_format: \"%Y%m%d\"` in `batch`)"},
      {ScalarType::kDouble, {}, "1,5", "is not a number (for a comma, `batch` has `decimal`)"},
      {ScalarType::kTimestamp, TimeUnit::kSeconds, "2024-03-01", "is not a number, as `unit` says"},
      {ScalarType::kTimestamp, TimeUnit::kSeconds, "253402300800",
       "is outside the years 1 to 9999 (does `unit` say what it counts?)"},
  };
  for (const auto& row : table) {
    TextColumn column(row.type, row.unit);
    EXPECT_STREQ(column.append(row.text), row.problem);
    EXPECT_EQ(column.length(), 0);
  }
}

TEST(TextColumn, WhatIsNotFiniteBecomesNull) {
  TextColumn column(ScalarType::kDouble, std::nullopt);
  for (const char* text : {"nan", "-inf", "1e999", "2"}) EXPECT_EQ(column.append(text), nullptr);
  const Column doubles = column.take();
  EXPECT_FALSE(doubles.is_valid(0) || doubles.is_valid(1) || doubles.is_valid(2));
  EXPECT_EQ(doubles.doubles()[3], 2.0);
  EXPECT_EQ(column.length(), 0);
}

TEST(TextColumn, NanosecondsAreRoundedUpAndOrderTies) {
  TextColumn column(ScalarType::kTimestamp, TimeUnit::kNanoseconds);
  for (const char* text : {"2000", "1999", "1001", "3000"}) EXPECT_EQ(column.append(text), nullptr);
  EXPECT_EQ(column.rounded_times(), 2);
  const Column orders = *column.take_tie_orders();
  const Column times = column.take();
  EXPECT_EQ(std::vector<int64_t>(orders.int64s(), orders.int64s() + 4), (std::vector<int64_t>{0, -1, -999, 0}));
  EXPECT_EQ(std::vector<int64_t>(times.int64s(), times.int64s() + 4), (std::vector<int64_t>{2, 2, 2, 3}));
  EXPECT_EQ(column.append("5000"), nullptr);
  EXPECT_FALSE(column.take_tie_orders().has_value());
}

TEST(TextColumn, FormsOfNumbersAndTimes) {
  TextForm form;
  form.decimal = ',';
  form.time_format = "%d.%m.%Y";
  TextColumn number(ScalarType::kDouble, std::nullopt, form);
  EXPECT_EQ(number.append("-1,5"), nullptr);
  EXPECT_STREQ(number.append("1.5"), "is not a number (its decimal mark is a point)");
  EXPECT_EQ(number.take().doubles()[0], -1.5);
  TextColumn time(ScalarType::kTimestamp, std::nullopt, form);
  EXPECT_EQ(time.append("1.3.2024"), nullptr);
  EXPECT_STREQ(time.append("2024-03-01"), "is not of the form that `time_format` says");
}

}  // namespace
}  // namespace headrace
