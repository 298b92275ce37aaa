// Full texts of what is said about wrong formulas. testdata/messages.expected holds formulas (lines after "== ") and
// the text for each; UPDATE_GOLDEN=1 rewrites the texts and keeps the formulas. Read the diff.

#include "language/diagnostics/codes.h"
#include "language/diagnostics/render.h"
#include "language/formula/syntax.h"
#include "language/typing/formula_fixture.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace headrace {
namespace {

std::filesystem::path golden_path() {
  return std::filesystem::path(HEADRACE_SOURCE_DIR) / "src" / "language" / "typing" / "testdata" / "messages.expected";
}

std::string read_golden() {
  std::ifstream in(golden_path(), std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string messages_of(const std::string& formula) {
  Diagnostics diagnostics;
  fixture_expr(formula, diagnostics);
  return render_text(diagnostics, {{"f.yaml", formula + "\n"}}, false);
}

std::string problems_of(std::string_view formula) {
  Diagnostics diagnostics;
  fixture_expr(formula, diagnostics);
  return fixture_report(diagnostics);
}

std::string repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(FormulaMessages, AreAsExpected) {
  const std::string expected = read_golden();
  std::istringstream lines(expected);
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("== ")) text += line + "\n" + messages_of(line.substr(3));
  }
  const char* update = std::getenv("UPDATE_GOLDEN");
  if (update != nullptr && std::string_view(update) == "1") std::ofstream(golden_path(), std::ios::binary) << text;
  EXPECT_EQ(text, read_golden()) << "UPDATE_GOLDEN=1 rewrites " << golden_path().filename();
}

TEST(FormulaMessages, CoverEveryCode) {
  const std::string expected = read_golden();
  for (const CodeEntry& entry : formula_codes()) {
    // These need a formula of many characters or none; see below.
    if (entry.code == "F107" || entry.code == "F111" || entry.code == "F112") continue;
    EXPECT_NE(expected.find("[" + std::string(entry.code) + "]"), std::string::npos) << entry.code;
  }
}

TEST(FormulaMessages, OfAnEmptyFormula) {
  const std::string_view message = "F107 1-2 the formula is empty\n  help: leave the key out, or write an expression";
  EXPECT_EQ(problems_of(""), message);
  EXPECT_EQ(problems_of("\t"), message);
}

TEST(FormulaMessages, NestingHasABound) {
  const std::string_view message =
      " the formula is nested more than 200 deep here\n  help: split the formula into several features";
  struct Shape {
    std::string_view open, close;
    int column;  // of the 201st
  };
  for (const Shape& shape :
       {Shape{"(", ")", 201}, Shape{"-", "", 201}, Shape{"not ", "", 801}, Shape{"abs(", ")", 804}}) {
    const std::string value = shape.open == "not " ? "ok" : "x";
    EXPECT_EQ(problems_of(repeat(shape.open, 200) + value + repeat(shape.close, 200)), "") << shape.open;
    EXPECT_EQ(problems_of(repeat(shape.open, 201) + value + repeat(shape.close, 201)),
              fmt::format("F111 {}-{}{}", shape.column, shape.column + (shape.open == "not " ? 3 : 1), message));
  }
}

TEST(FormulaMessages, ChainsHaveABound) {
  EXPECT_EQ(problems_of("x" + repeat(" + x", kHeightMax - 1)), "");
  EXPECT_EQ(problems_of("x" + repeat(" + x", kHeightMax)),
            "F112 3999-4000 more than 1000 operations hang on one another\n"
            "  help: split the formula into several features; a choice among many values is shorter as `x in [..]`");
  EXPECT_EQ(problems_of("n in [" + repeat("1, ", 20'000) + "2]"), "");
}

TEST(FormulaMessages, TenMegabytesEndInOneMessage) {
  EXPECT_EQ(problems_of(repeat("(", 10'000'000)),
            "F112 1-2 the formula has 10000000 bytes; at most 131072 are allowed\n  help: split the formula into "
            "several features");
}

/// The longest formula that is read, of the most tedious kinds: at most one message.
TEST(FormulaMessages, LongFormulasEndInOneMessage) {
  for (std::string_view part :
       {"(", "x + ", "-", "not ", "'", "`", "1", "if(ok, ", "x in [", "a.", "\xff", "n, ", "x and ", "\n"}) {
    const std::string formula = repeat(part, static_cast<int>(kFormulaBytesMax / part.size()));
    const std::string report = problems_of(formula);
    EXPECT_EQ(report.find("\nF"), std::string::npos) << report;
  }
}

}  // namespace
}  // namespace headrace
