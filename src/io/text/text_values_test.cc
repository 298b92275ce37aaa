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

TEST(TextValues, Epochs) {
  EXPECT_EQ(micros_of_epoch(1, TimeUnit::kSeconds), 1'000'000);
  EXPECT_EQ(micros_of_epoch(-1, TimeUnit::kNanoseconds), -1);
  EXPECT_EQ(micros_of_epoch(253'402'300'799, TimeUnit::kSeconds), 253'402'300'799'000'000);
  EXPECT_EQ(micros_of_epoch(253'402'300'800, TimeUnit::kSeconds), std::nullopt);
  EXPECT_EQ(micros_of_epoch(INT64_MIN, TimeUnit::kMilliseconds), std::nullopt);
}

TEST(TextColumn, ProblemsAppendNothing) {
  const struct {
    ScalarType type;
    std::optional<TimeUnit> unit;
    const char* text;
    const char* problem;
  } table[] = {
      {ScalarType::kString, {}, "M\xfcller", "is not UTF-8"},
      {ScalarType::kInt64, {}, "1.5", "is not an int64"},
      {ScalarType::kDouble, {}, "one", "is not a number"},
      {ScalarType::kBool, {}, "1", "is not true or false"},
      {ScalarType::kTimestamp, {}, "yesterday", "is not a timestamp"},
      {ScalarType::kTimestamp, {}, "1709251200", "is not a timestamp (an integer needs `unit`)"},
      {ScalarType::kTimestamp, TimeUnit::kSeconds, "2024-03-01", "is not an integer, as `unit` says"},
      {ScalarType::kTimestamp, TimeUnit::kSeconds, "253402300800", "is outside the years 1 to 9999"},
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

TEST(TextColumn, NanosecondsAreFlooredAndCounted) {
  TextColumn column(ScalarType::kTimestamp, TimeUnit::kNanoseconds);
  EXPECT_EQ(column.append("1999"), nullptr);
  EXPECT_EQ(column.append("2000"), nullptr);
  EXPECT_EQ(column.nanoseconds_floored(), 1);
  EXPECT_EQ(column.take().int64s()[0], 1);
}

}  // namespace
}  // namespace headrace
