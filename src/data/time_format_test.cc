#include "data/time_format.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

std::string read(std::string_view form, std::string_view text) {
  const auto time = TimeFormat(form).parse(text);
  return time ? to_string(time->floored) : "none";
}

TEST(TimeFormat, FormsThatPeopleHave) {
  EXPECT_EQ(read("%d/%m/%Y %H:%M", "01/03/2024 17:05"), "2024-03-01T17:05:00Z");
  EXPECT_EQ(read("%d.%m.%Y %H:%M:%S", "1.3.2024 7:05:09"), "2024-03-01T07:05:09Z");
  EXPECT_EQ(read("%m/%d/%y %I:%M %p", "03/01/24 12:05 am"), "2024-03-01T00:05:00Z");
  EXPECT_EQ(read("%m/%d/%y %I:%M %p", "03/01/69 12:05 PM"), "1969-03-01T12:05:00Z");
  EXPECT_EQ(read("%Y%m%d", "20240301"), "2024-03-01T00:00:00Z");
  EXPECT_EQ(read("%Y%m%d%H%M%S", "20240301170509"), "2024-03-01T17:05:09Z");
  EXPECT_EQ(read("%Y-%j", "2024-366"), "2024-12-31T00:00:00Z");
  EXPECT_EQ(read("%a, %d %b %Y %T %Z", "Fri, 01 Mar 2024 10:00:00 GMT"), "2024-03-01T10:00:00Z");
  EXPECT_EQ(read("%B %e %Y", "september  1 2024"), "2024-09-01T00:00:00Z");
  EXPECT_EQ(read("%d/%b/%Y:%T %z", "01/Mar/2024:10:00:00 -0130"), "2024-03-01T11:30:00Z");
  EXPECT_EQ(read("%F %T,%f", "2024-03-01 10:00:00,250"), "2024-03-01T10:00:00.250000Z");
  EXPECT_EQ(read("%d%%%m%%%Y", "01%03%2024"), "2024-03-01T00:00:00Z");
}

TEST(TimeFormat, TextOfAnotherForm) {
  for (const char* text : {"2024-03-01", "32/01/2024 10:00", "29/02/2023 10:00", "01/13/2024 10:00", "01/03/2024 24:00",
                           "01/03/2024 10:60", "01/03/2024", "01/03/2024 10:00 ", "01/03/24 10:00", ""}) {
    EXPECT_EQ(read("%d/%m/%Y %H:%M", text), "none") << text;
  }
  EXPECT_EQ(read("%Y%m%d", "2024031"), "none");
  EXPECT_EQ(read("%Y-%j", "2023-366"), "none");
}

TEST(TimeFormat, NanosecondsAreKept) {
  const auto time = TimeFormat("%F %T.%f").parse("2024-03-01 00:00:00.0000014");
  EXPECT_EQ(time->nanoseconds, 400);
  EXPECT_EQ(to_string(time->rounded_up()), "2024-03-01T00:00:00.000002Z");
  EXPECT_TRUE(TimeFormat("%F %T.%f").parse("2024-03-01 00:00:00.0000000001")->has_more);
}

TEST(TimeFormat, Problems) {
  EXPECT_EQ(TimeFormat::problem_of("%d/%m/%Y %H:%M"), "");
  EXPECT_EQ(TimeFormat::problem_of("%d/%m"), "says no year (`%Y`)");
  EXPECT_EQ(TimeFormat::problem_of("%Y"), "says no month (`%m`)");
  EXPECT_EQ(TimeFormat::problem_of("%Y-%m"), "says no day (`%d`)");
  EXPECT_EQ(TimeFormat::problem_of("%Y-%m-%d %I"), "needs `%I` and `%p` together");
  EXPECT_EQ(TimeFormat::problem_of("%Y-%m-%d %Q"), "has no directive `%Q`");
  EXPECT_EQ(TimeFormat::problem_of("%F %Y"), "has `%Y` twice");
  EXPECT_EQ(TimeFormat::problem_of("%F %"), "ends in `%`");
}

}  // namespace
}  // namespace headrace
