#include "compute/functions/signatures.h"
#include "language/typing/formula_fixture.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace headrace {
namespace {

struct ValueFact {
  std::string_view formula;
  std::string_view value;  // as JSON
};

/// The row is x 1.5, y null, n 7, m -3, k null, s 'red', u null, ok true, no false, un null, t
/// 2023-11-14T22:13:20.123456Z, w null; the event happened at 2024-02-29T23:59:59.999999Z.
void expect_function_values(const std::vector<ValueFact>& facts) {
  for (const ValueFact& fact : facts) {
    Diagnostics diagnostics;
    const ExprPtr expr = fixture_expr(fact.formula, diagnostics);
    ASSERT_NE(expr, nullptr) << fact.formula << "\n" << fixture_report(diagnostics);
    EXPECT_EQ(fixture_value(*expr), fact.value) << fact.formula;
  }
}

TEST(FunctionValues, Text) {
  expect_function_values({
      {"lower('ÄÖÜ ẞ Σ İ')", "\"äöü ß σ İ\""},
      {"upper('äöü ß ﬁ ÿ')", "\"ÄÖÜ ß ﬁ Ÿ\""},
      {"length('')", "0"},
      {"length('für')", "3"},
      {"length('日本語')", "3"},
      {"length('𐐀')", "1"},
      {"trim('  a b  ')", "\"a b\""},
      {"trim('   ')", "\"\""},
      {"concat('a', '', 'b')", "\"ab\""},
      {"concat(s)", "\"red\""},
      {"concat(s, u)", "null"},
      {"concat(s, '-', string(n))", "\"red-7\""},
      {"contains('abc', 'bc')", "true"},
      {"contains('abc', '')", "true"},
      {"contains('abc', 'cb')", "false"},
      {"starts_with('abc', 'ab')", "true"},
      {"starts_with('a', 'ab')", "false"},
      {"ends_with('abc', 'bc')", "true"},
      {"ends_with('', '')", "true"},
      {"replace('aaa', 'aa', 'b')", "\"ba\""},
      {"replace('abc', '', 'x')", "\"abc\""},
      {"replace('a-b-c', '-', '')", "\"abc\""},
      {"replace('abab', 'ab', 'abab')", "\"abababab\""},
      {"replace('abc', 'd', 'x')", "\"abc\""},
      {"'it''s'", "\"it's\""},
      {"\"say \"\"hi\"\"\"", "\"say \\\"hi\\\"\""},
      {"'back\\slash'", "\"back\\\\slash\""},
  });
}

TEST(FunctionValues, SubstrGivesWhatExists) {
  expect_function_values({
      {"substr('hello', 2, 3)", "\"ell\""},
      {"substr('hello', 1, 99)", "\"hello\""},
      {"substr('hello', 0, 2)", "\"h\""},
      {"substr('hello', -1, 3)", "\"h\""},
      {"substr('hello', -5, 3)", "\"\""},
      {"substr('hello', 6, 1)", "\"\""},
      {"substr('hello', 3, 0)", "\"\""},
      {"substr('hello', 3, -1)", "null"},
      {"substr('größe', 3, 2)", "\"öß\""},
      {"substr('日本語', 2, 1)", "\"本\""},
      {"substr('hello', 9223372036854775807, 9223372036854775807)", "\"\""},
      {"substr('hello', -9223372036854775808, 9223372036854775807)", "\"\""},
      {"substr('hello', 2, 9223372036854775807)", "\"ello\""},
      {"substr(u, 1, 1)", "null"},
  });
}

TEST(FunctionValues, Time) {
  expect_function_values({
      {"event_time()", "\"2024-02-29T23:59:59.999999Z\""},
      {"hour(event_time())", "23"},
      {"minute(event_time())", "59"},
      {"day_of_week(event_time())", "4"},
      {"day_of_month(event_time())", "29"},
      {"month(event_time())", "2"},
      {"year(event_time())", "2024"},
      {"day_of_week(t)", "2"},
      {"hour(w)", "null"},
      {"date_trunc('second', t)", "\"2023-11-14T22:13:20Z\""},
      {"date_trunc('minute', t)", "\"2023-11-14T22:13:00Z\""},
      {"date_trunc('hour', t)", "\"2023-11-14T22:00:00Z\""},
      {"date_trunc('day', t)", "\"2023-11-14T00:00:00Z\""},
      {"t + duration'1h'", "\"2023-11-14T23:13:20.123456Z\""},
      {"duration'1h' + t", "\"2023-11-14T23:13:20.123456Z\""},
      {"t - duration'1w'", "\"2023-11-07T22:13:20.123456Z\""},
      {"seconds(event_time() - t)", "9251199.876543"},
      {"seconds(t - event_time())", "-9251199.876543"},
      {"seconds(duration'1ms')", "0.001"},
      {"seconds(-duration'1ms')", "-0.001"},
      {"seconds(duration'1d' - duration'1h' + duration'1m')", "82860.0"},
      {"t + duration'9999999d'", "null"},
      {"t - duration'9999999d'", "null"},
      {"duration'106751991d' + duration'106751991d' > duration'1d'", "null"},
      {"seconds(duration'106751991d')", "9223372022400.0"},
      {"seconds(duration'9007199254740993ms')", "9007199254740.992"},
  });
}

TEST(FunctionValues, ConversionsToDouble) {
  expect_function_values({
      {"double(n)", "7.0"},
      {"double(ok)", "1.0"},
      {"double('1.5e3')", "1500.0"},
      {"double('.5')", "0.5"},
      {"double('1.')", "1.0"},
      {"double('+7')", "7.0"},
      {"double('-0')", "0.0"},
      {"double(' 1')", "null"},
      {"double('1_0')", "null"},
      {"double('nan')", "null"},
      {"double('inf')", "null"},
      {"double('1e400')", "null"},
      {"double('1e-400')", "0.0"},
      {"double('')", "null"},
      {"double(x)", "1.5"},
      {"double(9007199254740993)", "9007199254740992.0"},
  });
}

TEST(FunctionValues, ConversionsToInt) {
  expect_function_values({
      {"int(2.9)", "2"},
      {"int(-2.9)", "-2"},
      {"int(9.3e18)", "null"},
      {"int(-9.223372036854775808e18)", "-9223372036854775808"},
      {"int(9.223372036854775807e18)", "null"},
      {"int('12')", "12"},
      {"int('-12')", "-12"},
      {"int('+007')", "7"},
      {"int('1.0')", "null"},
      {"int('x')", "null"},
      {"int('9223372036854775808')", "null"},
      {"int('')", "null"},
      {"int(ok)", "1"},
      {"int(n)", "7"},
  });
}

TEST(FunctionValues, ConversionsToString) {
  expect_function_values({
      {"string(5.0)", "\"5.0\""},
      {"string(0.1)", "\"0.1\""},
      {"string(1e16)", "\"1e+16\""},
      {"string(1e15)", "\"1000000000000000.0\""},
      {"string(123456789012345680.0)", "\"1.2345678901234568e+17\""},
      {"string(0.0001)", "\"0.0001\""},
      {"string(0.00001)", "\"1e-05\""},
      {"string(-1.5e-7)", "\"-1.5e-07\""},
      {"string(5e-324)", "\"5e-324\""},
      {"string(1.7976931348623157e308)", "\"1.7976931348623157e+308\""},
      {"string(-0.0)", "\"0.0\""},
      {"string(n)", "\"7\""},
      {"string(-9223372036854775808)", "\"-9223372036854775808\""},
      {"string(ok)", "\"true\""},
      {"string(no)", "\"false\""},
      {"string(t)", "\"2023-11-14T22:13:20.123456Z\""},
      {"string(date_trunc('second', t))", "\"2023-11-14T22:13:20Z\""},
      {"string(s)", "\"red\""},
      {"string(y)", "null"},
  });
}

TEST(FunctionValues, ConversionsToBool) {
  expect_function_values({
      {"bool('true')", "true"},
      {"bool('false')", "false"},
      {"bool('True')", "null"},
      {"bool('1')", "null"},
      {"bool(0)", "false"},
      {"bool(-1)", "true"},
      {"bool(0.0)", "false"},
      {"bool(5e-324)", "true"},
      {"bool(ok)", "true"},
      {"bool(u)", "null"},
  });
}

TEST(FunctionValues, TimeUnitsPastTheDay) {
  expect_function_values({
      {"date_trunc('week', t)", "\"2023-11-13T00:00:00Z\""},
      {"date_trunc('week', date_trunc('week', t))", "\"2023-11-13T00:00:00Z\""},
      {"date_trunc('month', t)", "\"2023-11-01T00:00:00Z\""},
      {"date_trunc('year', t)", "\"2023-01-01T00:00:00Z\""},
      {"date_trunc('year', event_time() - duration'900000d')", "null"},
      {"date_trunc('week', event_time() - duration'738000d')", "\"0003-07-28T00:00:00Z\""},
      {"day_of_week(event_time() - duration'738000d')", "7"},
  });
}

/// The examples of the reference are true.
TEST(FunctionValues, ExamplesOfTheReference) {
  for (const FunctionSignature& signature : all_functions()) {
    if (!signature.example.empty()) expect_function_values({{signature.example, signature.example_value}});
  }
}

}  // namespace
}  // namespace headrace
