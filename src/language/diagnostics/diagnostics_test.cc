#include "language/diagnostics/codes.h"
#include "language/diagnostics/render.h"
#include "language/diagnostics/suggest.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <random>

namespace headrace {
namespace {

Diagnostic problem(std::string code, int line, int column, std::string message = "m") {
  return {
      std::move(code), Severity::kError, std::move(message), {"a.yaml", line, column, line, column + 1}, "", "", {}};
}

TEST(EditDistance, CountsSlipsOfThePen) {
  EXPECT_EQ(edit_distance("window", "window", 3), 0u);
  EXPECT_EQ(edit_distance("windw", "window", 3), 1u);
  EXPECT_EQ(edit_distance("widnow", "window", 3), 1u) << "a swap counts once";
  EXPECT_EQ(edit_distance("", "abc", 3), 3u);
  EXPECT_EQ(edit_distance("abc", "xyz", 2), 3u) << "more than the limit";
  EXPECT_EQ(edit_distance("kitten", "sitting", 5), 3u);
}

TEST(Suggestions, AreNearOrNotMade) {
  const std::vector<std::string> names = {"mean", "median", "min", "max"};
  EXPECT_EQ(nearest_name("meen", names), "mean");
  EXPECT_EQ(nearest_name("medain", names), "median");
  EXPECT_EQ(nearest_name("colour", names), "");
  EXPECT_EQ(nearest_name("x", names), "");
  EXPECT_EQ(nearest_name("", names), "");
  EXPECT_EQ(did_you_mean("maxx", names), "did you mean `max`?");
  EXPECT_EQ(nearest_name("a", {"b"}), "") << "one letter is no slip of another";
  EXPECT_EQ(nearest_name("max", {"max", "mix"}, 0), "mix") << "a place may be passed over";
}

/// Short words are compared by bits, long ones by the matrix: both are the same distance.
TEST(Suggest, BitsAgreeWithTheMatrix) {
  std::mt19937_64 random(7);
  const auto word_of = [&](size_t size_max) {
    std::string word(1 + random() % size_max, ' ');
    for (char& c : word) c = static_cast<char>('a' + random() % 3);
    return word;
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::string word = word_of(i % 2 == 0 ? 8 : 70);
    std::string other = i % 2 == 0 ? word_of(8) : word;
    for (size_t edits = random() % 30; i % 2 == 1 && edits > 0; --edits) other[random() % other.size()] = 'b';
    const size_t near = std::max<size_t>(1, word.size() / 3);
    const bool is_near = edit_distance(word, other, near) <= std::min(near, std::max(word.size(), other.size()) - 1);
    EXPECT_EQ(!nearest_name(word, {other}).empty(), is_near) << word << " " << other;
  }
}

TEST(Diagnostics, AreSortedAndSaidOnce) {
  Diagnostics diagnostics;
  diagnostics.add(problem("F002", 3, 1));
  diagnostics.add(problem("F001", 3, 1));
  diagnostics.add(problem("F009", 1, 9));
  diagnostics.add(problem("F009", 1, 9));
  EXPECT_EQ(diagnostics.error_count(), 3u);
  EXPECT_EQ(diagnostics.error_reports(), 4u);
  const std::vector<Diagnostic> sorted = diagnostics.sorted();
  EXPECT_EQ(sorted[0].code + sorted[1].code + sorted[2].code, "F009F001F002");
}

TEST(Diagnostics, AreBoundedAndErrorsComeBeforeWarnings) {
  Diagnostics diagnostics;
  for (int i = 0; i < 5000; ++i) {
    Diagnostic warning = problem("F011", i, 1);
    warning.severity = Severity::kWarning;
    diagnostics.add(std::move(warning));
  }
  diagnostics.add(problem("F001", 1, 1));
  EXPECT_EQ(diagnostics.sorted().size(), Diagnostics::kMessagesMax);
  EXPECT_TRUE(diagnostics.has_errors());
  const std::vector<Diagnostic> sorted = diagnostics.sorted();
  EXPECT_TRUE(std::any_of(sorted.begin(), sorted.end(),
                          [](const Diagnostic& each) { return each.severity == Severity::kError; }));
}

TEST(Render, IsTheFormOfTheReference) {
  Diagnostics diagnostics;
  diagnostics.add({"F012",
                   Severity::kError,
                   "`mean` needs a number, but `country` is a string",
                   {"features/users.yaml", 14, 12, 14, 19},
                   "string, declared at features/sources.yaml:6",
                   "count its values with `aggregation: count_distinct`",
                   {}});
  std::string text;
  for (int i = 1; i < 14; ++i) text += "\n";
  EXPECT_EQ(render_text(diagnostics, {{"features/users.yaml", text + "  formula: country\n"}}, false),
            "error[F012]: `mean` needs a number, but `country` is a string\n"
            "  --> features/users.yaml:14:12\n"
            "   |\n"
            "14 |   formula: country\n"
            "   |            ^^^^^^^ string, declared at features/sources.yaml:6\n"
            "   = help: count its values with `aggregation: count_distinct`\n\n");
}

std::string shown(const std::string& line, int column, int end_column) {
  Diagnostics diagnostics;
  diagnostics.add({"F001", Severity::kError, "m", {"a", 1, column, 1, end_column}, "", "", {}});
  const std::string text = render_text(diagnostics, {{"a", line}}, false);
  return text.substr(text.find("1 | "));
}

TEST(Render, MarksWhatTheTerminalShows) {
  EXPECT_EQ(shown("\ta: b", 5, 6), "1 |     a: b\n  |        ^\n\n") << "a tab is four blanks";
  EXPECT_EQ(shown("漢字 x", 4, 5), "1 | 漢字 x\n  |      ^\n\n") << "wide characters take two columns";
  EXPECT_EQ(shown("e\xcc\x81 x", 4, 5), "1 | e\xcc\x81 x\n  |   ^\n\n") << "combining marks take none";
  EXPECT_EQ(shown("a\x1b[31mb", 1, 2), "1 | a\xef\xbf\xbd[31mb\n  | ^\n\n")
      << "escapes of files do not reach the terminal";
  EXPECT_EQ(shown("a\xff"
                  "b",
                  3, 4),
            "1 | a\xef\xbf\xbd"
            "b\n  |   ^\n\n");
  EXPECT_EQ(shown("abc", 4, 4), "1 | abc\n  |    ^\n\n") << "the end of the line";
  EXPECT_EQ(shown("abc", 9, 12), "1 | abc\n  |    ^\n\n");
}

TEST(Render, CutsLongLines) {
  const std::string text = shown(std::string(1000, 'a') + "X" + std::string(1000, 'b'), 1001, 1002);
  EXPECT_EQ(text.substr(0, 4 + 3 + 40 + 1), "1 | \xe2\x80\xa6" + std::string(40, 'a') + "X");
  EXPECT_NE(text.find("\n  | " + std::string(41, ' ') + "^\n"), std::string::npos);
  EXPECT_LT(text.size(), 300u);
}

TEST(Render, ShowsPlacesOfUnknownFilesWithoutALine) {
  Diagnostics diagnostics;
  diagnostics.add({"F001", Severity::kWarning, "m", {"elsewhere", 7, 1, 7, 2}, "why", "", {}});
  EXPECT_EQ(render_text(diagnostics, {}, false), "warning[F001]: m\n --> elsewhere:7:1\n  = note: why\n\n");
  EXPECT_EQ(render_summary(diagnostics), "1 warning");
}

TEST(Render, ColoursOnRequestOnly) {
  Diagnostics diagnostics;
  diagnostics.add(problem("F001", 1, 1));
  EXPECT_EQ(render_text(diagnostics, {{"a.yaml", "x"}}, false).find('\x1b'), std::string::npos);
  EXPECT_EQ(render_text(diagnostics, {{"a.yaml", "x"}}, true).find("\x1b[1;31merror[F001]\x1b[0m"), 0u);
}

TEST(RenderJson, HasTheKeysOfTheLanguage) {
  Diagnostics diagnostics;
  Diagnostic first = problem("F009", 2, 3, "a \"quote\" and \xff");
  first.related.push_back({{"b.yaml", 4, 5, 4, 6}, "here"});
  diagnostics.add(first);
  Diagnostic second = problem("F011", 9, 1);
  second.severity = Severity::kWarning;
  second.help = "h";
  diagnostics.add(second);
  const auto json = nlohmann::json::parse(render_json(diagnostics));
  ASSERT_EQ(json.size(), 2u);
  EXPECT_EQ(json[0].size(), 10u);
  EXPECT_EQ(json[0]["severity"], "error");
  EXPECT_EQ(json[0]["line"], 2);
  EXPECT_EQ(json[0]["end_column"], 4);
  EXPECT_TRUE(json[0]["help"].is_null());
  EXPECT_EQ(json[0]["related"][0]["file"], "b.yaml");
  EXPECT_EQ(json[1]["severity"], "warning");
  EXPECT_EQ(json[1]["help"], "h");
  EXPECT_EQ(render_json(Diagnostics()), "[]\n");
}

TEST(RenderSarif, IsOneRunWithRules) {
  Diagnostics diagnostics;
  Diagnostic first = problem("F012", 2, 3);
  first.span.file = "features/my pumps.yaml";
  diagnostics.add(first);
  const auto json = nlohmann::json::parse(render_sarif(diagnostics));
  EXPECT_EQ(json["version"], "2.1.0");
  const auto& run = json["runs"][0];
  EXPECT_EQ(run["columnKind"], "unicodeCodePoints");
  EXPECT_EQ(run["tool"]["driver"]["rules"][0]["id"], "F012");
  EXPECT_EQ(run["results"][0]["ruleIndex"], 0);
  EXPECT_EQ(run["results"][0]["level"], "error");
  EXPECT_EQ(run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "features/my%20pumps.yaml");
  EXPECT_EQ(run["results"][0]["locations"][0]["physicalLocation"]["region"]["startColumn"], 3);
}

}  // namespace
}  // namespace headrace
