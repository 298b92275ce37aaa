#include "explain/shown.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(Shown, ValuesHaveNoQuotesRoundTimes) {
  EXPECT_EQ(shown(Value{}), "null");
  EXPECT_EQ(shown(Value{5.0}), "5.0");
  EXPECT_EQ(shown(Value{std::string("a b")}), "\"a b\"");
  EXPECT_EQ(shown(Value{EventTime{0}}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(shown(Value{Value::List{Value{EventTime{0}}, Value{}}}), "[1970-01-01T00:00:00Z, null]");
  EXPECT_EQ(shown(Value{Value::List{}}), "[]");
}

TEST(Shown, Keys) {
  EXPECT_EQ(shown_key({{"carrier", Value{std::string("AA")}}, {"number", Value{int64_t{7}}}}), "carrier=AA number=7");
  EXPECT_EQ(shown_key({{"name", Value{std::string("a b")}}}), "name=\"a b\"");
  EXPECT_EQ(shown_key({{"at", Value{EventTime{0}}}}), "at=1970-01-01T00:00:00Z");
}

TEST(Shown, Spans) {
  EXPECT_EQ(shown_span(0), "0s");
  EXPECT_EQ(shown_span(1), "0.000001s");
  EXPECT_EQ(shown_span(1'500'000), "1.5s");
  EXPECT_EQ(shown_span(30 * kMicrosPerSecond), "30s");
  EXPECT_EQ(shown_span(3600 * kMicrosPerSecond), "1h");
  EXPECT_EQ(shown_span(3610 * kMicrosPerSecond), "1h 10s");
  EXPECT_EQ(shown_span(129'356'400'000), "35h 55m 56.4s");
  EXPECT_EQ(shown_span(kMicrosPerDay), "24h");
  EXPECT_EQ(shown_span(2 * kMicrosPerDay + 1), "2d 0.000001s");
}

}  // namespace
}  // namespace headrace
