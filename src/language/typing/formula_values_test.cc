#include "language/typing/formula_fixture.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace headrace {
namespace {

struct Fact {
  std::string_view formula;
  std::string_view value;  // as JSON
};

/// The row is x 1.5, y null, n 7, m -3, k null, s 'red', u null, ok true, no false, un null, t
/// 2023-11-14T22:13:20.123456Z, w null; the event happened at 2024-02-29T23:59:59.999999Z.
void expect_values(const std::vector<Fact>& facts) {
  for (const Fact& fact : facts) {
    Diagnostics diagnostics;
    const ExprPtr expr = fixture_expr(fact.formula, diagnostics);
    ASSERT_NE(expr, nullptr) << fact.formula << "\n" << fixture_report(diagnostics);
    EXPECT_EQ(fixture_value(*expr), fact.value) << fact.formula;
  }
}

TEST(FormulaValues, PrecedenceIsThatOfTheGrammar) {
  expect_values({
      {"2 + 3 * 4 - 10 / 4 % 2", "13.5"},
      {"-n % 4", "1"},
      {"-(n % 4)", "-3"},
      {"- -n", "7"},
      {"2 - 3 - 4", "-5"},
      {"16 / 4 / 2", "2.0"},
      {"7 % 4 % 2", "1"},
      {"not ok == no", "true"},
      {"not no and no", "false"},
      {"ok or no and no", "true"},
      {"not not ok", "true"},
      {"1 + 1 == 2 and 2 < 3", "true"},
      {"x is null or n is not null", "true"},
      {"n in [1 + 6, 2]", "true"},
      {"n not in [1, 2] and ok", "true"},
      {"2 * -3", "-6"},
  });
}

TEST(FormulaValues, IntegersStayExactAndOverflowToNull) {
  expect_values({
      {"9223372036854775807 + 1", "null"},
      {"9223372036854775807 + 0", "9223372036854775807"},
      {"-9223372036854775808 - 1", "null"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"-(-9223372036854775808)", "null"},
      {"abs(-9223372036854775808)", "null"},
      {"abs(-9223372036854775807)", "9223372036854775807"},
      {"4611686018427387904 * 2", "null"},
      {"4611686018427387904 * -2", "-9223372036854775808"},
      {"3037000500 * 3037000500", "null"},
      {"-9223372036854775808 % -1", "0"},
      {"-9223372036854775808 * -1", "null"},
      {"n * k", "null"},
  });
}

TEST(FormulaValues, DivisionIsAlwaysDouble) {
  expect_values({
      {"n / 2", "3.5"},
      {"6 / 3", "2.0"},
      {"1 / 0", "null"},
      {"1.5 / 0.0", "null"},
      {"0 / 0", "null"},
      {"1e308 / 1e-10", "null"},
      {"-1 / 9223372036854775807", "-1.0842021724855044e-19"},
      {"9007199254740993 / 1", "9007199254740992.0"},
  });
}

TEST(FormulaValues, RemainderHasTheSignOfTheDivisor) {
  expect_values({
      {"7 % 4", "3"},
      {"-7 % 4", "1"},
      {"7 % -4", "-1"},
      {"-7 % -4", "-3"},
      {"8 % 4", "0"},
      {"-8 % 4", "0"},
      {"7 % 0", "null"},
      {"5.5 % 2", "1.5"},
      {"-5.5 % 2", "0.5"},
      {"5.5 % -2", "-0.5"},
      {"-5.5 % -2", "-1.5"},
      {"-4.0 % 2", "0.0"},
      {"5.5 % 0.0", "null"},
      {"-0.00000000000000000001 % 1.0", "1.0"},
      {"7 % 2.5", "2.0"},
  });
}

TEST(FormulaValues, NothingLeavesAsInfinityOrNegativeZero) {
  expect_values({
      {"1e308 * 10", "null"},
      {"-1e308 - 1e308", "null"},
      {"0.0 * -1", "0.0"},
      {"-0.0", "0.0"},
      {"0 * -1.5", "0.0"},
      {"-1 / 1e308 / 1e308", "0.0"},
      {"0.1 + 0.2", "0.30000000000000004"},
      {"1e16 + 1.0", "1e+16"},
  });
}

TEST(FormulaValues, IntegersWidenBesideDoubles) {
  expect_values({
      {"n + 0.5", "7.5"},
      {"n == 7.0", "true"},
      {"n in [6.5, 7.0]", "true"},
      {"9007199254740993 == 9007199254740992.0", "true"},
      {"coalesce(k, 3, 1.5)", "3.0"},
      {"coalesce(k, 3)", "3"},
      {"if(ok, 1, 2.5)", "1.0"},
      {"least(7, 7.5)", "7.0"},
      {"greatest(7, 6.5)", "7.0"},
      {"clip(n, 0, 5.5)", "5.5"},
      {"nullif(n, 7.0)", "null"},
      {"nullif(n, 7.5)", "7"},
      {"nullif(x, 1)", "1.5"},
      {"9007199254740993 in [9007199254740992.0]", "true"},
  });
}

TEST(FormulaValues, ComparisonsOfEachType) {
  expect_values({
      {"x < 2", "true"},
      {"x <= 1.5", "true"},
      {"x > 1.5", "false"},
      {"x >= 1.5", "true"},
      {"x != 1.5", "false"},
      {"x <> 1.5", "false"},
      {"x = 1.5", "true"},
      {"s == 'red'", "true"},
      {"s < 'reds'", "true"},
      {"'Z' < 'a'", "true"},
      {"'z' < 'ä'", "true"},
      {"'' < 'a'", "true"},
      {"ok == no", "false"},
      {"no < ok", "true"},
      {"t > event_time()", "false"},
      {"t == t", "true"},
      {"duration'60s' == duration'1m'", "true"},
      {"duration'61s' > duration'1m'", "true"},
  });
}

TEST(FormulaValues, NullsInComparisons) {
  expect_values({
      {"y == 1", "null"},
      {"k < 1", "null"},
      {"u == 'red'", "null"},
      {"un == ok", "null"},
      {"y is null", "true"},
      {"y is not null", "false"},
      {"is_null(x)", "false"},
      {"null is null", "true"},
      {"y in [1.0]", "null"},
      {"x in [1.5, y]", "true"},
      {"x in [2.5, y]", "null"},
      {"x not in [2.5, y]", "null"},
      {"x not in [1.5, y]", "false"},
      {"x in [2.5, null]", "null"},
  });
}

TEST(FormulaValues, LogicIsThreeValued) {
  expect_values({
      {"ok and un", "null"},
      {"no and un", "false"},
      {"un and un", "null"},
      {"un and no", "false"},
      {"ok or un", "true"},
      {"no or un", "null"},
      {"un or un", "null"},
      {"un or ok", "true"},
      {"not un", "null"},
      {"ok and ok", "true"},
      {"no or no", "false"},
  });
}

TEST(FormulaValues, NullsInArithmetic) {
  expect_values({
      {"x + y", "null"},
      {"-k", "null"},
      {"abs(y)", "null"},
      {"sqrt(y)", "null"},
      {"round(y, 2)", "null"},
      {"pow(x, y)", "null"},
      {"x % y", "null"},
  });
}

TEST(FormulaValues, Choice) {
  expect_values({
      {"if(un, 1, 2)", "2"},
      {"if(no, 1, 2)", "2"},
      {"if(ok, k, 2)", "null"},
      {"if(x > 1, 'big', 'small')", "\"big\""},
      {"coalesce(y, x)", "1.5"},
      {"coalesce(y, y)", "null"},
      {"coalesce(u, s, 'z')", "\"red\""},
      {"least(3, k, 2)", "2"},
      {"greatest(x, y, 0.25)", "1.5"},
      {"least(y, y)", "null"},
      {"least('b', 'a')", "\"a\""},
      {"greatest(t, event_time())", "\"2024-02-29T23:59:59.999999Z\""},
      {"least(no, ok)", "false"},
      {"clip(5, 1, 3)", "3"},
      {"clip(0, 1, 3)", "1"},
      {"clip(2, 1, 3)", "2"},
      {"clip(2, 3, 1)", "1"},
      {"clip(x, y, 3.0)", "null"},
      {"clip('m', 'a', 'f')", "\"f\""},
      {"nullif(n, 7)", "null"},
      {"nullif(n, k)", "7"},
      {"nullif(k, 7)", "null"},
      {"nullif(s, 'red')", "null"},
      {"nullif(ok, no)", "true"},
  });
}

TEST(FormulaValues, SignsAndWholeNumbers) {
  expect_values({
      {"sign(-2.5)", "-1.0"},
      {"sign(0.0)", "0.0"},
      {"sign(m)", "-1"},
      {"sign(0)", "0"},
      {"floor(-0.5)", "-1.0"},
      {"floor(2.5)", "2.0"},
      {"ceil(-0.5)", "0.0"},
      {"ceil(2.5)", "3.0"},
      {"floor(n)", "7"},
      {"ceil(m)", "-3"},
      {"abs(-2.5)", "2.5"},
      {"abs(m)", "3"},
      {"floor(1e300)", "1e+300"},
  });
}

TEST(FormulaValues, RoundIsHalfAwayFromZero) {
  expect_values({
      {"round(2.5)", "3.0"},
      {"round(-2.5)", "-3.0"},
      {"round(0.5)", "1.0"},
      {"round(-0.5)", "-1.0"},
      {"round(0.49999999999999994)", "0.0"},
      {"round(-0.2)", "0.0"},
      {"round(2.345, 2)", "2.35"},
      {"round(2.675, 2)", "2.68"},
      {"round(-2.345, 1)", "-2.3"},
      {"round(1.005, 2)", "1.0"},
      {"round(123456.789, 0)", "123457.0"},
      {"round(4503599627370495.5)", "4503599627370496.0"},
      {"round(4503599627370497.5)", "4503599627370498.0"},
      {"round(1e300, 15)", "1e+300"},
      {"round(0.1, 15)", "0.1"},
      {"round(n)", "7"},
      {"round(n, 3)", "7"},
      {"round(9223372036854775807, 2)", "9223372036854775807"},
  });
}

TEST(FormulaValues, RootsPowersAndLogarithms) {
  expect_values({
      {"sqrt(2)", "1.4142135623730951"},
      {"sqrt(0)", "0.0"},
      {"sqrt(-1)", "null"},
      {"sqrt(-0.0)", "0.0"},
      {"exp(0)", "1.0"},
      {"exp(710)", "null"},
      {"exp(-800)", "0.0"},
      {"ln(1)", "0.0"},
      {"ln(0)", "null"},
      {"ln(-1)", "null"},
      {"log10(1000)", "3.0"},
      {"log10(0)", "null"},
      {"log2(8)", "3.0"},
      {"log2(-8)", "null"},
      {"pow(2, 10)", "1024.0"},
      {"pow(-8, 1 / 3)", "null"},
      {"pow(0, -1)", "null"},
      {"pow(0, 0)", "1.0"},
      {"pow(10, 400)", "null"},
      {"pow(-2, 3)", "-8.0"},
      {"pow(2, -1080)", "0.0"},
  });
}

}  // namespace
}  // namespace headrace
