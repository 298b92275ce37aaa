#include "language/formula/formula.h"

#include "language/typing/formula_fixture.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace headrace {
namespace {

struct Reading {
  std::string_view formula;
  std::string_view canonical;
};

void expect_readings(const std::vector<Reading>& readings) {
  for (const Reading& reading : readings) {
    Diagnostics diagnostics;
    const ExprPtr expr = fixture_expr(reading.formula, diagnostics);
    ASSERT_NE(expr, nullptr) << reading.formula << "\n" << fixture_report(diagnostics);
    EXPECT_EQ(canonical_text(*expr), reading.canonical) << reading.formula;
  }
}

TEST(FormulaReading, BindsByTheTable) {
  expect_readings({
      {"x + y * 2.0", "(+ double col:s.x (* double col:s.y double:2.0))"},
      {"x - y - x", "(- double (- double col:s.x col:s.y) col:s.x)"},
      {"-n % m", "(% int64 (- int64 col:s.n) col:s.m)"},
      {"-n * m", "(* int64 (- int64 col:s.n) col:s.m)"},
      {"not n == m", "(not bool (== bool col:s.n col:s.m))"},
      {"ok or no and un", "(or bool col:s.ok (and bool col:s.no col:s.un))"},
      {"not ok and no", "(and bool (not bool col:s.ok) col:s.no)"},
      {"n + m < k", "(< bool (+ int64 col:s.n col:s.m) col:s.k)"},
      {"(x + y) * x", "(* double (+ double col:s.x col:s.y) col:s.x)"},
      {"n + m is null", "(is_null bool (+ int64 col:s.n col:s.m))"},
      {"ok == (n < m)", "(== bool col:s.ok (< bool col:s.n col:s.m))"},
  });
}

TEST(FormulaReading, WritesOutEveryImplicitStep) {
  expect_readings({
      {"x is not null", "(not bool (is_null bool col:s.x))"},
      {"n not in [m]", "(not bool (in bool col:s.n col:s.m))"},
      {"x + n", "(+ double col:s.x (double double col:s.n))"},
      {"n / m", "(/ double (double double col:s.n) (double double col:s.m))"},
      {"sqrt(n)", "(sqrt double (double double col:s.n))"},
      {"pow(n, 2)", "(pow double (double double col:s.n) double:2.0)"},
      {"coalesce(n, x, 1)", "(coalesce double (double double col:s.n) col:s.x double:1.0)"},
      {"if(ok, n, x)", "(if double col:s.ok (double double col:s.n) col:s.x)"},
      {"nullif(n, 1.5)", "(nullif int64 col:s.n double:1.5)"},
      {"n in [1, 2.5]", "(in bool (double double col:s.n) double:1.0 double:2.5)"},
      {"duration'15m' < t - w", "(< bool duration:900000000us (- duration col:s.t col:s.w))"},
      {"if(ok, null, s)", "(if string col:s.ok string:null col:s.s)"},
      {"t + null", "(+ timestamp col:s.t duration:null)"},
  });
}

TEST(FormulaReading, EqualMeaningsAreEqualTexts) {
  expect_readings({
      {"x=2", "(== bool col:s.x double:2.0)"},
      {"x  ==\n2.0", "(== bool col:s.x double:2.0)"},
      {"((x)) == 2.", "(== bool col:s.x double:2.0)"},
      {"`x` = 20e-1", "(== bool col:s.x double:2.0)"},
      {"x <> 2", "(!= bool col:s.x double:2.0)"},
      {"is_null(x)", "(is_null bool col:s.x)"},
      {"s == \"re\"\"d\"", "(== bool col:s.s string:\"re\\\"d\")"},
      {"- 5", "int64:-5"},
      {"-0.0", "double:0.0"},
      {"007", "int64:7"},
  });
}

TEST(FormulaReading, NamesAndWordsThatLookAlike) {
  expect_readings({
      {"other.x", "col:s.x"},
      {"other.`Flow Rate`", "col:s.\"Flow Rate\""},
      {"abs (x)", "(abs double col:s.x)"},
      {"trueish.x", "col:s.x"},
      {"null.x", "col:s.x"},
      {"or.x", "col:s.x"},
  });
}

TEST(FormulaNames, AreListedOnceAtTheirFirstPlace) {
  Diagnostics diagnostics;
  const ParsedFormula parsed = parse_formula(fixture_text("a + flights.b * a - `a` + `in` + event_time"), diagnostics);
  ASSERT_EQ(parsed.names.size(), 4U) << fixture_report(diagnostics);
  EXPECT_EQ(parsed.names[0].text(), "a");
  EXPECT_EQ(parsed.names[0].span.column, 1);
  EXPECT_EQ(parsed.names[1].text(), "flights.b");
  EXPECT_EQ(parsed.names[1].span.column, 5);
  EXPECT_EQ(parsed.names[1].span.end_column, 14);
  EXPECT_EQ(parsed.names[2].text(), "in");
  EXPECT_EQ(parsed.names[3].text(), "event_time");
  EXPECT_FALSE(parsed.uses_event_time);
  EXPECT_TRUE(parse_formula(fixture_text("hour(event_time())"), diagnostics).uses_event_time);
}

TEST(FormulaText, PlacesFollowTheFile) {
  // "ab" on line 3, folded, "cd" on line 4.
  const FormulaText text{"ab cd", "f.yaml", {{3, 5}, {3, 6}, {4, 1}, {4, 3}, {4, 4}, {4, 5}}};
  const Span first = text.span(0, 2);
  EXPECT_EQ(first.line, 3);
  EXPECT_EQ(first.column, 5);
  EXPECT_EQ(first.end_line, 3);
  EXPECT_EQ(first.end_column, 7);
  const Span second = text.span(3, 5);
  EXPECT_EQ(second.line, 4);
  EXPECT_EQ(second.column, 3);
  EXPECT_EQ(second.end_column, 5);
  const Span end = text.span(5, 5);
  EXPECT_EQ(end.column, 5);
  EXPECT_EQ(end.end_column, 6);
}

TEST(FormulaTypes, AListMayBeTheWholeFormula) {
  Diagnostics diagnostics;
  const ExprPtr expr = fixture_expr("xs", diagnostics);
  ASSERT_NE(expr, nullptr);
  EXPECT_TRUE(expr->type.is_list);
}

TEST(FormulaTypes, WarningsDoNotRefuse) {
  Diagnostics diagnostics;
  const ExprPtr expr = fixture_expr("x == null", diagnostics);
  ASSERT_NE(expr, nullptr);
  EXPECT_EQ(fixture_value(*expr), "null");
  EXPECT_EQ(diagnostics.warning_count(), 1U);
}

TEST(FormulaFunctions, AreListed) {
  EXPECT_EQ(function_names().size(), 41U);
  EXPECT_EQ(function_names().front(), "abs");
}

}  // namespace
}  // namespace headrace
