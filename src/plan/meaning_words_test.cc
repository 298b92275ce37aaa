#include "plan/meaning_words.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(MeaningWordsTest, FormulasReadAsTheyAreWritten) {
  const std::pair<const char*, const char*> facts[] = {
      {"col:src.flow", "flow"},
      {"col:src.\"a b\"", "`a b`"},
      {"col:\"s s\".\"x,y)\"", "`x,y)`"},
      {"feature:paid_sum", "paid_sum"},
      {"(/ double col:src.flow col:src.power)", "flow / power"},
      {"(* double (/ double col:t.a col:t.b) double:2.0)", "a / b * 2.0"},
      {"(/ double col:t.a (* double col:t.b double:2.0))", "a / (b * 2.0)"},
      {"(- double col:t.a (- double col:t.b col:t.c))", "a - (b - c)"},
      {"(- double (- double col:t.a col:t.b) col:t.c)", "a - b - c"},
      {"(* double (+ double col:t.a col:t.b) (- double col:t.c))", "(a + b) * -c"},
      {"(== bool col:t.mode string:\"run\")", "mode == 'run'"},
      {"(not bool (is_null bool (+ double col:t.a col:t.b)))", "not a + b is null"},
      {"(and bool (or bool col:t.x col:t.y) (not bool col:t.z))", "(x or y) and not z"},
      {"(in bool col:t.mode string:\"a\" string:\"b)\")", "mode in ['a', 'b)']"},
      {"(> bool (double double col:t.n) double:3.0)", "n > 3.0"},
      {"(if double (< bool col:t.a double:1.0) col:t.b double:null)", "if(a < 1.0, b, null)"},
      {"(- timestamp (event_time timestamp) duration:900000000us)", "event_time() - duration'15m'"},
      {"(coalesce list of double feature:a feature:b)", "coalesce(a, b)"},
      {"bool:true", "true"},
  };
  for (const auto& [canonical, words] : facts) EXPECT_EQ(formula_in_words(canonical), words);
}

TEST(MeaningWordsTest, OtherTextIsGivenBack) {
  const std::string deep = std::string(100'000, '(');
  for (const std::string& text :
       {std::string(), std::string("(+ double"), std::string("flow / power"), std::string("(x"),
        std::string("string:\"open"), std::string("(+ double col:a.b) more"), deep})
    EXPECT_EQ(formula_in_words(text), text == "string:\"open" ? formula_in_words(text) : text);
}

constexpr char kBefore[] =
    "headrace-meaning 1\nentity pump\nkey pump_id\nsource t event_time at\ntype double\naggregation mean\nwindow 1d\n"
    "formula (/ double col:t.a col:t.b)\ncolumn a double\ncolumn b double\nuses f 11\n";

TEST(MeaningWordsTest, ChangesAreTold) {
  const auto changed = [](const std::string& from, const std::string& to) {
    std::string now = kBefore;
    now.replace(now.find(from), from.size(), to);
    return meaning_change(kBefore, now);
  };
  EXPECT_EQ(meaning_change(kBefore, kBefore).text, "");
  EXPECT_EQ(changed("window 1d", "window 2d").text, "window: 2d, was 1d");
  EXPECT_EQ(changed("formula (/ double col:t.a col:t.b)\ncolumn a double\ncolumn b double",
                    "formula col:t.a\ncolumn a double")
                .text,
            "formula: a, was a / b");
  EXPECT_EQ(changed("uses f 11", "filter (> bool col:t.a double:0.0)\nuses f 11").text, "filter: a > 0.0, was none");
  EXPECT_EQ(changed("column a double", "column a int64").text, "column: a int64, b double, was a double, b double");
  EXPECT_EQ(changed("col:t.a", "(double double col:t.a)").text,
            "formula: (/ double (double double col:t.a) col:t.b), was (/ double col:t.a col:t.b)");
  EXPECT_FALSE(changed("window 1d", "window 2d").is_only_by_use);
  EXPECT_EQ(changed("uses f 11", "uses f 22").text, "uses `f`, which has changed");
  EXPECT_TRUE(changed("uses f 11", "uses f 22").is_only_by_use);
}

TEST(MeaningWordsTest, VersionsOfUsedFeaturesAreNamed) {
  std::string now = kBefore;
  now.replace(now.find("uses f 11"), 9, "uses f 22");
  const auto version_of = [](const std::string&, const std::string& digest) { return digest == "11" ? "1.0" : "1.1"; };
  EXPECT_EQ(meaning_change(kBefore, now, version_of).text, "uses `f`, which went from 1.0 to 1.1");
}

}  // namespace
}  // namespace headrace
